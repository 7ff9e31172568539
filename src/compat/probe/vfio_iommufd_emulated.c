// SPDX-License-Identifier: GPL-2.0-only
/* 6.2: a device without an IOMMU of its own attaches to an iommufd. */
/* exported: vfio_iommufd_emulated_bind vfio_iommufd_emulated_unbind */
/* exported: vfio_iommufd_emulated_attach_ioas */
#include <linux/vfio.h>

const struct vfio_device_ops probe_ops = {
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
};
