// SPDX-License-Identifier: GPL-2.0-only
/* 5.19: pages are pinned by page frame numbers, for VFIO's own device. */
/* needed: vfio_pin_pages vfio_unpin_pages vfio_dma_rw */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev, unsigned long *pfns);
int probe(struct vfio_device *vdev, unsigned long *pfns)
{
	struct kvm *kvm = vdev->kvm;

	if (kvm)
		return vfio_dma_rw(vdev, 0, pfns, sizeof(*pfns), false);
	return vfio_pin_pages(vdev, pfns, 1, 0, pfns);
}
