// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of the kernel API since Linux 5.19: the driver that a parent names is
 * bound to its devices, and nothing else makes or destroys them.
 */
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "kernel_api.h"
#include "kernel_api_device.h"

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
