// SPDX-License-Identifier: GPL-2.0-only
/* 5.18: VFIO parses VFIO_DEVICE_FEATURE, and asks an op for what it does not know. */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev, u32 flags, void __user *arg, size_t argsz);
const struct vfio_device_ops probe_ops = { .device_feature = probe };
