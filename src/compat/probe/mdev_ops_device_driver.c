// SPDX-License-Identifier: GPL-2.0-only
/* 5.14 to 5.18: a parent's callbacks may name the driver of its devices. */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

struct mdev_driver *probe(const struct mdev_parent_ops *ops);
struct mdev_driver *probe(const struct mdev_parent_ops *ops)
{
	return ops->device_driver;
}
