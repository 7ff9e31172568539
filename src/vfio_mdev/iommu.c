// SPDX-License-Identifier: GPL-2.0-only
/*
 * Auxiliary domains of the IOMMU, for parent drivers of Linux 5.1 to 5.17. Nothing
 * here is about mediated devices but the last function; it lets a driver that knows
 * such domains compile on kernels that don't, and do without.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/printk.h>

#include "compat/iommu.h"

/* The kernel has no such domains, which the driver may not be prepared for. */
static bool vfio_mdev_iommu_is_missing(int feature)
{
	if (COMPAT_IOMMU_AUX || feature != VFIO_MDEV_IOMMU_FEAT_AUX)
		return false;
	pr_notice_once("vfio_mdev: a driver wants auxiliary IOMMU domains, which this kernel does not have\n");
	return true;
}

/**
 * vfio_mdev_iommu_has_feature() - can a device's IOMMU do this?
 * @dev:	the device
 * @feature:	VFIO_MDEV_IOMMU_FEAT_AUX or one of enum iommu_dev_features
 *
 * Context: any.
 * Return: true if so; false where the kernel can't tell.
 *
 * Interface of iommu_dev_has_feature() of Linux 5.1 to 5.17.
 */
bool vfio_mdev_iommu_has_feature(struct device *dev, int feature)
{
	return !vfio_mdev_iommu_is_missing(feature) &&
	       iommu_dev_has_feature(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_has_feature);

/**
 * vfio_mdev_iommu_feature_enabled() - is it switched on?
 * @dev:	the device
 * @feature:	as above
 *
 * Context: any.
 * Return: true if so; false where the kernel can't tell.
 *
 * Interface of iommu_dev_feature_enabled() of Linux 5.1 to 5.17.
 */
bool vfio_mdev_iommu_feature_enabled(struct device *dev, int feature)
{
	return !vfio_mdev_iommu_is_missing(feature) &&
	       iommu_dev_feature_enabled(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_feature_enabled);

/**
 * vfio_mdev_iommu_enable_feature() - switch a feature on
 * @dev:	the device
 * @feature:	as above
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV if the device or the kernel has no such feature; or another
 * error of the IOMMU driver.
 *
 * Interface of iommu_dev_enable_feature() of Linux 5.1 to 6.15.
 */
int vfio_mdev_iommu_enable_feature(struct device *dev, int feature)
{
	if (vfio_mdev_iommu_is_missing(feature))
		return -ENODEV;
	return iommu_dev_enable_feature(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_enable_feature);

/**
 * vfio_mdev_iommu_disable_feature() - switch a feature off
 * @dev:	the device
 * @feature:	as above
 *
 * Context: process; may sleep.
 * Return: 0; -EBUSY if the device or the kernel has no such feature; or another
 * error of the IOMMU driver.
 *
 * Interface of iommu_dev_disable_feature() of Linux 5.1 to 6.15.
 */
int vfio_mdev_iommu_disable_feature(struct device *dev, int feature)
{
	if (vfio_mdev_iommu_is_missing(feature))
		return -EBUSY;
	return iommu_dev_disable_feature(dev, compat_iommu_feature(feature));
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_disable_feature);

/**
 * vfio_mdev_iommu_aux_attach() - attach a device to an auxiliary domain
 * @domain:	the domain
 * @dev:	the device, with VFIO_MDEV_IOMMU_FEAT_AUX enabled
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV if the device or the kernel has no such feature; or another
 * error of the IOMMU driver.
 *
 * Interface of iommu_aux_attach_device() of Linux 5.1 to 5.17.
 */
int vfio_mdev_iommu_aux_attach(struct iommu_domain *domain, struct device *dev)
{
	if (vfio_mdev_iommu_is_missing(VFIO_MDEV_IOMMU_FEAT_AUX))
		return -ENODEV;
	return iommu_aux_attach_device(domain, dev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_aux_attach);

/**
 * vfio_mdev_iommu_aux_detach() - undo vfio_mdev_iommu_aux_attach()
 * @domain:	the domain
 * @dev:	the device
 *
 * Context: process; may sleep.
 *
 * Interface of iommu_aux_detach_device() of Linux 5.1 to 5.17.
 */
void vfio_mdev_iommu_aux_detach(struct iommu_domain *domain,
				struct device *dev)
{
	if (!vfio_mdev_iommu_is_missing(VFIO_MDEV_IOMMU_FEAT_AUX))
		iommu_aux_detach_device(domain, dev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_aux_detach);

/**
 * vfio_mdev_iommu_aux_get_pasid() - the PASID of an auxiliary domain
 * @domain:	the domain
 * @dev:	the device that is attached to it
 *
 * Context: any.
 * Return: the PASID; -ENODEV if the device or the kernel has no such feature.
 *
 * Interface of iommu_aux_get_pasid() of Linux 5.1 to 5.17.
 */
int vfio_mdev_iommu_aux_get_pasid(struct iommu_domain *domain,
				  struct device *dev)
{
	if (vfio_mdev_iommu_is_missing(VFIO_MDEV_IOMMU_FEAT_AUX))
		return -ENODEV;
	return iommu_aux_get_pasid(domain, dev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_aux_get_pasid);

/**
 * vfio_mdev_iommu_domain() - the IOMMU domain that a mediated device is in
 * @dev:	the mediated device, opened
 *
 * Context: process; may sleep.
 * Return: the domain, valid while the device is open; ERR_PTR(-EINVAL) if @dev is
 * NULL or not opened; ERR_PTR(-ENODEV) if it is in none, which is so unless
 * mdev_set_iommu_device() has succeeded, or if VFIO does not tell, as before
 * Linux 5.12.
 *
 * Interface of vfio_group_iommu_domain() of Linux 5.12 to 5.17, but for the
 * device.
 */
struct iommu_domain *vfio_mdev_iommu_domain(struct device *dev)
{
	return dev ? compat_vfio_iommu_domain(dev) : ERR_PTR(-EINVAL);
}
EXPORT_SYMBOL_GPL(vfio_mdev_iommu_domain);
