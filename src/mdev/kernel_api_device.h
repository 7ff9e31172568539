/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices and drivers of the kernel API. The kernel's own <linux/mdev.h> has to be
 * included before it.
 */
#ifndef MDEV_KERNEL_API_DEVICE_H
#define MDEV_KERNEL_API_DEVICE_H

#include "../compat/have.h"
#include "core.h"

/* kernel_api_device.c */
struct mdev_core_device *mdev_kernel_api_alloc(void);
void mdev_kernel_api_free(struct mdev_core_device *core);

/* kernel_api_bind.c */
int mdev_kernel_api_add_driver(struct mdev_driver *drv);

/* Fills in what drivers see of a device, before it is visible. */
static inline void mdev_kernel_api_init_device(struct mdev_core_device *core,
					       struct mdev_type *mtype)
{
	struct mdev_device *mdev = to_mdev_device(&core->dev);

	guid_copy(&mdev->uuid, &core->uuid);
	INIT_LIST_HEAD(&mdev->next);
	mdev->type = mtype;
	mdev->active = true;
}

#ifdef HAVE_mdev_ops_mtype

/* compat/kernel_api_5_13.c */
int mdev_kernel_api_bind(struct mdev_device *mdev, struct mdev_driver *drv);
void mdev_kernel_api_unbind(struct mdev_device *mdev, struct mdev_driver *drv);

#else

static inline int mdev_kernel_api_bind(struct mdev_device *mdev,
				       struct mdev_driver *drv)
{
	return drv->probe ? drv->probe(mdev) : 0;
}

static inline void mdev_kernel_api_unbind(struct mdev_device *mdev,
					  struct mdev_driver *drv)
{
	if (drv->remove)
		drv->remove(mdev);
}

#endif

#endif /* MDEV_KERNEL_API_DEVICE_H */
