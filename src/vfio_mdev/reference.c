// SPDX-License-Identifier: GPL-2.0-only
/*
 * References to a device as VFIO knows it. Parent drivers take one for as long as
 * others, for instance the importers of a dma-buf, may call them. VFIO of Linux
 * 4.10 to 5.18 had them, see compat/reference_5_10.c.
 *
 * A device is found from when it is about to be registered until it begins to be
 * unregistered. Unregistering waits for the references to be put, after it has
 * waited for the users.
 */
#include <linux/export.h>

#include "pages.h"

/**
 * vfio_mdev_reference_init() - let references to a device be taken
 * @vmdev:	the device, about to be registered with VFIO
 *
 * Pairs with vfio_mdev_reference_drop().
 *
 * Context: any.
 */
void vfio_mdev_reference_init(struct vfio_mdev_device *vmdev)
{
	init_completion(&vmdev->pages->unreferenced);
	refcount_set(&vmdev->pages->references, 1);
}

/**
 * vfio_mdev_reference_drop() - put the first reference and wait for the others
 * @vmdev:	the device, unregistered or never registered; the mediated device
 *		does not lead to it any more
 *
 * Context: process; sleeps.
 */
void vfio_mdev_reference_drop(struct vfio_mdev_device *vmdev)
{
	vfio_mdev_put_device(&vmdev->COMPAT_VFIO_CORE);
	wait_for_completion(&vmdev->pages->unreferenced);
}

/**
 * vfio_mdev_is_referenced() - are there references?
 * @vmdev:	the device, not being unregistered
 *
 * Context: any.
 * Return: true if so.
 */
bool vfio_mdev_is_referenced(struct vfio_mdev_device *vmdev)
{
	return refcount_read(&vmdev->pages->references) > 1;
}

void *vfio_mdev_get_device(struct device *dev)
{
	struct vfio_mdev_pages *pages;
	void *vdev = NULL;

	rcu_read_lock();
	pages = vfio_mdev_pages_find(dev);
	if (pages && !READ_ONCE(pages->dying) &&
	    refcount_inc_not_zero(&pages->references))
		vdev = &pages->vmdev->COMPAT_VFIO_CORE;
	rcu_read_unlock();
	return vdev;
}
EXPORT_SYMBOL_GPL(vfio_mdev_get_device);

void vfio_mdev_put_device(void *vdev)
{
	struct vfio_mdev_device *vmdev =
		container_of(vdev, struct vfio_mdev_device, COMPAT_VFIO_CORE);

	if (refcount_dec_and_test(&vmdev->pages->references))
		complete(&vmdev->pages->unreferenced);
}
EXPORT_SYMBOL_GPL(vfio_mdev_put_device);

void *vfio_mdev_device_data(void *vdev)
{
	return container_of(vdev, struct vfio_mdev_device,
			    COMPAT_VFIO_CORE)->mdev;
}
EXPORT_SYMBOL_GPL(vfio_mdev_device_data);
