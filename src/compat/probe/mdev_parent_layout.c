// SPDX-License-Identifier: GPL-2.0-only
/*
 * The structures of <linux/mdev.h> of Linux 6.1 and later are those that
 * src/mdev/kernel_api.c knows. One pointer may be there or not, for which there is
 * a probe: the device's iommu_device.
 */
#include <linux/mdev.h>

#include "layout.h"

BEGINS(mdev_device, dev);
FOLLOWS(mdev_device, uuid, dev);
FOLLOWS(mdev_device, next, uuid);
FOLLOWS(mdev_device, type, next);
FOLLOWS_OR_POINTER(mdev_device, active, type);
ENDS(mdev_device, active);

BEGINS(mdev_type, sysfs_name);
FOLLOWS(mdev_type, pretty_name, sysfs_name);
FOLLOWS(mdev_type, parent, pretty_name);
FOLLOWS(mdev_type, kobj, parent);
FOLLOWS(mdev_type, devices_kobj, kobj);
ENDS(mdev_type, devices_kobj);

BEGINS(mdev_parent, dev);
FOLLOWS(mdev_parent, mdev_driver, dev);
FOLLOWS(mdev_parent, mdev_types_kset, mdev_driver);
FOLLOWS(mdev_parent, unreg_sem, mdev_types_kset);
FOLLOWS(mdev_parent, types, unreg_sem);
FOLLOWS(mdev_parent, nr_types, types);
FOLLOWS(mdev_parent, available_instances, nr_types);
ENDS(mdev_parent, available_instances);

BEGINS(mdev_driver, device_api);
FOLLOWS(mdev_driver, max_instances, device_api);
static_assert(GAP(mdev_driver, probe, max_instances) ==
	      sizeof(void *) - sizeof(unsigned int),
	      "probe follows max_instances in struct mdev_driver");
FOLLOWS(mdev_driver, remove, probe);
FOLLOWS(mdev_driver, get_available, remove);
FOLLOWS(mdev_driver, show_description, get_available);
FOLLOWS(mdev_driver, driver, show_description);
ENDS(mdev_driver, driver);
