// SPDX-License-Identifier: GPL-2.0-only
/* 5.13: the ops get the device, which is the driver's, not a pointer. */
#include <linux/vfio.h>

long probe(struct vfio_device *vdev, unsigned int cmd, unsigned long arg);
const struct vfio_device_ops probe_ops = { .ioctl = probe };
