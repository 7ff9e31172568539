/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user's memory, as far as VFIO differs between kernels. The device is VFIO's
 * own, or, where VFIO does not allocate it, the one of vfio_device.h. pages_6_0.c
 * or pages_5_10.c is built, whichever fits the kernel.
 */
#ifndef MDEV_COMPAT_VFIO_PAGES_H
#define MDEV_COMPAT_VFIO_PAGES_H

#include <linux/vfio.h>

#include "../../compat/have.h"

#ifdef HAVE_vfio_alloc_device
#define compat_pages_device vfio_device
#define compat_pages_core(vdev) (vdev)
#else
#include "vfio_device.h"
#define compat_pages_device compat_vfio_device
#define compat_pages_core(vdev) (&(vdev)->core)
#endif

/*
 * Pages that follow each other, by the page frame number of the first one in
 * the user's address space; their addresses fit in an unsigned long.
 */
int compat_vfio_pin_run(struct compat_pages_device *vdev, unsigned long pfn,
			int npage, int prot, unsigned long *phys_pfn);
void compat_vfio_unpin_run(struct compat_pages_device *vdev, unsigned long pfn,
			   int npage);
int compat_vfio_dma_rw(struct compat_pages_device *vdev, dma_addr_t iova,
		       void *data, size_t len, bool write);

/* Whether VFIO stops the kernel if pages stay pinned, after a few calls. */
bool compat_vfio_unmap_may_bug(struct compat_pages_device *vdev);

#ifdef HAVE_vfio_device_get_from_dev
bool compat_vfio_has_iommu(struct compat_pages_device *vdev);
#endif

/* Any time while the device is open. */
struct kvm *compat_vfio_kvm(struct compat_pages_device *vdev);

#endif /* MDEV_COMPAT_VFIO_PAGES_H */
