// SPDX-License-Identifier: GPL-2.0-only
/*
 * References to a device, from a VFIO that counts them itself.
 */
#include <linux/export.h>
#include <linux/vfio_mdev.h>

#include "vfio_device.h"

void *vfio_mdev_get_device(struct device *dev)
{
	return vfio_device_get_from_dev(dev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_get_device);

void vfio_mdev_put_device(void *vdev)
{
	vfio_device_put(vdev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_put_device);

void *vfio_mdev_device_data(void *vdev)
{
	return compat_vfio_device_data(vdev);
}
EXPORT_SYMBOL_GPL(vfio_mdev_device_data);
