// SPDX-License-Identifier: GPL-2.0-only
/* 5.10 to 5.18: VFIO gives references to its devices by struct device. */
/* exported: vfio_device_get_from_dev vfio_device_put */
#include <linux/vfio.h>

struct vfio_device *probe(struct device *dev);
struct vfio_device *probe(struct device *dev)
{
	struct vfio_device *vdev = vfio_device_get_from_dev(dev);

	if (vdev)
		vfio_device_put(vdev);
	return vdev;
}
