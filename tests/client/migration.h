/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFIO_DEVICE_FEATURE, and the states of migration. Whatever can fail returns a
 * negative errno.
 */
#ifndef MIGRATION_H
#define MIGRATION_H

#include <linux/vfio.h>
#include <stddef.h>
#include <stdint.h>

/* What the headers of Linux 6.1 don't have yet. */
#ifndef VFIO_MIGRATION_PRE_COPY
#define VFIO_MIGRATION_PRE_COPY (1 << 2)
#define VFIO_DEVICE_STATE_PRE_COPY 6
#define VFIO_DEVICE_STATE_PRE_COPY_P2P 7
#define VFIO_MIG_GET_PRECOPY_INFO _IO(VFIO_TYPE, VFIO_BASE + 21)

struct vfio_precopy_info {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 initial_bytes;
	__aligned_u64 dirty_bytes;
};
#endif

#ifndef VFIO_DEVICE_FEATURE_MIG_DATA_SIZE
#define VFIO_DEVICE_FEATURE_MIG_DATA_SIZE 9

struct vfio_device_feature_mig_data_size {
	__aligned_u64 stop_copy_length;
};
#endif

#ifndef VFIO_DEVICE_FEATURE_DMA_LOGGING_START
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_START 6
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP 7
#define VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT 8

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

struct vfio_device_feature_dma_logging_report {
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__aligned_u64 bitmap;
};
#endif

#define STATES 8	/* VFIO_DEVICE_STATE_ERROR, which is 0, and seven more */

/* @flags: the feature's number and VFIO_DEVICE_FEATURE_GET, _SET or _PROBE. */
int feature_call(int fd, uint32_t flags, void *data, size_t size);
/* The same with any argsz. */
int feature_call_raw(int fd, uint32_t argsz, uint32_t flags, void *data,
		     size_t size);

/* The state. */
int state_get(int fd);

/* @data_fd may be NULL for one who closes it at once; -1 if there is none. */
int state_set(int fd, uint32_t state, int *data_fd);

/* Ends the program if it fails. */
int state_must_set(int fd, uint32_t state);

/* What there is to read from the file of a transfer while the device runs. */
long precopy_info(int data_fd, uint64_t *initial, uint64_t *dirty);

/* Tests each way from a state to a state. */
void test_ways(int fd);

const char *state_name(uint32_t state);

/* STATES if there is none of that name. */
uint32_t state_by_name(const char *name);

#endif /* MIGRATION_H */
