// SPDX-License-Identifier: GPL-2.0-only
/* 5.19 to 6.0: a parent registers the driver of its devices, which has the types. */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

int probe(struct device *dev, struct mdev_driver *drv,
	  struct attribute_group **groups, struct mdev_type *mtype,
	  struct mdev_type_attribute *attr);
int probe(struct device *dev, struct mdev_driver *drv,
	  struct attribute_group **groups, struct mdev_type *mtype,
	  struct mdev_type_attribute *attr)
{
	drv->supported_type_groups = groups;
	return attr->show(mtype, attr, NULL) || mdev_register_device(dev, drv);
}
