// SPDX-License-Identifier: GPL-2.0-only
/*
 * Auxiliary domains of the IOMMU, for parent drivers of Linux 5.1 to 5.17. A driver
 * that uses them compiles on kernels without them, and gets the errors that it gets
 * on a machine without. Only the last function is about mediated devices.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/printk.h>

#include "compat/iommu.h"

/* Logs it once, because the driver may not be prepared for it. */
static bool vfio_mdev_iommu_is_missing(int feature)
{
	if (COMPAT_IOMMU_AUX || feature != VFIO_MDEV_IOMMU_FEAT_AUX)
		return false;
	pr_notice_once("vfio_mdev: a driver wants auxiliary IOMMU domains, which this kernel does not have\n");
	return true;
}

bool vfio_mdev_iommu_has_feature(struct device *dev, int feature)
{
	return !vfio_mdev_iommu_is_missing(feature) &&
	       compat_iommu_has_feature(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_has_feature);

bool vfio_mdev_iommu_feature_enabled(struct device *dev, int feature)
{
	return !vfio_mdev_iommu_is_missing(feature) &&
	       compat_iommu_feature_enabled(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_feature_enabled);

int vfio_mdev_iommu_enable_feature(struct device *dev, int feature)
{
	if (vfio_mdev_iommu_is_missing(feature))
		return -ENODEV;
	return compat_iommu_enable_feature(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_enable_feature);

int vfio_mdev_iommu_disable_feature(struct device *dev, int feature)
{
	if (vfio_mdev_iommu_is_missing(feature))
		return -EBUSY;
	return compat_iommu_disable_feature(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_disable_feature);

int vfio_mdev_iommu_aux_attach(struct iommu_domain *domain, struct device *dev)
{
	if (vfio_mdev_iommu_is_missing(VFIO_MDEV_IOMMU_FEAT_AUX))
		return -ENODEV;
	return compat_iommu_aux_attach(domain, dev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_aux_attach);

void vfio_mdev_iommu_aux_detach(struct iommu_domain *domain,
				struct device *dev)
{
	if (!vfio_mdev_iommu_is_missing(VFIO_MDEV_IOMMU_FEAT_AUX))
		compat_iommu_aux_detach(domain, dev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_aux_detach);

int vfio_mdev_iommu_aux_get_pasid(struct iommu_domain *domain,
				  struct device *dev)
{
	if (vfio_mdev_iommu_is_missing(VFIO_MDEV_IOMMU_FEAT_AUX))
		return -ENODEV;
	return compat_iommu_aux_get_pasid(domain, dev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_aux_get_pasid);

struct iommu_domain *vfio_mdev_iommu_domain(struct device *dev)
{
	return dev ? compat_vfio_iommu_domain(dev) : ERR_PTR(-EINVAL);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_domain);
