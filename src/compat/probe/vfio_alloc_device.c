// SPDX-License-Identifier: GPL-2.0-only
/* 6.1: VFIO counts the users of a device that it has allocated. */
/* needed: _vfio_alloc_device vfio_register_emulated_iommu_dev vfio_unregister_group_dev */
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
