// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's memory, for parent drivers: while it can be used, and the calls
 * that pin, unpin and copy. See pins.c for what is pinned.
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
 * vfio_mdev_pages_find() - the pages of a device that this driver has
 * @dev:	any device
 *
 * Context: under rcu_read_lock(), which keeps the pages.
 * Return: the pages, or NULL.
 */
struct vfio_mdev_pages *vfio_mdev_pages_find(struct device *dev)
{
	struct mdev_device *mdev = mdev_from_dev(dev);

	return mdev && vfio_mdev_is_bound(dev) ? mdev_get_bus_data(mdev) : NULL;
}

/**
 * vfio_mdev_pages_get() - take a reference to the pages of an open device
 * @dev:	any device
 *
 * After the parent driver's release() there is none to be had, although
 * vfio_mdev_pages_close() still waits for others: threads that call again and again
 * would keep it waiting for ever.
 *
 * Context: any.
 * Return: the pages, for vfio_mdev_pages_put(), or NULL if @dev is not a
 * mediated device that is open through this driver.
 */
struct vfio_mdev_pages *vfio_mdev_pages_get(struct device *dev)
{
	struct vfio_mdev_pages *pages;

	rcu_read_lock();
	pages = vfio_mdev_pages_find(dev);
	if (pages) {
		/* Pairs with the barrier in vfio_mdev_pages_open(). */
		if (!READ_ONCE(pages->released) &&
		    refcount_inc_not_zero(&pages->users))
			smp_acquire__after_ctrl_dep();
		else
			pages = NULL;
	}
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

/* What VFIO does with the device. */

/**
 * vfio_mdev_pages_alloc() - allocate what a device needs for its users
 * @vmdev:	the device, not registered yet
 *
 * vfio_mdev_pages_free() frees it.
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int vfio_mdev_pages_alloc(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages;

	pages = kzalloc(sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	pages->vmdev = vmdev;
	init_completion(&pages->idle);
	init_rwsem(&pages->gate);
	mutex_init(&pages->lock);
	vfio_mdev_pins_init(pages);
	vfio_mdev_unmap_init(pages);
	vfio_mdev_notifiers_init(pages);
	vmdev->pages = pages;
	return 0;
}

/**
 * vfio_mdev_pages_open() - the first user opens the device
 * @vmdev:	the device
 *
 * From here on the parent driver may call in.
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_open(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages = vmdev->pages;

	reinit_completion(&pages->idle);
	WRITE_ONCE(pages->released, false);
	pages->closing = false;
	pages->leaking = false;
	/*
	 * All of it is seen by whoever gets a reference. Pairs with the acquire
	 * in vfio_mdev_pages_get().
	 */
	smp_wmb();
	refcount_set(&pages->users, 1);

	/*
	 * A change of the VM meanwhile has found the pages, or is seen here:
	 * pairs with the barrier in vfio_mdev_pages_kvm_changed().
	 */
	smp_mb();
	vfio_mdev_notifiers_update_kvm(pages);
}

/**
 * vfio_mdev_pages_opened() - the parent driver's open() has succeeded
 * @vmdev:	the device
 *
 * From here on the driver may pin pages, and hears of unmaps. Some kernels
 * report unmaps only from about this point on.
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
	vfio_mdev_unmap_opened(pages);
	mutex_unlock(&pages->lock);
}

/**
 * vfio_mdev_pages_closing() - the last user closes the device
 * @vmdev:	the device
 *
 * To be called before the parent driver's release(), also where its open() has
 * failed, and to be followed by vfio_mdev_pages_close(). The driver is told
 * of no further unmap; one in between waits for vfio_mdev_pages_close() to unpin
 * all.
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

	WRITE_ONCE(pages->released, true);
	vfio_mdev_pages_put(pages);
	wait_for_completion(&pages->idle);

	mutex_lock(&pages->lock);
	pages->open = false;
	mutex_unlock(&pages->lock);
	vfio_mdev_pins_drop(pages);
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
	vfio_mdev_pins_free(pages);
	vfio_mdev_unmap_free(pages);
	mutex_destroy(&pages->lock);
	kfree_rcu(pages, rcu);
}

/* What a parent driver calls: see <linux/vfio_mdev.h>. */

/* A user that keeps unmapping must not hold the caller for ever. */
#define PIN_TIMEOUT (2 * HZ)

/* Fewer while the driver is told: the worker may need a lock of the caller's. */
#define PIN_TELLING_TRIES 20

static int pages_pin(struct vfio_mdev_pages *pages, unsigned long *user_pfn,
		     int npage, int prot, unsigned long *phys_pfn)
{
	unsigned long end = jiffies + PIN_TIMEOUT;
	int i, ret;

	for (i = 0; i < npage; i++)
		if (user_pfn[i] > ULONG_MAX >> PAGE_SHIFT)
			return -EINVAL;
	for (i = 0; time_before(jiffies, end); i++) {
		ret = vfio_mdev_pins_pin(pages, user_pfn, npage, prot, phys_pfn);
		if (ret != -EAGAIN)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
		usleep_range(2000, 4000);
		if (i >= PIN_TELLING_TRIES && vfio_mdev_unmap_is_telling(pages))
			break;
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
	ret = vfio_mdev_pins_unpin(pages, user_pfn, npage);
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
