// SPDX-License-Identifier: GPL-2.0-only
/* 6.0: pages are pinned by their address, and drivers are told of an unmap by an op. */
/* needed: vfio_pin_pages vfio_unpin_pages vfio_dma_rw */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev, dma_addr_t iova, struct page **page);
int probe(struct vfio_device *vdev, dma_addr_t iova, struct page **page)
{
	const struct vfio_device_ops *ops = vdev->ops;
	struct kvm *kvm = vdev->kvm;

	if (kvm && !vfio_dma_rw(vdev, iova, page, sizeof(*page), false))
		ops->dma_unmap(vdev, iova, 1);
	return vfio_pin_pages(vdev, iova, 1, 0, page);
}
