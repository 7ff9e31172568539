// SPDX-License-Identifier: GPL-2.0-only
/* 6.0 to 6.1: a driver frees its VFIO device itself, in its release(). */
#include <linux/vfio.h>

void probe(struct vfio_device *vdev);
void probe(struct vfio_device *vdev)
{
	vfio_free_device(vdev);
}
