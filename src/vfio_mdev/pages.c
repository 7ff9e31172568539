// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's memory and VM, for parent drivers: what <linux/vfio_mdev.h>
 * declares below its ops.
 *
 * A driver's bugs end here. What it has pinned is written down, so VFIO is
 * never asked to unpin anything else, never finds a page pinned in memory that
 * goes, and nothing stays pinned when the device is closed.
 *
 * A driver may call in at the wrong time, too. So what a call needs is an
 * object of its own, found by the device in a table and not in the bridge's
 * structures, which may not be there. It is in the table while the device is
 * open; a call that has found it keeps it by @users, and closing waits.
 *
 * Locks, outermost first: those under which VFIO calls, &pages_chain.sem, the
 * driver's own, &vfio_mdev_pages.lock, those that VFIO takes when it is called.
 */
#include <linux/completion.h>
#include <linux/hashtable.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "vfio_mdev_private.h"

/**
 * struct pages_chain - notifiers of one kind
 * @sem:	held for reading while they are called
 * @head:	the notifiers
 */
struct pages_chain {
	struct rw_semaphore sem;	/* protects head */
	struct raw_notifier_head head;
};

/**
 * struct vfio_mdev_pages - what there is of it while a device is open
 * @node:	in the table
 * @rcu:	frees it
 * @dev:	by which it is found; the rest is only for those in @users
 * @vmdev:	the device
 * @users:	one for being in the table, one for each call
 * @idle:	@users has reached zero
 * @lock:	held while pages are pinned and unpinned, until that is written
 *		down
 * @pinned:	how often each page is pinned, by its user_pfn; under @lock
 * @chains:	the notifiers, by enum vfio_mdev_notify_type
 * @kvm:	what the notifiers know as the VM; under the sem of their chain
 * @opened:	the parent driver's open() has succeeded
 * @closing:	its release() comes next: there is no VM any more
 */
struct vfio_mdev_pages {
	struct hlist_node node;
	struct rcu_head rcu;
	struct device *dev;
	struct vfio_mdev_device *vmdev;
	refcount_t users;
	struct completion idle;
	struct mutex lock;		/* protects pinned */
	struct xarray pinned;
	struct pages_chain chains[2];
	struct kvm *kvm;
	bool opened;
	bool closing;
};

/* Those of the devices that are open, by their struct device. */
static DEFINE_HASHTABLE(opened, 8);
static DEFINE_SPINLOCK(opened_lock);

static struct vfio_mdev_pages *get_pages(struct device *dev)
{
	struct vfio_mdev_pages *pages, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(opened, pages, node, (unsigned long)dev) {
		if (pages->dev == dev &&
		    refcount_inc_not_zero(&pages->users)) {
			found = pages;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

static void put_pages(struct vfio_mdev_pages *pages)
{
	if (refcount_dec_and_test(&pages->users))
		complete(&pages->idle);
}

/* Pinning, under the lock. */

static unsigned long times_pinned(struct vfio_mdev_pages *pages,
				  unsigned long pfn)
{
	void *entry = xa_load(&pages->pinned, pfn);

	return entry ? xa_to_value(entry) : 0;
}

static int note_pin(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	unsigned long times = times_pinned(pages, pfn) + 1;

	/* VFIO counts in an int */
	if (times > INT_MAX)
		return -EOVERFLOW;
	return xa_err(xa_store(&pages->pinned, pfn, xa_mk_value(times),
			       GFP_KERNEL));
}

/* Making a number smaller takes no memory, so it can't fail. */
static void note_unpin(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	unsigned long times = times_pinned(pages, pfn) - 1;

	if (times)
		xa_store(&pages->pinned, pfn, xa_mk_value(times), GFP_KERNEL);
	else
		xa_erase(&pages->pinned, pfn);
}

static int pin_page(struct vfio_mdev_pages *pages, unsigned long pfn, int prot,
		    unsigned long *phys_pfn)
{
	int ret;

	if (pfn > ULONG_MAX >> PAGE_SHIFT)
		return -EINVAL;
	ret = note_pin(pages, pfn);
	if (ret)
		return ret;
	ret = compat_vfio_pin_page(&pages->vmdev->vdev, pfn, prot, phys_pfn);
	if (ret)
		note_unpin(pages, pfn);
	return ret;
}

static bool unpin_page(struct vfio_mdev_pages *pages, unsigned long pfn)
{
	if (!times_pinned(pages, pfn))
		return false;
	compat_vfio_unpin_page(&pages->vmdev->vdev, pfn);
	note_unpin(pages, pfn);
	return true;
}

static int unpin_list(struct vfio_mdev_pages *pages, unsigned long *user_pfn,
		      int npage)
{
	int i, unpinned = 0;

	for (i = 0; i < npage; i++)
		unpinned += unpin_page(pages, user_pfn[i]);
	return unpinned;
}

static int pin_list(struct vfio_mdev_pages *pages, unsigned long *user_pfn,
		    int npage, int prot, unsigned long *phys_pfn)
{
	int i, ret;

	for (i = 0; i < npage; i++) {
		ret = pin_page(pages, user_pfn[i], prot, &phys_pfn[i]);
		if (ret) {
			unpin_list(pages, user_pfn, i);
			return ret;
		}
	}
	return npage;
}

static unsigned long unpin_range(struct vfio_mdev_pages *pages,
				 unsigned long first, unsigned long last)
{
	unsigned long pfn, left = 0;
	void *entry;

	mutex_lock(&pages->lock);
	xa_for_each_range(&pages->pinned, pfn, entry, first, last) {
		left++;
		while (unpin_page(pages, pfn))
			cond_resched();
	}
	mutex_unlock(&pages->lock);
	return left;
}

/* The parent driver's mistake, made right: once a device is enough to say so. */
static void unpin_rest(struct vfio_mdev_pages *pages, unsigned long first,
		       unsigned long last, const char *when)
{
	struct vfio_mdev_device *vmdev = pages->vmdev;
	unsigned long left = unpin_range(pages, first, last);

	if (!left || xchg(&vmdev->left_pinned, true))
		return;
	dev_warn(vmdev->vdev.dev, "its driver left %lu pages pinned when %s; they are unpinned now\n",
		 left, when);
}

/* Notifiers */

static bool is_registered(struct pages_chain *chain, struct notifier_block *nb)
{
	struct notifier_block *other;

	for (other = rcu_dereference_protected(chain->head.head, true); other;
	     other = rcu_dereference_protected(other->next, true))
		if (other == nb)
			return true;
	return false;
}

/* The driver may use a notifier again later: it leaves no trace in it. */
static void drop_notifiers(struct pages_chain *chain)
{
	struct notifier_block *nb;

	down_write(&chain->sem);
	while ((nb = rcu_dereference_protected(chain->head.head, true)))
		raw_notifier_chain_unregister(&chain->head, nb);
	up_write(&chain->sem);
}

/*
 * VFIO's VM is looked at under the lock: who ends a VM takes it from VFIO first
 * and then comes here, so a VM that is still there stays until it is told.
 */
static void update_kvm(struct vfio_mdev_pages *pages)
{
	struct pages_chain *chain = &pages->chains[VFIO_MDEV_GROUP_NOTIFY];
	struct kvm *kvm = NULL;
	struct kvm *old;

	down_write(&chain->sem);
	if (!READ_ONCE(pages->closing))
		kvm = compat_vfio_kvm(&pages->vmdev->vdev);
	old = pages->kvm;
	pages->kvm = kvm;
	downgrade_write(&chain->sem);
	if (kvm != old)
		raw_notifier_call_chain(&chain->head, VFIO_MDEV_NOTIFY_SET_KVM,
					kvm);
	up_read(&chain->sem);
}

/* What VFIO does with the device. */

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
	struct vfio_mdev_pages *pages = kzalloc(sizeof(*pages), GFP_KERNEL);
	int i;

	if (!pages)
		return -ENOMEM;
	pages->dev = vmdev->vdev.dev;
	pages->vmdev = vmdev;
	refcount_set(&pages->users, 1);
	init_completion(&pages->idle);
	mutex_init(&pages->lock);
	xa_init(&pages->pinned);
	for (i = 0; i < ARRAY_SIZE(pages->chains); i++) {
		init_rwsem(&pages->chains[i].sem);
		RAW_INIT_NOTIFIER_HEAD(&pages->chains[i].head);
	}
	vmdev->pages = pages;

	spin_lock(&opened_lock);
	hash_add_rcu(opened, &pages->node, (unsigned long)pages->dev);
	spin_unlock(&opened_lock);

	/*
	 * A change of the VM meanwhile has found it, or else is seen here:
	 * pairs with the barrier in vfio_mdev_pages_kvm_changed().
	 */
	smp_mb();
	update_kvm(pages);
	return 0;
}

/**
 * vfio_mdev_pages_opened() - the parent driver's open() has succeeded
 * @vmdev:	the device
 *
 * From here on the driver may pin pages. Some kernels tell of memory that goes
 * from about now on only, and insist that it is unpinned then.
 *
 * Context: any; does not sleep.
 */
void vfio_mdev_pages_opened(struct vfio_mdev_device *vmdev)
{
	WRITE_ONCE(vmdev->pages->opened, true);
}

/**
 * vfio_mdev_pages_close() - the last user has closed the device
 * @vmdev:	the device
 *
 * To be called after the parent driver's release(). Waits for calls of its
 * that are still running, and takes back all that it has not given back.
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_close(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages = vmdev->pages;
	int i;

	spin_lock(&opened_lock);
	hash_del_rcu(&pages->node);
	spin_unlock(&opened_lock);
	put_pages(pages);
	wait_for_completion(&pages->idle);

	unpin_rest(pages, 0, ULONG_MAX, "it was closed");
	for (i = 0; i < ARRAY_SIZE(pages->chains); i++)
		drop_notifiers(&pages->chains[i]);
	vmdev->pages = NULL;
	mutex_destroy(&pages->lock);
	kfree_rcu(pages, rcu);
}

/**
 * vfio_mdev_pages_unmap() - the user takes memory away
 * @vmdev:	the device; may be closed already, or not be open yet
 * @iova:	where
 * @length:	how much; the end may lie beyond the last address
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_unmap(struct vfio_mdev_device *vmdev, u64 iova, u64 length)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = length,
	};
	struct vfio_mdev_pages *pages;
	struct pages_chain *chain;
	u64 last = iova + length - 1;

	if (!length || iova > ULONG_MAX)
		return;
	if (last < iova || last > ULONG_MAX)
		last = ULONG_MAX;
	pages = get_pages(vmdev->vdev.dev);
	if (!pages)
		return;

	if (vmdev->ops->dma_unmap)
		vmdev->ops->dma_unmap(vmdev->mdev, iova, length);
	chain = &pages->chains[VFIO_MDEV_IOMMU_NOTIFY];
	down_read(&chain->sem);
	raw_notifier_call_chain(&chain->head, VFIO_MDEV_NOTIFY_DMA_UNMAP,
				&unmap);
	up_read(&chain->sem);
	unpin_rest(pages, iova >> PAGE_SHIFT, last >> PAGE_SHIFT,
		   "their memory was unmapped");
	put_pages(pages);
}

/**
 * vfio_mdev_pages_kvm_changed() - the user has another VM, or none any more
 * @vmdev:	the device; may be closed already, or not be open yet
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_kvm_changed(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages;

	/* The change is seen by whoever is not found: see opening. */
	smp_mb();
	pages = get_pages(vmdev->vdev.dev);
	if (!pages)
		return;
	update_kvm(pages);
	put_pages(pages);
}

/**
 * vfio_mdev_pages_kvm_gone() - the last user closes the device
 * @vmdev:	the device
 *
 * To be called before the parent driver's release().
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_kvm_gone(struct vfio_mdev_device *vmdev)
{
	WRITE_ONCE(vmdev->pages->closing, true);
	update_kvm(vmdev->pages);
}

/* What a parent driver calls. */

/**
 * vfio_mdev_pin_pages() - pin pages of the user's memory
 * @dev:	the mediated device, mdev_dev(mdev)
 * @user_pfn:	the pages, by their numbers in the address space that the user
 *		has set up for the device; in any order
 * @npage:	how many, at most VFIO_PIN_PAGES_MAX_ENTRIES
 * @prot:	IOMMU_READ, IOMMU_WRITE or both: what the device will do
 * @phys_pfn:	filled with their physical page frame numbers
 *
 * Either all are pinned or none. A page can be pinned several times, and has
 * to be unpinned as often. When the user takes the memory away, the driver
 * hears of it, see &vfio_mdev_device_ops.dma_unmap, and unpins it.
 *
 * Context: process; sleeps. After open() has returned, at the latest while
 * release() runs. Not with the mmap_lock held, as in mmap(), nor with a lock
 * that the driver takes to hear of memory that goes; but from there, too.
 * Return: @npage; -EINVAL if a pointer is NULL, @npage is not positive, or a
 * page is not mapped; -E2BIG if there are too many; -ENODEV if the device is
 * not open through vfio_mdev, or open() has not returned yet; -EPERM if the
 * user has not mapped a page for @prot; -ENOMEM, also where the user may lock
 * no more memory; or another error of VFIO.
 *
 * Interface of vfio_pin_pages() of Linux 4.10 to 5.18.
 */
int vfio_mdev_pin_pages(struct device *dev, unsigned long *user_pfn, int npage,
			int prot, unsigned long *phys_pfn)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !user_pfn || !phys_pfn || npage <= 0)
		return -EINVAL;
	if (npage > VFIO_PIN_PAGES_MAX_ENTRIES)
		return -E2BIG;
	pages = get_pages(dev);
	if (!pages)
		return -ENODEV;
	ret = -ENODEV;
	if (READ_ONCE(pages->opened)) {
		mutex_lock(&pages->lock);
		ret = pin_list(pages, user_pfn, npage, prot, phys_pfn);
		mutex_unlock(&pages->lock);
	}
	put_pages(pages);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mdev_pin_pages);

/**
 * vfio_mdev_unpin_pages() - unpin pages of the user's memory
 * @dev:	the mediated device
 * @user_pfn:	the pages, as they were pinned; in any order
 * @npage:	how many, at most VFIO_PIN_PAGES_MAX_ENTRIES
 *
 * A page that is not pinned is passed over.
 *
 * Context: as vfio_mdev_pin_pages().
 * Return: how many were pinned; -EINVAL if none, a pointer is NULL or @npage
 * is not positive; -E2BIG if there are too many; -ENODEV if the device is not
 * open through vfio_mdev: nothing of it is pinned then.
 *
 * Interface of vfio_unpin_pages() of Linux 4.10 to 5.18.
 */
int vfio_mdev_unpin_pages(struct device *dev, unsigned long *user_pfn,
			  int npage)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !user_pfn || npage <= 0)
		return -EINVAL;
	if (npage > VFIO_PIN_PAGES_MAX_ENTRIES)
		return -E2BIG;
	pages = get_pages(dev);
	if (!pages)
		return -ENODEV;
	mutex_lock(&pages->lock);
	ret = unpin_list(pages, user_pfn, npage);
	mutex_unlock(&pages->lock);
	put_pages(pages);
	return ret ? ret : -EINVAL;
}
EXPORT_SYMBOL_GPL(vfio_mdev_unpin_pages);

/**
 * vfio_mdev_dma_rw() - read or write the user's memory
 * @dev:	the mediated device
 * @iova:	where it is in the device's address space, not aligned
 * @data:	the kernel's side
 * @len:	how much
 * @write:	true: to the user's memory
 *
 * Nothing needs to be pinned. After an error a part may have been copied.
 *
 * Context: process, also a kernel thread; sleeps. Otherwise as
 * vfio_mdev_pin_pages().
 * Return: 0; -EINVAL if a pointer is NULL, @len is 0, or not all of it is
 * mapped; -ENODEV if the device is not open through vfio_mdev; -EPERM if the
 * user has mapped it for reading only; or another error of VFIO.
 *
 * Interface of vfio_dma_rw() of Linux 6.0, but for the device.
 */
int vfio_mdev_dma_rw(struct device *dev, dma_addr_t iova, void *data,
		     size_t len, bool write)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !data || !len || iova > ULONG_MAX - (len - 1))
		return -EINVAL;
	pages = get_pages(dev);
	if (!pages)
		return -ENODEV;
	ret = compat_vfio_dma_rw(&pages->vmdev->vdev, iova, data, len, write);
	put_pages(pages);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mdev_dma_rw);

static int register_notifier(struct vfio_mdev_pages *pages,
			     enum vfio_mdev_notify_type type,
			     struct notifier_block *nb)
{
	struct pages_chain *chain = &pages->chains[type];
	int ret = -EEXIST;

	down_write(&chain->sem);
	if (!is_registered(chain, nb))
		ret = raw_notifier_chain_register(&chain->head, nb);
	downgrade_write(&chain->sem);
	if (!ret && type == VFIO_MDEV_GROUP_NOTIFY && pages->kvm)
		nb->notifier_call(nb, VFIO_MDEV_NOTIFY_SET_KVM, pages->kvm);
	up_read(&chain->sem);
	return ret;
}

/**
 * vfio_mdev_register_notifier() - hear of the user's memory or VM
 * @dev:	the mediated device
 * @type:	which of the two
 * @events:	the events to hear of, of which there is one of each type:
 *		VFIO_MDEV_NOTIFY_DMA_UNMAP or VFIO_MDEV_NOTIFY_SET_KVM. Those
 *		that are known are cleared.
 * @nb:		its function is called with the event
 *
 * For drivers that know them; &vfio_mdev_device_ops.dma_unmap does the same as
 * the first. The function may pin and unpin, but not register or unregister a
 * notifier of its own type.
 *
 * If there is a VM, the function is told before this returns; and of NULL when
 * the VM goes, or the device is closed, before release(). A driver that goes
 * on using the VM takes a reference on it in the function.
 *
 * Best called in open(): only there the VM is sure to be alive on every
 * kernel. What is still registered when release() returns is dropped.
 *
 * Context: process; sleeps. From when open() is called until release() has
 * returned. Not with a lock held that the function takes.
 * Return: 0; -EINVAL if a pointer is NULL, @type is none, or @events has none
 * or one that is not known; -EEXIST if it is registered; -ENODEV if the device
 * is not open through vfio_mdev.
 *
 * Interface of vfio_register_notifier() of Linux 4.10 to 5.18.
 */
int vfio_mdev_register_notifier(struct device *dev,
				enum vfio_mdev_notify_type type,
				unsigned long *events,
				struct notifier_block *nb)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !events || !*events || !nb || !nb->notifier_call ||
	    (type != VFIO_MDEV_IOMMU_NOTIFY && type != VFIO_MDEV_GROUP_NOTIFY))
		return -EINVAL;
	*events &= ~(type == VFIO_MDEV_IOMMU_NOTIFY ?
		     VFIO_MDEV_NOTIFY_DMA_UNMAP : VFIO_MDEV_NOTIFY_SET_KVM);
	if (*events)
		return -EINVAL;
	pages = get_pages(dev);
	if (!pages)
		return -ENODEV;
	ret = register_notifier(pages, type, nb);
	put_pages(pages);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mdev_register_notifier);

/**
 * vfio_mdev_unregister_notifier() - undo vfio_mdev_register_notifier()
 * @dev:	the mediated device
 * @type:	as it was registered
 * @nb:		as it was registered
 *
 * When it returns, the function does not run, nor will it. It is not called
 * with NULL for the VM.
 *
 * Context: process; sleeps. Not from the function, nor with a lock held that
 * it takes.
 * Return: 0; -EINVAL if a pointer is NULL or @type is none; -ENOENT if it is
 * not registered; -ENODEV if the device is not open through vfio_mdev: then it
 * isn't either.
 *
 * Interface of vfio_unregister_notifier() of Linux 4.10 to 5.18.
 */
int vfio_mdev_unregister_notifier(struct device *dev,
				  enum vfio_mdev_notify_type type,
				  struct notifier_block *nb)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !nb ||
	    (type != VFIO_MDEV_IOMMU_NOTIFY && type != VFIO_MDEV_GROUP_NOTIFY))
		return -EINVAL;
	pages = get_pages(dev);
	if (!pages)
		return -ENODEV;
	down_write(&pages->chains[type].sem);
	ret = raw_notifier_chain_unregister(&pages->chains[type].head, nb);
	up_write(&pages->chains[type].sem);
	put_pages(pages);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mdev_unregister_notifier);
