// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API's exports for drivers. As in kernel_api_parent.c, the includes
 * decide the versions of the symbols: add none.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/mdev.h>

#include "compat/mdev_private.h"
#include "kernel_api.h"

/**
 * mdev_register_driver() - register a driver for mediated devices
 * @drv:	the driver; from Linux 6.1 on, @drv->device_api is mandatory
 *
 * It is bound to the devices of the parents that name it, to no others.
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL without a device API that is mandatory, -EBUSY if the name
 * is taken, -ENOMEM.
 *
 * Interface of Linux 5.13.
 */
int mdev_register_driver(struct mdev_driver *drv)
{
	return mdev_kernel_api_register_driver(drv);
}
EXPORT_SYMBOL(mdev_register_driver);

/**
 * mdev_unregister_driver() - unregister a driver for mediated devices
 * @drv:	the driver
 *
 * Context: process; sleeps.
 *
 * Interface of Linux 5.13.
 */
void mdev_unregister_driver(struct mdev_driver *drv)
{
	mdev_kernel_api_unregister_driver(drv);
}
EXPORT_SYMBOL(mdev_unregister_driver);
