// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_*, for kernels whose VFIO does not know these
 * features: with the errors that newer ones give.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio_mdev.h>

#include "vfio.h"
#include "vfio_log.h"

#define MAX_RANGES \
	(PAGE_SIZE / sizeof(struct vfio_device_feature_dma_logging_range))

/* How many bits of the user's bitmap are filled in one step. */
#define WINDOW_SHIFT	(PAGE_SHIFT + 3)
#define WINDOW_BITS	BIT(WINDOW_SHIFT)

/**
 * struct log_5_10_window - a piece of a report
 * @iova:	the first byte of the first bit
 * @shift:	of the user's pages
 * @bits:	WINDOW_BITS
 */
struct log_5_10_window {
	u64 iova;
	unsigned int shift;
	unsigned long *bits;
};

static int log_5_10_by_address(const void *a, const void *b)
{
	const struct vfio_mdev_dma_range *range = a, *other = b;

	return range->iova < other->iova ? -1 : range->iova > other->iova;
}

static int log_5_10_check_ranges(const struct vfio_mdev_dma_range *ranges,
				 unsigned int nr_ranges, u64 page_size)
{
	unsigned int i;
	u64 end;

	for (i = 0; i < nr_ranges; i++) {
		if (!IS_ALIGNED(ranges[i].iova, page_size) ||
		    !IS_ALIGNED(ranges[i].length, page_size))
			return -EINVAL;
		if (check_add_overflow(ranges[i].iova, ranges[i].length, &end) ||
		    end > ULONG_MAX)
			return -EOVERFLOW;
	}
	return 0;
}

static long log_5_10_start(struct vfio_device *vdev, u32 flags,
			   void __user *arg, size_t argsz)
{
	struct vfio_device_feature_dma_logging_control control;
	struct vfio_mdev_dma_range *ranges;
	int ret;

	/* The structure has the layout of the user's. */
	static_assert(sizeof(*ranges) ==
		      sizeof(struct vfio_device_feature_dma_logging_range));
	ret = vfio_mdev_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_SET,
				      sizeof(control));
	if (ret != 1)
		return ret;
	if (copy_from_user(&control, arg, sizeof(control)))
		return -EFAULT;
	if (!control.num_ranges)
		return -EINVAL;
	if (control.num_ranges > MAX_RANGES)
		return -E2BIG;
	ranges = memdup_user(u64_to_user_ptr(control.ranges),
			     control.num_ranges * sizeof(*ranges));
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);

	ret = log_5_10_check_ranges(ranges, control.num_ranges,
				    control.page_size);
	if (ret)
		goto free;
	sort(ranges, control.num_ranges, sizeof(*ranges), log_5_10_by_address,
	     NULL);
	ret = vfio_mdev_log_start(vdev, ranges, control.num_ranges,
				  &control.page_size);
	if (!ret && copy_to_user(arg, &control, sizeof(control))) {
		vfio_mdev_log_stop(vdev);
		ret = -EFAULT;
	}
free:
	kfree(ranges);
	return ret;
}

static long log_5_10_stop(struct vfio_device *vdev, u32 flags, size_t argsz)
{
	int ret = vfio_mdev_check_feature(flags, argsz,
					  VFIO_DEVICE_FEATURE_SET, 0);

	return ret == 1 ? vfio_mdev_log_stop(vdev) : ret;
}

static void log_5_10_set(void *data, u64 iova, u64 length)
{
	struct log_5_10_window *window = data;
	unsigned long first = (iova - window->iova) >> window->shift;
	unsigned long last = (iova + (length - 1) - window->iova) >>
			     window->shift;

	bitmap_set(window->bits, first, last - first + 1);
}

/*
 * Adds bits to those that the user has. The first word is accessed in any case,
 * so that a bitmap which is too small gives an error early.
 */
static int log_5_10_give_bits(u64 __user *user, const u64 *words,
			      unsigned long nr_words)
{
	unsigned long i;
	u64 word;

	for (i = 0; i < nr_words; i++) {
		if (i && !words[i])
			continue;
		if (copy_from_user(&word, user + i, sizeof(word)))
			return -EFAULT;
		word |= words[i];
		if (words[i] && copy_to_user(user + i, &word, sizeof(word)))
			return -EFAULT;
	}
	return 0;
}

static int log_5_10_report_window(struct vfio_device *vdev,
				  struct log_5_10_window *window, u64 length,
				  u64 __user *user)
{
	unsigned long nr_bits = ((length - 1) >> window->shift) + 1;
	int ret;

	bitmap_zero(window->bits, WINDOW_BITS);
	ret = vfio_mdev_log_read_and_clear(vdev, window->iova, length,
					   log_5_10_set, window);
	if (ret)
		return ret;
	return log_5_10_give_bits(user, (u64 *)window->bits,
				  DIV_ROUND_UP(nr_bits, BITS_PER_TYPE(u64)));
}

/* With large pages one window can be more than 64 bits can say. */
static u64 log_5_10_window_length(u64 rest, unsigned int shift)
{
	u64 length = WINDOW_BITS;

	if (shift >= 64 - WINDOW_SHIFT)
		return rest;
	return min(rest, length << shift);
}

static int log_5_10_report_all(struct vfio_device *vdev, u64 length,
			       struct log_5_10_window *window, u64 __user *user)
{
	u64 n;
	int ret;

	for (; length; length -= n) {
		n = log_5_10_window_length(length, window->shift);
		ret = log_5_10_report_window(vdev, window, n, user);
		if (ret)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		window->iova += n;
		user += WINDOW_BITS / BITS_PER_TYPE(u64);
	}
	return 0;
}

static long log_5_10_report(struct vfio_device *vdev, u32 flags,
			    void __user *arg, size_t argsz)
{
	struct vfio_device_feature_dma_logging_report report;
	struct log_5_10_window window;
	u64 end;
	int ret;

	ret = vfio_mdev_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				      sizeof(report));
	if (ret != 1)
		return ret;
	if (copy_from_user(&report, arg, sizeof(report)))
		return -EFAULT;
	if (report.page_size < SZ_4K || !is_power_of_2(report.page_size) ||
	    !report.length)
		return -EINVAL;
	if (check_add_overflow(report.iova, report.length, &end) ||
	    end > ULONG_MAX)
		return -EOVERFLOW;

	window.iova = report.iova;
	window.shift = ilog2(report.page_size);
	window.bits = bitmap_zalloc(WINDOW_BITS, GFP_KERNEL);
	if (!window.bits)
		return -ENOMEM;
	ret = log_5_10_report_all(vdev, report.length, &window,
				  u64_to_user_ptr(report.bitmap));
	bitmap_free(window.bits);
	return ret;
}

/**
 * compat_vfio_log_feature() - answer VFIO_DEVICE_FEATURE_DMA_LOGGING_*
 * @vdev:	the device, open
 * @flags:	the feature, and what is wanted
 * @arg:	the user's data
 * @argsz:	its size
 *
 * Context: process; sleeps.
 * Return: as that of ioctl(2).
 */
long compat_vfio_log_feature(struct compat_vfio_device *vdev, u32 flags,
			     void __user *arg, size_t argsz)
{
	if (!vdev->has_log)
		return -ENOTTY;
	switch (flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_START:
		return log_5_10_start(vdev, flags, arg, argsz);
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP:
		return log_5_10_stop(vdev, flags, argsz);
	default:
		return log_5_10_report(vdev, flags, arg, argsz);
	}
}
