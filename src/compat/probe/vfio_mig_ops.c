// SPDX-License-Identifier: GPL-2.0-only
/* 6.0: they are ops of their own. */
#include <linux/vfio.h>

struct file *probe_set(struct vfio_device *vdev,
		       enum vfio_device_mig_state state);
int probe_get(struct vfio_device *vdev, enum vfio_device_mig_state *state);
u64 probe(struct vfio_device *vdev);

static const struct vfio_migration_ops probe_ops = {
	.migration_set_state = probe_set,
	.migration_get_state = probe_get,
};

u64 probe(struct vfio_device *vdev)
{
	vdev->mig_ops = &probe_ops;
	return vdev->migration_flags;
}
