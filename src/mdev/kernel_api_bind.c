// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers of the kernel API since Linux 5.13, and their bindings.
 */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "kernel_api.h"
#include "kernel_api_device.h"
#include "trace.h"

static int kernel_api_bind_probe(struct device *dev)
{
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);
	struct mdev_core_device *core = to_mdev_core_device(dev);
	int ret;

	if (mdev_core_is_gone(core))
		return -ENODEV;
	ret = mdev_kernel_api_bind(to_mdev_device(dev), drv);
	trace_mdev_bind(core->type, &core->uuid, ret);
	WRITE_ONCE(core->bind_error, ret);
	return ret;
}

static int kernel_api_bind_remove(struct device *dev)
{
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);

	mdev_kernel_api_unbind(to_mdev_device(dev), drv);
	return 0;
}

/**
 * mdev_kernel_api_add_driver() - register a driver with the driver core
 * @drv:	the driver
 *
 * Context: process; sleeps.
 * Return: 0 or an error.
 */
int mdev_kernel_api_add_driver(struct mdev_driver *drv)
{
	drv->driver.bus = &mdev_core_bus;
	drv->driver.probe = kernel_api_bind_probe;
	drv->driver.remove = kernel_api_bind_remove;
	return driver_register(&drv->driver);
}

void mdev_kernel_api_unregister_driver(struct mdev_driver *drv)
{
	driver_unregister(&drv->driver);
}
