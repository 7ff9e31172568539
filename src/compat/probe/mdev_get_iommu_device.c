// SPDX-License-Identifier: GPL-2.0-only
/* 5.10 to 5.12: VFIO asks mdev by a symbol for a device's IOMMU device. */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

struct device *probe(struct device *dev);
struct device *probe(struct device *dev)
{
	return mdev_get_iommu_device(dev);
}
