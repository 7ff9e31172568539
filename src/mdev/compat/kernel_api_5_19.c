// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API of Linux 5.19 to 6.0: a parent names the driver of its devices,
 * and the driver brings the types.
 */
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "../kernel_api.h"
#include "../kernel_api_device.h"
#include "kernel_api_5_13.h"
#include "kernel_api_type_5_13.h"

struct kernel_api_parent {
	struct mdev_core_parent core;
	struct mdev_driver *drv;
	struct mdev_type types[];
};

/* The driver's probe() is its create(). */
static int kernel_api_create(struct mdev_core_device *core)
{
	mdev_kernel_api_init_device(core, kernel_api_to_mtype(core->type));
	return 0;
}

static bool kernel_api_match(struct mdev_core_device *core,
			     const struct device_driver *drv)
{
	return drv == &container_of(core->type->parent,
				    struct kernel_api_parent, core)->drv->driver;
}

static const struct mdev_core_api kernel_api = {
	.must_bind = true,
	.type_ktype = &mdev_kernel_api_type_ktype,
	.alloc = mdev_kernel_api_alloc,
	.free = mdev_kernel_api_free,
	.create = kernel_api_create,
	.match = kernel_api_match,
};

/* What the exports call. */

int mdev_kernel_api_register_device(struct device *dev, struct mdev_driver *drv)
{
	struct kernel_api_parent *parent;
	struct attribute_group **groups = drv->supported_type_groups;
	int ret;

	if (!dev || !groups)
		return -EINVAL;
	parent = kzalloc(struct_size(parent, types,
				     mdev_kernel_api_count_types(groups)),
			 GFP_KERNEL);
	if (!parent)
		return -ENOMEM;
	parent->drv = drv;
	parent->core.dev = dev;
	parent->core.api = &kernel_api;
	ret = mdev_kernel_api_init_types(&parent->core, parent->types, groups);
	if (!ret)
		ret = mdev_core_parent_register(&parent->core);
	if (ret)
		kfree(parent);
	return ret;
}

void mdev_kernel_api_unregister_device(struct device *dev)
{
	struct mdev_core_parent *core;

	core = mdev_core_parent_detach(dev, &kernel_api);
	if (!core)
		return;
	mdev_core_parent_unregister(core);
	kfree(container_of(core, struct kernel_api_parent, core));
}

int mdev_kernel_api_register_driver(struct mdev_driver *drv)
{
	return mdev_kernel_api_add_driver(drv);
}
