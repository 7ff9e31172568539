/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The native door behind its exports.
 *
 * Includes nothing: the symbol versions of the exports depend on every
 * definition that the files with the EXPORT_SYMBOLs see. Include the kernel's
 * own <linux/mdev.h> before it.
 */
#ifndef MDEV_NATIVE_H
#define MDEV_NATIVE_H

int mdev_native_register_parent(struct mdev_parent *parent, struct device *dev,
				struct mdev_driver *drv,
				struct mdev_type **types,
				unsigned int nr_types);
void mdev_native_unregister_parent(struct mdev_parent *parent);
int mdev_native_register_driver(struct mdev_driver *drv);
void mdev_native_unregister_driver(struct mdev_driver *drv);

#endif /* MDEV_NATIVE_H */
