// SPDX-License-Identifier: GPL-2.0-only
/* 5.10 to 5.17: a device can be attached to auxiliary domains. */
/* exported: iommu_aux_attach_device iommu_aux_detach_device iommu_aux_get_pasid */
#include <linux/iommu.h>

struct iommu_domain *probe(struct iommu_domain *domain, struct device *dev);
struct iommu_domain *probe(struct iommu_domain *domain, struct device *dev)
{
	enum iommu_dev_features feature = IOMMU_DEV_FEAT_AUX;

	if (feature || iommu_aux_attach_device(domain, dev))
		return NULL;
	if (iommu_aux_get_pasid(domain, dev) < 0)
		iommu_aux_detach_device(domain, dev);
	return domain;
}
