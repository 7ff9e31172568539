/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sample drivers of Linux 5.10 use of the kernel and newer kernels
 * have changed. They are compiled with this in front of them, and otherwise as
 * they are. Nothing here is about mediated devices or how a user gets at them:
 * the case samples-5.10 looks.
 */
#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

/* class_create() has lost its first argument, the owner. */
#ifdef HAVE_class_create_one_arg
#define class_create(owner, name)	(class_create)(name)
#endif

/* eventfd_signal() always adds 1, and returns nothing. */
#ifdef HAVE_eventfd_signal_one_arg
#define eventfd_signal(ctx, n)		({ (eventfd_signal)(ctx); (n); })
#endif

/* remap_vmalloc_range_partial() is not for modules any more. */
#define remap_vmalloc_range_partial(vma, uaddr, kaddr, pgoff, size)	\
	remap_vmalloc_range(vma, kaddr, pgoff)

/* Who calls dma_buf_export() has to name its namespace. */
MODULE_INFO(import_ns, "DMA_BUF");
