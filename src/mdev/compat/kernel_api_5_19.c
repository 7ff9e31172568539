// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API of Linux 5.19 to 6.0: a parent names the driver of its devices,
 * and the driver brings the types.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "../kernel_api.h"
#include "../kernel_api_device.h"
#include "kernel_api_type_5_13.h"

/* The driver's probe() is its create(). */
static int kernel_api_5_19_create(struct mdev_core_device *core)
{
	mdev_kernel_api_init_device(core, kernel_api_5_13_to_mtype(core->type));
	return 0;
}

static bool kernel_api_5_19_match(struct mdev_core_device *core,
				  const struct device_driver *drv)
{
	return drv == &kernel_api_5_13_to_parent(core->type->parent)->ops->driver;
}

static const struct mdev_core_api kernel_api_5_19 = {
	.must_bind = true,
	.type_ktype = &mdev_kernel_api_type_ktype,
	.alloc = mdev_kernel_api_alloc,
	.free = mdev_kernel_api_free,
	.create = kernel_api_5_19_create,
	.match = kernel_api_5_19_match,
};

/* What the exports call. */

int mdev_kernel_api_register_device(struct device *dev, struct mdev_driver *drv)
{
	struct kernel_api_5_13_parent *parent;

	parent = mdev_kernel_api_alloc_parent(dev, drv);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	parent->core.api = &kernel_api_5_19;
	return mdev_kernel_api_add_parent(parent);
}

void mdev_kernel_api_unregister_device(struct device *dev)
{
	struct mdev_core_parent *core;

	core = mdev_core_parent_detach(dev, &kernel_api_5_19);
	if (core)
		mdev_kernel_api_remove_parent(core);
}

int mdev_kernel_api_register_driver(struct mdev_driver *drv)
{
	return mdev_kernel_api_add_driver(drv);
}
