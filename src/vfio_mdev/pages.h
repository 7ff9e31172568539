/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user's memory and VM, as pages.c, pins.c, unmap.c, notifier.c and
 * reference.c share them.
 *
 * Locks, outermost first:
 *
 *   VFIO's own for the device (opening, closing, the VM)
 *   &compat_vfio_device.open_lock, while the device is opened or closed
 *   &vfio_mdev_device.migration_lock, or &vfio_mdev_device.log_lock
 *   &vfio_mdev_pages.gate
 *   &vfio_mdev_chain.sem
 *   the parent driver's
 *   VFIO's own for the user's memory (pinning, unpinning, copying)
 *   &vfio_mdev_pages.lock
 *   &vfio_mdev_pages.unmaps_lock
 *   unmappers_lock, see unmap.c
 *
 * VFIO calls dma_unmap() with its own lock for the user's memory held, which
 * unpinning takes as well. So that call takes no lock that precedes it in this
 * list: a worker does. VFIO is never called under a lock that follows it.
 */
#ifndef VFIO_MDEV_PAGES_H
#define VFIO_MDEV_PAGES_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "unmap_count.h"
#include "vfio_mdev_private.h"

/**
 * struct vfio_mdev_chain - notifiers of one kind
 * @sem:	held for reading while they are called
 * @head:	the notifiers
 */
struct vfio_mdev_chain {
	struct rw_semaphore sem;	/* protects head */
	struct raw_notifier_head head;
};

/**
 * struct vfio_mdev_drain - an additional worker that unpins
 * @work:	does so
 * @pages:	of the device
 */
struct vfio_mdev_drain {
	struct work_struct work;
	struct vfio_mdev_pages *pages;
};

/**
 * struct vfio_mdev_pages - the user's memory and VM, for one device
 * @rcu:	frees it
 * @vmdev:	the device
 * @dying:	it is being unregistered: a user that has it open must not open it
 *		again, or unregistering would never end
 * @references:	see reference.c
 * @unreferenced: @references has reached zero
 * @users:	one while the device is open, one for each running call of the
 *		parent driver's; zero while the device is closed
 * @idle:	@users has reached zero
 * @released:	release() has returned since the last open(): no call of
 *		the parent driver's begins
 * @gate:	held for reading while the parent driver hears of an unmap; for
 *		writing while @live changes, and during its release()
 * @live:	the parent driver's open() has returned, and its release() has
 *		not been called; under @gate
 * @lock:	protects the records of what is pinned, see pins.c
 * @open:	pages can be pinned: from when open() has returned until
 *		release() has; under @lock
 * @leaking:	the parent driver has not unpinned what it was told to, so
 *		nothing more can be pinned; under @lock
 * @hears:	VFIO calls dma_unmap() for the device, each time; under @lock
 * @hearing:	of calls of VFIO, by unmappers_clock; under unmappers_lock, see unmap.c
 * @opened_at:	when it was opened, in jiffies; likewise
 * @uid:	by whom; likewise
 * @pinning:	calls that pin, and are admitted or to be; under @lock
 * @calls:	number of completed calls of VFIO that pin or unpin; changes under
 *		@lock
 * @pinned:	struct vfio_mdev_page, by the number of the page in the user's
 *		address space; under @lock
 * @drain:	unpins in VFIO what the driver has let go of, see pins.c
 * @drains:	more workers like @drain; from when VFIO repeats a call for a range
 * @jobs:	how many calls that pin are made by workers
 * @wq:		for the workers, which may wait for VFIO for long; one per device, so
 *		that none waits for another's workers; from the first pin on
 * @unmap_wq:	for workers that report unmaps; separate, because a user can start
 *		as many as the queue runs at once, and they wait for those of @wq
 * @ever_pinned: the parent driver has pinned a page at some time
 * @unmaps:	&struct vfio_mdev_unmap; under @unmaps_lock
 * @unmaps_running: how many of them are not settled; likewise, so that pinning
 *		need not look at each while none is
 * @unmaps_begun: how many of them have become unsettled; likewise
 * @unmaps_lock:	the innermost lock of a device, see unmap.c
 * @unmaps_changed: for whoever waits until one is settled, or left, or until
 *		@calls has changed, or one of @jobs has ended
 * @chains:	the notifiers, by enum vfio_mdev_notify_type
 * @kvm:	the VM that notifiers know; under the sem of their chain
 * @closing:	the last user is closing the device: there is no VM any more
 *
 * It is the mediated device's bus data while that is registered with VFIO, and
 * freed with the bridge's device, after a grace period: a parent driver may call
 * in at any time. VFIO may call dma_unmap() before open() and after release().
 */
struct vfio_mdev_pages {
	struct rcu_head rcu;
	struct vfio_mdev_device *vmdev;
	bool dying;
	refcount_t references;
	struct completion unreferenced;
	refcount_t users;
	struct completion idle;
	bool released;
	struct rw_semaphore gate;	/* protects live */
	bool live;
	struct mutex lock;		/* protects open to pinned, but see hearing */
	bool open;
	bool leaking;
	bool hears;
	struct vfio_mdev_hearing hearing;
	unsigned long opened_at;
	kuid_t uid;
	unsigned int pinning;
	unsigned long calls;
	struct xarray pinned;
	struct work_struct drain;
	struct vfio_mdev_drain *drains;
	atomic_t jobs;
	struct workqueue_struct *wq;
	struct workqueue_struct *unmap_wq;
	bool ever_pinned;
	spinlock_t unmaps_lock;		/* protects unmaps and their numbers */
	struct list_head unmaps;
	unsigned int unmaps_running;
	unsigned long unmaps_begun;
	wait_queue_head_t unmaps_changed;
	struct vfio_mdev_chain chains[2];
	struct kvm *kvm;
	bool closing;
};

/* pages.c */
struct vfio_mdev_pages *vfio_mdev_pages_find(struct device *dev);
struct vfio_mdev_pages *vfio_mdev_pages_get(struct device *dev);
void vfio_mdev_pages_put(struct vfio_mdev_pages *pages);

/* pins.c */
int vfio_mdev_pins_pin(struct vfio_mdev_pages *pages, unsigned long *user_pfn,
		       int npage, int prot, unsigned long *phys_pfn);
int vfio_mdev_pins_unpin(struct vfio_mdev_pages *pages,
			 const unsigned long *user_pfn, int npage);
bool vfio_mdev_pins_has(struct vfio_mdev_pages *pages, unsigned long first,
			unsigned long last);
bool vfio_mdev_pins_is_pinning(struct vfio_mdev_pages *pages);
void vfio_mdev_pins_settle(struct vfio_mdev_pages *pages, unsigned long first,
			   unsigned long last);
void vfio_mdev_pins_drop(struct vfio_mdev_pages *pages);
void vfio_mdev_pins_drain_fast(struct vfio_mdev_pages *pages);
void vfio_mdev_pins_drain_all(struct vfio_mdev_pages *pages);
void vfio_mdev_pins_init(struct vfio_mdev_pages *pages);
void vfio_mdev_pins_free(struct vfio_mdev_pages *pages);
void vfio_mdev_pins_flush(struct vfio_mdev_pages *pages);

/* unmap.c */
bool vfio_mdev_unmap_is_strict(struct vfio_mdev_pages *pages);
bool vfio_mdev_unmap_is_running(struct vfio_mdev_pages *pages,
				unsigned long first, unsigned long last);
int vfio_mdev_unmap_admit(struct vfio_mdev_pages *pages, unsigned long first,
			  unsigned long last);
void vfio_mdev_unmap_opened(struct vfio_mdev_pages *pages);
unsigned long vfio_mdev_unmap_number(struct vfio_mdev_pages *pages);
void vfio_mdev_unmap_wake(struct vfio_mdev_pages *pages);
void vfio_mdev_unmap_wait_call(struct vfio_mdev_pages *pages,
			       unsigned long calls);
bool vfio_mdev_unmap_is_telling(struct vfio_mdev_pages *pages);
bool vfio_mdev_unmap_is_stuck(struct vfio_mdev_pages *pages);
void vfio_mdev_unmap_init(struct vfio_mdev_pages *pages);
void vfio_mdev_unmap_flush(struct vfio_mdev_pages *pages);
void vfio_mdev_unmap_free(struct vfio_mdev_pages *pages);

/* notifier.c */
void vfio_mdev_notifiers_init(struct vfio_mdev_pages *pages);
void vfio_mdev_notifiers_drop(struct vfio_mdev_pages *pages);
void vfio_mdev_notifiers_unmap(struct vfio_mdev_pages *pages, u64 iova,
			       u64 length);
void vfio_mdev_notifiers_update_kvm(struct vfio_mdev_pages *pages);

#endif /* VFIO_MDEV_PAGES_H */
