// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that the parent driver has pinned: the records, and VFIO's calls.
 *
 * A record exists for as long as VFIO may have the page pinned for us. So VFIO
 * is never asked to unpin what it has not pinned, and an unmap that finds no
 * record has nothing to wait for.
 *
 * VFIO is called without our lock: its own may be taken for long while memory
 * is unmapped, and then nobody must queue behind us. The records of a call's
 * pages are marked busy meanwhile. The driver owns a page from when VFIO has
 * pinned it until before VFIO unpins it, so it never owns more than VFIO has.
 *
 * The parent driver may call with a lock of its own that the worker needs to
 * tell it of an unmap. Until that is done, a worker calls VFIO for it: the
 * driver does not wait for unpinning, and not for long for pinning.
 */
#include <linux/bitmap.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "pages.h"

/**
 * struct vfio_mdev_page - a page that VFIO has pinned, or is asked to
 * @pfn:	its physical page frame number, if @count is not zero
 * @count:	how often the parent driver has pinned it
 * @stale:	how often VFIO has pinned it for nobody: to be unpinned by
 *		whoever settles the range
 * @busy:	calls of VFIO that are running for it
 * @retired:	@count is not pinned in VFIO any more: see pins_retire()
 */
struct vfio_mdev_page {
	unsigned long pfn;
	unsigned int count;
	unsigned int stale;
	unsigned int busy;
	bool retired;
};

/* Additional workers that unpin if VFIO's lock is contended. */
#define PINS_DRAINS	255

/* The marks of a page that the device may have written to, and of a stale one. */
#define PINS_WRITABLE	XA_MARK_0
#define PINS_STALE	XA_MARK_1

/* A call's list of pages, and which of them are to be unpinned. */
struct pins_list {
	const unsigned long *user_pfn;
	int npage;
	DECLARE_BITMAP(unpin, VFIO_PIN_PAGES_MAX_ENTRIES);
};

/* How many of the list's numbers, from its beginning, follow each other. */
static int pins_run(const unsigned long *user_pfn, int npage)
{
	int i;

	for (i = 1; i < npage; i++)
		if (user_pfn[i] != user_pfn[0] + i)
			break;
	return i;
}

/* Records. All need the lock. */

static void pins_put(struct vfio_mdev_pages *pages, unsigned long pfn,
		     struct vfio_mdev_page *page)
{
	if (page->count || page->stale || page->busy)
		return;
	if (xa_get_mark(&pages->pinned, pfn, PINS_WRITABLE))
		vfio_mdev_dirty_log(pages->vmdev, (u64)pfn << PAGE_SHIFT,
				    PAGE_SIZE);
	xa_erase(&pages->pinned, pfn);
	if (page->retired && pfn_valid(page->pfn))
		put_page(pfn_to_page(page->pfn));
	kfree(page);
}

static int pins_mark_busy(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	struct vfio_mdev_page *page = xa_load(&pages->pinned, pfn);
	int ret = 0;

	if (!page) {
		page = kzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
		if (!page)
			return -ENOMEM;
		ret = xa_insert(&pages->pinned, pfn, page, GFP_KERNEL_ACCOUNT);
		if (ret) {
			kfree(page);
			return ret;
		}
	}
	/* VFIO counts in an int. */
	if (page->count > INT_MAX / 4 || page->stale > INT_MAX / 4 ||
	    page->busy > INT_MAX / 4)
		return -EOVERFLOW;
	page->busy++;
	return 0;
}

static void pins_mark_idle(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	struct vfio_mdev_page *page = xa_load(&pages->pinned, pfn);

	page->busy--;
	pins_put(pages, pfn, page);
}

/* So that nothing can fail once VFIO has pinned them. */
static int pins_mark_all_busy(struct vfio_mdev_pages *pages,
			      const unsigned long *user_pfn, int npage)
{
	int i, ret;

	for (i = 0; i < npage; i++) {
		ret = pins_mark_busy(pages, user_pfn[i]);
		if (ret)
			goto undo;
	}
	return 0;

undo:
	while (i--)
		pins_mark_idle(pages, user_pfn[i]);
	return ret;
}

/* A busy page becomes the driver's. */
static void pins_own(struct vfio_mdev_pages *pages, unsigned long user_pfn,
		     unsigned long phys_pfn, int prot)
{
	struct vfio_mdev_page *page = xa_load(&pages->pinned, user_pfn);

	page->pfn = phys_pfn;
	page->count++;
	page->busy--;
	if (prot & IOMMU_WRITE)
		xa_set_mark(&pages->pinned, user_pfn, PINS_WRITABLE);
}

/* The driver's page becomes busy. Returns false if it is not the driver's. */
static bool pins_disown(struct vfio_mdev_pages *pages, unsigned long pfn,
			bool *in_vfio)
{
	struct vfio_mdev_page *page = xa_load(&pages->pinned, pfn);

	if (!page || !page->count)
		return false;
	page->count--;
	*in_vfio = !page->retired;
	if (page->retired)
		pins_put(pages, pfn, page);
	else
		page->busy++;
	return true;
}

static void pins_add_stale(struct vfio_mdev_pages *pages, unsigned long pfn,
			   struct vfio_mdev_page *page, unsigned int times)
{
	page->stale += times;
	xa_set_mark(&pages->pinned, pfn, PINS_STALE);
}

/*
 * Leaves to a worker those of the marked pages, which are busy, whose memory is being
 * unmapped; all of them while the parent driver is being told of an unmap.
 */
static void pins_leave_to_worker(struct vfio_mdev_pages *pages,
				 struct pins_list *list)
{
	bool telling = vfio_mdev_unmap_is_telling(pages);
	struct vfio_mdev_page *page;
	unsigned long pfn;
	bool drain = false;
	int i;

	if (!READ_ONCE(pages->unmaps_running))
		return;
	for_each_set_bit(i, list->unpin, list->npage) {
		pfn = list->user_pfn[i];
		if (!vfio_mdev_unmap_is_running(pages, pfn, pfn)) {
			if (!telling)
				continue;
			drain = true;
		}
		page = xa_load(&pages->pinned, pfn);
		pins_add_stale(pages, pfn, page, 1);
		page->busy--;
		__clear_bit(i, list->unpin);
	}
	if (drain)
		queue_work(pages->wq, &pages->drain);
}

/* Calls of VFIO have come to an end: whoever waits for that looks again. */
static void pins_unlock(struct vfio_mdev_pages *pages)
{
	WRITE_ONCE(pages->calls, pages->calls + 1);
	mutex_unlock(&pages->lock);
	vfio_mdev_unmap_wake(pages);
}

/* Unpins what is marked in the list, once. Releases the lock. */
static void pins_unpin_marked(struct vfio_mdev_pages *pages,
			      struct pins_list *list)
{
	int i, end, n;

	for (;;) {
		pins_leave_to_worker(pages, list);
		i = find_first_bit(list->unpin, list->npage);
		pins_unlock(pages);
		if (i >= list->npage)
			return;
		end = find_next_zero_bit(list->unpin, list->npage, i);
		n = pins_run(list->user_pfn + i, end - i);
		compat_vfio_unpin_run(&pages->vmdev->vdev, list->user_pfn[i],
				      n);
		mutex_lock(&pages->lock);
		bitmap_clear(list->unpin, i, n);
		for (end = i + n; i < end; i++)
			pins_mark_idle(pages, list->user_pfn[i]);
	}
}

/* Pinning. */

/**
 * struct pins_call - a call that pins
 * @pages:	of the device; owns a reference where a worker makes the call
 * @user_pfn:	the pages in the user's address space
 * @npage:	how many
 * @prot:	IOMMU_READ, IOMMU_WRITE or both
 * @phys_pfn:	where their page frame numbers are put
 * @unmaps:	vfio_mdev_unmap_number() before the call was admitted
 * @ret:	what came of it
 * @ended:	it has, and @ret stays as it is; under the lock
 * @abandoned:	nobody waits for it any more; under the lock
 * @done:	completed when it has ended, where a worker makes the call
 */
struct pins_call {
	struct vfio_mdev_pages *pages;
	unsigned long *user_pfn;
	int npage;
	int prot;
	unsigned long *phys_pfn;
	unsigned long unmaps;
	int ret;
	bool ended;
	bool abandoned;
	struct completion *done;
};

/**
 * struct pins_job - a call that a worker makes
 * @work:	makes it
 * @refs:	the worker's, and the waiting driver's
 * @done:	the call has ended
 * @call:	the call
 * @list:	room for its two lists
 */
struct pins_job {
	struct work_struct work;
	refcount_t refs;
	struct completion done;
	struct pins_call call;
	unsigned long list[];
};

/*
 * How long the parent driver waits for a job, and before that for its turn, until it
 * looks whether VFIO is only slow; and how often it looks.
 */
#define PINS_TIMEOUT	(HZ / 10)
#define PINS_TRIES	20

/* How many jobs a device has at most. */
#define PINS_JOBS	8

/*
 * Most drivers never pin, so their devices have no workers. Needs the lock.
 * vfio_mdev_pins_free() ends them.
 */
static int pins_start_workers(struct vfio_mdev_pages *pages)
{
	if (pages->wq)
		return 0;
	pages->wq = alloc_workqueue("vfio_mdev", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (!pages->wq)
		return -ENOMEM;
	pages->unmap_wq = alloc_workqueue("vfio_mdev_unmap", WQ_UNBOUND,
					  WQ_MAX_ACTIVE);
	if (pages->unmap_wq)
		return 0;
	destroy_workqueue(pages->wq);
	pages->wq = NULL;
	return -ENOMEM;
}

static void pins_add_pinning(struct vfio_mdev_pages *pages, int change)
{
	WRITE_ONCE(pages->pinning, pages->pinning + change);
}

/**
 * vfio_mdev_pins_is_pinning() - does a call that pins run?
 * @pages:	of the device
 *
 * Context: process; takes the lock.
 * Return: true if so; not for one that is not admitted.
 */
bool vfio_mdev_pins_is_pinning(struct vfio_mdev_pages *pages)
{
	bool pinning;

	mutex_lock(&pages->lock);
	pinning = pages->pinning;
	mutex_unlock(&pages->lock);
	return pinning;
}

static int pins_begin(struct pins_call *call)
{
	struct vfio_mdev_pages *pages = call->pages;
	const unsigned long *user_pfn = call->user_pfn;
	int i, n, ret;

	mutex_lock(&pages->lock);
	ret = -ENODEV;
	if (!pages->open)
		goto unlock;
	ret = -EIO;
	if (pages->leaking)
		goto unlock;
	/* Before any record: pairs with the barrier in unmap_begin(). */
	ret = pins_start_workers(pages);
	if (ret)
		goto unlock;
	/* Before the first record: see vfio_mdev_pages_unmap(). */
	WRITE_ONCE(pages->ever_pinned, true);
	ret = pins_mark_all_busy(pages, user_pfn, call->npage);
	if (ret)
		goto unlock;
	pins_add_pinning(pages, 1);
	/* An unmap that begins now finds the records, and is noticed. */
	call->unmaps = vfio_mdev_unmap_number(pages);
	for (i = 0; i < call->npage && !ret; i += n) {
		n = pins_run(user_pfn + i, call->npage - i);
		ret = vfio_mdev_unmap_admit(pages, user_pfn[i],
					    user_pfn[i] + n - 1);
	}
	for (i = 0; i < call->npage && ret; i++)
		pins_mark_idle(pages, user_pfn[i]);
	if (ret)
		pins_add_pinning(pages, -1);
unlock:
	pins_unlock(pages);
	return ret;
}

static bool pins_is_any_unmapped(const struct pins_call *call)
{
	int i, n;

	for (i = 0; i < call->npage; i += n) {
		n = pins_run(call->user_pfn + i, call->npage - i);
		if (vfio_mdev_unmap_is_running(call->pages, call->user_pfn[i],
					       call->user_pfn[i] + n - 1))
			return true;
	}
	return false;
}

/* Returns how many VFIO has pinned, from the beginning of the list. */
static int pins_pin_runs(struct pins_call *call)
{
	unsigned long unmaps, now = call->unmaps;
	int i, n;

	call->ret = 0;
	for (i = 0; i < call->npage; i += n) {
		/* The worker waits for pages that are busy, or for all such calls. */
		unmaps = now;
		now = vfio_mdev_unmap_number(call->pages);
		if (READ_ONCE(call->abandoned) ||
		    (now != unmaps && pins_is_any_unmapped(call)))
			call->ret = -EINVAL;
		else if (now != unmaps && vfio_mdev_unmap_is_strict(call->pages))
			call->ret = -EAGAIN;
		else if (i && !call->done &&
			 vfio_mdev_unmap_is_telling(call->pages))
			call->ret = -EAGAIN;
		n = pins_run(call->user_pfn + i, call->npage - i);
		if (!call->ret)
			call->ret = compat_vfio_pin_run(&call->pages->vmdev->vdev,
							call->user_pfn[i], n,
							call->prot,
							call->phys_pfn + i);
		if (call->ret)
			break;
	}
	return i;
}

/* Of the busy pages, VFIO has pinned the first @pinned. */
static void pins_end(struct pins_call *call, int pinned)
{
	struct vfio_mdev_pages *pages = call->pages;
	const unsigned long *user_pfn = call->user_pfn;
	struct pins_list list = { .user_pfn = user_pfn, .npage = pinned };
	int i;

	mutex_lock(&pages->lock);
	if (!call->ret && (call->abandoned || pins_is_any_unmapped(call)))
		call->ret = -EINVAL;
	if (call->ret) {
		bitmap_set(list.unpin, 0, pinned);
		for (i = pinned; i < call->npage; i++)
			pins_mark_idle(pages, user_pfn[i]);
	} else {
		for (i = 0; i < call->npage; i++)
			pins_own(pages, user_pfn[i], call->phys_pfn[i],
				 call->prot);
	}
	call->ended = true;
	pins_add_pinning(pages, -1);
	pins_unlock(pages);
	if (call->done)
		complete(call->done);
	if (call->ret) {
		mutex_lock(&pages->lock);
		pins_unpin_marked(pages, &list);
	}
}

static void pins_put_job(struct pins_job *job)
{
	if (refcount_dec_and_test(&job->refs))
		kvfree(job);
}

static bool pins_may_begin_job(struct vfio_mdev_pages *pages)
{
	return atomic_add_unless(&pages->jobs, 1, PINS_JOBS);
}

static void pins_end_job(struct vfio_mdev_pages *pages)
{
	atomic_dec(&pages->jobs);
	vfio_mdev_unmap_wake(pages);
}

static void pins_work(struct work_struct *work)
{
	struct pins_job *job = container_of(work, struct pins_job, work);
	struct vfio_mdev_pages *pages = job->call.pages;

	pins_end(&job->call, pins_pin_runs(&job->call));
	pins_put_job(job);
	pins_end_job(pages);
	vfio_mdev_pages_put(pages);
}

static struct pins_job *pins_alloc_job(const struct pins_call *call)
{
	struct pins_job *job;

	job = kvzalloc(struct_size(job, list, 2 * call->npage),
		       GFP_KERNEL_ACCOUNT);
	if (!job)
		return NULL;
	INIT_WORK(&job->work, pins_work);
	refcount_set(&job->refs, 2);
	init_completion(&job->done);
	job->call = *call;
	job->call.done = &job->done;
	job->call.user_pfn = job->list;
	job->call.phys_pfn = job->list + call->npage;
	memcpy(job->list, call->user_pfn,
	       call->npage * sizeof(*call->user_pfn));
	return job;
}

/*
 * After some calls of VFIO's the worker may be waiting for a lock that the caller
 * holds, and the caller has to give up. Before that VFIO may take its time.
 */
static bool pins_may_wait(struct vfio_mdev_pages *pages, int tries)
{
	return tries < PINS_TRIES && !vfio_mdev_unmap_is_stuck(pages);
}

/* Pages that VFIO pins too late are unpinned again. */
static bool pins_wait(struct pins_job *job)
{
	struct pins_call *call = &job->call;
	int tries = 0;

	do {
		if (wait_for_completion_timeout(&job->done, PINS_TIMEOUT))
			return true;
	} while (pins_may_wait(call->pages, ++tries));
	mutex_lock(&call->pages->lock);
	WRITE_ONCE(call->abandoned, !call->ended);
	mutex_unlock(&call->pages->lock);
	return !call->abandoned;
}

static bool pins_wait_turn(struct vfio_mdev_pages *pages)
{
	int tries = 0;

	do {
		if (wait_event_timeout(pages->unmaps_changed,
				       pins_may_begin_job(pages), PINS_TIMEOUT))
			return true;
	} while (pins_may_wait(pages, ++tries));
	return false;
}

static int pins_pin_by_worker(struct pins_call *call)
{
	struct vfio_mdev_pages *pages = call->pages;
	struct pins_job *job;
	int ret = -ENOMEM;

	if (!pins_wait_turn(pages))
		return -EBUSY;
	job = pins_alloc_job(call);
	if (!job)
		goto end;
	ret = pins_begin(&job->call);
	if (ret)
		goto free;
	/* The caller has one. */
	refcount_inc(&pages->users);
	queue_work(pages->wq, &job->work);
	ret = -EBUSY;
	if (pins_wait(job)) {
		ret = job->call.ret;
		memcpy(call->phys_pfn, job->call.phys_pfn,
		       call->npage * sizeof(*call->phys_pfn));
	}
	pins_put_job(job);
	return ret;

free:
	kvfree(job);
end:
	pins_end_job(pages);
	return ret;
}

/**
 * vfio_mdev_pins_pin() - pin pages for the parent driver
 * @pages:	of the device; the caller has a reference
 * @user_pfn:	the pages in the user's address space
 * @npage:	how many, at most VFIO_PIN_PAGES_MAX_ENTRIES
 * @prot:	IOMMU_READ, IOMMU_WRITE or both
 * @phys_pfn:	where their page frame numbers are put
 *
 * Context: process; sleeps. Takes the lock.
 * Return: 0, then all are pinned; or an error, then none is: -EINVAL if a page
 * is not mapped or is being unmapped, -EAGAIN if that may not be over yet or if
 * a worker should go on, -EBUSY if the parent driver is being told of an unmap
 * and VFIO does not answer, and others, see vfio_mdev_pin_pages().
 */
int vfio_mdev_pins_pin(struct vfio_mdev_pages *pages, unsigned long *user_pfn,
		       int npage, int prot, unsigned long *phys_pfn)
{
	struct pins_call call = {
		.pages = pages,
		.user_pfn = user_pfn,
		.npage = npage,
		.prot = prot,
		.phys_pfn = phys_pfn,
	};
	int ret;

	if (vfio_mdev_unmap_is_telling(pages))
		return pins_pin_by_worker(&call);
	ret = pins_begin(&call);
	if (ret)
		return ret;
	pins_end(&call, pins_pin_runs(&call));
	return call.ret;
}

/**
 * vfio_mdev_pins_unpin() - unpin pages that the parent driver has pinned
 * @pages:	of the device; the caller has a reference
 * @user_pfn:	the pages in the user's address space
 * @npage:	how many, at most VFIO_PIN_PAGES_MAX_ENTRIES
 *
 * Context: process; sleeps. Takes the lock.
 * Return: how many the driver had pinned, and has not any more.
 */
int vfio_mdev_pins_unpin(struct vfio_mdev_pages *pages,
			 const unsigned long *user_pfn, int npage)
{
	struct pins_list list = { .user_pfn = user_pfn, .npage = npage };
	int i, unpinned = 0;
	bool in_vfio;

	mutex_lock(&pages->lock);
	for (i = 0; i < npage; i++) {
		if (!pins_disown(pages, user_pfn[i], &in_vfio))
			continue;
		unpinned++;
		if (in_vfio)
			__set_bit(i, list.unpin);
	}
	pins_unpin_marked(pages, &list);
	return unpinned;
}

/* Settling a range. */

static bool pins_is_owned(const struct vfio_mdev_page *page)
{
	return page->count && !page->retired;
}

static bool pins_is_busy(const struct vfio_mdev_page *page)
{
	return page->busy;
}

/* Is there a page for which @is holds? Then *@first becomes the first one. */
static bool pins_find(struct vfio_mdev_pages *pages, unsigned long *first,
		      unsigned long last,
		      bool (*is)(const struct vfio_mdev_page *page))
{
	struct vfio_mdev_page *page;
	unsigned long pfn;
	bool found = false;

	mutex_lock(&pages->lock);
	xa_for_each_range(&pages->pinned, pfn, page, *first, last) {
		found = is(page);
		if (found) {
			*first = pfn;
			break;
		}
		cond_resched();
	}
	mutex_unlock(&pages->lock);
	return found;
}

/**
 * vfio_mdev_pins_has() - does the parent driver have pages of a range pinned?
 * @pages:	of the device
 * @first:	first page of the range
 * @last:	last page of the range
 *
 * Context: process; takes the lock.
 * Return: true if there is one that VFIO would find.
 */
bool vfio_mdev_pins_has(struct vfio_mdev_pages *pages, unsigned long first,
			unsigned long last)
{
	return pins_find(pages, &first, last, pins_is_owned);
}

/* Marks stale pages that follow each other busy, once each; *@pfn is the first. */
static int pins_take_stale(struct vfio_mdev_pages *pages, unsigned long first,
			   unsigned long last, unsigned long *pfn)
{
	struct vfio_mdev_page *page;
	int n;

	mutex_lock(&pages->lock);
	page = xa_find(&pages->pinned, &first, last, PINS_STALE);
	*pfn = first;
	for (n = 0; page && n < VFIO_PIN_PAGES_MAX_ENTRIES; n++) {
		if (first != *pfn + n)
			break;
		page->busy++;
		if (!--page->stale)
			xa_clear_mark(&pages->pinned, first, PINS_STALE);
		page = xa_find_after(&pages->pinned, &first, last, PINS_STALE);
	}
	mutex_unlock(&pages->lock);
	return n;
}

/* Unpins until no stale page is left; several workers may do so at once. */
static void pins_unpin_stale(struct vfio_mdev_pages *pages, unsigned long first,
			     unsigned long last)
{
	unsigned long pfn;
	int i, n;

	while ((n = pins_take_stale(pages, first, last, &pfn))) {
		compat_vfio_unpin_run(&pages->vmdev->vdev, pfn, n);
		mutex_lock(&pages->lock);
		for (i = 0; i < n; i++)
			pins_mark_idle(pages, pfn + i);
		pins_unlock(pages);
		cond_resched();
	}
}

/*
 * Waits until VFIO has no page of the range pinned but those of the driver. A page
 * may become busy behind the one that is waited for, so the last pass looks at all
 * pages. To look at all in each pass would take too long where many are pinned.
 */
static void pins_settle(struct vfio_mdev_pages *pages, unsigned long first,
			unsigned long last)
{
	unsigned long calls, from = first;

	for (;;) {
		pins_unpin_stale(pages, first, last);
		calls = READ_ONCE(pages->calls);
		if (pins_find(pages, &from, last, pins_is_busy)) {
			vfio_mdev_unmap_wait_call(pages, calls);
			continue;
		}
		if (from == first)
			return;
		from = first;
	}
}

/*
 * The driver may still be using these pages. So a reference keeps them from being
 * used for anything else, until the driver unpins them or the device is closed.
 */
static unsigned long pins_retire(struct vfio_mdev_pages *pages,
				 unsigned long first, unsigned long last)
{
	struct vfio_mdev_page *page;
	unsigned long pfn, left = 0;

	mutex_lock(&pages->lock);
	xa_for_each_range(&pages->pinned, pfn, page, first, last) {
		cond_resched();
		if (!pins_is_owned(page))
			continue;
		if (pfn_valid(page->pfn))
			get_page(pfn_to_page(page->pfn));
		page->retired = true;
		pins_add_stale(pages, pfn, page, page->count);
		pages->leaking = true;
		left++;
	}
	mutex_unlock(&pages->lock);
	return left;
}

static void pins_warn(struct vfio_mdev_pages *pages, unsigned long left,
		      const char *when)
{
	struct vfio_mdev_device *vmdev = pages->vmdev;

	if (!left || xchg(&vmdev->left_pinned, 1))
		return;
	dev_warn(vmdev->vdev.dev, "the driver %s left %lu pages pinned when %s: it must unpin them\n",
		 dev_driver_string(mdev_parent_dev(vmdev->mdev)), left, when);
}

/**
 * vfio_mdev_pins_settle() - unpin pages in VFIO, because they are unmapped
 * @pages:	of the device
 * @first:	first page of the range
 * @last:	last page of the range
 *
 * The parent driver has let go of them. If it has not, this is the last resort:
 * VFIO would stop the kernel. The pages stay allocated then. Because nobody is
 * charged for that memory, the driver can't pin more until the device is
 * closed.
 *
 * Context: process; sleeps. Takes the lock. No page of the range can be pinned
 * meanwhile.
 */
void vfio_mdev_pins_settle(struct vfio_mdev_pages *pages, unsigned long first,
			   unsigned long last)
{
	unsigned long left;

	pins_settle(pages, first, last);
	left = pins_retire(pages, first, last);
	/* What was retired, or what the driver has let go of just before. */
	pins_settle(pages, first, last);
	pins_warn(pages, left, "their memory was unmapped");
}

/**
 * vfio_mdev_pins_drop() - take back all that the parent driver has pinned
 * @pages:	of a device that is being closed; nobody has a reference
 *
 * Context: process; sleeps. Takes the lock.
 */
void vfio_mdev_pins_drop(struct vfio_mdev_pages *pages)
{
	unsigned long pfn, left = 0;
	struct vfio_mdev_page *page;

	mutex_lock(&pages->lock);
	xa_for_each(&pages->pinned, pfn, page) {
		cond_resched();
		if (pins_is_owned(page)) {
			left++;
			pins_add_stale(pages, pfn, page, page->count);
		}
		page->count = 0;
		pins_put(pages, pfn, page);
	}
	mutex_unlock(&pages->lock);
	pins_settle(pages, 0, ULONG_MAX);
	pins_warn(pages, left, "the device was closed");
}

static void pins_drain(struct work_struct *work)
{
	struct vfio_mdev_pages *pages =
		container_of(work, struct vfio_mdev_pages, drain);

	pins_unpin_stale(pages, 0, ULONG_MAX);
}

static void pins_drain_too(struct work_struct *work)
{
	struct vfio_mdev_drain *drain =
		container_of(work, struct vfio_mdev_drain, work);

	pins_unpin_stale(drain->pages, 0, ULONG_MAX);
}

static void pins_alloc_drains(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_drain *drains;
	int i;

	drains = kvcalloc(PINS_DRAINS, sizeof(*drains), GFP_KERNEL_ACCOUNT);
	if (!drains)
		return;
	for (i = 0; i < PINS_DRAINS; i++) {
		INIT_WORK(&drains[i].work, pins_drain_too);
		drains[i].pages = pages;
	}
	/* Several tasks may race; cmpxchg() publishes the array fully initialized. */
	if (cmpxchg(&pages->drains, NULL, drains))
		kvfree(drains);
}

/**
 * vfio_mdev_pins_drain_fast() - unpin by many workers what the driver has released
 * @pages:	of the device
 *
 * Each call of VFIO's may have to wait until a task that unmaps has let go of
 * VFIO's lock, for a moment only. All workers that wait at that time get it.
 *
 * Context: process; sleeps. The workers take the lock.
 */
void vfio_mdev_pins_drain_fast(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_drain *drains = READ_ONCE(pages->drains);
	int i;

	if (!drains) {
		pins_alloc_drains(pages);
		drains = READ_ONCE(pages->drains);
	}
	for (i = 0; drains && i < PINS_DRAINS; i++)
		queue_work(pages->wq, &drains[i].work);
}

/**
 * vfio_mdev_pins_drain_all() - unpin what the parent driver has let go of
 * @pages:	of the device
 *
 * Context: process; sleeps. Takes the lock.
 */
void vfio_mdev_pins_drain_all(struct vfio_mdev_pages *pages)
{
	pins_unpin_stale(pages, 0, ULONG_MAX);
	flush_work(&pages->drain);
}

/**
 * vfio_mdev_pins_init() - prepare the pages for the records
 * @pages:	of a device
 *
 * Context: any.
 */
void vfio_mdev_pins_init(struct vfio_mdev_pages *pages)
{
	xa_init_flags(&pages->pinned, XA_FLAGS_ACCOUNT);
	INIT_WORK(&pages->drain, pins_drain);
}

/**
 * vfio_mdev_pins_free() - end the workers
 * @pages:	of a device that VFIO has forgotten
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pins_free(struct vfio_mdev_pages *pages)
{
	if (!pages->wq)
		return;
	destroy_workqueue(pages->unmap_wq);
	destroy_workqueue(pages->wq);
	kvfree(pages->drains);
}

/**
 * vfio_mdev_pins_flush() - wait for the workers
 * @pages:	of a device that is closed: they have nothing to do any more
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pins_flush(struct vfio_mdev_pages *pages)
{
	int i;

	flush_work(&pages->drain);
	for (i = 0; pages->drains && i < PINS_DRAINS; i++)
		flush_work(&pages->drains[i].work);
}

/**
 * vfio_mdev_pins_walk_dirty() - visit pages pinned for writing
 * @vmdev:	the device, open
 * @iova:	where to begin
 * @length:	how far to go
 * @fn:		called for such pages, with the lock; must not fault
 * @data:	for it
 *
 * Context: process; sleeps. Takes the lock.
 */
void vfio_mdev_pins_walk_dirty(struct vfio_mdev_device *vmdev, u64 iova,
			       u64 length, vfio_mdev_dirty_fn *fn, void *data)
{
	struct vfio_mdev_pages *pages = vmdev->pages;
	u64 last = (iova + (length - 1)) >> PAGE_SHIFT;
	unsigned long pfn = iova >> PAGE_SHIFT;
	unsigned long max = min_t(u64, last, ULONG_MAX);
	void *page;

	mutex_lock(&pages->lock);
	for (page = xa_find(&pages->pinned, &pfn, max, PINS_WRITABLE); page;
	     page = xa_find_after(&pages->pinned, &pfn, max, PINS_WRITABLE)) {
		fn(data, (u64)pfn << PAGE_SHIFT, PAGE_SIZE);
		cond_resched();
	}
	mutex_unlock(&pages->lock);
}
