// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's memory, from a VFIO that pins by address and gives pages. Behind
 * it is a container or an iommufd.
 */
#include <linux/mm.h>

#include "vfio_pages.h"

#if defined(HAVE_vfio_iommufd_emulated) && IS_ENABLED(CONFIG_IOMMUFD)
static bool pages_6_0_uses_iommufd(struct compat_pages_device *vdev)
{
	return compat_pages_core(vdev)->iommufd_access;
}
#else
static bool pages_6_0_uses_iommufd(struct compat_pages_device *vdev)
{
	return false;
}
#endif

/* iommufd gives -ENOENT where a container gives -EINVAL. */
static int pages_6_0_translate(int error)
{
	return error == -ENOENT ? -EINVAL : error;
}

/* iommufd unpins only what one call has pinned as a whole: a page at a time. */
static int pages_6_0_at_once(struct compat_pages_device *vdev, int npage)
{
	return pages_6_0_uses_iommufd(vdev) ? 1 : npage;
}

/* @pages: room for @npage, filled */
static int pages_6_0_pin(struct compat_pages_device *vdev, unsigned long pfn,
			 int npage, int prot, struct page **pages)
{
	struct vfio_device *core = compat_pages_core(vdev);
	dma_addr_t iova = (dma_addr_t)pfn << PAGE_SHIFT;
	int ret;

	ret = vfio_pin_pages(core, iova, npage, prot, pages);
	if (ret == npage)
		return 0;
	if (ret > 0)
		vfio_unpin_pages(core, iova, ret);
	return ret < 0 ? pages_6_0_translate(ret) : -EFAULT;
}

/**
 * compat_vfio_pin_run() - pin pages that follow each other
 * @vdev:	the device, open
 * @pfn:	the first page in the user's address space
 * @npage:	how many, at most VFIO_PIN_PAGES_MAX_ENTRIES
 * @prot:	IOMMU_READ, IOMMU_WRITE or both
 * @phys_pfn:	where their page frame numbers are put
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if one is not mapped; -EPERM if it must not be written to;
 * or another error of VFIO. None is pinned then.
 */
int compat_vfio_pin_run(struct compat_pages_device *vdev, unsigned long pfn,
			int npage, int prot, unsigned long *phys_pfn)
{
	int step = pages_6_0_at_once(vdev, npage);
	/* The caller's room is as large: first it holds the pages. */
	struct page **pages = (struct page **)phys_pfn;
	int i, ret;

	for (i = 0; i < npage; i += step) {
		ret = pages_6_0_pin(vdev, pfn + i, step, prot, pages + i);
		if (ret) {
			compat_vfio_unpin_run(vdev, pfn, i);
			return ret;
		}
	}
	for (i = 0; i < npage; i++)
		phys_pfn[i] = page_to_pfn(pages[i]);
	return 0;
}

/**
 * compat_vfio_unpin_run() - undo compat_vfio_pin_run(), once
 * @vdev:	the device, open
 * @pfn:	the first page; it need not be that of one call
 * @npage:	how many
 *
 * Context: process; sleeps.
 */
void compat_vfio_unpin_run(struct compat_pages_device *vdev, unsigned long pfn,
			   int npage)
{
	int step = pages_6_0_at_once(vdev, npage);
	int i;

	for (i = 0; i < npage; i += step)
		vfio_unpin_pages(compat_pages_core(vdev),
				 (dma_addr_t)(pfn + i) << PAGE_SHIFT, step);
}

/**
 * compat_vfio_unmap_may_bug() - may VFIO hit its BUG_ON() if pages stay pinned?
 * @vdev:	the device, open
 *
 * Context: any.
 * Return: true if it does so after eleven calls that leave pages pinned; false
 * if it goes on calling, or returns an error to the user.
 */
bool compat_vfio_unmap_may_bug(struct compat_pages_device *vdev)
{
	return !pages_6_0_uses_iommufd(vdev);
}

/**
 * compat_vfio_dma_rw() - read or write the user's memory
 * @vdev:	the device, open
 * @iova:	where
 * @data:	the kernel's side
 * @len:	how much, at least 1
 * @write:	to the user's memory
 *
 * Context: process; sleeps.
 * Return: 0 or an error, as compat_vfio_pin_run().
 */
int compat_vfio_dma_rw(struct compat_pages_device *vdev, dma_addr_t iova,
		       void *data, size_t len, bool write)
{
	int ret = vfio_dma_rw(compat_pages_core(vdev), iova, data, len, write);

	return pages_6_0_translate(ret);
}

/**
 * compat_vfio_kvm() - the user's VM
 * @vdev:	the device, open
 *
 * Context: any.
 * Return: the VM that VFIO has handed over at open, or NULL.
 */
struct kvm *compat_vfio_kvm(struct compat_pages_device *vdev)
{
	return compat_pages_core(vdev)->kvm;
}
