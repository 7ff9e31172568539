/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFIO_DEVICE_FEATURE, for the ops device_feature and migration_* of struct
 * vfio_mdev_device_ops: what <uapi/linux/vfio.h> says of it in the newest
 * kernels, on kernels where it does not say so yet.
 *
 * Not a part of <linux/vfio_mdev.h>, because the first version of the
 * migration protocol, that of Linux 5.8 to 5.17, gave some of the names
 * another meaning. A driver that includes this header means the second. On a
 * kernel of the first, the names that the second does not have are taken away,
 * so that a mixture of both does not compile.
 */
#ifndef _LINUX_VFIO_MDEV_FEATURE_H
#define _LINUX_VFIO_MDEV_FEATURE_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <linux/vfio.h>

#ifndef VFIO_DEVICE_FEATURE_MIGRATION

#undef VFIO_DEVICE_STATE_STOP
#undef VFIO_DEVICE_STATE_RUNNING
#undef VFIO_DEVICE_STATE_SAVING
#undef VFIO_DEVICE_STATE_RESUMING
#undef VFIO_DEVICE_STATE_MASK
#undef VFIO_DEVICE_STATE_VALID
#undef VFIO_DEVICE_STATE_IS_ERROR
#undef VFIO_DEVICE_STATE_SET_ERROR

/* What the device can do: VFIO_MIGRATION_*. GET only. */
#define VFIO_DEVICE_FEATURE_MIGRATION 1

struct vfio_device_feature_migration {
	__aligned_u64 flags;
};

/* Without a flag of its own: STOP, RUNNING, STOP_COPY, RESUMING, ERROR */
#define VFIO_MIGRATION_STOP_COPY BIT(0)
/* and RUNNING_P2P */
#define VFIO_MIGRATION_P2P BIT(1)

/* The state. GET and SET; SET may give a file descriptor, else -1. */
#define VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE 2

struct vfio_device_feature_mig_state {
	__u32 device_state;
	__s32 data_fd;
};

enum vfio_device_mig_state {
	VFIO_DEVICE_STATE_ERROR,
	VFIO_DEVICE_STATE_STOP,
	VFIO_DEVICE_STATE_RUNNING,
	VFIO_DEVICE_STATE_STOP_COPY,
	VFIO_DEVICE_STATE_RESUMING,
	VFIO_DEVICE_STATE_RUNNING_P2P,
};

#endif /* VFIO_DEVICE_FEATURE_MIGRATION */

#ifndef VFIO_MIGRATION_PRE_COPY

/* PRE_COPY, and with VFIO_MIGRATION_P2P also PRE_COPY_P2P */
#define VFIO_MIGRATION_PRE_COPY BIT(2)
#define VFIO_DEVICE_STATE_PRE_COPY 6
#define VFIO_DEVICE_STATE_PRE_COPY_P2P 7

/* An ioctl of the data's file: what there is to read before the device stops. */
#define VFIO_MIG_GET_PRECOPY_INFO _IO(VFIO_TYPE, VFIO_BASE + 21)

struct vfio_precopy_info {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 initial_bytes;
	__aligned_u64 dirty_bytes;
};

#endif /* VFIO_MIGRATION_PRE_COPY */

#ifndef VFIO_DEVICE_FEATURE_DMA_LOGGING_START

/* Log what the device writes to these ranges. SET only; returns the page size in use. */
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_START 6

struct vfio_device_feature_dma_logging_control {
	__aligned_u64 page_size;
	__u32 num_ranges;
	__u32 __reserved;
	__aligned_u64 ranges;
};

struct vfio_device_feature_dma_logging_range {
	__aligned_u64 iova;
	__aligned_u64 length;
};

/* Stop the log. SET only. */
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP 7

/* What was written, as bits that are added to a bitmap of u64s. GET only. */
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT 8

struct vfio_device_feature_dma_logging_report {
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__aligned_u64 bitmap;
};

#endif /* VFIO_DEVICE_FEATURE_DMA_LOGGING_START */

#ifndef VFIO_DEVICE_FEATURE_MIG_DATA_SIZE

/* How many bytes there will be, once the device is stopped. GET only. */
#define VFIO_DEVICE_FEATURE_MIG_DATA_SIZE 9

struct vfio_device_feature_mig_data_size {
	__aligned_u64 stop_copy_length;
};

#endif /* VFIO_DEVICE_FEATURE_MIG_DATA_SIZE */

/**
 * vfio_mdev_check_feature() - look at what a user wants of a feature
 * @flags:	as device_feature() got them
 * @argsz:	likewise
 * @supported:	VFIO_DEVICE_FEATURE_GET, VFIO_DEVICE_FEATURE_SET or both
 * @size:	of the feature's structure
 *
 * As vfio_check_feature(), which newer kernels have.
 *
 * Context: any.
 * Return: 1 if the feature is to be got or set; what device_feature() shall
 * return otherwise: 0 if the user only asks whether that can be done, -EINVAL if
 * it can't be done, or there is not enough room for it.
 */
static inline int vfio_mdev_check_feature(u32 flags, size_t argsz,
					  u32 supported, size_t size)
{
	u32 wanted = flags & (VFIO_DEVICE_FEATURE_GET |
			      VFIO_DEVICE_FEATURE_SET);

	if (wanted & ~supported)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	return wanted && argsz >= size ? 1 : -EINVAL;
}

#endif /* _LINUX_VFIO_MDEV_FEATURE_H */
