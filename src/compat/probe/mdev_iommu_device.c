// SPDX-License-Identifier: GPL-2.0-only
/* 5.13 to 5.15, RHEL 9, SLES: VFIO looks for the IOMMU device in struct mdev_device. */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

struct device *probe(struct mdev_device *mdev);
struct device *probe(struct mdev_device *mdev)
{
	return mdev->iommu_device;
}
