// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifiers of the user's memory and VM, for parent drivers.
 */
#include <linux/module.h>

#include "pages.h"

static bool notifier_is_registered(struct vfio_mdev_chain *chain,
				   struct notifier_block *nb)
{
	struct notifier_block *other;

	for (other = rcu_dereference_protected(chain->head.head, true); other;
	     other = rcu_dereference_protected(other->next, true))
		if (other == nb)
			return true;
	return false;
}

/**
 * vfio_mdev_notifiers_init() - prepare the pages for notifiers
 * @pages:	of a device
 *
 * Context: any.
 */
void vfio_mdev_notifiers_init(struct vfio_mdev_pages *pages)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(pages->chains); i++) {
		init_rwsem(&pages->chains[i].sem);
		RAW_INIT_NOTIFIER_HEAD(&pages->chains[i].head);
	}
}

/* The driver may use a notifier again later: no trace is left in it. */
static void notifier_drop(struct vfio_mdev_chain *chain)
{
	struct notifier_block *nb;

	down_write(&chain->sem);
	while ((nb = rcu_dereference_protected(chain->head.head, true)))
		raw_notifier_chain_unregister(&chain->head, nb);
	up_write(&chain->sem);
}

/**
 * vfio_mdev_notifiers_drop() - unregister what the parent driver has not
 * @pages:	of a device that is closed
 *
 * Context: process; sleeps.
 */
void vfio_mdev_notifiers_drop(struct vfio_mdev_pages *pages)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(pages->chains); i++)
		notifier_drop(&pages->chains[i]);
}

/**
 * vfio_mdev_notifiers_unmap() - tell notifiers of an unmap
 * @pages:	of the device
 * @iova:	where
 * @length:	how much
 *
 * Context: process; sleeps. The gate is held for reading.
 */
void vfio_mdev_notifiers_unmap(struct vfio_mdev_pages *pages, u64 iova,
			       u64 length)
{
	struct vfio_mdev_chain *chain = &pages->chains[VFIO_MDEV_IOMMU_NOTIFY];
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = length,
	};

	down_read(&chain->sem);
	raw_notifier_call_chain(&chain->head, VFIO_MDEV_NOTIFY_DMA_UNMAP,
				&unmap);
	up_read(&chain->sem);
}

/**
 * vfio_mdev_notifiers_update_kvm() - tell notifiers if the VM has changed
 * @pages:	of the device, open
 *
 * VFIO's VM is read under the lock: a task that ends a VM takes it from VFIO
 * first and then comes here, so a VM that is still there stays until they are
 * told.
 *
 * Context: process; sleeps.
 */
void vfio_mdev_notifiers_update_kvm(struct vfio_mdev_pages *pages)
{
	struct vfio_mdev_chain *chain = &pages->chains[VFIO_MDEV_GROUP_NOTIFY];
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

/**
 * vfio_mdev_pages_kvm_changed() - the user has another VM, or none any more
 * @vmdev:	the device; may be closed already, or not be open yet
 *
 * Context: process; sleeps.
 */
void vfio_mdev_pages_kvm_changed(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_pages *pages;

	/*
	 * Either the pages are found here, or vfio_mdev_pages_open() sees the
	 * change: pairs with its barrier.
	 */
	smp_mb();
	pages = vfio_mdev_pages_get(vmdev->vdev.dev);
	if (!pages)
		return;
	vfio_mdev_notifiers_update_kvm(pages);
	vfio_mdev_pages_put(pages);
}

/* What a parent driver calls: see <linux/vfio_mdev.h>. */

static int notifier_register(struct vfio_mdev_pages *pages,
			     enum vfio_mdev_notify_type type,
			     struct notifier_block *nb)
{
	struct vfio_mdev_chain *chain = &pages->chains[type];
	int ret = -EEXIST;

	down_write(&chain->sem);
	if (!notifier_is_registered(chain, nb))
		ret = raw_notifier_chain_register(&chain->head, nb);
	downgrade_write(&chain->sem);
	if (!ret && type == VFIO_MDEV_GROUP_NOTIFY && pages->kvm)
		nb->notifier_call(nb, VFIO_MDEV_NOTIFY_SET_KVM, pages->kvm);
	up_read(&chain->sem);
	return ret;
}

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
	pages = vfio_mdev_pages_get(dev);
	if (!pages)
		return -ENODEV;
	ret = notifier_register(pages, type, nb);
	vfio_mdev_pages_put(pages);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mdev_register_notifier);

int vfio_mdev_unregister_notifier(struct device *dev,
				  enum vfio_mdev_notify_type type,
				  struct notifier_block *nb)
{
	struct vfio_mdev_pages *pages;
	int ret;

	if (!dev || !nb ||
	    (type != VFIO_MDEV_IOMMU_NOTIFY && type != VFIO_MDEV_GROUP_NOTIFY))
		return -EINVAL;
	pages = vfio_mdev_pages_get(dev);
	if (!pages)
		return -ENODEV;
	down_write(&pages->chains[type].sem);
	ret = raw_notifier_chain_unregister(&pages->chains[type].head, nb);
	up_write(&pages->chains[type].sem);
	vfio_mdev_pages_put(pages);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mdev_unregister_notifier);
