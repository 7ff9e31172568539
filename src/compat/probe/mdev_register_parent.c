// SPDX-License-Identifier: GPL-2.0-only
/* 6.1: the kernel's own mdev API that the kernel API offers. */
#include <linux/mdev.h>

int probe(struct mdev_parent *parent, struct device *dev,
	  struct mdev_driver *drv, struct mdev_type **types);
int probe(struct mdev_parent *parent, struct device *dev,
	  struct mdev_driver *drv, struct mdev_type **types)
{
	drv->device_api = "";
	return mdev_register_parent(parent, dev, drv, types, 1);
}
