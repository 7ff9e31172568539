// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's memory, from a VFIO that pins by lists of page frame numbers,
 * tells notifiers of memory that goes, and refuses to pin unless a notifier is
 * registered.
 */
#include <linux/err.h>

#include "vfio_pages.h"

/* The device that pages are pinned for: 5.19 takes its own, older ones the one below. */
#ifdef HAVE_vfio_pin_pages_device
#define pages_5_10_user(vdev) (&(vdev)->core)
#else
#define pages_5_10_user(vdev) ((vdev)->dev)
#endif

/* How many numbers are made at once, on the stack. */
#define LIST_LENGTH 32

static int pages_5_10_fill(unsigned long *list, unsigned long pfn, int npage)
{
	int i;

	for (i = 0; i < npage && i < LIST_LENGTH; i++)
		list[i] = pfn + i;
	return i;
}

/* See pages_6_0.c. */
int compat_vfio_pin_run(struct compat_pages_device *vdev, unsigned long pfn,
			int npage, int prot, unsigned long *phys_pfn)
{
	unsigned long list[LIST_LENGTH];
	int i, n, ret;

	for (i = 0; i < npage; i += n) {
		n = pages_5_10_fill(list, pfn + i, npage - i);
		ret = vfio_pin_pages(pages_5_10_user(vdev), list, n, prot,
				     phys_pfn + i);
		if (ret == n)
			continue;
		if (ret > 0)
			vfio_unpin_pages(pages_5_10_user(vdev), list, ret);
		compat_vfio_unpin_run(vdev, pfn, i);
		return ret < 0 ? ret : -EFAULT;
	}
	return 0;
}

/* See pages_6_0.c. */
void compat_vfio_unpin_run(struct compat_pages_device *vdev, unsigned long pfn,
			   int npage)
{
	unsigned long list[LIST_LENGTH];
	int i, n;

	for (i = 0; i < npage; i += n) {
		n = pages_5_10_fill(list, pfn + i, npage - i);
		vfio_unpin_pages(pages_5_10_user(vdev), list, n);
	}
}

/* These have containers only. */
bool compat_vfio_unmap_may_bug(struct compat_pages_device *vdev)
{
	return true;
}

#ifdef HAVE_vfio_pin_pages_device

/* See pages_6_0.c. */
int compat_vfio_dma_rw(struct compat_pages_device *vdev, dma_addr_t iova,
		       void *data, size_t len, bool write)
{
	return vfio_dma_rw(&vdev->core, iova, data, len, write);
}

/* VFIO knows the VM before it opens the device. */
struct kvm *compat_vfio_kvm(struct compat_pages_device *vdev)
{
	return vdev->core.kvm;
}

/* VFIO keeps the container by itself. */
static int pages_5_10_get_container(struct compat_vfio_device *vdev)
{
	return 0;
}

static void pages_5_10_put_container(struct compat_vfio_device *vdev)
{
}

static int pages_5_10_watch_vm(struct compat_vfio_device *vdev)
{
	return 0;
}

static void pages_5_10_unwatch_vm(struct compat_vfio_device *vdev)
{
}

#else

/* See pages_6_0.c. The device is open, so there is a group. */
int compat_vfio_dma_rw(struct compat_pages_device *vdev, dma_addr_t iova,
		       void *data, size_t len, bool write)
{
	return vfio_dma_rw(vdev->group, iova, data, len, write);
}

/**
 * compat_vfio_has_iommu() - has a user given the device's group an IOMMU?
 * @vdev:	the device
 *
 * A user can do so without opening the device. VFIO gives the same answer for a
 * container without IOMMU and for none.
 *
 * Context: process; sleeps.
 * Return: true if so.
 */
bool compat_vfio_has_iommu(struct compat_pages_device *vdev)
{
	struct vfio_group *group =
		vfio_group_get_external_user_from_dev(vdev->dev);

	if (IS_ERR(group))
		return false;
	vfio_group_put_external_user(group);
	return true;
}

/* The VM can come and go while the device is open. */
struct kvm *compat_vfio_kvm(struct compat_pages_device *vdev)
{
	return READ_ONCE(vdev->kvm);
}

/*
 * VFIO counts the user of the device as one of the container only when the device
 * has been opened. Until then the user could take the group to another container,
 * and the notifiers would stay behind in the first one.
 */
static int pages_5_10_get_container(struct compat_vfio_device *vdev)
{
	struct vfio_group *group =
		vfio_group_get_external_user_from_dev(vdev->dev);

	if (IS_ERR(group))
		return PTR_ERR(group);
	vdev->group = group;
	return 0;
}

/* Never the last user: VFIO counts one of its own until the device is closed. */
static void pages_5_10_put_container(struct compat_vfio_device *vdev)
{
	vfio_group_put_external_user(vdev->group);
	vdev->group = NULL;
}

static int pages_5_10_group_event(struct notifier_block *nb,
				  unsigned long event, void *data)
{
	struct compat_vfio_device *vdev =
		container_of(nb, struct compat_vfio_device, group_nb);

	if (event == VFIO_GROUP_NOTIFY_SET_KVM) {
		WRITE_ONCE(vdev->kvm, data);
		vdev->ops->kvm_changed(vdev);
	}
	return NOTIFY_OK;
}

static int pages_5_10_watch_vm(struct compat_vfio_device *vdev)
{
	unsigned long events = VFIO_GROUP_NOTIFY_SET_KVM;

	vdev->group_nb.notifier_call = pages_5_10_group_event;
	vdev->kvm = NULL;
	return vfio_register_notifier(vdev->dev, VFIO_GROUP_NOTIFY, &events,
				      &vdev->group_nb);
}

static void pages_5_10_unwatch_vm(struct compat_vfio_device *vdev)
{
	vfio_unregister_notifier(vdev->dev, VFIO_GROUP_NOTIFY,
				 &vdev->group_nb);
	vdev->kvm = NULL;
}

#endif

static int pages_5_10_iommu_event(struct notifier_block *nb,
				  unsigned long event, void *data)
{
	struct compat_vfio_device *vdev =
		container_of(nb, struct compat_vfio_device, iommu_nb);
	struct vfio_iommu_type1_dma_unmap *unmap = data;

	if (event == VFIO_IOMMU_NOTIFY_DMA_UNMAP)
		vdev->ops->dma_unmap(vdev, unmap->iova, unmap->size);
	return NOTIFY_OK;
}

/**
 * compat_vfio_watch() - hear of the user's memory and VM
 * @vdev:	the device, about to be opened
 *
 * An IOMMU backend that knows no notifiers can't pin pages either, but is no
 * reason not to open the device.
 *
 * Context: process; sleeps.
 * Return: 0 or an error.
 */
int compat_vfio_watch(struct compat_vfio_device *vdev)
{
	unsigned long events = VFIO_IOMMU_NOTIFY_DMA_UNMAP;
	int ret;

	ret = pages_5_10_get_container(vdev);
	if (ret)
		return ret;
	vdev->iommu_nb.notifier_call = pages_5_10_iommu_event;
	ret = vfio_register_notifier(pages_5_10_user(vdev), VFIO_IOMMU_NOTIFY,
				     &events, &vdev->iommu_nb);
	if (ret && ret != -ENOTTY)
		goto put_container;
	ret = pages_5_10_watch_vm(vdev);
	if (ret)
		goto unregister;
	return 0;

unregister:
	vfio_unregister_notifier(pages_5_10_user(vdev), VFIO_IOMMU_NOTIFY,
				 &vdev->iommu_nb);
put_container:
	pages_5_10_put_container(vdev);
	return ret;
}

/**
 * compat_vfio_unwatch() - undo compat_vfio_watch()
 * @vdev:	the device, closed
 *
 * Waits until the ops that it calls have returned.
 *
 * Context: process; sleeps.
 */
void compat_vfio_unwatch(struct compat_vfio_device *vdev)
{
	pages_5_10_unwatch_vm(vdev);
	vfio_unregister_notifier(pages_5_10_user(vdev), VFIO_IOMMU_NOTIFY,
				 &vdev->iommu_nb);
	pages_5_10_put_container(vdev);
}
