// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices and drivers of the kernel API since Linux 5.19: the driver that a
 * parent names is bound to its devices, and nothing else makes or destroys them.
 */
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "kernel_api.h"
#include "kernel_api_device.h"
#include "trace.h"

/* The core's device ends with a struct device, the API's begins with one. */
static_assert(offsetof(struct mdev_device, dev) == 0);

/**
 * mdev_kernel_api_alloc() - allocate a device
 *
 * Context: process; sleeps.
 * Return: the core's device, zeroed, over the API's; NULL if there is no memory.
 */
struct mdev_core_device *mdev_kernel_api_alloc(void)
{
	return kzalloc(offsetof(struct mdev_core_device, dev) +
		       sizeof(struct mdev_device), GFP_KERNEL);
}

/**
 * mdev_kernel_api_free() - undo mdev_kernel_api_alloc()
 * @core:	the device
 *
 * Context: any.
 */
void mdev_kernel_api_free(struct mdev_core_device *core)
{
	kfree(core);
}

static int kernel_api_device_probe(struct device *dev)
{
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);
	struct mdev_core_device *core = to_mdev_core_device(dev);
	int ret;

	if (mdev_core_is_gone(core))
		return -ENODEV;
	ret = drv->probe ? drv->probe(to_mdev_device(dev)) : 0;
	trace_mdev_bind(core->type, &core->uuid, ret);
	core->bind_error = ret;
	return ret;
}

static int kernel_api_device_remove(struct device *dev)
{
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);

	if (drv->remove)
		drv->remove(to_mdev_device(dev));
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
	drv->driver.probe = kernel_api_device_probe;
	drv->driver.remove = kernel_api_device_remove;
	return driver_register(&drv->driver);
}

void mdev_kernel_api_unregister_driver(struct mdev_driver *drv)
{
	driver_unregister(&drv->driver);
}
