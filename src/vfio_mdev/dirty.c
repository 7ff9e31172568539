// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA logging: which of its user's memory a device writes to, between
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_START and _STOP.
 *
 * A page counts as written for as long as it is pinned for writing, and once
 * more after it was unpinned; and after vfio_mdev_dma_rw() has written to it.
 * For the first of these a driver can answer itself, by its log ops. What has
 * happened since the last report is in a bitmap, whose size is limited: where
 * the user's ranges are larger, a bit stands for several pages.
 *
 * Locks: &vfio_mdev_device.log_lock serializes the user's requests. The
 * driver's log ops are called under it, and pins.c takes its lock under it.
 * vfio_mdev_dirty_log() takes no lock, so it can be called under any that may
 * be held in process context: it reads the log under RCU, and sets its bits
 * atomically.
 */
#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "vfio_mdev_private.h"

/* 32 MiB, which is 1 TiB of memory in pages of 4 KiB. */
#define MAX_BITS	BIT(28)

/**
 * struct dirty_log_range - memory that the user asks about
 * @first:	its first byte
 * @last:	its last byte
 * @bit:	in the bitmap, that of @first
 */
struct dirty_log_range {
	u64 first;
	u64 last;
	unsigned long bit;
};

/**
 * struct vfio_mdev_log - what was written since the last report
 * @bits:	a bit for each 1 << @shift bytes of each range
 * @shift:	at least PAGE_SHIFT
 * @nr_ranges:	how many there are
 * @ranges:	in the order of their addresses; they don't overlap
 */
struct vfio_mdev_log {
	unsigned long *bits;
	unsigned int shift;
	unsigned int nr_ranges;
	struct dirty_log_range ranges[];
};

/**
 * struct vfio_mdev_dirty - a report, while it is made
 * @first:	the first byte that is asked about
 * @last:	the last one
 * @set:	VFIO's function, to be called for addresses in between only
 * @data:	for it
 */
struct vfio_mdev_dirty {
	u64 first;
	u64 last;
	compat_log_set_fn *set;
	void *data;
};

void vfio_mdev_dirty_set(struct vfio_mdev_dirty *dirty, u64 iova, u64 length)
{
	u64 last;

	if (!length)
		return;
	if (check_add_overflow(iova, length - 1, &last))
		last = U64_MAX;
	iova = max(iova, dirty->first);
	last = min(last, dirty->last);
	if (iova <= last)
		dirty->set(dirty->data, iova, last - iova + 1);
}
EXPORT_SYMBOL_GPL(vfio_mdev_dirty_set);

/* The log */

static u64 dirty_nr_bits(const struct dirty_log_range *range,
			 unsigned int shift)
{
	return ((range->last - range->first) >> shift) + 1;
}

static bool dirty_is_too_fine(const struct vfio_mdev_log *log)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < log->nr_ranges && sum <= MAX_BITS; i++) {
		if (dirty_nr_bits(&log->ranges[i], log->shift) > MAX_BITS)
			return true;
		sum += dirty_nr_bits(&log->ranges[i], log->shift);
	}
	return sum > MAX_BITS;
}

static void dirty_log_free(struct vfio_mdev_log *log)
{
	kvfree(log->bits);
	kfree(log);
}

static struct vfio_mdev_log *
dirty_log_make(const struct vfio_mdev_dma_range *ranges, unsigned int nr_ranges,
	       u64 page_size)
{
	struct vfio_mdev_log *log;
	unsigned long bits = 0;
	unsigned int i;

	log = kzalloc(struct_size(log, ranges, nr_ranges), GFP_KERNEL_ACCOUNT);
	if (!log)
		return NULL;
	log->shift = max_t(unsigned int, ilog2(page_size), PAGE_SHIFT);
	log->nr_ranges = nr_ranges;
	for (i = 0; i < nr_ranges; i++) {
		log->ranges[i].first = ranges[i].iova;
		log->ranges[i].last = ranges[i].iova + (ranges[i].length - 1);
	}
	while (dirty_is_too_fine(log))
		log->shift++;
	for (i = 0; i < nr_ranges; i++) {
		log->ranges[i].bit = bits;
		bits += dirty_nr_bits(&log->ranges[i], log->shift);
	}
	log->bits = kvcalloc(BITS_TO_LONGS(bits), sizeof(long),
			     GFP_KERNEL_ACCOUNT);
	if (!log->bits) {
		kfree(log);
		return NULL;
	}
	return log;
}

/* The index of the first range that ends at @iova or after it, or nr_ranges. */
static unsigned int dirty_find_range(const struct vfio_mdev_log *log, u64 iova)
{
	unsigned int low = 0, high = log->nr_ranges, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (log->ranges[middle].last < iova)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static unsigned long dirty_bit_of(const struct vfio_mdev_log *log,
				  const struct dirty_log_range *range, u64 iova)
{
	return range->bit + ((iova - range->first) >> log->shift);
}

static void dirty_set_bits(struct vfio_mdev_log *log, u64 first, u64 last)
{
	const struct dirty_log_range *range;
	unsigned long bit, end;
	unsigned int i;

	for (i = dirty_find_range(log, first);
	     i < log->nr_ranges && log->ranges[i].first <= last; i++) {
		range = &log->ranges[i];
		bit = dirty_bit_of(log, range, max(first, range->first));
		end = dirty_bit_of(log, range, min(last, range->last));
		for (; bit <= end; bit++)
			set_bit(bit, log->bits);
	}
}

/**
 * vfio_mdev_dirty_log_slow() - vfio_mdev_dirty_log(), where there is a log
 * @vmdev:	the device, open
 * @iova:	the first byte
 * @length:	how many there are
 *
 * To be called after a full memory barrier that follows the data.
 *
 * Context: process; does not sleep.
 */
void vfio_mdev_dirty_log_slow(struct vfio_mdev_device *vmdev, u64 iova,
			      u64 length)
{
	struct vfio_mdev_log *log;
	u64 last;

	if (!length)
		return;
	if (check_add_overflow(iova, length - 1, &last))
		last = U64_MAX;
	rcu_read_lock();
	log = rcu_dereference(vmdev->log);
	if (log)
		dirty_set_bits(log, iova, last);
	rcu_read_unlock();
}

/* A bit of which only a part is asked about stays set, to be reported again. */
static void dirty_clear_bits(struct vfio_mdev_log *log,
			     const struct dirty_log_range *range,
			     const struct vfio_mdev_dirty *dirty,
			     unsigned long bit, unsigned long end)
{
	u64 size = 1ULL << log->shift;
	u64 first, last;

	for (; bit < end; bit++) {
		first = range->first + ((u64)(bit - range->bit) << log->shift);
		last = range->last - first < size ? range->last :
						    first + (size - 1);
		if (first >= dirty->first && last <= dirty->last)
			clear_bit(bit, log->bits);
		if (!(bit % BITS_PER_LONG))
			cond_resched();
	}
}

static int dirty_report_range(struct vfio_mdev_log *log,
			      const struct dirty_log_range *range,
			      struct vfio_mdev_dirty *dirty)
{
	unsigned long bit, end, stop;
	u64 first;

	bit = dirty_bit_of(log, range, max(dirty->first, range->first));
	stop = dirty_bit_of(log, range, min(dirty->last, range->last)) + 1;
	for (;;) {
		bit = find_next_bit(log->bits, stop, bit);
		if (bit >= stop)
			return 0;
		end = find_next_zero_bit(log->bits, stop, bit);
		dirty_clear_bits(log, range, dirty, bit, end);
		first = range->first + ((u64)(bit - range->bit) << log->shift);
		vfio_mdev_dirty_set(dirty, first,
				    (u64)(end - bit) << log->shift);
		bit = end;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

/* Returns -EINTR to a task that is killed: the user's bitmap may be endless. */
static int dirty_log_report(struct vfio_mdev_log *log,
			    struct vfio_mdev_dirty *dirty)
{
	int ret = 0;
	unsigned int i;

	for (i = dirty_find_range(log, dirty->first); !ret &&
	     i < log->nr_ranges && log->ranges[i].first <= dirty->last; i++)
		ret = dirty_report_range(log, &log->ranges[i], dirty);
	/*
	 * The bits are cleared before the user reads the memory. Pairs with the
	 * barrier in vfio_mdev_dirty_log().
	 */
	smp_mb();
	return ret;
}

static void dirty_note_pinned(void *log, u64 iova, u64 length)
{
	dirty_set_bits(log, iova, iova + (length - 1));
}

/* What the user asks for */

/* Ranges that are sorted, and that neither are empty nor overlap. */
static bool dirty_are_ranges(const struct vfio_mdev_dma_range *ranges,
			     unsigned int nr_ranges)
{
	u64 end = 0;
	unsigned int i;

	for (i = 0; i < nr_ranges; i++) {
		if ((i && ranges[i].iova < end) || !ranges[i].length ||
		    check_add_overflow(ranges[i].iova, ranges[i].length, &end))
			return false;
	}
	return nr_ranges;
}

static struct vfio_mdev_log *dirty_log_of(struct vfio_mdev_device *vmdev)
{
	return rcu_dereference_protected(vmdev->log,
					 lockdep_is_held(&vmdev->log_lock));
}

/**
 * vfio_mdev_log_start() - start the log
 * @vdev:	the device, open
 * @ranges:	the memory that the user will ask about, in order
 * @nr_ranges:	how many there are
 * @page_size:	what the user asks for; set to what the log has
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if the log runs already, or the ranges or the size are
 * invalid; -ENOMEM; -EINTR if the task is killed; or the driver's error.
 */
int vfio_mdev_log_start(struct vfio_device *vdev,
			const struct vfio_mdev_dma_range *ranges,
			unsigned int nr_ranges, u64 *page_size)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);
	struct vfio_mdev_log *log;
	int ret = -EINVAL;

	if (!dirty_are_ranges(ranges, nr_ranges) || !is_power_of_2(*page_size))
		return -EINVAL;
	if (mutex_lock_killable(&vmdev->log_lock))
		return -EINTR;
	if (dirty_log_of(vmdev))
		goto unlock;
	ret = -ENOMEM;
	log = dirty_log_make(ranges, nr_ranges, *page_size);
	if (!log)
		goto unlock;
	ret = 0;
	if (vmdev->ops->log_start)
		ret = vmdev->ops->log_start(vmdev->mdev, ranges, nr_ranges,
					    1ULL << log->shift);
	if (ret) {
		dirty_log_free(log);
		goto unlock;
	}
	*page_size = 1ULL << log->shift;
	rcu_assign_pointer(vmdev->log, log);
	/*
	 * Either a driver that writes sees the log, or the user, who begins to
	 * read now, sees what was written. Pairs with the barrier in
	 * vfio_mdev_dirty_log().
	 */
	smp_mb();
unlock:
	mutex_unlock(&vmdev->log_lock);
	return ret;
}

/* Releases the lock. */
static void dirty_log_stop(struct vfio_mdev_device *vmdev)
{
	struct vfio_mdev_log *log = dirty_log_of(vmdev);

	if (log) {
		rcu_assign_pointer(vmdev->log, NULL);
		if (vmdev->ops->log_stop)
			vmdev->ops->log_stop(vmdev->mdev);
	}
	mutex_unlock(&vmdev->log_lock);
	if (log) {
		synchronize_rcu();
		dirty_log_free(log);
	}
}

/**
 * vfio_mdev_log_stop() - stop the log, if it runs
 * @vdev:	the device, open
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR if the task is killed.
 */
int vfio_mdev_log_stop(struct vfio_device *vdev)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	/* Whoever holds it may wait for the user's memory. */
	if (mutex_lock_killable(&vmdev->log_lock))
		return -EINTR;
	dirty_log_stop(vmdev);
	return 0;
}

/**
 * vfio_mdev_log_close() - stop the log, at the last close
 * @vdev:	the device, closed, but the driver's release() has not been called
 *
 * Context: process; sleeps.
 */
void vfio_mdev_log_close(struct vfio_device *vdev)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	mutex_lock(&vmdev->log_lock);
	dirty_log_stop(vmdev);
}

/**
 * vfio_mdev_log_read_and_clear() - report what was written
 * @vdev:	the device, open
 * @iova:	the first byte that is asked about
 * @length:	how many there are
 * @set:	called for what was written, perhaps several times for the same
 * @data:	for it
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if there is no log, or for invalid addresses; -EINTR if the
 * task is killed; or the driver's error.
 */
int vfio_mdev_log_read_and_clear(struct vfio_device *vdev, u64 iova, u64 length,
				 compat_log_set_fn *set, void *data)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);
	struct vfio_mdev_dirty dirty = {
		.first = iova,
		.set = set,
		.data = data,
	};
	struct vfio_mdev_log *log;
	int ret = -EINVAL;

	if (!length || check_add_overflow(iova, length - 1, &dirty.last))
		return -EINVAL;
	/* Whoever holds it may wait for the user's memory, in @set. */
	if (mutex_lock_killable(&vmdev->log_lock))
		return -EINTR;
	log = dirty_log_of(vmdev);
	if (!log)
		goto unlock;
	/* Pages that are unpinned in between are in the log. */
	ret = 0;
	if (vmdev->ops->log_read_and_clear)
		ret = vmdev->ops->log_read_and_clear(vmdev->mdev, iova, length,
						     &dirty);
	else
		vfio_mdev_pins_walk_dirty(vmdev, iova, length,
					  dirty_note_pinned, log);
	if (!ret)
		ret = dirty_log_report(log, &dirty);
unlock:
	mutex_unlock(&vmdev->log_lock);
	return ret;
}
