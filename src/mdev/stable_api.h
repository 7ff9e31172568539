/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stable_api.c lends to a kernel API whose devices are bound by bus drivers of
 * the stable API: functions for its struct mdev_core_api. Such a device is the
 * stable API's struct mdev_device, but its parent is not a parent of the stable API.
 */
#ifndef MDEV_STABLE_API_H
#define MDEV_STABLE_API_H

#include "core.h"

struct mdev_device;
struct vfio_mdev_device_ops;

struct mdev_core_device *stable_api_alloc(void);
void stable_api_free(struct mdev_core_device *core);
bool stable_api_match(struct mdev_core_device *core,
		      const struct device_driver *drv);
bool stable_api_in_use(struct mdev_core_device *core);
int stable_api_request(struct mdev_core_device *core, unsigned int count);
int stable_api_uevent(const struct mdev_core_device *core,
		      struct kobj_uevent_env *env);
void stable_api_set_vfio_ops(struct mdev_core_device *core,
			     const struct vfio_mdev_device_ops *ops);

/* The driver core's device of a device of the stable API. */
struct device *mdev_stable_dev(struct mdev_device *mdev);

#endif /* MDEV_STABLE_API_H */
