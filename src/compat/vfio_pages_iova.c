// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's memory, from a VFIO that pins by address and gives pages. Behind
 * it is a container or an iommufd. The latter unpins only what was pinned by
 * one call as a whole: hence page by page.
 */
#include <linux/mm.h>

#include "vfio_pages.h"

/* Unmapped is unmapped, whatever is behind it. */
static int translate(int error)
{
	return error == -ENOENT ? -EINVAL : error;
}

/**
 * compat_vfio_pin_page() - pin a page
 * @vdev:	the device, open
 * @pfn:	the page in the user's address space
 * @prot:	IOMMU_READ, IOMMU_WRITE or both
 * @phys_pfn:	where its page frame number is put
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if it is not mapped; -EPERM if it must not be written to;
 * what else VFIO has to say.
 */
int compat_vfio_pin_page(struct compat_pages_device *vdev, unsigned long pfn,
			 int prot, unsigned long *phys_pfn)
{
	struct page *page;
	int ret;

	ret = vfio_pin_pages(compat_pages_core(vdev),
			     (dma_addr_t)pfn << PAGE_SHIFT, 1, prot, &page);
	if (ret != 1)
		return ret < 0 ? translate(ret) : -EFAULT;
	*phys_pfn = page_to_pfn(page);
	return 0;
}

/**
 * compat_vfio_unpin_page() - undo compat_vfio_pin_page(), once
 * @vdev:	the device, open
 * @pfn:	the page
 *
 * Context: process; sleeps.
 */
void compat_vfio_unpin_page(struct compat_pages_device *vdev,
			    unsigned long pfn)
{
	vfio_unpin_pages(compat_pages_core(vdev),
			 (dma_addr_t)pfn << PAGE_SHIFT, 1);
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
 * Return: 0 or an error, as compat_vfio_pin_page().
 */
int compat_vfio_dma_rw(struct compat_pages_device *vdev, dma_addr_t iova,
		       void *data, size_t len, bool write)
{
	return translate(vfio_dma_rw(compat_pages_core(vdev), iova, data, len,
				     write));
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
