// SPDX-License-Identifier: GPL-2.0-only
/* 5.10 to 5.17: whether an IOMMU feature is switched on can be asked. */
/* exported: iommu_dev_feature_enabled */
#include <linux/iommu.h>

bool probe(struct device *dev, enum iommu_dev_features feature);
bool probe(struct device *dev, enum iommu_dev_features feature)
{
	return iommu_dev_feature_enabled(dev, feature);
}
