// SPDX-License-Identifier: GPL-2.0-only
/* 5.10 to 5.12: the kernel API was the one that the stable API is made from. */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

int probe(struct kobject *kobj, struct mdev_device *mdev);
struct mdev_device *probe_from_dev(struct device *dev);
const struct mdev_parent_ops probe_ops = { .create = probe };
struct mdev_device *probe_from_dev(struct device *dev)
{
	return mdev_register_device(dev, &probe_ops) ? NULL :
						       mdev_from_dev(dev);
}

const guid_t *probe_uuid(struct mdev_device *mdev);
const guid_t *probe_uuid(struct mdev_device *mdev)
{
	return mdev_uuid(mdev);
}
