// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers with a VFIO whose device is its own, and whose ops get an opaque
 * pointer: that is the mediated device, as it was with the bridge of Linux 5.10,
 * because drivers ask VFIO for it (vfio_device_data()).
 */
#include <linux/mdev.h>

#include "../../compat/iommu_group.h"
#include "vfio_device.h"

static struct compat_vfio_device *device_5_10_to_vdev(void *data)
{
	return vfio_mdev_to_vdev(data);
}

static int device_5_10_open(void *data)
{
	return compat_vfio_open(device_5_10_to_vdev(data));
}

static void device_5_10_release(void *data)
{
	compat_vfio_close(device_5_10_to_vdev(data));
}

static ssize_t device_5_10_read(void *data, char __user *buf, size_t count,
				loff_t *ppos)
{
	struct compat_vfio_device *vdev = device_5_10_to_vdev(data);

	return vdev->ops->read(vdev, buf, count, ppos);
}

static ssize_t device_5_10_write(void *data, const char __user *buf,
				 size_t count, loff_t *ppos)
{
	struct compat_vfio_device *vdev = device_5_10_to_vdev(data);

	return vdev->ops->write(vdev, buf, count, ppos);
}

static long device_5_10_ioctl(void *data, unsigned int cmd, unsigned long arg)
{
	return compat_vfio_ioctl(device_5_10_to_vdev(data), cmd, arg);
}

static int device_5_10_mmap(void *data, struct vm_area_struct *vma)
{
	struct compat_vfio_device *vdev = device_5_10_to_vdev(data);

	return vdev->ops->mmap(vdev, vma);
}

static void device_5_10_request(void *data, unsigned int count)
{
	struct compat_vfio_device *vdev = device_5_10_to_vdev(data);

	vdev->ops->request(vdev, count);
}

static int device_5_10_match(void *data, char *name)
{
	struct compat_vfio_device *vdev = device_5_10_to_vdev(data);

	return vdev->ops->match(vdev, name);
}

static const struct vfio_device_ops device_5_10_ops = {
	.name = "vfio-mdev",
	.open = device_5_10_open,
	.release = device_5_10_release,
	.read = device_5_10_read,
	.write = device_5_10_write,
	.ioctl = device_5_10_ioctl,
	.mmap = device_5_10_mmap,
	.request = device_5_10_request,
	.match = device_5_10_match,
};

/**
 * compat_vfio_register_device() - make a device usable through VFIO
 * @vdev:	the device
 *
 * Context: process; sleeps.
 * Return: 0 or an error.
 */
int compat_vfio_register_device(struct compat_vfio_device *vdev)
{
	struct mdev_device *mdev = mdev_from_dev(vdev->dev);
	int ret;

	ret = compat_add_iommu_group(vdev->dev);
	if (ret)
		return ret;
	ret = vfio_add_group_dev(vdev->dev, &device_5_10_ops, mdev);
	if (ret)
		compat_remove_iommu_group(vdev->dev);
	return ret;
}

/**
 * compat_vfio_unregister_device() - undo compat_vfio_register_device()
 * @vdev:	the device
 *
 * Context: process; sleeps, until no user has the device.
 */
void compat_vfio_unregister_device(struct compat_vfio_device *vdev)
{
	vfio_del_group_dev(vdev->dev);
	compat_remove_iommu_group(vdev->dev);
}

/**
 * compat_vfio_device_data() - vfio_device_data() of Linux 5.10
 * @core:	VFIO's device
 *
 * Context: any.
 * Return: the mediated device. If it belongs to another driver, what that has
 * registered it with.
 */
void *compat_vfio_device_data(struct vfio_device *core)
{
	return vfio_device_data(core);
}
