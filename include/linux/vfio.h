/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own <linux/vfio.h>, and in addition the names by which parent
 * drivers of Linux 4.10 to 5.18 reach their user's memory, their own VFIO device
 * and the IOMMU. They are macros over <linux/vfio_mdev.h>, the same on every
 * kernel.
 *
 * Where a newer kernel has a function of the same name, the type of the first
 * argument tells which is meant: struct device is ours.
 *
 * A file that defines VFIO_MDEV_KERNEL_NAMES first sees only the kernel's names.
 */
#ifndef _LINUX_VFIO_STABLE_H
#define _LINUX_VFIO_STABLE_H

#include_next <linux/vfio.h>

#ifndef VFIO_MDEV_KERNEL_NAMES

#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/notifier.h>
#include <linux/vfio_mdev.h>

struct vfio_group;

/*
 * These drivers take a device's group only to pass it on to the functions below.
 * struct vfio_group is private to VFIO, on newer kernels nobody can get one, and
 * nothing here looks into it. So the pointer is the device's; the functions of
 * the kernel that take a group are macros below, and never see it.
 */

/**
 * vfio_mdev_group_get() - the group of a device, for the calls below
 * @dev:	the mediated device, mdev_dev(mdev)
 *
 * Takes a reference to @dev; pairs with vfio_mdev_group_put(). Unlike VFIO's it
 * succeeds for any device, also while no user has the group: the calls below then
 * give ENODEV.
 *
 * Context: any.
 * Return: the group; ERR_PTR(-EINVAL) if @dev is NULL.
 *
 * Interface of vfio_group_get_external_user_from_dev() of Linux 5.7 to 5.18.
 */
static inline struct vfio_group *vfio_mdev_group_get(struct device *dev)
{
	return dev ? (struct vfio_group *)get_device(dev) : ERR_PTR(-EINVAL);
}

/**
 * vfio_mdev_group_dev() - the device that a group stands for
 * @group:	what vfio_mdev_group_get() returned
 *
 * Context: any.
 * Return: the device, which lives as long as @group is not put.
 */
static inline struct device *vfio_mdev_group_dev(struct vfio_group *group)
{
	return (struct device *)group;
}

/**
 * vfio_mdev_group_put() - give a group back
 * @group:	what vfio_mdev_group_get() returned
 *
 * Context: any.
 *
 * Interface of vfio_group_put_external_user() of Linux 4.10 to 5.18.
 */
static inline void vfio_mdev_group_put(struct vfio_group *group)
{
	put_device(vfio_mdev_group_dev(group));
}

/**
 * vfio_mdev_group_dma_rw() - vfio_mdev_dma_rw() of a group's device
 * @group:	what vfio_mdev_group_get() returned
 * @iova:	as for vfio_mdev_dma_rw(), like all below
 * @data:	our side
 * @len:	how many bytes
 * @write:	whether to write to the user's memory
 *
 * Context: process; sleeps.
 * Return: as vfio_mdev_dma_rw().
 *
 * Interface of vfio_dma_rw() of Linux 5.7 to 5.18.
 */
static inline int vfio_mdev_group_dma_rw(struct vfio_group *group,
					 dma_addr_t iova, void *data,
					 size_t len, bool write)
{
	return vfio_mdev_dma_rw(vfio_mdev_group_dev(group), iova, data, len,
				write);
}

#define vfio_mdev_choose(type, ours_type, ours, theirs)			\
	__builtin_choose_expr(						\
		__builtin_types_compatible_p(type, ours_type), ours, theirs)

#define vfio_pin_pages(dev, ...)					\
	vfio_mdev_choose(typeof(dev), struct device *,			\
			 vfio_mdev_pin_pages,				\
			 vfio_pin_pages)(dev, __VA_ARGS__)
#define vfio_unpin_pages(dev, ...)					\
	vfio_mdev_choose(typeof(dev), struct device *,			\
			 vfio_mdev_unpin_pages,				\
			 vfio_unpin_pages)(dev, __VA_ARGS__)
#define vfio_dma_rw(group, ...)						\
	vfio_mdev_choose(typeof(group), struct vfio_group *,		\
			 vfio_mdev_group_dma_rw,			\
			 vfio_dma_rw)(group, __VA_ARGS__)

/* The functions here can't take a group that VFIO finds by its file. */
struct vfio_group *vfio_mdev_group_of_file(struct file *file)
	__compiletime_error("use vfio_group_get_external_user_from_dev(), see docs/porting.md");
#define vfio_group_get_external_user(file) vfio_mdev_group_of_file(file)

#define vfio_group_get_external_user_from_dev(dev) vfio_mdev_group_get(dev)
#define vfio_group_put_external_user(group) vfio_mdev_group_put(group)
#define vfio_group_pin_pages(group, ...) \
	vfio_mdev_pin_pages(vfio_mdev_group_dev(group), __VA_ARGS__)
#define vfio_group_unpin_pages(group, ...) \
	vfio_mdev_unpin_pages(vfio_mdev_group_dev(group), __VA_ARGS__)

#define vfio_register_notifier(dev, type, events, nb) \
	vfio_mdev_register_notifier(dev, type, events, nb)
#define vfio_unregister_notifier(dev, type, nb) \
	vfio_mdev_unregister_notifier(dev, type, nb)
#define vfio_notify_type vfio_mdev_notify_type
#define VFIO_IOMMU_NOTIFY VFIO_MDEV_IOMMU_NOTIFY
#define VFIO_GROUP_NOTIFY VFIO_MDEV_GROUP_NOTIFY
#ifndef VFIO_IOMMU_NOTIFY_DMA_UNMAP
#define VFIO_IOMMU_NOTIFY_DMA_UNMAP VFIO_MDEV_NOTIFY_DMA_UNMAP
#endif
#ifndef VFIO_GROUP_NOTIFY_SET_KVM
#define VFIO_GROUP_NOTIFY_SET_KVM VFIO_MDEV_NOTIFY_SET_KVM
#endif

/*
 * A reference to a VFIO device. That of a mediated device keeps it bound: its
 * removal waits until the reference is put. Its data is the struct mdev_device.
 */
#define vfio_device_get_from_dev(dev)					\
	((struct vfio_device *)vfio_mdev_get_device(dev))
#define vfio_device_put(vdev) vfio_mdev_put_device(vdev)
#define vfio_device_data(vdev) vfio_mdev_device_data(vdev)

/*
 * Auxiliary domains of the IOMMU. Where the kernel has none, no device has the
 * feature, and these functions return what they returned on a machine without
 * it. The kernel's other features go to the kernel.
 */
#define vfio_group_iommu_domain(group) \
	vfio_mdev_iommu_domain(vfio_mdev_group_dev(group))
#define IOMMU_DEV_FEAT_AUX VFIO_MDEV_IOMMU_FEAT_AUX
#define iommu_dev_has_feature(dev, feat) \
	vfio_mdev_iommu_has_feature(dev, feat)
#define iommu_dev_feature_enabled(dev, feat) \
	vfio_mdev_iommu_feature_enabled(dev, feat)
#define iommu_dev_enable_feature(dev, feat) \
	vfio_mdev_iommu_enable_feature(dev, feat)
#define iommu_dev_disable_feature(dev, feat) \
	vfio_mdev_iommu_disable_feature(dev, feat)
#define iommu_aux_attach_device(domain, dev) \
	vfio_mdev_iommu_aux_attach(domain, dev)
#define iommu_aux_detach_device(domain, dev) \
	vfio_mdev_iommu_aux_detach(domain, dev)
#define iommu_aux_get_pasid(domain, dev) \
	vfio_mdev_iommu_aux_get_pasid(domain, dev)

#ifdef MDEV_API_4_10

#include <linux/overflow.h>

/**
 * vfio_mdev_add_capability_4_10() - add one of two capabilities to a reply
 * @caps:	the capabilities so far; the caller frees @caps->buf
 * @id:		VFIO_REGION_INFO_CAP_SPARSE_MMAP or VFIO_REGION_INFO_CAP_TYPE
 * @cap:	the capability's structure, with any header; NULL for none
 *
 * Context: process; may sleep.
 * Return: 0, also for no capability; -EINVAL for another @id; -ENOMEM.
 *
 * Interface of vfio_info_add_capability() of Linux 4.10 to 4.15.
 */
static inline int vfio_mdev_add_capability_4_10(struct vfio_info_cap *caps,
						int id, void *cap)
{
	struct vfio_region_info_cap_sparse_mmap *sparse = cap;
	struct vfio_region_info_cap_type *type = cap;

	if (!cap)
		return 0;
	switch (id) {
	case VFIO_REGION_INFO_CAP_SPARSE_MMAP:
		sparse->header.id = id;
		sparse->header.version = 1;
		return vfio_info_add_capability(caps, &sparse->header,
						struct_size(sparse, areas,
							    sparse->nr_areas));
	case VFIO_REGION_INFO_CAP_TYPE:
		type->header.id = id;
		type->header.version = 1;
		return vfio_info_add_capability(caps, &type->header,
						sizeof(*type));
	default:
		return -EINVAL;
	}
}

/* Linux 4.16 to 5.0 passed a header, and the size as the third argument. */
#define vfio_info_add_capability(caps, cap, arg)			\
	vfio_mdev_choose(typeof(cap), struct vfio_info_cap_header *,	\
			 vfio_info_add_capability,			\
			 vfio_mdev_add_capability_4_10)(caps, cap, arg)

#endif /* MDEV_API_4_10 */

#endif /* VFIO_MDEV_KERNEL_NAMES */

#endif /* _LINUX_VFIO_STABLE_H */
