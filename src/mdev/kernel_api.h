/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel API behind its exports.
 *
 * Includes nothing: the symbol versions of the exports depend on every
 * definition that the files with the EXPORT_SYMBOLs see. Include the kernel's
 * own <linux/mdev.h> before it.
 */
#ifndef MDEV_KERNEL_API_H
#define MDEV_KERNEL_API_H

struct mdev_parent;
struct mdev_type;

int mdev_kernel_api_register_parent(struct mdev_parent *parent,
				    struct device *dev,
				    struct mdev_driver *drv,
				    struct mdev_type **types,
				    unsigned int nr_types);
void mdev_kernel_api_unregister_parent(struct mdev_parent *parent);
int mdev_kernel_api_register_driver(struct mdev_driver *drv);
void mdev_kernel_api_unregister_driver(struct mdev_driver *drv);

#endif /* MDEV_KERNEL_API_H */
