// SPDX-License-Identifier: GPL-2.0-only
/* 5.15 to 6.0: what vfio_init_group_dev() did has to be undone. */
/* needed: vfio_uninit_group_dev */
#include <linux/vfio.h>

void probe(struct vfio_device *vdev);
void probe(struct vfio_device *vdev)
{
	vfio_uninit_group_dev(vdev);
}
