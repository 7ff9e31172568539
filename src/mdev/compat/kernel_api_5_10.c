// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API of Linux 5.10 to 5.12, for the kernel's own parent drivers
 * (kvmgt). The stable API, which is made from it, does the work. What those
 * drivers don't use is not here.
 *
 * They were built with versions of the symbols that depend on every definition
 * that the kernel's own core saw. kernel_api_5_10.h has the private ones, the
 * includes bring the rest: add none.
 */
#include <linux/module.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/sysfs.h>
#include <linux/mdev.h>

#include "kernel_api_5_10.h"

/*
 * The stable API reads the driver's ops as its own header declares them, as far as
 * this kernel has them: request() came with 5.11. The probe mdev_parent_ops_layout
 * compares the rest.
 */
static_assert(offsetof(struct mdev_parent_ops, mmap) == 11 * sizeof(void *));

/**
 * mdev_register_device() - offer the types of a parent device
 * @dev:	the parent device
 * @ops:	its callbacks
 *
 * Context: process; sleeps.
 * Return: as that of the stable API.
 *
 * Interface of Linux 4.10 to 5.12, as are all below.
 */
int mdev_register_device(struct device *dev, const struct mdev_parent_ops *ops)
{
	return mdev_stable_register_device(dev, ops, sizeof(*ops),
					   ops ? ops->owner : NULL);
}
EXPORT_SYMBOL(mdev_register_device);

/**
 * mdev_unregister_device() - take a parent's types and devices away
 * @dev:	the parent device
 *
 * Context: process; sleeps.
 */
void mdev_unregister_device(struct device *dev)
{
	mdev_stable_unregister_device(dev);
}
EXPORT_SYMBOL(mdev_unregister_device);

/**
 * mdev_get_drvdata() - the parent driver's own pointer for a device
 * @mdev:	the device
 *
 * Context: any.
 * Return: the pointer.
 */
void *mdev_get_drvdata(struct mdev_device *mdev)
{
	return mdev_stable_get_drvdata(mdev);
}
EXPORT_SYMBOL(mdev_get_drvdata);

/**
 * mdev_set_drvdata() - keep the parent driver's own pointer for a device
 * @mdev:	the device
 * @data:	the pointer
 *
 * Context: any.
 */
void mdev_set_drvdata(struct mdev_device *mdev, void *data)
{
	mdev_stable_set_drvdata(mdev, data);
}
EXPORT_SYMBOL(mdev_set_drvdata);

/**
 * mdev_uuid() - a device's UUID
 * @mdev:	the device
 *
 * Context: any.
 * Return: the UUID.
 */
const guid_t *mdev_uuid(struct mdev_device *mdev)
{
	return mdev_stable_uuid(mdev);
}
EXPORT_SYMBOL(mdev_uuid);

/**
 * mdev_parent_dev() - the parent of a mediated device
 * @mdev:	the device
 *
 * Context: any.
 * Return: the parent; no reference is taken.
 */
struct device *mdev_parent_dev(struct mdev_device *mdev)
{
	return mdev_stable_parent_dev(mdev);
}
EXPORT_SYMBOL(mdev_parent_dev);

/**
 * mdev_dev() - the driver core's device of a mediated device
 * @mdev:	the device
 *
 * Context: any.
 * Return: the device; no reference is taken.
 */
struct device *mdev_dev(struct mdev_device *mdev)
{
	return mdev_stable_dev(mdev);
}
EXPORT_SYMBOL(mdev_dev);

/**
 * mdev_from_dev() - the mediated device of a driver core's device
 * @dev:	any device
 *
 * Context: any.
 * Return: the mediated device, or NULL if @dev is none.
 */
struct mdev_device *mdev_from_dev(struct device *dev)
{
	return mdev_stable_from_dev(dev);
}
EXPORT_SYMBOL(mdev_from_dev);

/**
 * mdev_set_iommu_device() - name the device whose IOMMU isolates a device
 * @dev:	the mediated device
 * @iommu_device:	the device, or NULL
 *
 * Context: any.
 * Return: 0; -EINVAL if @dev is not a mediated device.
 */
int mdev_set_iommu_device(struct device *dev, struct device *iommu_device)
{
	return mdev_stable_set_iommu_device(dev, iommu_device);
}
EXPORT_SYMBOL(mdev_set_iommu_device);

/**
 * mdev_get_iommu_device() - the device whose IOMMU isolates a device
 * @dev:	the mediated device
 *
 * VFIO's type 1 container calls it by symbol_get(), which in later updates of
 * these kernels accepts only EXPORT_SYMBOL_GPL symbols. The kernel's own mdev
 * lacks the _GPL, so VFIO ignores its IOMMU devices.
 *
 * Context: any.
 * Return: the device, or NULL; no reference is taken.
 */
struct device *mdev_get_iommu_device(struct device *dev)
{
	return mdev_stable_get_iommu_device(dev);
}
EXPORT_SYMBOL_GPL(mdev_get_iommu_device);
