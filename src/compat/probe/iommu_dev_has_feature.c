// SPDX-License-Identifier: GPL-2.0-only
/* 5.10, 5.11: whether a device's IOMMU has a feature can be asked. */
/* exported: iommu_dev_has_feature */
#include <linux/iommu.h>

bool probe(struct device *dev, enum iommu_dev_features feature);
bool probe(struct device *dev, enum iommu_dev_features feature)
{
	return iommu_dev_has_feature(dev, feature);
}
