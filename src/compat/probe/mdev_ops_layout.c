// SPDX-License-Identifier: GPL-2.0-only
/*
 * The structures of <linux/mdev.h> of Linux 5.13 to 5.18 are those that
 * src/mdev/compat/kernel_api_5_13.c knows. Two pointers may be there or not, for
 * which there are probes: the device's iommu_device and the callbacks'
 * device_driver.
 */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "layout.h"

BEGINS(mdev_device, dev);
FOLLOWS(mdev_device, uuid, dev);
FOLLOWS(mdev_device, driver_data, uuid);
FOLLOWS(mdev_device, next, driver_data);
FOLLOWS(mdev_device, type, next);
FOLLOWS_OR_POINTER(mdev_device, active, type);
ENDS(mdev_device, active);

BEGINS(mdev_parent_ops, owner);
FOLLOWS_OR_POINTER(mdev_parent_ops, dev_attr_groups, owner);
FOLLOWS(mdev_parent_ops, mdev_attr_groups, dev_attr_groups);
FOLLOWS(mdev_parent_ops, supported_type_groups, mdev_attr_groups);
FOLLOWS(mdev_parent_ops, create, supported_type_groups);
FOLLOWS(mdev_parent_ops, remove, create);
/* open() and release(), or since 5.15 open_device() and close_device() */
static_assert(GAP(mdev_parent_ops, read, remove) == 2 * sizeof(void *),
	      "two callbacks between remove and read in struct mdev_parent_ops");
FOLLOWS(mdev_parent_ops, write, read);
FOLLOWS(mdev_parent_ops, ioctl, write);
FOLLOWS(mdev_parent_ops, mmap, ioctl);
FOLLOWS(mdev_parent_ops, request, mmap);
ENDS(mdev_parent_ops, request);

BEGINS(mdev_type_attribute, attr);
FOLLOWS(mdev_type_attribute, show, attr);
FOLLOWS(mdev_type_attribute, store, show);
ENDS(mdev_type_attribute, store);

BEGINS(mdev_driver, probe);
FOLLOWS(mdev_driver, remove, probe);
FOLLOWS(mdev_driver, driver, remove);
ENDS(mdev_driver, driver);
