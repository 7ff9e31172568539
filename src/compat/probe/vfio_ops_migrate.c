// SPDX-License-Identifier: GPL-2.0-only
/* 5.18, 5.19: a device's ops have two for migration; a device has its flags. */
#include <linux/vfio.h>

struct file *probe_set(struct vfio_device *vdev,
		       enum vfio_device_mig_state state);
int probe_get(struct vfio_device *vdev, enum vfio_device_mig_state *state);
u64 probe(const struct vfio_device *vdev);

const struct vfio_device_ops probe_ops = {
	.migration_set_state = probe_set,
	.migration_get_state = probe_get,
};

u64 probe(const struct vfio_device *vdev)
{
	return vdev->migration_flags;
}
