/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How VFIO's type 1 container finds a mediated device's IOMMU device:
 * 5.10 to 5.12 by the symbol mdev_get_iommu_device, see kernel_api_5_10.c;
 * 5.13 to 5.15, RHEL 9, and SLES 15 SP5 and later in the kernel's own struct
 * mdev_device, which begins with the struct device, see iommu_device_5_13.c; others
 * not at all.
 */
#ifndef MDEV_CORE_IOMMU_DEVICE_H
#define MDEV_CORE_IOMMU_DEVICE_H

#include "../../compat/have.h"

struct device;

#if defined(HAVE_mdev_get_iommu_device) || defined(HAVE_mdev_iommu_device)
#define COMPAT_IOMMU_DEVICE true
#else
#define COMPAT_IOMMU_DEVICE false
#endif

/*
 * COMPAT_MDEV_TAIL: how much has to follow the struct device, so that it begins a
 * struct mdev_device of the kernel's own: the type 1 container looks into every
 * device on the bus, and a parent driver of 5.13 to 5.18 into its own ones
 */
#if defined(HAVE_mdev_iommu_device) || defined(HAVE_mdev_ops_mtype)
#define COMPAT_MDEV_TAIL 128
#else
#define COMPAT_MDEV_TAIL 0
#endif

#ifdef HAVE_mdev_iommu_device
void compat_mdev_show_iommu_device(struct device *dev,
				   struct device *iommu_device);
#else
static inline void compat_mdev_show_iommu_device(struct device *dev,
						 struct device *iommu_device)
{
}
#endif

#endif /* MDEV_CORE_IOMMU_DEVICE_H */
