// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do the structures of the kernel's own mdev API consist of what the native
 * door knows, in that order and of nothing else? An op that it doesn't know it
 * would never call, and symbol versions, where a kernel has them, don't tell:
 * they are taken from the same header as ours.
 */
#include <linux/mdev.h>
#include <linux/stddef.h>

#define BEHIND(type, before, member)				\
	(__builtin_offsetof(type, member) ==			\
	 ALIGN(offsetofend(type, before),			\
	       __alignof__(((type *)0)->member)))

#define FIRST(type, member)					\
	_Static_assert(!__builtin_offsetof(type, member), #type ": " #member)
#define NEXT(type, before, member)				\
	_Static_assert(BEHIND(type, before, member), #type ": " #member)
#define LAST(type, member)					\
	_Static_assert(sizeof(type) ==				\
		       ALIGN(offsetofend(type, member),		\
			     __alignof__(type)), #type ": more than " #member)

FIRST(struct mdev_device, dev);
NEXT(struct mdev_device, dev, uuid);
NEXT(struct mdev_device, uuid, next);
NEXT(struct mdev_device, next, type);
NEXT(struct mdev_device, type, active);
LAST(struct mdev_device, active);

FIRST(struct mdev_type, sysfs_name);
NEXT(struct mdev_type, sysfs_name, pretty_name);
NEXT(struct mdev_type, pretty_name, parent);
NEXT(struct mdev_type, parent, kobj);
NEXT(struct mdev_type, kobj, devices_kobj);
LAST(struct mdev_type, devices_kobj);

FIRST(struct mdev_parent, dev);
NEXT(struct mdev_parent, dev, mdev_driver);
NEXT(struct mdev_parent, mdev_driver, mdev_types_kset);
NEXT(struct mdev_parent, mdev_types_kset, unreg_sem);
NEXT(struct mdev_parent, unreg_sem, types);
NEXT(struct mdev_parent, types, nr_types);
NEXT(struct mdev_parent, nr_types, available_instances);
LAST(struct mdev_parent, available_instances);

FIRST(struct mdev_driver, device_api);
NEXT(struct mdev_driver, device_api, max_instances);
NEXT(struct mdev_driver, max_instances, probe);
NEXT(struct mdev_driver, probe, remove);
NEXT(struct mdev_driver, remove, get_available);
NEXT(struct mdev_driver, get_available, show_description);
NEXT(struct mdev_driver, show_description, driver);
LAST(struct mdev_driver, driver);
