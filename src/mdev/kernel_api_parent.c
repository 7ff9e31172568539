// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API's exports for parents.
 *
 * Drivers built for the kernel's own mdev.ko ask for the versions of its
 * symbols, and those follow from the definitions that this file sees: the
 * includes are the kernel's choice, not ours. Add none.
 */
#include <linux/module.h>
#include <linux/mdev.h>

#include "kernel_api.h"

/**
 * mdev_register_parent() - offer types of mediated devices
 * @parent:	the driver's memory, filled in here
 * @dev:	the parent device
 * @mdev_driver:	the driver that every device is bound to
 * @types:	the types; @parent keeps this pointer
 * @nr_types:	how many
 *
 * Context: process; sleeps.
 * Return: 0; -EEXIST if @dev is registered already, -ENOMEM.
 *
 * Interface of Linux 6.1.
 */
int mdev_register_parent(struct mdev_parent *parent, struct device *dev,
			 struct mdev_driver *mdev_driver,
			 struct mdev_type **types, unsigned int nr_types)
{
	return mdev_kernel_api_register_parent(parent, dev, mdev_driver, types,
					       nr_types);
}
EXPORT_SYMBOL(mdev_register_parent);

/**
 * mdev_unregister_parent() - take a parent's types and devices away
 * @parent:	what mdev_register_parent() filled in
 *
 * When it returns, nothing refers to @parent, its types or its device.
 *
 * Context: process; sleeps, until the users of open devices have gone.
 *
 * Interface of Linux 6.1.
 */
void mdev_unregister_parent(struct mdev_parent *parent)
{
	mdev_kernel_api_unregister_parent(parent);
}
EXPORT_SYMBOL(mdev_unregister_parent);
