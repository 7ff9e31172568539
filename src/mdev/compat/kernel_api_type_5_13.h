/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types and parents of the kernel API of Linux 5.13 to 6.0, where drivers see no
 * more of a type than a pointer. The kernel's own <linux/mdev.h> has to be included
 * before it.
 */
#ifndef MDEV_KERNEL_API_TYPE_5_13_H
#define MDEV_KERNEL_API_TYPE_5_13_H

#include "../../../include/linux/vfio_mdev.h"
#include "../core.h"
#include "kernel_api_5_13.h"

/* @group_id: its place in the driver's supported_type_groups */
struct mdev_type {
	struct mdev_core_type core;
	struct kobject kobj;
	unsigned int group_id;
};

static inline struct mdev_type *kernel_api_5_13_to_mtype(struct mdev_core_type *core)
{
	return container_of(core, struct mdev_type, core);
}

/*
 * @ops: what it was registered with
 * @vfio_ops: 5.13 to 5.18, without a driver for its devices: what the bridge calls
 */
struct kernel_api_5_13_parent {
	struct mdev_core_parent core;
	compat_parent_ops *ops;
	struct vfio_mdev_device_ops vfio_ops;
	struct mdev_type types[];
};

static inline struct kernel_api_5_13_parent *
kernel_api_5_13_to_parent(struct mdev_core_parent *core)
{
	return container_of(core, struct kernel_api_5_13_parent, core);
}

extern const struct kobj_type mdev_kernel_api_type_ktype;

struct kernel_api_5_13_parent *
mdev_kernel_api_alloc_parent(struct device *dev, compat_parent_ops *ops);
int mdev_kernel_api_add_parent(struct kernel_api_5_13_parent *parent);
void mdev_kernel_api_remove_parent(struct mdev_core_parent *core);

#endif /* MDEV_KERNEL_API_TYPE_5_13_H */
