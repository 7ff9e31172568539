// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IOMMU device where VFIO of 5.13 to 5.15, and of RHEL 9 and SLES, looks for it.
 */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "iommu_device.h"

static_assert(offsetof(struct mdev_device, dev) == 0);
static_assert(sizeof(struct mdev_device) - sizeof(struct device) <=
	      COMPAT_MDEV_TAIL);

/**
 * compat_mdev_show_iommu_device() - let VFIO see a device's IOMMU device
 * @dev:	the mediated device, followed by COMPAT_MDEV_TAIL bytes
 * @iommu_device:	its IOMMU device, or NULL
 *
 * Context: any.
 */
void compat_mdev_show_iommu_device(struct device *dev,
				   struct device *iommu_device)
{
	WRITE_ONCE(container_of(dev, struct mdev_device, dev)->iommu_device,
		   iommu_device);
}
