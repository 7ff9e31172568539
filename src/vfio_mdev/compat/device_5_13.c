// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers with a VFIO whose device is the driver's: it initializes what the
 * driver has allocated.
 */
#include <linux/mdev.h>

#include "../../compat/iommu_group.h"
#include "vfio_device.h"

/* Since 5.15 VFIO calls open_device(), for the first user only, which serves as well. */
#ifdef HAVE_vfio_open_device
#define DEVICE_5_13_OPEN open_device
#define DEVICE_5_13_CLOSE close_device
#else
#define DEVICE_5_13_OPEN open
#define DEVICE_5_13_CLOSE release
#endif

/*
 * Without a device set, registering assigns one, under whose lock the device is
 * opened, but ignores a failed allocation. So it is assigned beforehand.
 */
#ifdef HAVE_vfio_uninit_group_dev
static int device_5_13_assign_set(struct vfio_device *core)
{
	return vfio_assign_device_set(core, core);
}

static void device_5_13_uninit(struct vfio_device *core)
{
	vfio_uninit_group_dev(core);
}
#else
static int device_5_13_assign_set(struct vfio_device *core)
{
	return 0;
}

static void device_5_13_uninit(struct vfio_device *core)
{
}
#endif

static struct compat_vfio_device *device_5_13_to_vdev(struct vfio_device *core)
{
	return container_of(core, struct compat_vfio_device, core);
}

static int device_5_13_open(struct vfio_device *core)
{
	return compat_vfio_open(device_5_13_to_vdev(core));
}

static void device_5_13_close(struct vfio_device *core)
{
	compat_vfio_close(device_5_13_to_vdev(core));
}

static ssize_t device_5_13_read(struct vfio_device *core, char __user *buf,
				size_t count, loff_t *ppos)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->read(vdev, buf, count, ppos);
}

static ssize_t device_5_13_write(struct vfio_device *core,
				 const char __user *buf, size_t count,
				 loff_t *ppos)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->write(vdev, buf, count, ppos);
}

static long device_5_13_ioctl(struct vfio_device *core, unsigned int cmd,
			      unsigned long arg)
{
	return compat_vfio_ioctl(device_5_13_to_vdev(core), cmd, arg);
}

static int device_5_13_mmap(struct vfio_device *core,
			    struct vm_area_struct *vma)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->mmap(vdev, vma);
}

static void device_5_13_request(struct vfio_device *core, unsigned int count)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	vdev->ops->request(vdev, count);
}

static int device_5_13_match(struct vfio_device *core, char *name)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->match(vdev, name);
}

#ifdef HAVE_vfio_pin_pages_iova

static void device_5_13_dma_unmap(struct vfio_device *core, u64 iova,
				  u64 length)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	vdev->ops->dma_unmap(vdev, iova, length);
}

#define DEVICE_5_13_DMA_UNMAP .dma_unmap = device_5_13_dma_unmap,
#else
#define DEVICE_5_13_DMA_UNMAP
#endif

/*
 * Since 5.18 VFIO parses VFIO_DEVICE_FEATURE, and asks ops: that of the device for
 * what it does not know, and two for migration. Those are among the device's ops
 * first, so that a device without migration needs ops without them.
 */
#ifdef HAVE_vfio_device_feature

static int device_5_13_feature(struct vfio_device *core, u32 flags,
			       void __user *arg, size_t argsz)
{
	return compat_vfio_device_feature(device_5_13_to_vdev(core), flags,
					  arg, argsz);
}

#define DEVICE_5_13_FEATURE .device_feature = device_5_13_feature,
#else
#define DEVICE_5_13_FEATURE
#endif

#define DEVICE_5_13_OPS						\
	.name = "vfio-mdev",					\
	.DEVICE_5_13_OPEN = device_5_13_open,			\
	.DEVICE_5_13_CLOSE = device_5_13_close,			\
	.read = device_5_13_read,				\
	.write = device_5_13_write,				\
	.ioctl = device_5_13_ioctl,				\
	.mmap = device_5_13_mmap,				\
	.request = device_5_13_request,				\
	.match = device_5_13_match,				\
	DEVICE_5_13_DMA_UNMAP					\
	DEVICE_5_13_FEATURE

#if defined(HAVE_vfio_ops_migrate) || defined(HAVE_vfio_mig_ops)

static struct file *device_5_13_set_state(struct vfio_device *core,
					  enum vfio_device_mig_state state)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->mig_ops->migration_set_state(vdev, state);
}

static int device_5_13_get_state(struct vfio_device *core,
				 enum vfio_device_mig_state *state)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->mig_ops->migration_get_state(vdev, state);
}

#define DEVICE_5_13_MIGRATION					\
	.migration_set_state = device_5_13_set_state,		\
	.migration_get_state = device_5_13_get_state,
#endif

static const struct vfio_device_ops device_5_13_ops = { DEVICE_5_13_OPS };

static const struct vfio_device_ops device_5_13_migration_ops = {
	DEVICE_5_13_OPS
#ifdef HAVE_vfio_ops_migrate
	DEVICE_5_13_MIGRATION
#endif
};

#ifdef HAVE_vfio_mig_ops
static const struct vfio_migration_ops device_5_13_mig_ops = {
	DEVICE_5_13_MIGRATION
};
#endif

static void device_5_13_init(struct compat_vfio_device *vdev)
{
	vfio_init_group_dev(&vdev->core, vdev->dev, vdev->mig_ops ?
			    &device_5_13_migration_ops : &device_5_13_ops);
#ifdef HAVE_vfio_mig_ops
	if (vdev->mig_ops)
		vdev->core.mig_ops = &device_5_13_mig_ops;
#endif
#ifdef DEVICE_5_13_MIGRATION
	vdev->core.migration_flags = vdev->migration_flags;
#endif
}

#ifdef HAVE_vfio_register_emulated_iommu_dev

static int device_5_13_register(struct compat_vfio_device *vdev)
{
	return vfio_register_emulated_iommu_dev(&vdev->core);
}

static void device_5_13_unregister(struct compat_vfio_device *vdev)
{
	vfio_unregister_group_dev(&vdev->core);
}

#else

static int device_5_13_register(struct compat_vfio_device *vdev)
{
	int ret;

	ret = compat_add_iommu_group(vdev->dev);
	if (ret)
		return ret;
	ret = vfio_register_group_dev(&vdev->core);
	if (ret)
		compat_remove_iommu_group(vdev->dev);
	return ret;
}

static void device_5_13_unregister(struct compat_vfio_device *vdev)
{
	vfio_unregister_group_dev(&vdev->core);
	compat_remove_iommu_group(vdev->dev);
}

#endif

/**
 * compat_vfio_register_device() - make a device usable through VFIO
 * @vdev:	the device
 *
 * Context: process; sleeps.
 * Return: 0 or an error.
 */
int compat_vfio_register_device(struct compat_vfio_device *vdev)
{
	int ret;

	device_5_13_init(vdev);
	ret = device_5_13_assign_set(&vdev->core);
	if (!ret)
		ret = device_5_13_register(vdev);
	if (ret)
		device_5_13_uninit(&vdev->core);
	return ret;
}

/**
 * compat_vfio_unregister_device() - undo compat_vfio_register_device()
 * @vdev:	the device
 *
 * Context: process; sleeps, until no user has the device.
 */
void compat_vfio_unregister_device(struct compat_vfio_device *vdev)
{
	device_5_13_unregister(vdev);
	device_5_13_uninit(&vdev->core);
}

/**
 * compat_vfio_device_data() - vfio_device_data() of Linux 5.10
 * @core:	VFIO's device
 *
 * Context: any.
 * Return: the mediated device, or NULL if it belongs to another driver.
 */
void *compat_vfio_device_data(struct vfio_device *core)
{
	return core->ops == &device_5_13_ops ||
	       core->ops == &device_5_13_migration_ops ?
		       mdev_from_dev(core->dev) : NULL;
}
