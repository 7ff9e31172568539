// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API's exports for parents of Linux 5.13 to 6.0. As in
 * ../kernel_api_parent.c, the includes decide the versions of the symbols, and
 * mdev_private.h has the structures that the kernel's own core sees: add none.
 */
#include <linux/module.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/sysfs.h>
#include <linux/mdev.h>

#include "kernel_api_5_13.h"
#include "mdev_private.h"

/**
 * mdev_register_device() - offer the types of a parent device
 * @dev:	the parent device
 * @ops:	its callbacks, or since Linux 5.19 the driver of its devices
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if something mandatory is missing, -EEXIST if @dev is
 * registered already, -ENOMEM.
 *
 * Interface of Linux 5.13 to 6.0, as are all below.
 */
int mdev_register_device(struct device *dev, compat_parent_ops *ops)
{
	return mdev_kernel_api_register_device(dev, ops);
}
EXPORT_SYMBOL(mdev_register_device);

/**
 * mdev_unregister_device() - take a parent's types and devices away
 * @dev:	the parent device
 *
 * Context: process; sleeps, until the users of open devices have gone.
 */
void mdev_unregister_device(struct device *dev)
{
	mdev_kernel_api_unregister_device(dev);
}
EXPORT_SYMBOL(mdev_unregister_device);

/**
 * mdev_parent_dev() - the parent of a mediated device
 * @mdev:	the device
 *
 * Context: any.
 * Return: the parent; no reference is taken.
 */
struct device *mdev_parent_dev(struct mdev_device *mdev)
{
	return mdev_kernel_api_type_parent_dev(mdev->type);
}
EXPORT_SYMBOL(mdev_parent_dev);

/**
 * mdev_get_type_group_id() - which type a device is of
 * @mdev:	the device
 *
 * Context: any.
 * Return: the type's place in supported_type_groups.
 */
unsigned int mdev_get_type_group_id(struct mdev_device *mdev)
{
	return mdev_kernel_api_type_group_id(mdev->type);
}
EXPORT_SYMBOL(mdev_get_type_group_id);

/**
 * mtype_get_type_group_id() - which type this is
 * @mtype:	what an attribute of a type is called with
 *
 * Context: any.
 * Return: the type's place in supported_type_groups.
 */
unsigned int mtype_get_type_group_id(struct mdev_type *mtype)
{
	return mdev_kernel_api_type_group_id(mtype);
}
EXPORT_SYMBOL(mtype_get_type_group_id);

/**
 * mtype_get_parent_dev() - the parent that offers a type
 * @mtype:	what an attribute of a type is called with
 *
 * Context: any.
 * Return: the parent; no reference is taken.
 */
struct device *mtype_get_parent_dev(struct mdev_type *mtype)
{
	return mdev_kernel_api_type_parent_dev(mtype);
}
EXPORT_SYMBOL(mtype_get_parent_dev);
