// SPDX-License-Identifier: GPL-2.0-only
/* 5.12 to 5.17: VFIO tells the domain that a group is attached to. */
/* exported: vfio_group_iommu_domain */
#include <linux/vfio.h>

struct iommu_domain *probe(struct vfio_group *group);
struct iommu_domain *probe(struct vfio_group *group)
{
	return vfio_group_iommu_domain(group);
}
