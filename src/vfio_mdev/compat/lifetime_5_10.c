// SPDX-License-Identifier: GPL-2.0-only
/*
 * What newer VFIO does for a device: it allocates it, and calls its driver for the
 * first user and the last one only.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "vfio_device.h"

/**
 * compat_vfio_alloc_device() - vfio_alloc_device() of newer kernels
 * @size:	of the structure that begins with struct compat_vfio_device
 * @dev:	the device below
 * @ops:	the driver's ops
 *
 * Context: process; sleeps.
 * Return: the device, or an ERR_PTR().
 */
struct compat_vfio_device *
compat_vfio_alloc_device(size_t size, struct device *dev,
			 const struct compat_vfio_device_ops *ops)
{
	struct compat_vfio_device *vdev;
	int ret;

	vdev = kzalloc(size, GFP_KERNEL);
	if (!vdev)
		return ERR_PTR(-ENOMEM);
	vdev->dev = dev;
	vdev->ops = ops;
	mutex_init(&vdev->open_lock);
	ret = ops->init(vdev);
	if (ret) {
		kfree(vdev);
		return ERR_PTR(ret);
	}
	return vdev;
}

/**
 * compat_vfio_put_device() - vfio_put_device() of newer kernels
 * @vdev:	the device, unregistered or never registered
 *
 * These kernels' VFIO keeps no reference beyond unregistering, which waits for
 * the users: so this is the last one. The driver's release() frees the device.
 *
 * Context: process; sleeps.
 */
void compat_vfio_put_device(struct compat_vfio_device *vdev)
{
	mutex_destroy(&vdev->open_lock);
	vdev->ops->release(vdev);
}

static int lifetime_5_10_first_open(struct compat_vfio_device *vdev)
{
	int ret = compat_vfio_watch(vdev);

	if (ret)
		return ret;
	ret = vdev->ops->open_device(vdev);
	if (ret)
		compat_vfio_unwatch(vdev);
	return ret;
}

static void lifetime_5_10_last_close(struct compat_vfio_device *vdev)
{
	vdev->ops->close_device(vdev);
	compat_vfio_unwatch(vdev);
}

/**
 * compat_vfio_open() - a user gets a file descriptor
 * @vdev:	the device
 *
 * Pins this module while there is one, which VFIO did not always do by itself.
 *
 * Context: process; sleeps.
 * Return: 0, -ENODEV if this module is being unloaded, or the driver's error.
 */
int compat_vfio_open(struct compat_vfio_device *vdev)
{
	int ret = 0;

	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	mutex_lock(&vdev->open_lock);
	if (!vdev->open_count)
		ret = lifetime_5_10_first_open(vdev);
	if (!ret)
		vdev->open_count++;
	mutex_unlock(&vdev->open_lock);
	if (ret)
		module_put(THIS_MODULE);
	return ret;
}

/**
 * compat_vfio_close() - the last copy of such a file descriptor is gone
 * @vdev:	the device
 *
 * VFIO's reference to the device is put after this has returned, and
 * unregistering waits for that: until then this module stays without being
 * pinned.
 *
 * Context: process; sleeps.
 */
void compat_vfio_close(struct compat_vfio_device *vdev)
{
	mutex_lock(&vdev->open_lock);
	if (!--vdev->open_count)
		lifetime_5_10_last_close(vdev);
	mutex_unlock(&vdev->open_lock);
	module_put(THIS_MODULE);
}
