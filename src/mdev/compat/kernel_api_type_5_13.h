/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types of the kernel API of Linux 5.13 to 6.0, where drivers see no more of one
 * than a pointer.
 */
#ifndef MDEV_KERNEL_API_TYPE_5_13_H
#define MDEV_KERNEL_API_TYPE_5_13_H

#include "../core.h"

/* @group_id: its place in the driver's supported_type_groups */
struct mdev_type {
	struct mdev_core_type core;
	struct kobject kobj;
	unsigned int group_id;
};

static inline struct mdev_type *kernel_api_to_mtype(struct mdev_core_type *core)
{
	return container_of(core, struct mdev_type, core);
}

extern const struct kobj_type mdev_kernel_api_type_ktype;

size_t mdev_kernel_api_count_types(struct attribute_group *const *groups);
int mdev_kernel_api_init_types(struct mdev_core_parent *parent,
			       struct mdev_type *types,
			       struct attribute_group *const *groups);

#endif /* MDEV_KERNEL_API_TYPE_5_13_H */
