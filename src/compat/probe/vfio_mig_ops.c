// SPDX-License-Identifier: GPL-2.0-only
/* 6.0: the migration ops are a structure of their own, vfio_migration_ops. */
#include <linux/vfio.h>

u64 probe(struct vfio_device *vdev);
u64 probe(struct vfio_device *vdev)
{
	const struct vfio_migration_ops *ops = vdev->mig_ops;
	enum vfio_device_mig_state state;

	if (ops->migration_set_state(vdev, VFIO_DEVICE_STATE_STOP) ||
	    ops->migration_get_state(vdev, &state))
		return 0;
	return vdev->migration_flags;
}
