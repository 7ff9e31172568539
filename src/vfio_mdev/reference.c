// SPDX-License-Identifier: GPL-2.0-only
/*
 * References to a device as VFIO knows it, for parent drivers that keep one while
 * somebody else, as a dma-buf, may call in. VFIO of Linux 4.10 to 5.18 had them,
 * see compat/reference_5_10.c.
 *
 * A device is found from when it is about to be registered until it begins to be
 * unregistered. Unregistering waits for the references to be put, after it has
 * waited for the users.
 */
#include <linux/export.h>
#include <linux/spinlock.h>

#include "vfio_mdev_private.h"

/*
 * Protects the bus data of all devices, and that what it points to stays while a
 * reference is taken. A leaf lock.
 */
static DEFINE_SPINLOCK(references_lock);

/**
 * vfio_mdev_reference_init() - let references to a device be taken
 * @vmdev:	the device, about to be registered with VFIO
 *
 * Context: process; does not sleep.
 */
void vfio_mdev_reference_init(struct vfio_mdev_device *vmdev)
{
	init_completion(&vmdev->unreferenced);
	refcount_set(&vmdev->references, 1);
	spin_lock(&references_lock);
	mdev_set_bus_data(vmdev->mdev, vmdev);
	spin_unlock(&references_lock);
}

/**
 * vfio_mdev_reference_drop() - wait until there is none any more
 * @vmdev:	the device, unregistered or never registered
 *
 * Context: process; sleeps.
 */
void vfio_mdev_reference_drop(struct vfio_mdev_device *vmdev)
{
	spin_lock(&references_lock);
	mdev_set_bus_data(vmdev->mdev, NULL);
	spin_unlock(&references_lock);
	vfio_mdev_put_device(&vmdev->COMPAT_VFIO_CORE);
	wait_for_completion(&vmdev->unreferenced);
}

/* The bus data of a device that is bound to another driver is that driver's. */
static struct vfio_mdev_device *reference_find(struct mdev_device *mdev)
{
	return vfio_mdev_is_bound(mdev_dev(mdev)) ? mdev_get_bus_data(mdev) :
						    NULL;
}

/**
 * vfio_mdev_is_referenced() - has somebody a reference?
 * @vmdev:	the device, not being unregistered
 *
 * Context: any.
 * Return: true if so.
 */
bool vfio_mdev_is_referenced(struct vfio_mdev_device *vmdev)
{
	return refcount_read(&vmdev->references) > 1;
}

void *vfio_mdev_get_device(struct device *dev)
{
	struct mdev_device *mdev = mdev_from_dev(dev);
	struct vfio_mdev_device *vmdev;
	void *vdev = NULL;

	if (!mdev)
		return NULL;
	spin_lock(&references_lock);
	vmdev = reference_find(mdev);
	if (vmdev && !READ_ONCE(vmdev->going)) {
		refcount_inc(&vmdev->references);
		vdev = &vmdev->COMPAT_VFIO_CORE;
	}
	spin_unlock(&references_lock);
	return vdev;
}
EXPORT_SYMBOL_GPL(vfio_mdev_get_device);

void vfio_mdev_put_device(void *vdev)
{
	struct vfio_mdev_device *vmdev =
		container_of(vdev, struct vfio_mdev_device, COMPAT_VFIO_CORE);

	if (refcount_dec_and_test(&vmdev->references))
		complete(&vmdev->unreferenced);
}
EXPORT_SYMBOL_GPL(vfio_mdev_put_device);

void *vfio_mdev_device_data(void *vdev)
{
	return container_of(vdev, struct vfio_mdev_device,
			    COMPAT_VFIO_CORE)->mdev;
}
EXPORT_SYMBOL_GPL(vfio_mdev_device_data);
