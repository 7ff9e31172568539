// SPDX-License-Identifier: GPL-2.0-only
/* 6.0: pages are pinned by their address, and given as struct page. */
/* needed: vfio_pin_pages vfio_unpin_pages vfio_dma_rw */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev, dma_addr_t iova, struct page **page);
int probe(struct vfio_device *vdev, dma_addr_t iova, struct page **page)
{
	return vfio_pin_pages(vdev, iova, 1, 0, page);
}
