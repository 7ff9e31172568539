/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels for the core, which is written against the
 * newest kernel's API: this gives older kernels that API.
 *
 * HAVE_NAME says that src/compat/probe/NAME.c compiles on the kernel being
 * built for. Each difference says what it was in the older kernels.
 */
#ifndef MDEV_CORE_COMPAT_H
#define MDEV_CORE_COMPAT_H

#include "../../compat/have.h"

#include <linux/device.h>
#include <linux/kobject.h>

/*
 * The bus was a symbol that others used, see bus_5_10.c. It has that name for the
 * linker only, because the kernel's <linux/mdev.h> may declare it const.
 */
#ifdef HAVE_mdev_bus_type
#define compat_bus_symbol __asm__("mdev_bus_type")
#else
#define compat_bus_symbol
#endif

/* struct bus_type: match() took a driver that it might change. */
#ifdef HAVE_bus_match_const_driver
#define compat_match_driver const struct device_driver
#else
#define compat_match_driver struct device_driver
#endif

/* struct bus_type: uevent() took a device that it might change. */
#ifdef HAVE_bus_uevent_const_device
#define compat_uevent_device const struct device
#else
#define compat_uevent_device struct device
#endif

/* The compatibility class could make a link back from the device. */
#ifndef HAVE_class_compat_link_two_args
#define class_compat_create_link(cls, dev) \
	class_compat_create_link(cls, dev, NULL)
#define class_compat_remove_link(cls, dev) \
	class_compat_remove_link(cls, dev, NULL)
#endif

/* A kobject's type was not const, but never written to. */
#ifdef HAVE_kobject_const_ktype
#define compat_ktype(ktype) (ktype)
#else
#define compat_ktype(ktype) ((struct kobj_type *)(ktype))
#endif

#endif /* MDEV_CORE_COMPAT_H */
