/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An IOMMU group for a device that has no IOMMU: VFIO of 5.10 to 5.15 wants one
 * to be there, newer ones make it.
 */
#ifndef MDEV_COMPAT_IOMMU_GROUP_H
#define MDEV_COMPAT_IOMMU_GROUP_H

#include <linux/err.h>
#include <linux/iommu.h>

/*
 * The device alone keeps the group, which goes with compat_remove_iommu_group().
 * Both sleep.
 */
static inline int compat_add_iommu_group(struct device *dev)
{
	struct iommu_group *group = iommu_group_alloc();
	int ret;

	if (IS_ERR(group))
		return PTR_ERR(group);
	ret = iommu_group_add_device(group, dev);
	iommu_group_put(group);
	return ret;
}

static inline void compat_remove_iommu_group(struct device *dev)
{
	iommu_group_remove_device(dev);
}

#endif /* MDEV_COMPAT_IOMMU_GROUP_H */
