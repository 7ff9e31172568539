/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mtty uses of the kernel and newer kernels have changed. The sources are
 * written for the newest one; kernel.mk finds out what the kernel at hand has.
 * Nothing here is about mediated devices: mdev-dkms sees to that.
 */
#ifndef MTTY_COMPAT_H
#define MTTY_COMPAT_H

#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/module.h>

/* Before Linux 6.4 class_create() took the owner. */
#ifndef HAVE_class_create_one_arg
#undef class_create
#define class_create(name) ({						\
	static struct lock_class_key class_key;				\
	__class_create(THIS_MODULE, name, &class_key);			\
})
#endif

/* Before Linux 6.8 eventfd_signal() took how much to add. */
#ifndef HAVE_eventfd_signal_one_arg
#define eventfd_signal(ctx) eventfd_signal(ctx, 1)
#endif

#endif /* MTTY_COMPAT_H */
