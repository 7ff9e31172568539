// SPDX-License-Identifier: GPL-2.0-only
/* 6.13: class_compat_create_link() takes two arguments, and makes no link back. */
#include <linux/device.h>

int probe(struct class_compat *cls, struct device *dev);
int probe(struct class_compat *cls, struct device *dev)
{
	return class_compat_create_link(cls, dev);
}
