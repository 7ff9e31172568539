// SPDX-License-Identifier: GPL-2.0-only
/* 6.6, where it is configured: a device has a character device of its own. */
#include <linux/refcount.h>
#include <linux/vfio.h>

int probe(struct vfio_device *vdev);
int probe(struct vfio_device *vdev)
{
	return vdev->cdev.dev ? refcount_read(&vdev->refcount) : 0;
}
