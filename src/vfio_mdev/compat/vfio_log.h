/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA logging. From 6.1 on VFIO parses the requests, and writes the user's bitmap
 * through the kernel's iova_bitmap; where that is missing, devices have no such
 * feature. Before 6.1 VFIO leaves the requests to the device.
 */
#ifndef MDEV_COMPAT_VFIO_LOG_H
#define MDEV_COMPAT_VFIO_LOG_H

#include <linux/types.h>

#include "vfio.h"

struct vfio_mdev_dma_range;

/* Reports memory within that which was asked about. */
typedef void compat_log_set_fn(void *data, u64 iova, u64 length);

/* The bridge's, in dirty.c, for any addresses and sizes whatever. */
int vfio_mdev_log_start(struct vfio_device *vdev,
			const struct vfio_mdev_dma_range *ranges,
			unsigned int nr_ranges, u64 *page_size);
int vfio_mdev_log_stop(struct vfio_device *vdev);
void vfio_mdev_log_close(struct vfio_device *vdev);
int vfio_mdev_log_read_and_clear(struct vfio_device *vdev, u64 iova, u64 length,
				 compat_log_set_fn *set, void *data);

#if defined(HAVE_vfio_log_ops) && defined(HAVE_iova_bitmap_set)
void compat_vfio_offer_log(struct vfio_device *vdev);
#elif !defined(HAVE_vfio_alloc_device)
static inline void compat_vfio_offer_log(struct vfio_device *vdev)
{
	vdev->has_log = true;
}
#else
static inline void compat_vfio_offer_log(struct vfio_device *vdev)
{
}
#endif

#endif /* MDEV_COMPAT_VFIO_LOG_H */
