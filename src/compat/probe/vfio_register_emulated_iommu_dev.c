// SPDX-License-Identifier: GPL-2.0-only
/* 5.16: VFIO makes the group of a device without an IOMMU. */
/* needed: vfio_register_emulated_iommu_dev */
#include <linux/vfio.h>

int probe(struct vfio_device *vdev);
int probe(struct vfio_device *vdev)
{
	return vfio_register_emulated_iommu_dev(vdev);
}
