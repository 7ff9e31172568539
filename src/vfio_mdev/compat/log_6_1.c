// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA logging, where VFIO hands over the user's ranges as an interval tree, and
 * an iova_bitmap to report in.
 */
#include <linux/interval_tree.h>
#include <linux/iova_bitmap.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vfio_mdev.h>

#include "vfio.h"
#include "vfio_log.h"

/* The namespace that iova_bitmap is in since 6.9. */
MODULE_INFO(import_ns, "IOMMUFD");

/* As much as iova_bitmap maps bits for at a time, if a bit is for 4 KiB. */
#define MAX_PIECE	BIT_ULL(36)

/**
 * struct log_6_1_report - what VFIO asks for
 * @bitmap:	the user's
 * @iova:	the first byte of its first bit
 */
struct log_6_1_report {
	struct iova_bitmap *bitmap;
	u64 iova;
};

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

/* The largest power of two that is at most @length and MAX_PIECE, and divides @offset. */
static u64 log_6_1_piece(u64 offset, u64 length)
{
	u64 piece = min(1ULL << ilog2(length), MAX_PIECE);

	return offset ? min(piece, offset & -offset) : piece;
}

/*
 * Since 6.7 iova_bitmap_set() never returns if it has to go on in a page of the
 * bitmap that is not there, unless what it sets ends where a bit ends. Only
 * iova_bitmap knows how much a bit is for. So it gets pieces whose size is a power
 * of two, each aligned to its size when counted from the report's first byte: a
 * number of whole bits, or a part of one.
 */
static void log_6_1_set(void *data, u64 iova, u64 length)
{
	struct log_6_1_report *report = data;
	u64 offset = iova - report->iova;
	u64 piece;

	for (; length; offset += piece, length -= piece) {
		piece = log_6_1_piece(offset, length);
		iova_bitmap_set(report->bitmap, report->iova + offset, piece);
		if (fatal_signal_pending(current))
			return;
		cond_resched();
	}
}

/* Up to 6.6 it is called for parts, each of which begins with a bit. */
static int log_6_1_read_and_clear(struct vfio_device *vdev, unsigned long iova,
				  unsigned long length,
				  struct iova_bitmap *dirty)
{
	struct log_6_1_report report = { .bitmap = dirty, .iova = iova };

	return vfio_mdev_log_read_and_clear(vdev, iova, length, log_6_1_set,
					    &report);
}

static const struct vfio_log_ops log_6_1_ops = {
	.log_start = log_6_1_start,
	.log_stop = vfio_mdev_log_stop,
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
	vdev->log_ops = &log_6_1_ops;
}
