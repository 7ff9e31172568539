// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE, which newer VFIOs parse themselves and older ones hand
 * to the device's ioctl(): to the same ops, with the same errors.
 *
 * VFIO of 5.18 to 6.0 parses it, too, but asks other ops: see device_5_13.c.
 */
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/uaccess.h>

#include "vfio_device.h"

#define KNOWN_FLAGS (VFIO_DEVICE_FEATURE_MASK | VFIO_DEVICE_FEATURE_GET | \
		     VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PROBE)
#define GET_AND_SET (VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET)

static long feature_5_10_migration(struct compat_vfio_device *vdev, u32 flags,
				   void __user *arg, size_t argsz)
{
	struct vfio_device_feature_migration data = {
		.flags = vdev->migration_flags,
	};
	int ret;

	if (!vdev->mig_ops)
		return -ENOTTY;
	ret = vfio_mdev_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				      sizeof(data));
	if (ret != 1)
		return ret;
	return copy_to_user(arg, &data, sizeof(data)) ? -EFAULT : 0;
}

/* Owns @file. */
static long feature_5_10_give_file(struct vfio_device_feature_mig_state *data,
				   struct file *file, void __user *arg)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0) {
		fput(file);
		return fd;
	}
	data->data_fd = fd;
	if (copy_to_user(arg, data, sizeof(*data))) {
		put_unused_fd(fd);
		fput(file);
		return -EFAULT;
	}
	fd_install(fd, file);
	return 0;
}

static long feature_5_10_set_state(struct compat_vfio_device *vdev,
				   struct vfio_device_feature_mig_state *data,
				   void __user *arg)
{
	struct file *file;

	file = vdev->mig_ops->migration_set_state(vdev, data->device_state);
	if (!IS_ERR_OR_NULL(file))
		return feature_5_10_give_file(data, file, arg);
	data->data_fd = -1;
	if (copy_to_user(arg, data, sizeof(*data)))
		return -EFAULT;
	return PTR_ERR_OR_ZERO(file);
}

static long feature_5_10_get_state(struct compat_vfio_device *vdev,
				   struct vfio_device_feature_mig_state *data,
				   void __user *arg)
{
	enum vfio_device_mig_state state;
	int ret;

	ret = vdev->mig_ops->migration_get_state(vdev, &state);
	if (ret)
		return ret;
	data->device_state = state;
	data->data_fd = -1;
	return copy_to_user(arg, data, sizeof(*data)) ? -EFAULT : 0;
}

static long feature_5_10_mig_device_state(struct compat_vfio_device *vdev,
					  u32 flags, void __user *arg,
					  size_t argsz)
{
	struct vfio_device_feature_mig_state data;
	int ret;

	if (!vdev->mig_ops)
		return -ENOTTY;
	ret = vfio_mdev_check_feature(flags, argsz, GET_AND_SET, sizeof(data));
	if (ret != 1)
		return ret;
	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	return flags & VFIO_DEVICE_FEATURE_GET ?
		       feature_5_10_get_state(vdev, &data, arg) :
		       feature_5_10_set_state(vdev, &data, arg);
}

/**
 * compat_vfio_device_feature() - a feature that mig_ops do not answer
 * @vdev:	the device
 * @flags:	VFIO_DEVICE_FEATURE_*, as VFIO has checked them
 * @arg:	the feature's data
 * @argsz:	its size
 *
 * Context: process; sleeps.
 * Return: as that of ioctl(2).
 */
long compat_vfio_device_feature(struct compat_vfio_device *vdev, u32 flags,
				void __user *arg, size_t argsz)
{
	switch (flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_START:
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP:
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT:
		return compat_vfio_log_feature(vdev, flags, arg, argsz);
	default:
		return vdev->ops->device_feature(vdev, flags, arg, argsz);
	}
}

static long feature_5_10_ioctl(struct compat_vfio_device *vdev,
			       void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_feature, flags);
	struct vfio_device_feature feature;
	size_t size;

	if (copy_from_user(&feature, arg, minsz))
		return -EFAULT;
	if (feature.argsz < minsz || feature.flags & ~KNOWN_FLAGS)
		return -EINVAL;
	if (!(feature.flags & VFIO_DEVICE_FEATURE_PROBE) &&
	    (feature.flags & GET_AND_SET) == GET_AND_SET)
		return -EINVAL;
	size = feature.argsz - minsz;
	arg += minsz;

	switch (feature.flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_MIGRATION:
		return feature_5_10_migration(vdev, feature.flags, arg, size);
	case VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE:
		return feature_5_10_mig_device_state(vdev, feature.flags, arg,
						     size);
	default:
		return compat_vfio_device_feature(vdev, feature.flags, arg,
						  size);
	}
}

/**
 * compat_vfio_ioctl() - an ioctl on the device
 * @vdev:	the device
 * @cmd:	VFIO_DEVICE_*
 * @arg:	mostly a user pointer
 *
 * Context: process; sleeps.
 * Return: as that of ioctl(2).
 */
long compat_vfio_ioctl(struct compat_vfio_device *vdev, unsigned int cmd,
		       unsigned long arg)
{
	long ret;

	if (cmd == VFIO_DEVICE_FEATURE) {
		ret = feature_5_10_ioctl(vdev, (void __user *)arg);
		/* Drivers for these kernels may answer one in ioctl(). */
		if (ret != -ENOTTY)
			return ret;
	}
	return vdev->ops->ioctl(vdev, cmd, arg);
}
