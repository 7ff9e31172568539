/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bridge: a VFIO device for each mediated device of class VFIO.
 */
#ifndef VFIO_MDEV_PRIVATE_H
#define VFIO_MDEV_PRIVATE_H

#include <linux/mdev.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>

#include "compat/vfio.h"
#include "compat/vfio_log.h"

struct vfio_mdev_log;

/**
 * struct vfio_mdev_device - a mediated device as VFIO sees it
 * @vdev:	VFIO's device; first, as VFIO wants it
 * @mdev:	the mediated device
 * @ops:	its ops
 * @pages:	what others find the device by, and the user's memory
 * @left_pinned: the parent driver has left pages pinned, and the log says so
 * @migration_lock: held while the parent driver is led to another state
 * @log_lock:	held while the user starts, reads and stops the log
 * @log:	what the device has written, if the user wants to know; written
 *		under @log_lock, read under it or RCU
 */
struct vfio_mdev_device {
	struct vfio_device vdev;
	struct mdev_device *mdev;
	const struct vfio_mdev_device_ops *ops;
	struct vfio_mdev_pages *pages;
	int left_pinned;		/* a bool is too small for s390's xchg() up to 6.12 */
	struct mutex migration_lock;	/* one arc at a time, see migration.c */
	struct mutex log_lock;		/* protects log, see dirty.c */
	struct vfio_mdev_log __rcu *log;
};

static inline struct vfio_mdev_device *
to_vfio_mdev_device(struct vfio_device *vdev)
{
	return container_of(vdev, struct vfio_mdev_device, vdev);
}

extern const struct vfio_device_ops vfio_mdev_device_vfio_ops;

/* pages.c */
int vfio_mdev_pages_alloc(struct vfio_mdev_device *vmdev);
void vfio_mdev_pages_open(struct vfio_mdev_device *vmdev);
void vfio_mdev_pages_opened(struct vfio_mdev_device *vmdev);
void vfio_mdev_pages_closing(struct vfio_mdev_device *vmdev);
void vfio_mdev_pages_close(struct vfio_mdev_device *vmdev);
void vfio_mdev_pages_free(struct vfio_mdev_device *vmdev);

/* unmap.c */
void vfio_mdev_pages_unmap(struct vfio_mdev_device *vmdev, u64 iova,
			   u64 length);

/* notifier.c */
void vfio_mdev_pages_kvm_changed(struct vfio_mdev_device *vmdev);

/* reference.c; VFIO up to 5.18 counts references itself */
#ifdef HAVE_vfio_device_get_from_dev
static inline void vfio_mdev_reference_init(struct vfio_mdev_device *vmdev)
{
}

static inline void vfio_mdev_reference_drop(struct vfio_mdev_device *vmdev)
{
}

static inline bool vfio_mdev_is_referenced(struct vfio_mdev_device *vmdev)
{
	return false;
}
#else
void vfio_mdev_reference_init(struct vfio_mdev_device *vmdev);
void vfio_mdev_reference_drop(struct vfio_mdev_device *vmdev);
bool vfio_mdev_is_referenced(struct vfio_mdev_device *vmdev);
#endif

/* migration.c */
int vfio_mdev_migration_init(struct vfio_mdev_device *vmdev);
int vfio_mdev_device_feature(struct vfio_device *vdev, u32 flags,
			     void __user *arg, size_t argsz);

/* pins.c, for dirty.c */
typedef void vfio_mdev_dirty_fn(void *data, u64 iova, u64 length);

void vfio_mdev_pins_walk_dirty(struct vfio_mdev_device *vmdev, u64 iova,
			       u64 length, vfio_mdev_dirty_fn *fn, void *data);

/* dirty.c */
void vfio_mdev_dirty_log_slow(struct vfio_mdev_device *vmdev, u64 iova,
			      u64 length);

/**
 * vfio_mdev_dirty_log() - the device has written to the user's memory
 * @vmdev:	the device, open
 * @iova:	the first byte
 * @length:	how many there are
 *
 * To be called when vfio_mdev_dma_rw() has written, and when pages that were
 * pinned for writing are unpinned.
 *
 * Context: process; does not sleep, and takes no lock.
 */
static inline void vfio_mdev_dirty_log(struct vfio_mdev_device *vmdev,
				       u64 iova, u64 length)
{
	/*
	 * Orders the data before the check for a log and before its bit. Pairs
	 * with vfio_mdev_log_start() and dirty_log_report().
	 */
	smp_mb();
	if (rcu_access_pointer(vmdev->log))
		vfio_mdev_dirty_log_slow(vmdev, iova, length);
}

/* main.c */
extern struct mdev_driver vfio_mdev_driver;

/* Binding and unbinding may run at the same time. */
static inline bool vfio_mdev_is_bound(const struct device *dev)
{
	return READ_ONCE(dev->driver) == &vfio_mdev_driver.driver;
}

struct vfio_device *vfio_mdev_to_vdev(struct mdev_device *mdev);
void vfio_mdev_devices_get(void);
void vfio_mdev_devices_put(void);

#endif /* VFIO_MDEV_PRIVATE_H */
