// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user unmaps memory in which pages are pinned.
 *
 * VFIO calls dma_unmap() for each device, looks again, and calls again while it
 * finds pages pinned. A container's VFIO stops the kernel (BUG) when it has
 * called eleven times. And it calls with a lock held that another task waits
 * for with the lock that unpinning takes: two tasks that unmap, or one that
 * unmaps and one that opens a device, would wait for each other for ever.
 * Neither must happen, whatever the parent driver and the user do.
 *
 * So a worker tells the parent driver, without any lock of VFIO's, until nothing
 * of the range is pinned. VFIO's call waits for it, but not for long: when it
 * returns, VFIO releases its locks, the tasks that wait for them go on, and VFIO
 * calls again. Each call waits four times as long as the one before, the last
 * one that VFIO is sure to grant without a limit. So that few are needed, VFIO unpins a
 * run of pages in one call where it can, and several workers do that at once; and
 * while the driver is told, nobody waits for VFIO with a lock of the driver's: see
 * vfio_mdev_unmap_is_telling().
 *
 * Nothing of the range can be pinned until VFIO is done with it, as if it was
 * unmapped already. Otherwise a user that makes the driver pin in a loop would make
 * VFIO find a page each time. VFIO does not say when it is done. But the task then
 * comes with another range, or goes back to user mode, where the kernel releases the
 * files that the task has put, one of which is ours. The file also distinguishes a
 * call that VFIO repeats from the call of another unmap. Without memory for a file,
 * the range is held back for half a second, and four times as long after each
 * further call.
 *
 * VFIO's calls are counted, see unmap_count.c. After a few, nothing can be pinned in the
 * task's devices until it goes back to user mode, and a call of VFIO also waits for what
 * is just being pinned elsewhere in the device.
 *
 * A device that is opened meanwhile hears of no call that has begun. Many devices,
 * opened one after the other, could each pin a page before they hear of the next.
 * So after a few calls nothing can be pinned for such a device until a call has
 * begun that it hears of, too. Whether it is in the same container can't be known. If
 * another user has opened it, that ends a second later. The same goes for a device that
 * is closed, and handed on to another user, while a task unmaps.
 *
 * A driver may have pinned a page and not have noted it when it is told, and its
 * thread may not run for a while. It is told again, for five seconds. What it then
 * has not unpinned is a leak: see vfio_mdev_pins_settle().
 */
#include <linux/anon_inodes.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pages.h"
#include "trace.h"

/* How long the first call waits for the worker, and any at most, in ms. */
#define UNMAP_WAIT	4
#define UNMAP_WAIT_MAX	80000

/* How long a range is held back whose end can't be seen, after the first call. */
#define UNMAP_HOLD	(HZ / 2)

/* How long, for another user's device; less than PIN_TIMEOUT in pages.c. */
#define UNMAP_UNHEARD	HZ

/* After so many calls while it tells the driver, the worker may wait for a lock. */
#define UNMAP_SOME	3

/* How often the driver is told, with a pause that doubles from 1 ms to a second. */
#define UNMAP_TELLS	15
#define UNMAP_PAUSE	1000

/**
 * struct vfio_mdev_unmapper - a task that unmaps
 * @node:	in the table, by @task
 * @task:	the task; only compared
 * @start:	when it started, as another one may be where it was
 * @refs:	one for each &struct vfio_mdev_unmap, and one while it is @marked
 * @iova:	the range that it came with last
 * @length:	likewise; 0 when VFIO is done with it
 * @uid:	the user's
 * @marked:	it is seen when the task goes back to user mode
 * @lost:	it was not when the task came with the last range, and may have
 *		been there since
 * @series:	of calls in a row, for this range
 * @count:	VFIO's calls for it
 * @waiting:	the task waits for a worker
 * @left:	when its last call returned to VFIO, in jiffies
 *
 * All is under unmappers_lock.
 */
struct vfio_mdev_unmapper {
	struct hlist_node node;
	const struct task_struct *task;
	u64 start;
	unsigned int refs;
	u64 iova;
	u64 length;
	kuid_t uid;
	bool marked;
	bool lost;
	unsigned long series;
	struct vfio_mdev_unmap_count count;
	bool waiting;
	unsigned long left;
};

/**
 * struct vfio_mdev_unmap - a range that a task unmaps, in one of its devices
 * @node:	in &vfio_mdev_pages.unmaps
 * @work:	tells the parent driver, and unpins in VFIO
 * @pages:	of the device
 * @by:		the task; owns a reference
 * @iova:	as VFIO tells it
 * @length:	likewise
 * @first:	the range's first page
 * @last:	its last page
 * @series:	the task's, in which @calls counts
 * @calls:	number of the task's last call for this device, within @series
 * @waits:	how many calls in a row have not settled it
 * @waiting:	the task waits for the worker to settle it
 * @telling:	the worker has not yet finished telling the parent driver
 * @drain:	the worker is to wait for calls that pin in the device
 * @handed_on:	the device has been opened anew since
 * @settled:	nothing of the range is pinned
 *
 * All but the range is under &vfio_mdev_pages.unmaps_lock. When it is settled, it
 * stays while it is the last range that the task came with, also when the device
 * is closed and opened meanwhile. The next unmap or close then frees it.
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
	unsigned long series;
	unsigned int calls;
	unsigned int waits;
	bool waiting;
	bool telling;
	bool drain;
	bool handed_on;
	bool settled;
};

static DEFINE_HASHTABLE(unmappers, 6);
static u64 unmappers_clock = 1;		/* ticks when a call begins or returns */
static DEFINE_SPINLOCK(unmappers_lock);	/* protects them; innermost */

/* The task that unmaps. */

enum unmapper_state {
	UNMAPPER_GONE,		/* VFIO is done with the range */
	UNMAPPER_RECENT,	/* VFIO may not be done with it yet */
	UNMAPPER_RUNNING,	/* VFIO is not done with it */
};

/* Long enough that a user can't delay all of VFIO's calls beyond it. */
static unsigned long unmapper_hold(const struct vfio_mdev_unmapper *by)
{
	unsigned int calls = clamp(by->count.calls, 1U,
				   (unsigned int)UNMAP_CALLS);

	return UNMAP_HOLD << 2 * (calls - 1);
}

/* May VFIO not be done with a range whose end can't be seen? */
static bool unmapper_is_held(const struct vfio_mdev_unmapper *by)
{
	return time_before(jiffies, by->left + unmapper_hold(by));
}

static enum unmapper_state unmapper_state(const struct vfio_mdev_unmapper *by,
					  u64 iova, u64 length)
{
	enum unmapper_state state = UNMAPPER_GONE;

	spin_lock(&unmappers_lock);
	if (by->iova == iova && by->length == length) {
		if (by->marked || by->waiting)
			state = UNMAPPER_RUNNING;
		else if (unmapper_is_held(by))
			state = UNMAPPER_RECENT;
	}
	spin_unlock(&unmappers_lock);
	return state;
}

static struct vfio_mdev_unmapper *unmapper_find(const struct task_struct *task)
{
	struct vfio_mdev_unmapper *by;

	hash_for_each_possible(unmappers, by, node, (unsigned long)task)
		if (by->task == task && by->start == task->start_time)
			return by;
	return NULL;
}

/* Has the current task come before, and VFIO was not seen to be done? */
static bool unmapper_is_back(void)
{
	struct vfio_mdev_unmapper *by;
	bool back;

	spin_lock(&unmappers_lock);
	by = unmapper_find(current);
	back = by && by->length;
	spin_unlock(&unmappers_lock);
	return back;
}

static bool unmapper_is_strict(const struct vfio_mdev_unmapper *by)
{
	bool strict;

	spin_lock(&unmappers_lock);
	strict = by->count.strict &&
		 (by->marked || time_before(jiffies, by->left + UNMAP_UNHEARD));
	spin_unlock(&unmappers_lock);
	return strict;
}

/* Another user's device, not for long; nor any if the task's end can't be seen. */
static bool unmapper_may_hold_up(const struct vfio_mdev_unmapper *by,
				 const struct vfio_mdev_pages *pages)
{
	unsigned long since = pages->opened_at;

	if (uid_eq(by->uid, pages->uid)) {
		if (by->marked)
			return true;
		since = by->left;
	}
	return time_before(jiffies, since + UNMAP_UNHEARD);
}

/* Has VFIO not looked yet whether a page is pinned? */
static bool unmapper_is_to_look(const struct vfio_mdev_unmapper *by)
{
	return by->length && !by->waiting;
}

/*
 * Is there such a task, for which VFIO has called often, and whose last call the device
 * may not have heard of? It hears of all that begin after it has asked here first.
 */
static bool unmapper_is_unheard(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_unmapper *by;
	bool unheard = false;
	int i;

	spin_lock(&unmappers_lock);
	if (!pages->hearing.heard)
		pages->hearing.heard = unmappers_clock;
	hash_for_each(unmappers, i, by, node) {
		unheard = unmapper_is_to_look(by) &&
			  unmapper_may_hold_up(by, pages) &&
			  vfio_mdev_unmap_count_is_unheard(&by->count,
							   &pages->hearing);
		if (unheard)
			break;
	}
	spin_unlock(&unmappers_lock);
	return unheard;
}

/* The current task's, which may be @new. Pairs with unmapper_put(). */
static struct vfio_mdev_unmapper *unmapper_get(struct vfio_mdev_unmapper *new)
{
	struct vfio_mdev_unmapper *by;

	spin_lock(&unmappers_lock);
	by = unmapper_find(current);
	if (!by) {
		by = new;
		by->task = current;
		by->start = current->start_time;
		hash_add(unmappers, &by->node, (unsigned long)current);
	}
	by->uid = current_uid();
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

static void unmapper_over(struct vfio_mdev_unmapper *by)
{
	spin_lock(&unmappers_lock);
	by->marked = false;
	by->length = 0;
	spin_unlock(&unmappers_lock);
}

/* The task goes back to user mode. */
static int unmapper_release(struct inode *inode, struct file *file)
{
	struct vfio_mdev_unmapper *by = file->private_data;

	unmapper_over(by);
	unmapper_put(by);
	return 0;
}

static const struct file_operations unmapper_fops = {
	.owner = THIS_MODULE,
	.release = unmapper_release,
};

/* unmapper_release() runs when VFIO is done with the current task's range. */
static void unmapper_mark(struct vfio_mdev_unmapper *by)
{
	struct file *file;

	/* Only the task itself marks it. */
	if (READ_ONCE(by->marked))
		return;
	/*
	 * A kernel thread closes the device for its last user; VFIO was done
	 * with the range before.
	 */
	if (current->flags & PF_KTHREAD) {
		unmapper_over(by);
		return;
	}
	file = anon_inode_getfile("[vfio_mdev_unmap]", &unmapper_fops, by, 0);
	if (IS_ERR(file))
		return;
	spin_lock(&unmappers_lock);
	by->lost = !unmapper_is_held(by);
	by->marked = true;
	by->refs++;
	spin_unlock(&unmappers_lock);
	fput(file);
}

static void unmapper_wait(struct vfio_mdev_unmapper *by)
{
	spin_lock(&unmappers_lock);
	by->waiting = true;
	spin_unlock(&unmappers_lock);
}

static void unmapper_go_on(struct vfio_mdev_unmapper *by, bool settled)
{
	spin_lock(&unmappers_lock);
	by->left = jiffies;
	by->waiting = false;
	vfio_mdev_unmap_count_return(&by->count, ++unmappers_clock, settled);
	spin_unlock(&unmappers_lock);
}

/* What it unmaps. */

static bool unmap_is_busy(const struct vfio_mdev_unmap *unmap)
{
	return unmap->waiting || !unmap->settled;
}

static bool unmap_is_telling(const struct vfio_mdev_unmap *unmap)
{
	return unmap->telling;
}

static bool unmap_is_stuck(const struct vfio_mdev_unmap *unmap)
{
	return unmap->telling && unmap->calls >= UNMAP_SOME;
}

/* Is there a range for which @is holds? */
static bool unmap_is_any(struct vfio_mdev_pages *pages,
			 bool (*is)(const struct vfio_mdev_unmap *unmap))
{
	struct vfio_mdev_unmap *unmap;
	bool any = false;

	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node)
		any |= is(unmap);
	spin_unlock(&pages->unmaps_lock);
	return any;
}

static bool unmap_overlaps(const struct vfio_mdev_unmap *unmap,
			   unsigned long first, unsigned long last)
{
	return unmap->first <= last && unmap->last >= first;
}

static enum unmapper_state unmap_by_state(const struct vfio_mdev_unmap *unmap)
{
	return unmapper_state(unmap->by, unmap->iova, unmap->length);
}

/**
 * vfio_mdev_unmap_is_running() - is a page of a range being unmapped?
 * @pages:	of the device
 * @first:	first page of the range
 * @last:	last page of the range
 *
 * Context: any.
 * Return: true if so, and the worker will come to it.
 */
bool vfio_mdev_unmap_is_running(struct vfio_mdev_pages *pages,
				unsigned long first, unsigned long last)
{
	struct vfio_mdev_unmap *unmap;
	bool running = false;

	if (!READ_ONCE(pages->unmaps_running))
		return false;
	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node)
		running |= unmap_overlaps(unmap, first, last) &&
			   !unmap->settled;
	spin_unlock(&pages->unmaps_lock);
	return running;
}

/* Of the user who had the device before, and holds it up no more? */
static bool unmap_is_former(const struct vfio_mdev_unmap *unmap)
{
	bool former;

	spin_lock(&unmappers_lock);
	former = unmap->handed_on && unmap->settled &&
		 !unmapper_may_hold_up(unmap->by, unmap->pages);
	spin_unlock(&unmappers_lock);
	return former;
}

/* VFIO may be done before the worker is. */
static int unmap_admit_one(const struct vfio_mdev_unmap *unmap)
{
	enum unmapper_state state = unmap_by_state(unmap);

	if (unmap_is_former(unmap))
		return 0;
	if (unmap->waiting || state == UNMAPPER_RUNNING)
		return -EINVAL;
	if (!unmap->settled)
		return unmap_is_stuck(unmap) ? -EBUSY : -EAGAIN;
	return state == UNMAPPER_RECENT ? -EAGAIN : 0;
}

/* Is nothing at all to be pinned, because of it? */
static bool unmap_is_strict(const struct vfio_mdev_unmap *unmap)
{
	return compat_vfio_unmap_may_bug(&unmap->pages->vmdev->vdev) &&
	       unmapper_is_strict(unmap->by) && !unmap_is_former(unmap);
}

/**
 * vfio_mdev_unmap_admit() - can memory be pinned?
 * @pages:	of the device
 * @first:	first page of the range
 * @last:	last page of the range
 *
 * Context: &vfio_mdev_pages.lock is held, and the pages have been recorded: the
 * worker waits for a call that is admitted. VFIO calls dma_unmap() for the device.
 * Return: 0; -EINVAL if a page of it is being unmapped; -EAGAIN if that may not
 * be over for VFIO, -EBUSY if the caller must not wait until it is.
 */
int vfio_mdev_unmap_admit(struct vfio_mdev_pages *pages, unsigned long first,
			  unsigned long last)
{
	struct vfio_mdev_unmap *unmap;
	int ret = 0;

	if (!pages->hears)
		pages->hears =
			!compat_vfio_unmap_may_bug(&pages->vmdev->vdev) ||
			!unmapper_is_unheard(pages);
	if (!pages->hears)
		return -EAGAIN;
	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node) {
		if (unmap_overlaps(unmap, first, last))
			ret = unmap_admit_one(unmap);
		else if (unmap_is_strict(unmap))
			ret = -EAGAIN;
		if (ret)
			break;
	}
	spin_unlock(&pages->unmaps_lock);
	return ret;
}

/**
 * vfio_mdev_unmap_opened() - the device hears of no call that has begun
 * @pages:	of the device, which has been opened
 *
 * Context: &vfio_mdev_pages.lock is held.
 */
void vfio_mdev_unmap_opened(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_unmap *unmap;

	pages->hears = false;
	spin_lock(&pages->unmaps_lock);
	list_for_each_entry(unmap, &pages->unmaps, node)
		unmap->handed_on = true;
	spin_lock(&unmappers_lock);
	pages->hearing.heard = 0;
	pages->hearing.opened = unmappers_clock;
	pages->opened_at = jiffies;
	pages->uid = current_uid();
	spin_unlock(&unmappers_lock);
	spin_unlock(&pages->unmaps_lock);
}

/**
 * vfio_mdev_unmap_is_strict() - is nothing at all to be pinned?
 * @pages:	of the device
 *
 * Context: any.
 * Return: true if so: VFIO waits for calls that pin, see vfio_mdev_unmap_admit().
 */
bool vfio_mdev_unmap_is_strict(struct vfio_mdev_pages *pages)
{
	return unmap_is_any(pages, unmap_is_strict);
}

/**
 * vfio_mdev_unmap_number() - has an unmap begun?
 * @pages:	of the device
 *
 * Context: any.
 * Return: a number that is another one if one has begun since.
 */
unsigned long vfio_mdev_unmap_number(struct vfio_mdev_pages *pages)
{
	return READ_ONCE(pages->unmaps_begun);
}

/**
 * vfio_mdev_unmap_wake() - a call of VFIO, or a job of pins.c, has come to an end
 * @pages:	of the device
 *
 * Context: process.
 */
void vfio_mdev_unmap_wake(struct vfio_mdev_pages *pages)
{
	if (wq_has_sleeper(&pages->unmaps_changed))
		wake_up_all(&pages->unmaps_changed);
}

/**
 * vfio_mdev_unmap_wait_call() - wait until a call of VFIO has come to an end
 * @pages:	of the device
 * @calls:	how many had when one was seen to be running
 *
 * Context: process; sleeps.
 */
void vfio_mdev_unmap_wait_call(struct vfio_mdev_pages *pages,
			       unsigned long calls)
{
	wait_event(pages->unmaps_changed, READ_ONCE(pages->calls) != calls);
}

/**
 * vfio_mdev_unmap_is_telling() - is the parent driver being told of an unmap?
 * @pages:	of the device
 *
 * Then the worker may be waiting for a lock of the driver's, and the caller may
 * hold it: it must not wait for VFIO, which may be waiting for the worker.
 *
 * Context: any.
 * Return: true if so.
 */
bool vfio_mdev_unmap_is_telling(struct vfio_mdev_pages *pages)
{
	return READ_ONCE(pages->unmaps_running) &&
	       compat_vfio_unmap_may_bug(&pages->vmdev->vdev) &&
	       unmap_is_any(pages, unmap_is_telling);
}

/**
 * vfio_mdev_unmap_is_stuck() - may the worker wait for a lock of the driver's?
 * @pages:	of the device
 *
 * Context: any.
 * Return: true if VFIO has called UNMAP_SOME times while it tells the driver.
 */
bool vfio_mdev_unmap_is_stuck(struct vfio_mdev_pages *pages)
{
	return unmap_is_any(pages, unmap_is_stuck);
}

static void unmap_tell(struct vfio_mdev_pages *pages,
		       const struct vfio_mdev_unmap *unmap)
{
	struct vfio_mdev_device *vmdev = pages->vmdev;

	if (vmdev->ops->dma_unmap)
		vmdev->ops->dma_unmap(vmdev->mdev, unmap->iova, unmap->length);
	vfio_mdev_notifiers_unmap(pages, unmap->iova, unmap->length);
}

static void unmap_told(struct vfio_mdev_pages *pages,
		       struct vfio_mdev_unmap *unmap)
{
	spin_lock(&pages->unmaps_lock);
	unmap->telling = false;
	spin_unlock(&pages->unmaps_lock);
}

static void unmap_tell_until_unpinned(struct vfio_mdev_pages *pages,
				      struct vfio_mdev_unmap *unmap)
{
	unsigned int i;

	for (i = 0; i < UNMAP_TELLS; i++) {
		if (!vfio_mdev_pins_has(pages, unmap->first, unmap->last))
			break;
		if (i)
			msleep(min(1 << (i - 1), UNMAP_PAUSE));
		unmap_tell(pages, unmap);
	}
	unmap_told(pages, unmap);
	vfio_mdev_pins_settle(pages, unmap->first, unmap->last);
	/*
	 * Also unpin what was released outside the range; in later rounds, and calls,
	 * there is no time for it.
	 */
	if (READ_ONCE(unmap->waits) == 1 &&
	    READ_ONCE(unmap->calls) < UNMAP_MANY)
		vfio_mdev_pins_drain_all(pages);
}

/*
 * Until the calls that pin have ended which were admitted before that was stopped; or
 * VFIO is done. Not for those that unpin: they may have to wait for VFIO.
 */
static void unmap_wait_for_pins(const struct vfio_mdev_unmap *unmap)
{
	struct vfio_mdev_pages *pages = unmap->pages;
	unsigned long calls;

	while (unmapper_is_strict(unmap->by)) {
		calls = READ_ONCE(pages->calls);
		if (!vfio_mdev_pins_is_pinning(pages))
			return;
		vfio_mdev_unmap_wait_call(pages, calls);
	}
}

static void unmap_set_settled(struct vfio_mdev_unmap *unmap, bool settled)
{
	struct vfio_mdev_pages *pages = unmap->pages;
	int change = settled ? -1 : 1;

	WRITE_ONCE(pages->unmaps_running, pages->unmaps_running + change);
	unmap->settled = settled;
}

/* The device may be closed by now, or just being closed. */
static void unmap_tell_if_live(struct vfio_mdev_pages *pages,
			       struct vfio_mdev_unmap *unmap)
{
	down_read(&pages->gate);
	if (pages->live)
		unmap_tell_until_unpinned(pages, unmap);
	else
		unmap_told(pages, unmap);
	up_read(&pages->gate);
}

static void unmap_work(struct work_struct *work)
{
	struct vfio_mdev_unmap *unmap =
		container_of(work, struct vfio_mdev_unmap, work);
	struct vfio_mdev_pages *pages = unmap->pages;

	if (READ_ONCE(unmap->telling))
		unmap_tell_if_live(pages, unmap);

	spin_lock(&pages->unmaps_lock);
	while (unmap->drain) {
		unmap->drain = false;
		spin_unlock(&pages->unmaps_lock);
		unmap_wait_for_pins(unmap);
		spin_lock(&pages->unmaps_lock);
	}
	/* Once @settled is seen, another task may free it. */
	unmap_set_settled(unmap, true);
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
		if (!unmap_is_busy(unmap) &&
		    unmap_by_state(unmap) == UNMAPPER_GONE)
			unmap_free(unmap);
}

static void unmapper_begin(struct vfio_mdev_unmapper *by, u64 iova, u64 length)
{
	bool over = !by->length || by->lost ||
		    (!by->marked && !unmapper_is_held(by));

	vfio_mdev_unmap_count_begin(&by->count, over);
	by->iova = iova;
	by->length = length;
	by->series++;
}

/* Counts a call of VFIO, for this or another of the task's devices. */
static void unmap_count(struct vfio_mdev_unmap *unmap)
{
	struct vfio_mdev_unmapper *by = unmap->by;

	spin_lock(&unmappers_lock);
	if (by->iova != unmap->iova || by->length != unmap->length)
		unmapper_begin(by, unmap->iova, unmap->length);
	by->lost = false;
	if (unmap->series != by->series) {
		unmap->series = by->series;
		unmap->calls = by->count.before;
	}
	unmap->calls = vfio_mdev_unmap_count_call(&by->count,
						  &unmap->pages->hearing,
						  unmap->calls,
						  ++unmappers_clock);
	by->left = jiffies;
	spin_unlock(&unmappers_lock);
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
static struct vfio_mdev_unmap *unmap_insert(struct vfio_mdev_pages *pages,
					    struct vfio_mdev_unmap *new)
{
	struct vfio_mdev_unmap *unmap = unmap_find(pages, new);

	list_add_tail(&new->node, &pages->unmaps);
	if (!unmap)
		return new;
	unmap_free(new);
	return unmap;
}

/*
 * Returns what to wait for, or NULL. A range without pinned pages is recorded,
 * too: VFIO has not looked yet.
 */
static struct vfio_mdev_unmap *unmap_begin(struct vfio_mdev_pages *pages,
					   struct vfio_mdev_unmap *new)
{
	unsigned long pfn = new->first;
	struct vfio_mdev_unmap *unmap;
	bool found, drain, wait;

	spin_lock(&pages->unmaps_lock);
	unmap = unmap_insert(pages, new);
	unmap_count(unmap);
	/* A pin that is on its way is recorded, or will see that we came. */
	unmap->handed_on = false;
	found = xa_find(&pages->pinned, &pfn, unmap->last, XA_PRESENT);
	drain = unmap_is_strict(unmap) && READ_ONCE(pages->pinning);
	wait = !unmap->settled || found || drain;
	if (drain) {
		unmap->drain = true;
		/* A call that pins looks whether it may go on. */
		WRITE_ONCE(pages->unmaps_begun, pages->unmaps_begun + 1);
	}
	if (wait) {
		unmap->waits = unmap->settled ? 1 : unmap->waits + 1;
		unmap->waiting = true;
		unmapper_wait(unmap->by);
	}
	if (wait && unmap->settled) {
		/* With the record, the workers are seen: see pins_begin(). */
		smp_rmb();
		unmap_set_settled(unmap, false);
		unmap->telling = found;
		WRITE_ONCE(pages->unmaps_begun, pages->unmaps_begun + 1);
		queue_work(pages->unmap_wq, &unmap->work);
	}
	unmap_free_old(pages);
	spin_unlock(&pages->unmaps_lock);
	return wait ? unmap : NULL;
}

static long unmap_timeout(struct vfio_mdev_pages *pages,
			  const struct vfio_mdev_unmap *unmap)
{
	unsigned int i, calls, ms = UNMAP_WAIT;

	if (!compat_vfio_unmap_may_bug(&pages->vmdev->vdev) ||
	    unmap->calls >= UNMAP_CALLS)
		return MAX_SCHEDULE_TIMEOUT;
	calls = max(unmap->calls, unmap->waits);
	for (i = 1; i < calls && ms < UNMAP_WAIT_MAX; i++)
		ms *= 4;
	return msecs_to_jiffies(min_t(unsigned int, ms, UNMAP_WAIT_MAX));
}

static void unmap_wait(struct vfio_mdev_pages *pages,
		       struct vfio_mdev_unmap *unmap)
{
	wait_event_timeout(pages->unmaps_changed, READ_ONCE(unmap->settled),
			   unmap_timeout(pages, unmap));
	trace_vfio_mdev_unmap(pages->vmdev->mdev, unmap->iova, unmap->length,
			      unmap->calls, unmap->waits,
			      READ_ONCE(unmap->settled));
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
	unmapper_mark(unmap->by);
	INIT_WORK(&unmap->work, unmap_work);
	unmap->pages = pages;
	unmap->iova = iova;
	unmap->length = length;
	unmap->settled = true;
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
	struct vfio_mdev_pages *pages = vmdev->pages;
	struct vfio_mdev_unmap *unmap;
	u64 last = iova + length - 1;

	if (!length || iova > ULONG_MAX)
		return;
	if (last < iova || last > ULONG_MAX)
		last = ULONG_MAX;
	/*
	 * Most drivers never pin. But one that has not yet must not begin to while
	 * another device keeps the task busy.
	 */
	if (!READ_ONCE(pages->ever_pinned) && !unmapper_is_back())
		return;

	unmap = unmap_alloc(pages, iova, length);
	unmap->first = iova >> PAGE_SHIFT;
	unmap->last = last >> PAGE_SHIFT;
	unmap = unmap_begin(pages, unmap);
	if (!unmap)
		return;
	if (unmap->waits > 1)
		vfio_mdev_pins_drain_fast(pages);
	unmap_wait(pages, unmap);
}

/**
 * vfio_mdev_unmap_init() - prepare the pages for unmaps
 * @pages:	of a device
 *
 * Context: any.
 */
void vfio_mdev_unmap_init(struct vfio_mdev_pages *pages)
{
	spin_lock_init(&pages->unmaps_lock);
	INIT_LIST_HEAD(&pages->unmaps);
	init_waitqueue_head(&pages->unmaps_changed);
}

/**
 * vfio_mdev_unmap_flush() - wait until nothing is being unmapped
 * @pages:	of a device that is closed
 *
 * One that comes later finds no page pinned. VFIO may not be done with others:
 * the user can open the device again.
 *
 * Context: process; sleeps. The gate is not held.
 */
void vfio_mdev_unmap_flush(struct vfio_mdev_pages *pages)
{
	wait_event(pages->unmaps_changed,
		   !unmap_is_any(pages, unmap_is_busy));
	vfio_mdev_pins_flush(pages);
	spin_lock(&pages->unmaps_lock);
	unmap_free_old(pages);
	spin_unlock(&pages->unmaps_lock);
}

/**
 * vfio_mdev_unmap_free() - forget all unmaps
 * @pages:	of a device that VFIO has forgotten; the workers have ended
 *
 * Context: process.
 */
void vfio_mdev_unmap_free(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_unmap *unmap, *next;

	list_for_each_entry_safe(unmap, next, &pages->unmaps, node)
		unmap_free(unmap);
}
