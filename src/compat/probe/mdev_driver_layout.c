// SPDX-License-Identifier: GPL-2.0-only
/*
 * The structures of <linux/mdev.h> of Linux 5.19 to 6.0 are those that
 * src/mdev/compat/kernel_api_5_19.c knows. One pointer may be there or not, for
 * which there is a probe: the device's iommu_device.
 */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "layout.h"

BEGINS(mdev_device, dev);
FOLLOWS(mdev_device, uuid, dev);
FOLLOWS(mdev_device, next, uuid);
FOLLOWS(mdev_device, type, next);
FOLLOWS_OR_POINTER(mdev_device, active, type);
ENDS(mdev_device, active);

BEGINS(mdev_type_attribute, attr);
FOLLOWS(mdev_type_attribute, show, attr);
FOLLOWS(mdev_type_attribute, store, show);
ENDS(mdev_type_attribute, store);

BEGINS(mdev_driver, probe);
FOLLOWS(mdev_driver, remove, probe);
FOLLOWS(mdev_driver, supported_type_groups, remove);
FOLLOWS(mdev_driver, driver, supported_type_groups);
ENDS(mdev_driver, driver);
