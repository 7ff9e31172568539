/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs in VFIO between kernels, for the bridge.
 */
#ifndef MDEV_COMPAT_VFIO_H
#define MDEV_COMPAT_VFIO_H

#include <linux/vfio.h>

#include "have.h"

/* To be called at the end of release(), which had to free the device. */
#ifdef HAVE_vfio_free_device
#define compat_vfio_free_device(vdev) vfio_free_device(vdev)
#else
#define compat_vfio_free_device(vdev) do { } while (0)
#endif

typedef int compat_region_info_fn(struct vfio_device *vdev,
				  struct vfio_region_info *info,
				  struct vfio_info_cap *caps);

/* struct vfio_device_ops: VFIO_DEVICE_GET_REGION_INFO had no op. */
#ifdef HAVE_vfio_get_region_info_caps
#define COMPAT_REGION_INFO_OP(fn) .get_region_info_caps = (fn),
#else
#define COMPAT_REGION_INFO_OP(fn)
#endif

/* struct vfio_device_ops: there was no iommufd. */
#ifdef HAVE_vfio_iommufd_emulated
#define COMPAT_IOMMUFD_OPS					\
	.bind_iommufd = vfio_iommufd_emulated_bind,		\
	.unbind_iommufd = vfio_iommufd_emulated_unbind,		\
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,	\
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#else
#define COMPAT_IOMMUFD_OPS
#endif

int compat_region_info_ioctl(struct vfio_device *vdev,
			     compat_region_info_fn *fn, void __user *arg);

#endif /* MDEV_COMPAT_VFIO_H */
