// SPDX-License-Identifier: GPL-2.0-only
/* 5.13 to 5.18: a parent registers callbacks, and its types are not kobjects. */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

int probe(struct device *dev, struct mdev_parent_ops *ops,
	  struct attribute_group **groups, struct mdev_type *mtype,
	  struct mdev_type_attribute *attr);
int probe(struct device *dev, struct mdev_parent_ops *ops,
	  struct attribute_group **groups, struct mdev_type *mtype,
	  struct mdev_type_attribute *attr)
{
	ops->supported_type_groups = groups;
	return attr->show(mtype, attr, NULL) || mdev_register_device(dev, ops);
}
