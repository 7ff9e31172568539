// SPDX-License-Identifier: GPL-2.0-only
/* 7.0: VFIO itself answers VFIO_DEVICE_GET_REGION_INFO from an op. */
/* needed otherwise: vfio_info_cap_shift */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev, struct vfio_region_info *info,
	  struct vfio_info_cap *caps);
const struct vfio_device_ops probe_ops = { .get_region_info_caps = probe };
