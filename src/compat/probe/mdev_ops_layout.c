// SPDX-License-Identifier: GPL-2.0-only
/*
 * The structures of <linux/mdev.h> of Linux 5.13 to 5.18 consist of what
 * src/mdev/compat/kernel_api_5_13.c knows, in that order and of nothing else: see
 * mdev_parent_layout.c. Two pointers may be there or not, for which there are
 * probes: the device's iommu_device and the callbacks' device_driver.
 */
#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#define END(type, member) offsetofend(struct type, member)
#define GAP(type, next, last) (offsetof(struct type, next) - END(type, last))
#define FOLLOWS(type, next, last)					\
	static_assert(GAP(type, next, last) == 0)
#define FOLLOWS_OR_POINTER(type, next, last)				\
	static_assert((GAP(type, next, last) & ~sizeof(void *)) == 0)
#define ENDS(type, last)						\
	static_assert(sizeof(struct type) ==				\
		      ALIGN(END(type, last), __alignof__(struct type)))

FOLLOWS(mdev_device, uuid, dev);
FOLLOWS(mdev_device, driver_data, uuid);
FOLLOWS(mdev_device, next, driver_data);
FOLLOWS(mdev_device, type, next);
FOLLOWS_OR_POINTER(mdev_device, active, type);
ENDS(mdev_device, active);

static_assert(offsetof(struct mdev_parent_ops, owner) == 0);
FOLLOWS_OR_POINTER(mdev_parent_ops, dev_attr_groups, owner);
FOLLOWS(mdev_parent_ops, mdev_attr_groups, dev_attr_groups);
FOLLOWS(mdev_parent_ops, supported_type_groups, mdev_attr_groups);
FOLLOWS(mdev_parent_ops, create, supported_type_groups);
FOLLOWS(mdev_parent_ops, remove, create);
/* open() and release(), or since 5.15 open_device() and close_device() */
static_assert(offsetof(struct mdev_parent_ops, read) ==
	      END(mdev_parent_ops, remove) + 2 * sizeof(void *));
FOLLOWS(mdev_parent_ops, write, read);
FOLLOWS(mdev_parent_ops, ioctl, write);
FOLLOWS(mdev_parent_ops, mmap, ioctl);
FOLLOWS(mdev_parent_ops, request, mmap);
ENDS(mdev_parent_ops, request);

FOLLOWS(mdev_type_attribute, show, attr);
FOLLOWS(mdev_type_attribute, store, show);
ENDS(mdev_type_attribute, store);

static_assert(offsetof(struct mdev_driver, probe) == 0);
FOLLOWS(mdev_driver, remove, probe);
FOLLOWS(mdev_driver, driver, remove);
ENDS(mdev_driver, driver);
