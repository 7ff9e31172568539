// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's memory, for parent drivers: pinning, unpinning, copying.
 *
 * Each pinned page is recorded, so that VFIO is never asked to unpin what it
 * has not pinned, and nothing stays pinned when the device is closed.
 *
 * A parent driver may call in at any time. A call finds the pages by the
 * mediated device and takes a reference, which it gets only while the device
 * is open; closing waits for the last one.
 */
#include <linux/delay.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "pages.h"

/**
 * struct vfio_mdev_page - a pinned page
 * @pfn:	its physical page frame number
 * @count:	how often the parent driver has pinned it; zero while it does so
 * @stale:	how often it is pinned in VFIO beyond that, see pages_put_one()
 * @retired:	unpinned in VFIO without the parent driver, see
 *		vfio_mdev_pages_unpin(): only our reference keeps it
 */
struct vfio_mdev_page {
	unsigned long pfn;
	unsigned int count;
	unsigned int stale;
	bool retired;
};

/* The mark of a page that the device may have written to. */
#define PAGES_WRITABLE XA_MARK_0

/**
 * vfio_mdev_pages_get() - take a reference to the pages of an open device
 * @dev:	any device
 *
 * Context: any.
 * Return: the pages, for vfio_mdev_pages_put(), or NULL if @dev is not a
 * mediated device that is open through this driver.
 */
struct vfio_mdev_pages *vfio_mdev_pages_get(struct device *dev)
{
	struct mdev_device *mdev = mdev_from_dev(dev);
	struct vfio_mdev_pages *pages = NULL;

	rcu_read_lock();
	if (mdev && vfio_mdev_is_bound(dev))
		pages = mdev_get_bus_rcu_data(mdev);
	if (pages && !refcount_inc_not_zero(&pages->users))
		pages = NULL;
	rcu_read_unlock();
	return pages;
}

/**
 * vfio_mdev_pages_put() - put a reference from vfio_mdev_pages_get()
 * @pages:	the pages
 *
 * Context: any.
 */
void vfio_mdev_pages_put(struct vfio_mdev_pages *pages)
{
	if (refcount_dec_and_test(&pages->users))
		complete(&pages->idle);
}

/* How many of the list's numbers, from its beginning, follow each other. */
static int pages_run(const unsigned long *user_pfn, int npage)
{
	int i;

	for (i = 1; i < npage; i++)
		if (user_pfn[i] != user_pfn[0] + i)
			break;
	return i;
}

/* How often in VFIO. */
static unsigned int pages_times(const struct vfio_mdev_page *page)
{
	return page->retired ? 0 : page->count + page->stale;
}

/* Records. All need the lock. */

static int pages_prepare_one(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	struct vfio_mdev_page *page = xa_load(&pages->pinned, pfn);
	int ret;

	/* VFIO counts in an int. A list may have a page many times. */
	if (page)
		return pages_times(page) >
			       INT_MAX - VFIO_PIN_PAGES_MAX_ENTRIES ?
		       -EOVERFLOW : 0;
	page = kzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
	if (!page)
		return -ENOMEM;
	ret = xa_insert(&pages->pinned, pfn, page, GFP_KERNEL_ACCOUNT);
	if (ret)
		kfree(page);
	return ret;
}

static void pages_forget_unused(struct vfio_mdev_pages *pages,
				const unsigned long *user_pfn, int npage)
{
	struct vfio_mdev_page *page;
	int i;

	for (i = 0; i < npage; i++) {
		page = xa_load(&pages->pinned, user_pfn[i]);
		if (page && !page->count && !page->stale)
			kfree(xa_erase(&pages->pinned, user_pfn[i]));
	}
}

/* So that nothing can fail once VFIO has pinned them. */
static int pages_prepare(struct vfio_mdev_pages *pages,
			 const unsigned long *user_pfn, int npage)
{
	int i, ret = 0;

	for (i = 0; i < npage && !ret; i++)
		ret = pages_prepare_one(pages, user_pfn[i]);
	return ret;
}

static void pages_record(struct vfio_mdev_pages *pages,
			 const unsigned long *user_pfn, int npage, int prot,
			 const unsigned long *phys_pfn)
{
	struct vfio_mdev_page *page;
	int i;

	for (i = 0; i < npage; i++) {
		page = xa_load(&pages->pinned, user_pfn[i]);
		page->pfn = phys_pfn[i];
		page->count++;
		if (prot & IOMMU_WRITE)
			xa_set_mark(&pages->pinned, user_pfn[i],
				    PAGES_WRITABLE);
	}
}

static void pages_forget(struct vfio_mdev_pages *pages, unsigned long pfn,
			 struct vfio_mdev_page *page)
{
	if (xa_get_mark(&pages->pinned, pfn, PAGES_WRITABLE))
		vfio_mdev_dirty_log(pages->vmdev, (u64)pfn << PAGE_SHIFT,
				    PAGE_SIZE);
	xa_erase(&pages->pinned, pfn);
	if (page->retired && pfn_valid(page->pfn))
		put_page(pfn_to_page(page->pfn));
	kfree(page);
}

/*
 * The parent driver lets go of the page, once. While memory is unmapped, VFIO
 * is not told before it has let go of all: each call may have to wait long for
 * VFIO's lock then, see unmap.c.
 */
static void pages_put_one(struct vfio_mdev_pages *pages, unsigned long pfn,
			  bool later)
{
	struct vfio_mdev_page *page = xa_load(&pages->pinned, pfn);

	page->count--;
	page->stale += later && !page->retired;
	if (!page->count && !page->stale)
		pages_forget(pages, pfn, page);
}

/* Pinning and unpinning, with the lock. */

static int pages_pin_list(struct vfio_mdev_pages *pages,
			  unsigned long *user_pfn, int npage, int prot,
			  unsigned long *phys_pfn)
{
	struct vfio_device *vdev = &pages->vmdev->vdev;
	int i, n, ret;

	WRITE_ONCE(pages->pins, true);
	ret = pages_prepare(pages, user_pfn, npage);
	if (ret)
		return ret;
	for (i = 0; i < npage; i += n) {
		n = pages_run(user_pfn + i, npage - i);
		ret = compat_vfio_pin_run(vdev, user_pfn[i], n, prot,
					  phys_pfn + i);
		if (ret)
			goto unpin;
	}
	pages_record(pages, user_pfn, npage, prot, phys_pfn);
	return 0;

unpin:
	for (npage = i, i = 0; i < npage; i += n) {
		n = pages_run(user_pfn + i, npage - i);
		compat_vfio_unpin_run(vdev, user_pfn[i], n);
	}
	return ret;
}

/*
 * As many of the list, from its beginning, as one call of VFIO can unpin. While
 * something is unmapped it may be a part of the list: one at a time, then.
 */
static int pages_pinned_run(struct vfio_mdev_pages *pages,
			    const unsigned long *user_pfn, int npage)
{
	struct vfio_mdev_page *page;
	int i, n;

	n = list_empty(&pages->unmaps) ? pages_run(user_pfn, npage) : 1;
	for (i = 0; i < n; i++) {
		page = xa_load(&pages->pinned, user_pfn[i]);
		if (!page || !page->count || page->retired)
			break;
	}
	return i;
}

static bool pages_is_retired(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	struct vfio_mdev_page *page = xa_load(&pages->pinned, pfn);

	return page && page->retired;
}

static int pages_unpin_list(struct vfio_mdev_pages *pages,
			    const unsigned long *user_pfn, int npage)
{
	struct vfio_device *vdev = &pages->vmdev->vdev;
	int i, j, n, unpinned = 0;
	bool later;

	for (i = 0; i < npage; i += n) {
		n = pages_pinned_run(pages, user_pfn + i, npage - i);
		later = n == 1 && vfio_mdev_unmap_is_running(pages,
							     user_pfn[i]);
		if (n && !later)
			compat_vfio_unpin_run(vdev, user_pfn[i], n);
		if (!n) {
			n = 1;
			if (!pages_is_retired(pages, user_pfn[i]))
				continue;
		}
		for (j = i; j < i + n; j++)
			pages_put_one(pages, user_pfn[j], later);
		unpinned += n;
	}
	return unpinned;
}

/* The next pages in the range that VFIO has pinned, and that follow each other. */
static int pages_next_run(struct vfio_mdev_pages *pages, unsigned long *first,
			  unsigned long last)
{
	struct vfio_mdev_page *page;
	unsigned long pfn;
	int n = 0;

	xa_for_each_range(&pages->pinned, pfn, page, *first, last) {
		if (n && (pfn != *first + n || n == VFIO_PIN_PAGES_MAX_ENTRIES))
			break;
		if (pages_times(page)) {
			if (!n++)
				*first = pfn;
		} else if (n) {
			break;
		}
	}
	return n;
}

/* In VFIO only, as often as they are pinned there. */
static void pages_unpin_run(struct vfio_mdev_pages *pages, unsigned long first,
			    int n)
{
	struct vfio_device *vdev = &pages->vmdev->vdev;
	struct vfio_mdev_page *page;
	unsigned int times;
	int i;

	compat_vfio_unpin_run(vdev, first, n);
	for (i = 0; i < n; i++) {
		page = xa_load(&pages->pinned, first + i);
		for (times = pages_times(page); times > 1; times--) {
			compat_vfio_unpin_run(vdev, first + i, 1);
			cond_resched();
		}
	}
}

static void pages_warn(struct vfio_mdev_pages *pages, unsigned long left,
		       const char *when)
{
	struct vfio_mdev_device *vmdev = pages->vmdev;

	if (!left || xchg(&vmdev->left_pinned, true))
		return;
	dev_warn(vmdev->vdev.dev, "the driver %s left %lu pages pinned when %s: it must unpin them\n",
		 dev_driver_string(mdev_parent_dev(vmdev->mdev)), left, when);
}

/**
 * vfio_mdev_pages_has() - does the parent driver have pages of the range pinned?
 * @pages:	the pages
 * @first:	first page of the range
 * @last:	last page of the range
 *
 * Context: process; takes the lock.
 * Return: true if there is one that VFIO would find.
 */
bool vfio_mdev_pages_has(struct vfio_mdev_pages *pages, unsigned long first,
			 unsigned long last)
{
	struct vfio_mdev_page *page;
	unsigned long pfn;
	bool found = false;

	mutex_lock(&pages->lock);
	xa_for_each_range(&pages->pinned, pfn, page, first, last) {
		found = page->count && !page->retired;
		if (found)
			break;
	}
	mutex_unlock(&pages->lock);
	return found;
}

/**
 * vfio_mdev_pages_unpin() - unpin pages in VFIO, because they are unmapped
 * @pages:	the pages
 * @first:	first page of the range
 * @last:	last page of the range
 *
 * The parent driver has let go of them. If it has not, this is the last resort:
 * VFIO would stop the kernel. The driver may use these still. So a reference
 * keeps them from being used for anything else, until it unpins them or the
 * device is closed; and because that memory is not accounted to anybody, it
 * can't pin more until the device is closed.
 *
 * Context: process; takes the lock.
 */
void vfio_mdev_pages_unpin(struct vfio_mdev_pages *pages, unsigned long first,
			   unsigned long last)
{
	struct vfio_mdev_page *page;
	unsigned long left = 0;
	int i, n;

	mutex_lock(&pages->lock);
	for (; (n = pages_next_run(pages, &first, last)); first += n) {
		/* The records say how often, so they change afterwards. */
		for (i = 0; i < n; i++) {
			page = xa_load(&pages->pinned, first + i);
			if (page->count && pfn_valid(page->pfn))
				get_page(pfn_to_page(page->pfn));
		}
		pages_unpin_run(pages, first, n);
		for (i = 0; i < n; i++) {
			page = xa_load(&pages->pinned, first + i);
			page->stale = 0;
			if (!page->count) {
				pages_forget(pages, first + i, page);
			} else {
				page->retired = true;
				pages->leaking = true;
				left++;
			}
		}
		cond_resched();
	}
	mutex_unlock(&pages->lock);
	pages_warn(pages, left, "their memory was unmapped");
}

/**
 * vfio_mdev_pages_walk_dirty() - visit pages pinned for writing
 * @vmdev:	the device, open
 * @iova:	where to begin
 * @length:	how far to go
 * @fn:		called for such pages, with the lock; must not fault
 * @data:	for it
 *
 * Context: process; sleeps. Takes the lock.
 */
void vfio_mdev_pages_walk_dirty(struct vfio_mdev_device *vmdev, u64 iova,
				u64 length, vfio_mdev_dirty_fn *fn, void *data)
{
	struct vfio_mdev_pages *pages = vmdev->pages;
	u64 last = (iova + (length - 1)) >> PAGE_SHIFT;
	unsigned long pfn = iova >> PAGE_SHIFT;
	unsigned long max = min_t(u64, last, ULONG_MAX);
	void *page;

	mutex_lock(&pages->lock);
	for (page = xa_find(&pages->pinned, &pfn, max, PAGES_WRITABLE); page;
	     page = xa_find_after(&pages->pinned, &pfn, max, PAGES_WRITABLE)) {
		fn(data, (u64)pfn << PAGE_SHIFT, PAGE_SIZE);
		cond_resched();
	}
	mutex_unlock(&pages->lock);
}

/* At the end of the last close. */
static unsigned long pages_unpin_all(struct vfio_mdev_pages *pages)
{
	unsigned long first = 0, pfn, left = 0;
	struct vfio_mdev_page *page;
	int n;

	for (; (n = pages_next_run(pages, &first, ULONG_MAX)); first += n) {
		pages_unpin_run(pages, first, n);
		cond_resched();
	}
	xa_for_each(&pages->pinned, pfn, page) {
		left += page->count && !page->retired;
		pages_forget(pages, pfn, page);
	}
	return left;
}

/* What VFIO does with the device. */

static struct vfio_mdev_pages *pages_alloc(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages;

	pages = kzalloc(sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return NULL;
	pages->vmdev = vmdev;
	init_completion(&pages->idle);
	init_rwsem(&pages->gate);
	mutex_init(&pages->lock);
	xa_init_flags(&pages->pinned, XA_FLAGS_ACCOUNT);
	vfio_mdev_unmap_init(pages);
	vfio_mdev_notifiers_init(pages);
	return pages;
}

/**
 * vfio_mdev_pages_open() - the first user opens the device
 * @vmdev:	the device
 *
 * From here on the parent driver may call in.
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int vfio_mdev_pages_open(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages = vmdev->pages;

	if (!pages) {
		pages = pages_alloc(vmdev);
		if (!pages)
			return -ENOMEM;
		/* Pairs with vfio_mdev_pages_unmap(). */
		smp_store_release(&vmdev->pages, pages);
		mdev_set_bus_rcu_data(vmdev->mdev, pages);
	}
	reinit_completion(&pages->idle);
	pages->closing = false;
	pages->leaking = false;
	/* All of it is seen by whoever gets a reference. */
	smp_mb();
	refcount_set(&pages->users, 1);

	/*
	 * A change of the VM meanwhile has found it, or else is seen here:
	 * pairs with the barrier in vfio_mdev_pages_kvm_changed().
	 */
	smp_mb();
	vfio_mdev_notifiers_update_kvm(pages);
	return 0;
}

/**
 * vfio_mdev_pages_opened() - the parent driver's open() has succeeded
 * @vmdev:	the device
 *
 * From here on the driver may pin pages, and hears of unmaps. Some kernels
 * tell of them from about now on only.
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_opened(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages = vmdev->pages;

	down_write(&pages->gate);
	pages->live = true;
	up_write(&pages->gate);
	mutex_lock(&pages->lock);
	pages->open = true;
	mutex_unlock(&pages->lock);
}

/**
 * vfio_mdev_pages_closing() - the last user closes the device
 * @vmdev:	the device
 *
 * To be called before the parent driver's release(), also where its open() has
 * failed, and to be followed by vfio_mdev_pages_close(). The driver hears of no
 * unmap any more: one that comes in between waits until that has unpinned all.
 *
 * Context: process; sleeps. Takes the gate.
 */
void vfio_mdev_pages_closing(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages = vmdev->pages;

	WRITE_ONCE(pages->closing, true);
	vfio_mdev_notifiers_update_kvm(pages);
	down_write(&pages->gate);
	pages->live = false;
}

/**
 * vfio_mdev_pages_close() - the last user has closed the device
 * @vmdev:	the device
 *
 * To be called after the parent driver's release(). Waits for calls of its
 * that are still running, and takes back all that it has not given back.
 *
 * Context: process; sleeps. Releases the gate.
 */
void vfio_mdev_pages_close(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages = vmdev->pages;
	unsigned long left;

	vfio_mdev_pages_put(pages);
	wait_for_completion(&pages->idle);

	mutex_lock(&pages->lock);
	pages->open = false;
	left = pages_unpin_all(pages);
	mutex_unlock(&pages->lock);
	pages_warn(pages, left, "it was closed");
	up_write(&pages->gate);

	vfio_mdev_unmap_flush(pages);
	vfio_mdev_notifiers_drop(pages);
}

/**
 * vfio_mdev_pages_free() - VFIO has forgotten the device
 * @vmdev:	the device; the mediated device must not lead to it any more
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_free(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages = vmdev->pages;

	if (!pages)
		return;
	vfio_mdev_unmap_flush(pages);
	mutex_destroy(&pages->lock);
	kfree_rcu(pages, rcu);
}

/* What a parent driver calls: see <linux/vfio_mdev.h>. */

/*
 * While memory is being unmapped it can't be pinned, see unmap.c. Where -EAGAIN
 * is the answer, *@held is such a page.
 */
static int pages_admit(struct vfio_mdev_pages *pages,
		       const unsigned long *user_pfn, int npage,
		       unsigned long *held)
{
	int i, n, ret = 0;

	for (i = 0; i < npage && !ret; i += n) {
		n = pages_run(user_pfn + i, npage - i);
		ret = vfio_mdev_unmap_admit(pages, user_pfn[i],
					    user_pfn[i] + n - 1, held);
	}
	return ret;
}

static int pages_try_pin(struct vfio_mdev_pages *pages,
			 unsigned long *user_pfn, int npage, int prot,
			 unsigned long *phys_pfn, unsigned long *held)
{
	int ret;

	vfio_mdev_unmap_give_way(pages);
	mutex_lock(&pages->lock);
	if (!pages->open)
		ret = -ENODEV;
	else if (pages->leaking)
		ret = -EIO;
	else
		ret = pages_admit(pages, user_pfn, npage, held);
	if (!ret) {
		ret = pages_pin_list(pages, user_pfn, npage, prot, phys_pfn);
		if (ret)
			pages_forget_unused(pages, user_pfn, npage);
	}
	mutex_unlock(&pages->lock);
	return ret;
}

static bool pages_is_unmapped(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	char byte;

	return compat_vfio_dma_rw(&pages->vmdev->vdev,
				  (dma_addr_t)pfn << PAGE_SHIFT, &byte,
				  sizeof(byte), false) == -EINVAL;
}

/* For about two seconds; a user who goes on unmapping could go on for ever. */
#define PIN_TRIES 500

static int pages_pin(struct vfio_mdev_pages *pages, unsigned long *user_pfn,
		     int npage, int prot, unsigned long *phys_pfn)
{
	unsigned long held;
	int i, ret;

	for (i = 0; i < npage; i++)
		if (user_pfn[i] > ULONG_MAX >> PAGE_SHIFT)
			return -EINVAL;
	for (i = 0; i < PIN_TRIES; i++) {
		ret = pages_try_pin(pages, user_pfn, npage, prot, phys_pfn,
				    &held);
		if (ret != -EAGAIN)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
		usleep_range(2000, 4000);
		if (pages_is_unmapped(pages, held)) {
			vfio_mdev_unmap_over(pages, held);
			return -EINVAL;
		}
	}
	return -EBUSY;
}

int vfio_mdev_pin_pages(struct device *dev, unsigned long *user_pfn, int npage,
			int prot, unsigned long *phys_pfn)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !user_pfn || !phys_pfn || npage <= 0)
		return -EINVAL;
	if (npage > VFIO_PIN_PAGES_MAX_ENTRIES)
		return -E2BIG;
	pages = vfio_mdev_pages_get(dev);
	if (!pages)
		return -ENODEV;
	ret = pages_pin(pages, user_pfn, npage, prot, phys_pfn);
	vfio_mdev_pages_put(pages);
	return ret ? ret : npage;
}
EXPORT_SYMBOL_GPL(vfio_mdev_pin_pages);

int vfio_mdev_unpin_pages(struct device *dev, unsigned long *user_pfn,
			  int npage)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !user_pfn || npage <= 0)
		return -EINVAL;
	if (npage > VFIO_PIN_PAGES_MAX_ENTRIES)
		return -E2BIG;
	pages = vfio_mdev_pages_get(dev);
	if (!pages)
		return -ENODEV;
	mutex_lock(&pages->lock);
	ret = pages_unpin_list(pages, user_pfn, npage);
	mutex_unlock(&pages->lock);
	vfio_mdev_pages_put(pages);
	return ret ? ret : -EINVAL;
}
EXPORT_SYMBOL_GPL(vfio_mdev_unpin_pages);

int vfio_mdev_dma_rw(struct device *dev, dma_addr_t iova, void *data,
		     size_t len, bool write)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !data || !len || iova > ULONG_MAX - (len - 1))
		return -EINVAL;
	pages = vfio_mdev_pages_get(dev);
	if (!pages)
		return -ENODEV;
	ret = compat_vfio_dma_rw(&pages->vmdev->vdev, iova, data, len, write);
	if (write)
		vfio_mdev_dirty_log(pages->vmdev, iova, len);
	vfio_mdev_pages_put(pages);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mdev_dma_rw);
