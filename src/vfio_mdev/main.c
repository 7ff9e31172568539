// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_mdev.ko: the bus driver for mediated devices of class VFIO.
 *
 * VFIO may release a device long after it was unregistered, and calls release()
 * in this module then. vfio_mdev_exit() waits for the last call.
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>

#include "pages.h"
#include "trace.h"

/* One for the module, one for each device that VFIO has not released yet. */
static refcount_t devices = REFCOUNT_INIT(1);
static DECLARE_COMPLETION(devices_released);

/**
 * vfio_mdev_devices_get() - count a device that VFIO has not released yet
 *
 * Context: any. Pairs with vfio_mdev_devices_put().
 */
void vfio_mdev_devices_get(void)
{
	refcount_inc(&devices);
}

/**
 * vfio_mdev_devices_put() - VFIO has released a device
 *
 * Context: any; the last that is done for the device, as vfio_mdev_exit() waits
 * for it.
 */
void vfio_mdev_devices_put(void)
{
	if (refcount_dec_and_test(&devices))
		complete(&devices_released);
}

/**
 * vfio_mdev_to_vdev() - VFIO's device of a mediated device
 * @mdev:	the mediated device, registered with VFIO
 *
 * Context: any, while it can't be unregistered.
 * Return: the device; no reference is taken.
 */
struct vfio_device *vfio_mdev_to_vdev(struct mdev_device *mdev)
{
	struct vfio_mdev_pages *pages = mdev_get_bus_data(mdev);

	return &pages->vmdev->vdev;
}

/* For a bound device, under device_lock(). */
static struct vfio_mdev_device *vfio_mdev_of_dev(struct device *dev)
{
	return to_vfio_mdev_device(vfio_mdev_to_vdev(mdev_from_dev(dev)));
}

static int vfio_mdev_register(struct device *dev, struct mdev_device *mdev)
{
	struct vfio_mdev_device *vmdev;
	int ret;

	vmdev = vfio_alloc_device(vfio_mdev_device, vdev, dev,
				  &vfio_mdev_device_vfio_ops);
	if (IS_ERR(vmdev))
		return PTR_ERR(vmdev);
	vmdev->mdev = mdev;
	vmdev->ops = mdev_get_dev_ops(mdev);

	ret = vfio_mdev_pages_alloc(vmdev);
	if (ret)
		goto put;
	ret = vfio_mdev_migration_init(vmdev);
	if (ret)
		goto put;
	ret = compat_vfio_assign_device_set(&vmdev->vdev);
	if (ret)
		goto put;
	/* A user may open it as soon as it is registered. */
	vfio_mdev_reference_init(vmdev);
	mdev_set_bus_data(mdev, vmdev->pages);
	ret = vfio_register_emulated_iommu_dev(&vmdev->vdev);
	if (ret)
		goto drop;
	return 0;

drop:
	mdev_set_bus_data(mdev, NULL);
	vfio_mdev_reference_drop(vmdev);
put:
	vfio_put_device(&vmdev->vdev);
	return ret;
}

static int vfio_mdev_probe(struct device *dev)
{
	struct mdev_device *mdev = mdev_from_dev(dev);
	int ret = vfio_mdev_register(dev, mdev);

	trace_vfio_mdev_probe(mdev, ret);
	return ret;
}

static bool vfio_mdev_in_use(struct device *dev)
{
	struct vfio_mdev_device *vmdev = vfio_mdev_of_dev(dev);

	return compat_vfio_is_held(&vmdev->vdev) ||
	       vfio_mdev_is_referenced(vmdev);
}

static int vfio_mdev_request(struct device *dev, unsigned int count)
{
	struct vfio_mdev_device *vmdev = vfio_mdev_of_dev(dev);

	if (!vmdev->ops->request)
		return -EBUSY;
	return vmdev->ops->request(vmdev->mdev, count);
}

/*
 * Waits until no user has the device open and nobody has a reference. The
 * device's own lock is held, which suspending the host takes, too: so the wait
 * must not be freezable, and keeps the host awake.
 */
static void vfio_mdev_remove(struct device *dev)
{
	struct vfio_mdev_device *vmdev = vfio_mdev_of_dev(dev);

	WRITE_ONCE(vmdev->pages->dying, true);
	vfio_unregister_group_dev(&vmdev->vdev);
	mdev_set_bus_data(vmdev->mdev, NULL);
	vfio_mdev_reference_drop(vmdev);
	trace_vfio_mdev_remove(vmdev->mdev, 0);
	vfio_put_device(&vmdev->vdev);
}

static const struct mdev_class_id vfio_mdev_ids[] = {
	{ MDEV_CLASS_ID_VFIO },
	{ }
};

struct mdev_driver vfio_mdev_driver = {
	.name = "vfio_mdev",
	.probe = vfio_mdev_probe,
	.remove = vfio_mdev_remove,
	.in_use = vfio_mdev_in_use,
	.request = vfio_mdev_request,
	.id_table = vfio_mdev_ids,
};

static void vfio_mdev_wait_for_last_release(void)
{
	vfio_mdev_devices_put();
	wait_for_completion(&devices_released);
	/*
	 * The task that called the last release() may still be on its last
	 * instructions in this module: see mdev_exit().
	 */
	synchronize_rcu_tasks();
}

/* Registering may fail after it has bound devices, and unbound them again. */
static int __init vfio_mdev_init(void)
{
	int ret;

	ret = mdev_register_driver(&vfio_mdev_driver, THIS_MODULE);
	if (ret)
		vfio_mdev_wait_for_last_release();
	return ret;
}

static void __exit vfio_mdev_exit(void)
{
	mdev_unregister_driver(&vfio_mdev_driver);
	vfio_mdev_wait_for_last_release();
}

module_init(vfio_mdev_init);
module_exit(vfio_mdev_exit);

MODULE_ALIAS("mdev:c0001");
MODULE_DESCRIPTION("VFIO for mediated devices");
MODULE_VERSION(MDEV_VERSION);
MODULE_LICENSE("GPL");
