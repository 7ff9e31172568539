// SPDX-License-Identifier: GPL-2.0-only
/* 6.6: a device without an IOMMU can detach from an iommufd without being closed. */
/* exported: vfio_iommufd_emulated_detach_ioas */
#include <linux/vfio.h>

const struct vfio_device_ops probe_ops = {
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};
