/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mediated devices of class VFIO: the ops that vfio_mdev.ko calls, and what it
 * offers to them: the memory of the user, who is mostly a guest.
 *
 * A parent driver gives them to a device in its create() with
 * mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &ops). It sees nothing of what
 * changes in VFIO from kernel to kernel.
 */
#ifndef _LINUX_VFIO_MDEV_H
#define _LINUX_VFIO_MDEV_H

#include <linux/bits.h>
#include <linux/types.h>

struct device;
struct mdev_device;
struct notifier_block;
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
 * @dma_unmap:	the user takes @length bytes of memory at @iova away: use them
 *		no more, unpin what is pinned of them. What is still pinned
 *		when it returns, the bridge unpins. May run at the same time as
 *		any other op, @open and @release included.
 * @request:	somebody wants the device back: ask the user to let go of it, as
 *		by an eventfd. @count grows with each repetition, every ten
 *		seconds. Called by a writer of "remove", who then waits until
 *		the device is unused, and while the driver is being unbound or
 *		the parent unregistered. -EBUSY says that the user can't be
 *		told: the writer gets that error, if it is the answer to
 *		@count 0. Without it, he always does. At any time between the
 *		parent's create() and remove(), beside any other op, but never
 *		twice at once.
 *
 * Each may be NULL: @open then succeeds, and the others give -EINVAL, or
 * -ENOTTY for @ioctl. All run in process context and may sleep; all but
 * @request between @open and @release; those between may run at the same time.
 *
 * The offset of a region is the driver's choice, told in @get_region_info.
 *
 * Interface of the class id patches of 2019; @get_region_info and @request are
 * ours, and @dma_unmap is that of VFIO's own ops since Linux 6.0.
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
	void (*dma_unmap)(struct mdev_device *mdev, u64 iova, u64 length);
	int (*request)(struct mdev_device *mdev, unsigned int count);
};

/**
 * enum vfio_mdev_notify_type - what a notifier is registered for
 * @VFIO_MDEV_IOMMU_NOTIFY:	the user's memory
 * @VFIO_MDEV_GROUP_NOTIFY:	the user's VM
 *
 * Drivers of Linux 4.10 to 5.18 know them as VFIO_IOMMU_NOTIFY and
 * VFIO_GROUP_NOTIFY, which include/linux/vfio.h makes them.
 */
enum vfio_mdev_notify_type {
	VFIO_MDEV_IOMMU_NOTIFY,
	VFIO_MDEV_GROUP_NOTIFY,
};

/* Events: @data of the notifier is a struct vfio_iommu_type1_dma_unmap */
#define VFIO_MDEV_NOTIFY_DMA_UNMAP	BIT(0)
/* or the struct kvm, NULL if there is none any more */
#define VFIO_MDEV_NOTIFY_SET_KVM	BIT(0)

/*
 * The user's memory. @dev is the mediated device's own, mdev_dev(mdev). The
 * kernel-doc stands in src/vfio_mdev/pages.c.
 */
int vfio_mdev_pin_pages(struct device *dev, unsigned long *user_pfn, int npage,
			int prot, unsigned long *phys_pfn);
int vfio_mdev_unpin_pages(struct device *dev, unsigned long *user_pfn,
			  int npage);
int vfio_mdev_dma_rw(struct device *dev, dma_addr_t iova, void *data,
		     size_t len, bool write);
int vfio_mdev_register_notifier(struct device *dev,
				enum vfio_mdev_notify_type type,
				unsigned long *events,
				struct notifier_block *nb);
int vfio_mdev_unregister_notifier(struct device *dev,
				  enum vfio_mdev_notify_type type,
				  struct notifier_block *nb);

#endif /* _LINUX_VFIO_MDEV_H */
