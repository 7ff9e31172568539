/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Features of a device's IOMMU, and auxiliary domains: Linux 5.1 to 5.17 had them
 * all, later ones took them away one after the other. What is missing gives what
 * it gave on a machine that has no such IOMMU.
 */
#ifndef MDEV_COMPAT_IOMMU_H
#define MDEV_COMPAT_IOMMU_H

#include <linux/iommu.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>

#include "../../compat/have.h"

#ifdef HAVE_iommu_aux_domain
#define COMPAT_IOMMU_AUX true
#define compat_iommu_aux_attach iommu_aux_attach_device
#define compat_iommu_aux_detach iommu_aux_detach_device
#define compat_iommu_aux_get_pasid iommu_aux_get_pasid
static inline enum iommu_dev_features compat_iommu_feature(int feature)
{
	return feature == VFIO_MDEV_IOMMU_FEAT_AUX ? IOMMU_DEV_FEAT_AUX :
		(enum iommu_dev_features)feature;
}
#else
#define COMPAT_IOMMU_AUX false
static inline int compat_iommu_feature(int feature)
{
	return feature;
}

static inline int compat_iommu_aux_attach(struct iommu_domain *domain,
					  struct device *dev)
{
	return -ENODEV;
}

static inline void compat_iommu_aux_detach(struct iommu_domain *domain,
					   struct device *dev)
{
}

static inline int compat_iommu_aux_get_pasid(struct iommu_domain *domain,
					     struct device *dev)
{
	return -ENODEV;
}
#endif

#ifdef HAVE_iommu_dev_enable_feature
#define compat_iommu_enable_feature iommu_dev_enable_feature
#define compat_iommu_disable_feature iommu_dev_disable_feature
#else
static inline int compat_iommu_enable_feature(struct device *dev, int feature)
{
	return -ENODEV;
}

static inline int compat_iommu_disable_feature(struct device *dev, int feature)
{
	return -EBUSY;
}
#endif

#ifdef HAVE_iommu_dev_feature_enabled
#define compat_iommu_feature_enabled iommu_dev_feature_enabled
#else
static inline bool compat_iommu_feature_enabled(struct device *dev,
						int feature)
{
	return false;
}
#endif

/* Linux 5.12 to 5.17 don't tell without switching it on. */
#ifdef HAVE_iommu_dev_has_feature
#define compat_iommu_has_feature iommu_dev_has_feature
#else
static inline bool compat_iommu_has_feature(struct device *dev, int feature)
{
	if (!COMPAT_IOMMU_AUX)
		return false;
	if (compat_iommu_feature_enabled(dev, feature))
		return true;
	if (compat_iommu_enable_feature(dev, feature))
		return false;
	compat_iommu_disable_feature(dev, feature);
	return true;
}
#endif

static inline struct iommu_domain *compat_vfio_iommu_domain(struct device *dev)
{
#ifdef HAVE_vfio_group_iommu_domain
	struct vfio_group *group = vfio_group_get_external_user_from_dev(dev);
	struct iommu_domain *domain;

	if (IS_ERR(group))
		return ERR_CAST(group);
	domain = vfio_group_iommu_domain(group);
	vfio_group_put_external_user(group);
	return domain;
#else
	return ERR_PTR(-ENODEV);
#endif
}

#endif /* MDEV_COMPAT_IOMMU_H */
