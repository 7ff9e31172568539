// SPDX-License-Identifier: GPL-2.0-only
/* 5.15: VFIO tells of the first user and the last, not of each. */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev);
const struct vfio_device_ops probe_ops = { .open_device = probe };
