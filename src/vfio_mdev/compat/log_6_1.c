// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA logging, where VFIO hands over the user's ranges as an interval tree, and
 * an iova_bitmap to report in.
 */
#include <linux/interval_tree.h>
#include <linux/iova_bitmap.h>
#include <linux/module.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/vfio_mdev.h>

#include "vfio.h"
#include "vfio_log.h"

/* The namespace that iova_bitmap is in since 6.9. */
MODULE_INFO(import_ns, "IOMMUFD");

/* A range without length ends before it begins. */
static int log_6_1_start(struct vfio_device *vdev, struct rb_root_cached *tree,
			 u32 nnodes, u64 *page_size)
{
	struct vfio_mdev_dma_range *ranges;
	struct interval_tree_node *range;
	struct rb_node *node;
	u32 n = 0;
	int ret;

	ranges = kcalloc(nnodes, sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return -ENOMEM;
	for (node = rb_first_cached(tree); node && n < nnodes;
	     node = rb_next(node), n++) {
		range = rb_entry(node, struct interval_tree_node, rb);
		ranges[n].iova = range->start;
		ranges[n].length = (u64)range->last - range->start + 1;
	}
	ret = vfio_mdev_log_start(vdev, ranges, n, page_size);
	kfree(ranges);
	return ret;
}

static int log_6_1_stop(struct vfio_device *vdev)
{
	vfio_mdev_log_stop(vdev);
	return 0;
}

static void log_6_1_set(void *data, u64 iova, u64 length)
{
	iova_bitmap_set(data, iova, length);
}

static int log_6_1_read_and_clear(struct vfio_device *vdev, unsigned long iova,
				  unsigned long length,
				  struct iova_bitmap *dirty)
{
	return vfio_mdev_log_read_and_clear(vdev, iova, length, log_6_1_set,
					    dirty);
}

static const struct vfio_log_ops log_ops = {
	.log_start = log_6_1_start,
	.log_stop = log_6_1_stop,
	.log_read_and_clear = log_6_1_read_and_clear,
};

/**
 * compat_vfio_offer_log() - let users start the log
 * @vdev:	the device, not registered yet
 *
 * Context: any.
 */
void compat_vfio_offer_log(struct vfio_device *vdev)
{
	vdev->log_ops = &log_ops;
}
