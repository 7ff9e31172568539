// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, for kernels whose VFIO does not know it.
 */
#include <linux/uaccess.h>

#include "vfio.h"

/**
 * compat_vfio_data_size() - answer VFIO_DEVICE_FEATURE_MIG_DATA_SIZE
 * @vdev:	the device
 * @fn:		the op that newer VFIOs call
 * @flags:	what the user wants
 * @arg:	the user's data
 * @argsz:	its size
 *
 * Context: process; sleeps.
 * Return: 0, -EINVAL, -EFAULT, or the op's error.
 */
int compat_vfio_data_size(struct vfio_device *vdev, compat_data_size_fn *fn,
			  u32 flags, void __user *arg, size_t argsz)
{
	struct vfio_device_feature_mig_data_size data = {};
	unsigned long size = 0;
	int ret;

	ret = vfio_mdev_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				      sizeof(data));
	if (ret != 1)
		return ret;
	ret = fn(vdev, &size);
	if (ret)
		return ret;
	data.stop_copy_length = size;
	return copy_to_user(arg, &data, sizeof(data)) ? -EFAULT : 0;
}
