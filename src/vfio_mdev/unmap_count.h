/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often VFIO has called for a range that a task unmaps, as we count it: see
 * unmap_count.c.
 */
#ifndef VFIO_MDEV_UNMAP_COUNT_H
#define VFIO_MDEV_UNMAP_COUNT_H

#include <linux/types.h>

/*
 * VFIO calls eleven times at most, see BUG_ON() in its vfio_dma_do_unmap(). We may
 * count two fewer: a call that only a device has heard which had never pinned, and
 * one that found only devices which began to be opened before the one before it.
 */
#define UNMAP_CALLS	9

/*
 * After so many calls nothing can be pinned for a device that may not have heard of
 * the last one; and, if they are for several ranges at once, nothing at all.
 */
#define UNMAP_MANY	4

/* After so many for the first of them, nothing at all either: others may follow. */
#define UNMAP_MANY_FIRST 6

/**
 * struct vfio_mdev_hearing - what a device hears of
 * @heard:	when the parent driver first tried to pin since the device was opened,
 *		or 0
 * @opened:	when it was opened
 *
 * All times are numbers that grow when a call begins or returns.
 */
struct vfio_mdev_hearing {
	u64 heard;
	u64 opened;
};

/**
 * struct vfio_mdev_unmap_count - VFIO's calls for a task
 * @calls:	so far, including @before
 * @before:	@calls when the present range began: those that VFIO may still count
 *		from earlier ones
 * @number:	when the last call began, or returned to VFIO
 * @raised:	likewise, of the last call that made @calls grow
 * @begun:	when that one began
 * @grew:	the present call has
 * @strict:	nothing can be pinned in the task's devices
 * @clean:	how often @clean_at has heard with that in force, and no call has timed
 *		out since
 * @clean_at:	the device that heard first; only compared
 * @clean_opened: when it was opened
 */
struct vfio_mdev_unmap_count {
	unsigned int calls;
	unsigned int before;
	u64 number;
	u64 raised;
	u64 begun;
	bool grew;
	bool strict;
	unsigned int clean;
	const struct vfio_mdev_hearing *clean_at;
	u64 clean_opened;
};

void vfio_mdev_unmap_count_begin(struct vfio_mdev_unmap_count *count, bool over);
unsigned int vfio_mdev_unmap_count_call(struct vfio_mdev_unmap_count *count,
					const struct vfio_mdev_hearing *hearing,
					unsigned int turn, u64 now);
void vfio_mdev_unmap_count_return(struct vfio_mdev_unmap_count *count, u64 now,
				  bool settled);
bool vfio_mdev_unmap_count_is_unheard(const struct vfio_mdev_unmap_count *count,
				      const struct vfio_mdev_hearing *hearing);

#endif /* VFIO_MDEV_UNMAP_COUNT_H */
