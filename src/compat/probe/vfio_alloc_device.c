// SPDX-License-Identifier: GPL-2.0-only
/* 6.1: VFIO allocates the driver's device. */
/* needed: _vfio_alloc_device vfio_register_emulated_iommu_dev vfio_unregister_group_dev */
/* needed: vfio_assign_device_set */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev);

struct probe {
	struct vfio_device vdev;
};

int probe(struct vfio_device *vdev)
{
	const struct vfio_device_ops ops = { .init = probe };
	struct probe *made = vfio_alloc_device(probe, vdev, NULL, &ops);

	vfio_put_device(&made->vdev);
	return 0;
}
