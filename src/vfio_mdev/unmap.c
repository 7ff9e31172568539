// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user unmaps memory of which pages are pinned.
 *
 * VFIO calls dma_unmap() for each device, looks again, and calls again while it
 * finds pages pinned. A container's VFIO stops the kernel (BUG) when it has
 * called eleven times; and it calls with a lock held that orders it against
 * those that unpinning takes: two users who unmap, or one who unmaps and one
 * who opens a device, would wait for each other for ever. Neither must happen,
 * whatever the parent driver and the user do.
 *
 * So a worker tells the parent driver, without any lock of VFIO's, until nothing
 * of the range is pinned. VFIO's call waits for it, but not for long: when it
 * returns, VFIO gives up its locks, whoever waits for them goes on, and VFIO
 * calls again. Each call waits three times as long as the one before, the last
 * one that VFIO grants without a limit.
 *
 * Nothing of the range can be pinned meanwhile, as if it was unmapped already.
 * Otherwise a user who pins in a loop would make VFIO find a page each time.
 * That user would also pin in the moment between our return and VFIO's look,
 * whose end we can't see. So a range of which somebody has tried to pin pages
 * while it was being unmapped is held back for longer: until it is seen to be
 * unmapped, or, as it may have been mapped again by then, for a second. The
 * second begins when the task has left the last of its devices.
 *
 * A driver may have pinned a page and not have noted it when it is told. It
 * is told again, for a second. What it then has not unpinned is a leak: see
 * vfio_mdev_pages_unpin().
 */
#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pages.h"

/* How often VFIO calls at most, see BUG_ON() in its vfio_dma_do_unmap(). */
#define UNMAP_CALLS	11

/* How long the first call waits for the worker, in ms. */
#define UNMAP_WAIT	4

/* How long a contended range is held back. */
#define UNMAP_HOLD	HZ

/* How often the driver is told, with a pause that doubles from 1 ms on. */
#define UNMAP_TELLS	11

/**
 * struct vfio_mdev_unmapper - a task that unmaps
 * @node:	in the table, by @task
 * @task:	the task; only compared
 * @refs:	one for each &struct vfio_mdev_unmap
 * @calls:	how often VFIO has called in a row and left a device unsettled
 * @waiting:	the task waits for a worker
 * @left:	when it last went on, in jiffies
 *
 * All is under unmappers_lock.
 */
struct vfio_mdev_unmapper {
	struct hlist_node node;
	const struct task_struct *task;
	unsigned int refs;
	unsigned int calls;
	bool waiting;
	unsigned long left;
};

/**
 * struct vfio_mdev_unmap - a range that a task unmaps, in one of its devices
 * @node:	in &vfio_mdev_pages.unmaps
 * @work:	tells the parent driver
 * @pages:	of the device
 * @by:		the task; owns a reference
 * @iova:	as VFIO tells it
 * @length:	likewise
 * @first:	the range's first page
 * @last:	its last page
 * @calls:	how often VFIO has called in a row, for this device
 * @waiting:	the task waits for this worker
 * @settled:	nothing of the range is pinned
 * @contended:	somebody has tried to pin a page of it meanwhile
 *
 * All but the range is under &vfio_mdev_pages.unmaps_lock. When it is settled and
 * the task has gone on, it is freed by the next one, or when the device is
 * closed; a contended one when it has been held back long enough.
 */
struct vfio_mdev_unmap {
	struct list_head node;
	struct work_struct work;
	struct vfio_mdev_pages *pages;
	struct vfio_mdev_unmapper *by;
	u64 iova;
	u64 length;
	unsigned long first;
	unsigned long last;
	unsigned int calls;
	bool waiting;
	bool settled;
	bool contended;
};

static DEFINE_HASHTABLE(unmappers, 6);
static DEFINE_SPINLOCK(unmappers_lock);	/* protects unmappers; innermost */
static struct workqueue_struct *unmaps_wq;

/* The task that unmaps. */

/* VFIO goes from device to device; until it is through, it has not looked. */
static bool unmapper_is_recent(const struct vfio_mdev_unmapper *by)
{
	bool recent;

	spin_lock(&unmappers_lock);
	recent = by->waiting || time_before(jiffies, by->left + UNMAP_HOLD);
	spin_unlock(&unmappers_lock);
	return recent;
}

static struct vfio_mdev_unmapper *unmapper_find(const struct task_struct *task)
{
	struct vfio_mdev_unmapper *by;

	hash_for_each_possible(unmappers, by, node, (unsigned long)task)
		if (by->task == task)
			return by;
	return NULL;
}

/* The current task's, which may be @new; takes a reference. */
static struct vfio_mdev_unmapper *unmapper_get(struct vfio_mdev_unmapper *new)
{
	struct vfio_mdev_unmapper *by;

	spin_lock(&unmappers_lock);
	by = unmapper_find(current);
	if (!by) {
		by = new;
		by->task = current;
		hash_add(unmappers, &by->node, (unsigned long)current);
	}
	by->refs++;
	spin_unlock(&unmappers_lock);
	return by;
}

static void unmapper_put(struct vfio_mdev_unmapper *by)
{
	bool last;

	spin_lock(&unmappers_lock);
	last = !--by->refs;
	if (last)
		hash_del(&by->node);
	spin_unlock(&unmappers_lock);
	if (last)
		kfree(by);
}

/* How often VFIO has called, of which @calls times for this device. */
static unsigned int unmapper_wait(struct vfio_mdev_unmapper *by,
				  unsigned int calls)
{
	spin_lock(&unmappers_lock);
	by->calls = min_t(unsigned int, UNMAP_CALLS, max(by->calls, calls + 1));
	by->waiting = true;
	calls = by->calls;
	spin_unlock(&unmappers_lock);
	return calls;
}

static void unmapper_go_on(struct vfio_mdev_unmapper *by, bool settled)
{
	spin_lock(&unmappers_lock);
	if (settled)
		by->calls = 0;
	by->left = jiffies;
	by->waiting = false;
	spin_unlock(&unmappers_lock);
}

/* What it unmaps. */

static bool unmap_is_busy(const struct vfio_mdev_unmap *unmap)
{
	return unmap->waiting || !unmap->settled;
}

static bool unmap_overlaps(const struct vfio_mdev_unmap *unmap,
			   unsigned long first, unsigned long last)
{
	return unmap->first <= last && unmap->last >= first;
}

/* It may not be over for VFIO. */
static bool unmap_is_held(const struct vfio_mdev_unmap *unmap)
{
	return unmap->contended && unmapper_is_recent(unmap->by);
}

/**
 * vfio_mdev_unmap_is_running() - is a page being unmapped?
 * @pages:	of the device
 * @pfn:	the page, pinned by the parent driver
 *
 * Context: &vfio_mdev_pages.lock is held.
 * Return: true if so, and the worker will come to it.
 */
bool vfio_mdev_unmap_is_running(struct vfio_mdev_pages *pages,
				unsigned long pfn)
{
	struct vfio_mdev_unmap *unmap;
	bool running = false;

	if (list_empty(&pages->unmaps))
		return false;
	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node)
		running |= unmap_overlaps(unmap, pfn, pfn) && !unmap->settled;
	spin_unlock(&pages->unmaps_lock);
	return running;
}

/**
 * vfio_mdev_unmap_admit() - can memory be pinned?
 * @pages:	of the device
 * @first:	first page of the range
 * @last:	last page of the range
 *
 * Context: &vfio_mdev_pages.lock is held: who is admitted has pinned, and
 * recorded that, before the worker looks.
 * Return: 0; -EINVAL if a page of it is being unmapped; -EAGAIN if that may not
 * be over for VFIO.
 */
int vfio_mdev_unmap_admit(struct vfio_mdev_pages *pages, unsigned long first,
			  unsigned long last)
{
	struct vfio_mdev_unmap *unmap;
	int ret = 0;

	if (list_empty(&pages->unmaps))
		return 0;
	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node) {
		if (!unmap_overlaps(unmap, first, last))
			continue;
		if (unmap_is_busy(unmap)) {
			unmap->contended = true;
			ret = -EINVAL;
		} else if (!ret && unmap_is_held(unmap)) {
			ret = -EAGAIN;
		}
	}
	spin_unlock(&pages->unmaps_lock);
	return ret;
}

/**
 * vfio_mdev_unmap_over() - a page was seen to be unmapped
 * @pages:	of the device
 * @pfn:	the page
 *
 * Context: process.
 */
void vfio_mdev_unmap_over(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	struct vfio_mdev_unmap *unmap;

	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node)
		if (unmap_overlaps(unmap, pfn, pfn) && !unmap_is_busy(unmap))
			unmap->contended = false;
	spin_unlock(&pages->unmaps_lock);
}

static void unmap_tell(struct vfio_mdev_unmap *unmap)
{
	struct vfio_mdev_device *vmdev = unmap->pages->vmdev;

	if (vmdev->ops->dma_unmap)
		vmdev->ops->dma_unmap(vmdev->mdev, unmap->iova, unmap->length);
	vfio_mdev_notifiers_unmap(unmap->pages, unmap->iova, unmap->length);
}

static void unmap_tell_until_unpinned(struct vfio_mdev_unmap *unmap)
{
	struct vfio_mdev_pages *pages = unmap->pages;
	unsigned int i;

	for (i = 0; i < UNMAP_TELLS; i++) {
		if (!vfio_mdev_pages_has(pages, unmap->first, unmap->last))
			break;
		if (i)
			msleep(1 << (i - 1));
		unmap_tell(unmap);
	}
	vfio_mdev_pages_unpin(pages, unmap->first, unmap->last);
}

/* The device may be closed by now, or just being closed. */
static void unmap_work(struct work_struct *work)
{
	struct vfio_mdev_unmap *unmap =
		container_of(work, struct vfio_mdev_unmap, work);
	struct vfio_mdev_pages *pages = unmap->pages;

	down_read(&pages->gate);
	if (pages->live)
		unmap_tell_until_unpinned(unmap);
	up_read(&pages->gate);

	/* Seen to be settled, it is freed, and so may be the device. */
	spin_lock(&pages->unmaps_lock);
	unmap->settled = true;
	wake_up_all(&pages->unmaps_changed);
	spin_unlock(&pages->unmaps_lock);
}

static void unmap_free(struct vfio_mdev_unmap *unmap)
{
	list_del(&unmap->node);
	unmapper_put(unmap->by);
	kfree(unmap);
}

static void unmap_free_old(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_unmap *unmap, *next;

	list_for_each_entry_safe(unmap, next, &pages->unmaps, node)
		if (!unmap_is_busy(unmap) && !unmap_is_held(unmap))
			unmap_free(unmap);
}

static struct vfio_mdev_unmap *unmap_find(struct vfio_mdev_pages *pages,
					  const struct vfio_mdev_unmap *new)
{
	struct vfio_mdev_unmap *unmap;

	list_for_each_entry(unmap, &pages->unmaps, node)
		if (unmap->by == new->by && unmap->iova == new->iova &&
		    unmap->length == new->length)
			return unmap;
	return NULL;
}

/* The task comes again, or for the first time. Owns @new. */
static struct vfio_mdev_unmap *unmap_begin(struct vfio_mdev_unmap *new)
{
	struct vfio_mdev_pages *pages = new->pages;
	struct vfio_mdev_unmap *unmap;

	spin_lock(&pages->unmaps_lock);
	unmap_free_old(pages);
	unmap = unmap_find(pages, new);
	if (!unmap) {
		unmap = new;
		unmap->settled = true;
	}
	list_add_tail(&new->node, &pages->unmaps);
	if (unmap != new)
		unmap_free(new);
	if (unmap->settled)
		unmap->calls = 0;
	unmap->calls = unmapper_wait(unmap->by, unmap->calls);
	unmap->waiting = true;
	if (unmap->settled) {
		unmap->settled = false;
		queue_work(unmaps_wq, &unmap->work);
	}
	spin_unlock(&pages->unmaps_lock);
	return unmap;
}

static long unmap_timeout(struct vfio_mdev_unmap *unmap)
{
	unsigned int i, ms = UNMAP_WAIT;

	if (unmap->calls == UNMAP_CALLS ||
	    !compat_vfio_unmap_gives_up(&unmap->pages->vmdev->vdev))
		return MAX_SCHEDULE_TIMEOUT;
	for (i = 1; i < unmap->calls; i++)
		ms *= 3;
	return msecs_to_jiffies(ms);
}

static void unmap_wait(struct vfio_mdev_unmap *unmap)
{
	struct vfio_mdev_pages *pages = unmap->pages;

	wait_event_timeout(pages->unmaps_changed, READ_ONCE(unmap->settled),
			   unmap_timeout(unmap));
	spin_lock(&pages->unmaps_lock);
	unmapper_go_on(unmap->by, unmap->settled);
	unmap->waiting = false;
	wake_up_all(&pages->unmaps_changed);
	spin_unlock(&pages->unmaps_lock);
}

static struct vfio_mdev_unmap *unmap_alloc(struct vfio_mdev_pages *pages,
					   u64 iova, u64 length)
{
	/* Small enough never to fail; and there is no error to return. */
	const gfp_t gfp = GFP_KERNEL | __GFP_NOFAIL;
	struct vfio_mdev_unmapper *by;
	struct vfio_mdev_unmap *unmap;

	unmap = kzalloc(sizeof(*unmap), gfp);
	by = kzalloc(sizeof(*by), gfp);
	unmap->by = unmapper_get(by);
	if (unmap->by != by)
		kfree(by);
	INIT_WORK(&unmap->work, unmap_work);
	unmap->pages = pages;
	unmap->iova = iova;
	unmap->length = length;
	return unmap;
}

/**
 * vfio_mdev_pages_unmap() - the user unmaps memory
 * @vmdev:	the device; may be closed already, or not be open yet
 * @iova:	where
 * @length:	how much; the end may lie beyond the last address
 *
 * Context: process; sleeps. VFIO may hold locks that pinning takes.
 */
void vfio_mdev_pages_unmap(struct vfio_mdev_device *vmdev, u64 iova, u64 length)
{
	/* Pairs with vfio_mdev_pages_open(). */
	struct vfio_mdev_pages *pages = smp_load_acquire(&vmdev->pages);
	struct vfio_mdev_unmap *unmap;
	u64 last = iova + length - 1;

	if (!length || iova > ULONG_MAX)
		return;
	if (last < iova || last > ULONG_MAX)
		last = ULONG_MAX;
	/* A pin that is on its way is one more page for VFIO to find. */
	if (!pages || xa_empty(&pages->pinned))
		return;

	unmap = unmap_alloc(pages, iova, length);
	unmap->first = iova >> PAGE_SHIFT;
	unmap->last = last >> PAGE_SHIFT;
	unmap_wait(unmap_begin(unmap));
}

static bool unmap_is_any_busy(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_unmap *unmap;
	bool busy = false;

	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node)
		busy |= unmap_is_busy(unmap);
	spin_unlock(&pages->unmaps_lock);
	return busy;
}

/**
 * vfio_mdev_unmap_flush() - let nothing refer to the pages any more
 * @pages:	of a device that is closed
 *
 * Context: process; sleeps until the workers have ended. The gate is not held.
 */
void vfio_mdev_unmap_flush(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_unmap *unmap, *next;
	LIST_HEAD(old);

	wait_event(pages->unmaps_changed, !unmap_is_any_busy(pages));
	spin_lock(&pages->unmaps_lock);
	list_splice_init(&pages->unmaps, &old);
	spin_unlock(&pages->unmaps_lock);
	list_for_each_entry_safe(unmap, next, &old, node) {
		/* It has said so, but may not have returned. */
		flush_work(&unmap->work);
		unmap_free(unmap);
	}
}

int vfio_mdev_unmaps_init(void)
{
	unmaps_wq = alloc_workqueue("vfio_mdev", WQ_UNBOUND, 0);
	return unmaps_wq ? 0 : -ENOMEM;
}

/* Every device has been freed. */
void vfio_mdev_unmaps_exit(void)
{
	destroy_workqueue(unmaps_wq);
}
