// SPDX-License-Identifier: GPL-2.0-only
/* 6.1: a driver frees its VFIO device itself, in its release(). */
/* needed: vfio_free_device */
#include <linux/vfio.h>

void probe(struct vfio_device *vdev);
void probe(struct vfio_device *vdev)
{
	vfio_free_device(vdev);
}
