// SPDX-License-Identifier: GPL-2.0-only
/*
 * 6.0: a driver's ops hear of memory that goes, pages are pinned by their
 * address, and the device knows its VM.
 */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev, dma_addr_t iova, struct page **page,
	  struct vfio_device_ops *ops,
	  void (*unmap)(struct vfio_device *vdev, u64 iova, u64 length));
int probe(struct vfio_device *vdev, dma_addr_t iova, struct page **page,
	  struct vfio_device_ops *ops,
	  void (*unmap)(struct vfio_device *vdev, u64 iova, u64 length))
{
	char data;

	ops->dma_unmap = unmap;
	vfio_unpin_pages(vdev, iova, 1);
	return vdev->kvm ? vfio_pin_pages(vdev, iova, 1, 0, page) :
			   vfio_dma_rw(vdev, iova, &data, sizeof(data), false);
}
