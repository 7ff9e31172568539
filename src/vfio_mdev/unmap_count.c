// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO's calls are counted.
 *
 * VFIO calls dma_unmap() for each device of a container, in order, and begins again
 * as long as it finds a page pinned. It does not say which time it is. A device that is
 * called again has heard the next one; but it may be closed, and another one opened,
 * which hears of what comes. So there are two counts: that of the task, and each
 * device's turn. The task's grows when a device comes whose turn was the last, or which
 * has been opened since.
 *
 * If the user unmaps several mappings at once, VFIO counts from the beginning for
 * each. But it tells them apart by where it keeps them: one that another task
 * puts in the place of one that it takes away counts as the same. So we count all
 * that may be one. After a few, nothing can be pinned in the task's devices until it
 * goes back to user mode, and a call of VFIO also waits for what is just being pinned
 * elsewhere in the device. Once each device has heard of such a call, a page can only be
 * in a mapping that was there before: VFIO does not take that for the last one, and we
 * count from the beginning, too. VFIO goes through its devices in order, so each has
 * heard once one has heard twice.
 *
 * Touches nothing but the count: the callers serialize, and tests/unmap compiles this
 * for user space.
 */
#include "unmap_count.h"

/**
 * vfio_mdev_unmap_count_begin() - the task comes with another range
 * @count:	of the task
 * @over:	VFIO was done with the last one, and the task has been in user mode
 *
 * Otherwise earlier calls count, unless VFIO can't take this range for the last one.
 */
void vfio_mdev_unmap_count_begin(struct vfio_mdev_unmap_count *count, bool over)
{
	if (over)
		count->strict = false;
	if (over || count->clean > 1)
		count->calls = 0;
	count->before = count->calls;
}

static void count_grow(struct vfio_mdev_unmap_count *count, unsigned int calls)
{
	count->calls = calls;
	count->begun = count->number;
	count->raised = count->number;
	if (calls >= (count->before ? UNMAP_MANY : UNMAP_MANY_FIRST))
		count->strict = true;
}

static void count_clean(struct vfio_mdev_unmap_count *count,
			const struct vfio_mdev_hearing *hearing)
{
	if (!count->strict) {
		count->clean = 0;
	} else if (!count->clean) {
		count->clean = 1;
		count->clean_at = hearing;
		count->clean_opened = hearing->opened;
	} else if (count->clean_at == hearing &&
		   count->clean_opened == hearing->opened) {
		count->clean++;
	}
}

/**
 * vfio_mdev_unmap_count_call() - VFIO calls for a device
 * @count:	of the task
 * @hearing:	of the device
 * @turn:	what this has returned last for the device and the range; before that
 *		&vfio_mdev_unmap_count.before
 * @now:	the time
 *
 * Return: the device's turn.
 */
unsigned int vfio_mdev_unmap_count_call(struct vfio_mdev_unmap_count *count,
					const struct vfio_mdev_hearing *hearing,
					unsigned int turn, u64 now)
{
	/* Opened, and tried to pin, since the last call that was counted: a new one. */
	if (hearing->heard >= count->raised && hearing->opened >= count->begun)
		turn = count->calls;
	count->number = now;
	count->grew = turn >= count->calls;
	if (count->grew)
		count_grow(count, turn + 1);
	count_clean(count, hearing);
	return count->calls;
}

/**
 * vfio_mdev_unmap_count_return() - a call that has waited returns to VFIO
 * @count:	of the task
 * @now:	the time
 * @settled:	it has not timed out
 */
void vfio_mdev_unmap_count_return(struct vfio_mdev_unmap_count *count, u64 now,
				  bool settled)
{
	if (!settled)
		count->clean = 0;
	/* A device that pins from now on hears of no call so far. */
	count->number = now;
	if (count->grew)
		count->raised = now;
}

/**
 * vfio_mdev_unmap_count_is_unheard() - must a device not pin for the first time yet?
 * @count:	of a task that is between a call and its look
 * @hearing:	of the device, which hears of all calls that begin after
 *		&vfio_mdev_hearing.heard
 *
 * Return: true if VFIO has called often, and the device may not have heard of the last
 * call.
 */
bool vfio_mdev_unmap_count_is_unheard(const struct vfio_mdev_unmap_count *count,
				      const struct vfio_mdev_hearing *hearing)
{
	return count->number <= hearing->heard &&
	       (count->calls >= UNMAP_MANY || count->strict);
}
