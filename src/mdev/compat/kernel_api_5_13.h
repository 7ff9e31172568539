/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel API of Linux 5.13 to 6.0 behind its exports. The kernel's own
 * <linux/mdev.h> has to be included before it. Includes no other header of the
 * kernel's, like ../kernel_api.h and for the same reason.
 */
#ifndef MDEV_KERNEL_API_5_13_H
#define MDEV_KERNEL_API_5_13_H

#include "../../compat/have.h"

/* What a parent registers: its callbacks, or since 5.19 the driver of its devices. */
#ifdef HAVE_mdev_driver_type_groups
#define compat_parent_ops struct mdev_driver
#else
#define compat_parent_ops const struct mdev_parent_ops
#endif

/* kernel_api_type_5_13.c */
struct device *mdev_kernel_api_type_parent_dev(struct mdev_type *mtype);
unsigned int mdev_kernel_api_type_group_id(struct mdev_type *mtype);

/* kernel_api_5_13.c or kernel_api_5_19.c */
int mdev_kernel_api_register_device(struct device *dev, compat_parent_ops *ops);
void mdev_kernel_api_unregister_device(struct device *dev);

#endif /* MDEV_KERNEL_API_5_13_H */
