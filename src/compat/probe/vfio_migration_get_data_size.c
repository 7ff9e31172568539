// SPDX-License-Identifier: GPL-2.0-only
/* 6.2: VFIO answers VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, of devices that it allocates. */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev, unsigned long *size);
const struct vfio_migration_ops probe_ops = {
	.migration_get_data_size = probe,
};

const void *const probe_alloc = _vfio_alloc_device;
