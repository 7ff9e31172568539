// SPDX-License-Identifier: GPL-2.0-only
/* 5.18, 5.19: a device's ops have two for migration; a device has its flags. */
#include <linux/vfio.h>

u64 probe(struct vfio_device *vdev);
u64 probe(struct vfio_device *vdev)
{
	const struct vfio_device_ops *ops = vdev->ops;
	enum vfio_device_mig_state state;

	if (ops->migration_set_state(vdev, VFIO_DEVICE_STATE_STOP) ||
	    ops->migration_get_state(vdev, &state))
		return 0;
	return vdev->migration_flags;
}
