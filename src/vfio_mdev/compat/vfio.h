/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs in VFIO between kernels, for the bridge.
 */
#ifndef MDEV_COMPAT_VFIO_H
#define MDEV_COMPAT_VFIO_H

#include <linux/slab.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev_feature.h>

#include "../../compat/have.h"
#include "vfio_pages.h"

/*
 * VFIO did not allocate the driver's device. Without that the device is struct
 * compat_vfio_device, which is chosen as a whole: its ops, its features, its KVM
 * callback. The kernel's names mean that device from here.
 */
#ifndef HAVE_vfio_alloc_device
#include "vfio_device.h"

#define vfio_device compat_vfio_device
#define vfio_device_ops compat_vfio_device_ops
#define vfio_migration_ops compat_vfio_migration_ops
#define vfio_alloc_device(type, member, dev, ops)			\
	((struct type *)compat_vfio_alloc_device(sizeof(struct type) +	\
		BUILD_BUG_ON_ZERO(offsetof(struct type, member)), dev, ops))
#define vfio_put_device(vdev) compat_vfio_put_device(vdev)
#define vfio_register_emulated_iommu_dev(vdev) \
	compat_vfio_register_device(vdev)
#define vfio_unregister_group_dev(vdev) compat_vfio_unregister_device(vdev)
#endif

/* The place of VFIO's own device in struct vfio_mdev_device. */
#ifdef HAVE_vfio_alloc_device
#define COMPAT_VFIO_CORE vdev
#else
#define COMPAT_VFIO_CORE vdev.core
#endif

/* struct compat_vfio_device_ops has kvm_changed; VFIO's own has not. */
#ifdef HAVE_vfio_alloc_device
#define COMPAT_KVM_CHANGED_OP(fn)
#else
#define COMPAT_KVM_CHANGED_OP(fn) .kvm_changed = (fn),
#endif

/*
 * Without a device set, registering assigns one, under whose lock the device is
 * opened, but ignores a failed allocation. So it is assigned beforehand; for 5.15 to
 * 6.0 in device_5_13.c. Older VFIO has no sets.
 */
static inline int compat_vfio_assign_device_set(struct vfio_device *vdev)
{
#ifdef HAVE_vfio_alloc_device
	return vfio_assign_device_set(vdev, vdev);
#else
	return 0;
#endif
}

/* To be called at the end of release(), which had to free the device. */
static inline void compat_vfio_free_device(struct vfio_device *vdev)
{
#ifndef HAVE_vfio_alloc_device
	kfree(vdev);
#elif defined(HAVE_vfio_free_device)
	vfio_free_device(vdev);
#endif
}

/* struct vfio_device_ops: there was no iommufd, then no detaching from it. */
#ifdef HAVE_vfio_iommufd_emulated_detach
#define COMPAT_IOMMUFD_DETACH_OP				\
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#else
#define COMPAT_IOMMUFD_DETACH_OP
#endif
#ifdef HAVE_vfio_iommufd_emulated
#define COMPAT_IOMMUFD_OPS					\
	.bind_iommufd = vfio_iommufd_emulated_bind,		\
	.unbind_iommufd = vfio_iommufd_emulated_unbind,		\
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,	\
	COMPAT_IOMMUFD_DETACH_OP
#else
#define COMPAT_IOMMUFD_OPS
#endif

/*
 * Whether unregistering the device would wait, for users that open_device() has
 * not admitted. With a character device of its own, a device can be open without
 * a call of open_device(); VFIO has a reference then. VFIO up to 5.18 waits for the
 * container of the device's group as well.
 */
#ifdef HAVE_vfio_device_cdev
#define compat_vfio_is_held(vdev) (refcount_read(&(vdev)->refcount) > 1)
#elif defined(HAVE_vfio_device_get_from_dev)
#define compat_vfio_is_held(vdev) compat_vfio_has_iommu(vdev)
#else
#define compat_vfio_is_held(vdev) ((void)(vdev), false)
#endif

/*
 * VFIO hands VFIO_DEVICE_GET_REGION_INFO either to ioctl() or to an op of its
 * own. The bridge has both. If the parent driver has the other one, the bridge
 * translates.
 */
typedef int compat_region_info_fn(struct vfio_device *vdev,
				  struct vfio_region_info *info,
				  struct vfio_info_cap *caps);
typedef long compat_ioctl_fn(struct vfio_device *vdev, unsigned int cmd,
			     unsigned long arg);

#ifdef HAVE_vfio_get_region_info_caps
#define COMPAT_REGION_INFO_OP(fn) .get_region_info_caps = (fn),

int compat_region_info_from_ioctl(struct vfio_device *vdev,
				  compat_ioctl_fn *fn,
				  struct vfio_region_info *info);

static inline int compat_region_info_ioctl(struct vfio_device *vdev,
					   compat_region_info_fn *fn,
					   void __user *arg)
{
	return -ENOTTY;
}
#else
#define COMPAT_REGION_INFO_OP(fn)

static inline int compat_region_info_from_ioctl(struct vfio_device *vdev,
						compat_ioctl_fn *fn,
						struct vfio_region_info *info)
{
	return -ENOTTY;
}

int compat_region_info_ioctl(struct vfio_device *vdev,
			     compat_region_info_fn *fn, void __user *arg);
#endif

/*
 * VFIO knew nothing of VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, or of migration at
 * all: then that feature comes to device_feature.
 */
typedef int compat_data_size_fn(struct vfio_device *vdev, unsigned long *size);

#ifdef HAVE_vfio_migration_get_data_size
#define COMPAT_GET_DATA_SIZE_OP(fn) .migration_get_data_size = (fn),

static inline int compat_vfio_data_size(struct vfio_device *vdev,
					compat_data_size_fn *fn, u32 flags,
					void __user *arg, size_t argsz)
{
	return -ENOTTY;
}
#else
#define COMPAT_GET_DATA_SIZE_OP(fn)

int compat_vfio_data_size(struct vfio_device *vdev, compat_data_size_fn *fn,
			  u32 flags, void __user *arg, size_t argsz);
#endif

#endif /* MDEV_COMPAT_VFIO_H */
