/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VFIO device as newer kernels have it, for kernels whose VFIO core does not
 * allocate it. vfio.h lets the bridge call these by the newer kernels' names.
 *
 * device_5_10.c or device_5_13.c is built with lifetime_5_10.c, whichever fits the
 * kernel.
 */
#ifndef MDEV_COMPAT_VFIO_DEVICE_H
#define MDEV_COMPAT_VFIO_DEVICE_H

#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev_feature.h>

#include "../../compat/have.h"

struct compat_vfio_device;
struct file;
struct mdev_device;

/* struct vfio_migration_ops of newer kernels. */
struct compat_vfio_migration_ops {
	struct file *(*migration_set_state)(struct compat_vfio_device *vdev,
					    enum vfio_device_mig_state state);
	int (*migration_get_state)(struct compat_vfio_device *vdev,
				   enum vfio_device_mig_state *state);
};

/*
 * struct vfio_device_ops of newer kernels; all ops are set. kvm_changed() is
 * for those VFIOs that tell of the VM while the device is open.
 */
struct compat_vfio_device_ops {
	char *name;
	int (*init)(struct compat_vfio_device *vdev);
	void (*release)(struct compat_vfio_device *vdev);
	int (*open_device)(struct compat_vfio_device *vdev);
	void (*close_device)(struct compat_vfio_device *vdev);
	ssize_t (*read)(struct compat_vfio_device *vdev, char __user *buf,
			size_t count, loff_t *ppos);
	ssize_t (*write)(struct compat_vfio_device *vdev,
			 const char __user *buf, size_t count, loff_t *ppos);
	long (*ioctl)(struct compat_vfio_device *vdev, unsigned int cmd,
		      unsigned long arg);
	int (*mmap)(struct compat_vfio_device *vdev,
		    struct vm_area_struct *vma);
	void (*request)(struct compat_vfio_device *vdev, unsigned int count);
	int (*match)(struct compat_vfio_device *vdev, char *name);
	void (*dma_unmap)(struct compat_vfio_device *vdev, u64 iova,
			  u64 length);
	int (*device_feature)(struct compat_vfio_device *vdev, u32 flags,
			      void __user *arg, size_t argsz);
	void (*kvm_changed)(struct compat_vfio_device *vdev);
};

/**
 * struct compat_vfio_device - struct vfio_device of newer kernels
 * @dev:	the device below
 * @ops:	the driver's ops
 * @mig_ops:	more of them, if the device can be migrated
 * @migration_flags: VFIO_MIGRATION_*
 * @has_log:	DMA logging is offered
 * @open_lock:	held while the first user comes and while the last one goes
 * @open_count:	its users, each with a file descriptor of their own
 * @core:	what this kernel's VFIO sees, if the driver provides that
 * @iommu_nb:	told of the user's memory
 * @group_nb:	told of the user's VM
 * @kvm:	the user's VM
 * @group:	its group, kept in its container while the device is open
 */
struct compat_vfio_device {
	struct device *dev;
	const struct compat_vfio_device_ops *ops;
	const struct compat_vfio_migration_ops *mig_ops;
	u64 migration_flags;
	bool has_log;
	struct mutex open_lock;		/* protects open_count */
	unsigned int open_count;
#ifdef HAVE_vfio_ops_take_device
	struct vfio_device core;
#endif
#ifndef HAVE_vfio_pin_pages_iova
	struct notifier_block iommu_nb;
	struct notifier_block group_nb;
	struct kvm *kvm;
	struct vfio_group *group;
#endif
};

/* lifetime_5_10.c, for the bridge */
struct compat_vfio_device *
compat_vfio_alloc_device(size_t size, struct device *dev,
			 const struct compat_vfio_device_ops *ops);
void compat_vfio_put_device(struct compat_vfio_device *vdev);

/* lifetime_5_10.c, for device_5_10.c and device_5_13.c */
int compat_vfio_open(struct compat_vfio_device *vdev);
void compat_vfio_close(struct compat_vfio_device *vdev);

/* feature_5_10.c, for device_5_10.c and device_5_13.c */
long compat_vfio_ioctl(struct compat_vfio_device *vdev, unsigned int cmd,
		       unsigned long arg);
long compat_vfio_device_feature(struct compat_vfio_device *vdev, u32 flags,
				void __user *arg, size_t argsz);

/* log_5_10.c, for feature_5_10.c */
long compat_vfio_log_feature(struct compat_vfio_device *vdev, u32 flags,
			     void __user *arg, size_t argsz);

/* pages_5_10.c, for lifetime_5_10.c; newer VFIOs call dma_unmap() by themselves */
#ifdef HAVE_vfio_pin_pages_iova
static inline int compat_vfio_watch(struct compat_vfio_device *vdev)
{
	return 0;
}

static inline void compat_vfio_unwatch(struct compat_vfio_device *vdev)
{
}
#else
int compat_vfio_watch(struct compat_vfio_device *vdev);
void compat_vfio_unwatch(struct compat_vfio_device *vdev);
#endif

/* device_5_10.c or device_5_13.c, for the bridge */
int compat_vfio_register_device(struct compat_vfio_device *vdev);
void compat_vfio_unregister_device(struct compat_vfio_device *vdev);

/* device_5_10.c or device_5_13.c, for reference_5_10.c: what VFIO of 5.10 kept for a device */
void *compat_vfio_device_data(struct vfio_device *core);

/* The bridge's, in main.c, for device_5_10.c */
struct compat_vfio_device *vfio_mdev_to_vdev(struct mdev_device *mdev);

#endif /* MDEV_COMPAT_VFIO_DEVICE_H */
