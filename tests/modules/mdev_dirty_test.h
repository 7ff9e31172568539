/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What a user writes to a device of mdev_dirty_test, and reads back: something
 * to do with the user's memory, and what the driver's log ops were asked.
 */
#ifndef MDEV_DIRTY_TEST_H
#define MDEV_DIRTY_TEST_H

#include <linux/types.h>

enum dirty_op {
	DIRTY_NOTHING,
	DIRTY_PIN_READ,		/* the page at @iova */
	DIRTY_PIN_WRITE,
	DIRTY_UNPIN,
	DIRTY_READ,		/* @length bytes at @iova, by vfio_dma_rw() */
	DIRTY_WRITE,
	DIRTY_MARK,		/* as written, by the log ops of type "own" */
	DIRTY_FAIL,		/* log_start() fails by EIO if @length, by EIO too
				 * log_read_and_clear() if @iova
				 */
};

/**
 * struct dirty_request - the device's only region, at offset 0
 * @op:		what to do
 * @reserved:	zero
 * @iova:	an address
 * @length:	of memory, at most a page where it is read or written
 * @result:	what the call in the kernel returned
 * @starts:	calls of log_start() since the device was opened
 * @stops:	of log_stop()
 * @nr_ranges:	what the last log_start() got
 * @page_size:	likewise
 * @first_iova:	likewise, of the first range
 * @last_length: likewise, of the last one
 */
struct dirty_request {
	__u32 op;
	__u32 reserved;
	__u64 iova;
	__u64 length;
	__s64 result;
	__u64 starts;
	__u64 stops;
	__u64 nr_ranges;
	__u64 page_size;
	__u64 first_iova;
	__u64 last_length;
};

#endif /* MDEV_DIRTY_TEST_H */
