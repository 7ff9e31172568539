// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API of Linux 5.13 to 5.18: a parent registers callbacks. Since 5.14
 * they may name a driver for the devices, which then does everything else. Without
 * one they implement the VFIO device themselves: the kernel's own core, or its
 * vfio_mdev.ko, calls them. Here the bridge does, as for a parent of the stable API.
 *
 * A device is the stable API's in both cases, with the kernel's struct mdev_device
 * laid over its end, see COMPAT_MDEV_TAIL. In this file the name struct mdev_device
 * means the kernel's one; only what a callback of struct vfio_mdev_device_ops gets
 * is the stable API's.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/sysfs.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "../../compat/iommu_group.h"
#include "../kernel_api.h"
#include "../kernel_api_device.h"
#include "../stable_api.h"
#include "iommu_device.h"
#include "kernel_api_type_5_13.h"

static_assert(offsetof(struct mdev_device, dev) == 0);
static_assert(sizeof(struct mdev_device) - sizeof(struct device) <=
	      COMPAT_MDEV_TAIL);

/* 5.15: as in VFIO, they were called for the first user only, and renamed. */
#ifdef HAVE_mdev_ops_open_device
#define KERNEL_API_5_13_OPEN open_device
#define KERNEL_API_5_13_CLOSE close_device
#else
#define KERNEL_API_5_13_OPEN open
#define KERNEL_API_5_13_CLOSE release
#endif

static struct mdev_driver *kernel_api_5_13_driver_of(const struct mdev_parent_ops *ops)
{
#ifdef HAVE_mdev_ops_device_driver
	return ops->device_driver;
#else
	return NULL;
#endif
}

static const struct mdev_parent_ops *kernel_api_5_13_ops(struct mdev_core_type *type)
{
	return kernel_api_5_13_to_parent(type->parent)->ops;
}

/* Devices. */

static int kernel_api_5_13_create(struct mdev_core_device *core)
{
	const struct mdev_parent_ops *ops = kernel_api_5_13_ops(core->type);

	mdev_kernel_api_init_device(core, kernel_api_5_13_to_mtype(core->type));
	return ops->create ? ops->create(to_mdev_device(&core->dev)) : 0;
}

static int kernel_api_5_13_create_vfio(struct mdev_core_device *core)
{
	struct mdev_core_parent *parent = core->type->parent;
	int ret = kernel_api_5_13_create(core);

	if (ret)
		return ret;
	stable_api_set_vfio_ops(core, &kernel_api_5_13_to_parent(parent)->vfio_ops);
	return 0;
}

static int kernel_api_5_13_remove(struct mdev_core_device *core)
{
	const struct mdev_parent_ops *ops = kernel_api_5_13_ops(core->type);

	return ops->remove ? ops->remove(to_mdev_device(&core->dev)) : 0;
}

static bool kernel_api_5_13_match(struct mdev_core_device *core,
				  const struct device_driver *drv)
{
	const struct mdev_parent_ops *ops = kernel_api_5_13_ops(core->type);

	return drv == &kernel_api_5_13_driver_of(ops)->driver;
}

/* A parent with a driver for its devices, and one without. */
static const struct mdev_core_api kernel_api_5_13_driver = {
	.must_bind = true,
	.type_ktype = &mdev_kernel_api_type_ktype,
	.alloc = stable_api_alloc,
	.free = stable_api_free,
	.create = kernel_api_5_13_create,
	.remove = kernel_api_5_13_remove,
	.match = kernel_api_5_13_match,
};

static const struct mdev_core_api kernel_api_5_13_vfio = {
	.must_bind = true,
	.has_class = true,
	.type_ktype = &mdev_kernel_api_type_ktype,
	.alloc = stable_api_alloc,
	.free = stable_api_free,
	.create = kernel_api_5_13_create_vfio,
	.remove = kernel_api_5_13_remove,
	.match = stable_api_match,
	.in_use = stable_api_in_use,
	.request = stable_api_request,
	.uevent = stable_api_uevent,
};

/* What the bridge calls, with the stable API's device. */

static struct mdev_device *kernel_api_5_13_from_stable(struct mdev_device *stable)
{
	return to_mdev_device(mdev_stable_dev(stable));
}

static const struct mdev_parent_ops *kernel_api_5_13_mdev_ops(struct mdev_device *mdev)
{
	return kernel_api_5_13_ops(&mdev->type->core);
}

static int kernel_api_5_13_open(struct mdev_device *stable)
{
	struct mdev_device *mdev = kernel_api_5_13_from_stable(stable);

	return kernel_api_5_13_mdev_ops(mdev)->KERNEL_API_5_13_OPEN(mdev);
}

static void kernel_api_5_13_close(struct mdev_device *stable)
{
	struct mdev_device *mdev = kernel_api_5_13_from_stable(stable);

	kernel_api_5_13_mdev_ops(mdev)->KERNEL_API_5_13_CLOSE(mdev);
}

static ssize_t kernel_api_5_13_read(struct mdev_device *stable, char __user *buf,
				    size_t count, loff_t *ppos)
{
	struct mdev_device *mdev = kernel_api_5_13_from_stable(stable);

	return kernel_api_5_13_mdev_ops(mdev)->read(mdev, buf, count, ppos);
}

static ssize_t kernel_api_5_13_write(struct mdev_device *stable,
				     const char __user *buf, size_t count,
				     loff_t *ppos)
{
	struct mdev_device *mdev = kernel_api_5_13_from_stable(stable);

	return kernel_api_5_13_mdev_ops(mdev)->write(mdev, buf, count, ppos);
}

static long kernel_api_5_13_ioctl(struct mdev_device *stable, unsigned int cmd,
				  unsigned long arg)
{
	struct mdev_device *mdev = kernel_api_5_13_from_stable(stable);

	return kernel_api_5_13_mdev_ops(mdev)->ioctl(mdev, cmd, arg);
}

static int kernel_api_5_13_mmap(struct mdev_device *stable,
				struct vm_area_struct *vma)
{
	struct mdev_device *mdev = kernel_api_5_13_from_stable(stable);

	return kernel_api_5_13_mdev_ops(mdev)->mmap(mdev, vma);
}

static int kernel_api_5_13_request(struct mdev_device *stable, unsigned int count)
{
	struct mdev_device *mdev = kernel_api_5_13_from_stable(stable);

	kernel_api_5_13_mdev_ops(mdev)->request(mdev, count);
	return 0;
}

static void kernel_api_5_13_init_vfio_ops(struct vfio_mdev_device_ops *vfio_ops,
					  const struct mdev_parent_ops *ops)
{
	vfio_ops->open = ops->KERNEL_API_5_13_OPEN ? kernel_api_5_13_open : NULL;
	vfio_ops->release = ops->KERNEL_API_5_13_CLOSE ? kernel_api_5_13_close : NULL;
	vfio_ops->read = ops->read ? kernel_api_5_13_read : NULL;
	vfio_ops->write = ops->write ? kernel_api_5_13_write : NULL;
	vfio_ops->ioctl = ops->ioctl ? kernel_api_5_13_ioctl : NULL;
	vfio_ops->mmap = ops->mmap ? kernel_api_5_13_mmap : NULL;
	vfio_ops->request = ops->request ? kernel_api_5_13_request : NULL;
}

/* What binds a driver to a device. */

#ifdef HAVE_vfio_register_emulated_iommu_dev

static int kernel_api_5_13_add_group(struct device *dev)
{
	return 0;
}

static void kernel_api_5_13_remove_group(struct device *dev)
{
}

#else

#define kernel_api_5_13_add_group compat_add_iommu_group
#define kernel_api_5_13_remove_group compat_remove_iommu_group

#endif

/*
 * mdev_attr_groups are there while the driver is bound, because they look into
 * what its probe() makes and its remove() frees.
 */
int mdev_kernel_api_bind(struct mdev_device *mdev, struct mdev_driver *drv)
{
	struct device *dev = &mdev->dev;
	int ret;

	ret = kernel_api_5_13_add_group(dev);
	if (ret)
		return ret;
	ret = drv->probe ? drv->probe(mdev) : 0;
	if (ret)
		goto remove_group;
	ret = sysfs_create_groups(&dev->kobj,
				  kernel_api_5_13_mdev_ops(mdev)->mdev_attr_groups);
	if (ret)
		goto remove;
	return 0;

remove:
	if (drv->remove)
		drv->remove(mdev);
remove_group:
	kernel_api_5_13_remove_group(dev);
	return ret;
}

void mdev_kernel_api_unbind(struct mdev_device *mdev, struct mdev_driver *drv)
{
	struct device *dev = &mdev->dev;

	sysfs_remove_groups(&dev->kobj,
			    kernel_api_5_13_mdev_ops(mdev)->mdev_attr_groups);
	if (drv->remove)
		drv->remove(mdev);
	kernel_api_5_13_remove_group(dev);
}

/* What the exports call. */

int mdev_kernel_api_register_device(struct device *dev,
				    const struct mdev_parent_ops *ops)
{
	struct kernel_api_5_13_parent *parent;
	struct mdev_driver *drv;

	if (!ops)
		return -EINVAL;
	drv = kernel_api_5_13_driver_of(ops);
	if (!drv && (!ops->create || !ops->remove))
		return -EINVAL;
	parent = mdev_kernel_api_alloc_parent(dev, ops);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	parent->core.owner = ops->owner;
	parent->core.parent_groups = ops->dev_attr_groups;
	if (drv) {
		parent->core.api = &kernel_api_5_13_driver;
	} else {
		parent->core.api = &kernel_api_5_13_vfio;
		parent->core.device_groups = ops->mdev_attr_groups;
		kernel_api_5_13_init_vfio_ops(&parent->vfio_ops, ops);
	}
	return mdev_kernel_api_add_parent(parent);
}

void mdev_kernel_api_unregister_device(struct device *dev)
{
	struct mdev_core_parent *core;

	core = mdev_core_parent_detach(dev, &kernel_api_5_13_driver);
	if (!core)
		core = mdev_core_parent_detach(dev, &kernel_api_5_13_vfio);
	if (core)
		mdev_kernel_api_remove_parent(core);
}

int mdev_kernel_api_register_driver(struct mdev_driver *drv)
{
	return mdev_kernel_api_add_driver(drv);
}
