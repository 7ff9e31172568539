/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mediated devices of class VFIO: the ops that vfio_mdev.ko calls.
 *
 * A parent driver gives them to a device in its create() with
 * mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &ops). It sees nothing of what
 * changes in VFIO from kernel to kernel.
 */
#ifndef _LINUX_VFIO_MDEV_H
#define _LINUX_VFIO_MDEV_H

#include <linux/types.h>

struct mdev_device;
struct vfio_info_cap;
struct vfio_region_info;
struct vm_area_struct;

/**
 * struct vfio_mdev_device_ops - a mediated device as VFIO's users see it
 * @open:	first user: an error is what VFIO_GROUP_GET_DEVICE_FD returns
 * @release:	the last user has gone; undoes @open
 * @read:	read(2) at an offset: bytes read, or an error
 * @write:	write(2) at an offset: bytes written, or an error
 * @ioctl:	VFIO_DEVICE_*, except what an op below answers; -ENOTTY for
 *		what the device does not know
 * @mmap:	mmap(2) of a region
 * @get_region_info: VFIO_DEVICE_GET_REGION_INFO: fill @info for region
 *		@info->index, add capabilities with vfio_info_add_capability();
 *		user memory is the bridge's concern. Without it, @ioctl is
 *		asked.
 *
 * Each may be NULL: @open then succeeds, and the others give -EINVAL, or
 * -ENOTTY for @ioctl. All run in process context and may sleep, between @open
 * and @release; those between may run at the same time.
 *
 * The offset of a region is the driver's choice, told in @get_region_info.
 *
 * Interface of the class id patches of 2019; @get_region_info is ours.
 */
struct vfio_mdev_device_ops {
	int (*open)(struct mdev_device *mdev);
	void (*release)(struct mdev_device *mdev);
	ssize_t (*read)(struct mdev_device *mdev, char __user *buf,
			size_t count, loff_t *ppos);
	ssize_t (*write)(struct mdev_device *mdev, const char __user *buf,
			 size_t count, loff_t *ppos);
	long (*ioctl)(struct mdev_device *mdev, unsigned int cmd,
		      unsigned long arg);
	int (*mmap)(struct mdev_device *mdev, struct vm_area_struct *vma);
	int (*get_region_info)(struct mdev_device *mdev,
			       struct vfio_region_info *info,
			       struct vfio_info_cap *caps);
};

#endif /* _LINUX_VFIO_MDEV_H */
