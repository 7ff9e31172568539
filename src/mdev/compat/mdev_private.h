/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's own core of Linux 5.13 to 6.0 sees beside <linux/mdev.h>,
 * declared for the versions of the kernel API's symbols and for nothing else. A
 * driver sees neither structure, and a pointer to a type points to the one of
 * kernel_api_type_5_13.h. They count only if they are in a header. Includes nothing
 * that declares more.
 */
#ifndef MDEV_PRIVATE_H
#define MDEV_PRIVATE_H

#include "../../compat/have.h"

#if defined(HAVE_mdev_ops_mtype) || defined(HAVE_mdev_driver_type_groups)

struct mdev_parent {
	struct device *dev;
#ifdef HAVE_mdev_driver_type_groups
	struct mdev_driver *mdev_driver;
#else
	const struct mdev_parent_ops *ops;
#endif
	struct kref ref;
	struct list_head next;
	struct kset *mdev_types_kset;
	struct list_head type_list;
	struct rw_semaphore unreg_sem;
};

struct mdev_type {
	struct kobject kobj;
	struct kobject *devices_kobj;
	struct mdev_parent *parent;
	struct list_head next;
	unsigned int type_group_id;
};

#endif

#endif /* MDEV_PRIVATE_H */
