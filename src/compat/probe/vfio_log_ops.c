// SPDX-License-Identifier: GPL-2.0-only
/*
 * 6.1: VFIO answers VFIO_DEVICE_FEATURE_DMA_LOGGING_*, by ops of a device that it
 * allocates.
 */
#include <linux/vfio.h>

const void *const probe_alloc = _vfio_alloc_device;

static int probe_start(struct vfio_device *vdev, struct rb_root_cached *ranges,
		       u32 nnodes, u64 *page_size)
{
	return 0;
}

static int probe_stop(struct vfio_device *vdev)
{
	return 0;
}

static int probe_read_and_clear(struct vfio_device *vdev, unsigned long iova,
				unsigned long length, struct iova_bitmap *dirty)
{
	return 0;
}

static const struct vfio_log_ops probe_ops = {
	.log_start = probe_start,
	.log_stop = probe_stop,
	.log_read_and_clear = probe_read_and_clear,
};

const struct vfio_device probe = {
	.log_ops = &probe_ops,
};
