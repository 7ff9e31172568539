// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_GET_REGION_INFO from an op that needs no user memory, for
 * kernels whose VFIO hands that command to the device's ioctl().
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vfio.h"

/*
 * Copies the chain of capabilities if the user has room for all of it; otherwise only
 * reports the size that it needs.
 */
static int region_info_5_10_copy_caps(void __user *arg,
				      struct vfio_region_info *info,
				      struct vfio_info_cap *caps)
{
	const size_t infosz = sizeof(*info);

	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	if (info->argsz < infosz + caps->size) {
		info->argsz = infosz + caps->size;
		return 0;
	}
	vfio_info_cap_shift(caps, infosz);
	if (copy_to_user(arg + infosz, caps->buf, caps->size))
		return -EFAULT;
	info->cap_offset = infosz;
	return 0;
}

/**
 * compat_region_info_ioctl() - answer VFIO_DEVICE_GET_REGION_INFO from an op
 * @vdev:	the device
 * @fn:		the op; sees a zeroed structure with the user's index and argsz
 * @arg:	the user's struct vfio_region_info
 *
 * Context: process; sleeps.
 * Return: 0, -EFAULT, -EINVAL if argsz is too small, or the op's error.
 */
int compat_region_info_ioctl(struct vfio_device *vdev,
			     compat_region_info_fn *fn, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_info_cap caps = {};
	struct vfio_region_info info = {};
	struct vfio_region_info user;
	int ret;

	if (copy_from_user(&user, arg, minsz))
		return -EFAULT;
	if (user.argsz < minsz)
		return -EINVAL;
	info.argsz = user.argsz;
	info.index = user.index;

	ret = fn(vdev, &info, &caps);
	if (!ret && caps.size)
		ret = region_info_5_10_copy_caps(arg, &info, &caps);
	if (!ret && copy_to_user(arg, &info, minsz))
		ret = -EFAULT;
	kfree(caps.buf);
	return ret;
}
