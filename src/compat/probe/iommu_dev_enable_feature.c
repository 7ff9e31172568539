// SPDX-License-Identifier: GPL-2.0-only
/* 5.10 to 6.15: a device's IOMMU features are switched one by one. */
/* exported: iommu_dev_enable_feature iommu_dev_disable_feature */
#include <linux/iommu.h>

int probe(struct device *dev, enum iommu_dev_features feature);
int probe(struct device *dev, enum iommu_dev_features feature)
{
	return iommu_dev_enable_feature(dev, feature) ||
	       iommu_dev_disable_feature(dev, feature);
}
