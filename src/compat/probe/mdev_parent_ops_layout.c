// SPDX-License-Identifier: GPL-2.0-only
/*
 * The structures of <linux/mdev.h> of Linux 5.10 to 5.12 are those that the stable
 * API has, which src/mdev/compat/kernel_api_5_10.c hands them to. One callback may
 * follow: request(), since 5.11.
 */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "layout.h"

BEGINS(mdev_parent_ops, owner);
FOLLOWS(mdev_parent_ops, dev_attr_groups, owner);
FOLLOWS(mdev_parent_ops, mdev_attr_groups, dev_attr_groups);
FOLLOWS(mdev_parent_ops, supported_type_groups, mdev_attr_groups);
FOLLOWS(mdev_parent_ops, create, supported_type_groups);
FOLLOWS(mdev_parent_ops, remove, create);
FOLLOWS(mdev_parent_ops, open, remove);
FOLLOWS(mdev_parent_ops, release, open);
FOLLOWS(mdev_parent_ops, read, release);
FOLLOWS(mdev_parent_ops, write, read);
FOLLOWS(mdev_parent_ops, ioctl, write);
FOLLOWS(mdev_parent_ops, mmap, ioctl);
static_assert(((sizeof(struct mdev_parent_ops) -
		offsetofend(struct mdev_parent_ops, mmap)) & ~sizeof(void *)) == 0,
	      "struct mdev_parent_ops ends with mmap or a callback");

BEGINS(mdev_type_attribute, attr);
FOLLOWS(mdev_type_attribute, show, attr);
FOLLOWS(mdev_type_attribute, store, show);
ENDS(mdev_type_attribute, store);
