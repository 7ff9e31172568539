/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What a user writes to a device of mdev_pages_test and reads back: something
 * for the driver to do with the user's memory, and what came of it. Several
 * threads use PAGES_DO, an ioctl with the same structure, and the requests of
 * enum pages_op from PAGES_HOLD on.
 */
#ifndef MDEV_PAGES_TEST_H
#define MDEV_PAGES_TEST_H

#include <linux/ioctl.h>
#include <linux/types.h>

enum pages_op {
	PAGES_NOTHING,
	PAGES_PIN,		/* @npage pages from @iova on */
	PAGES_UNPIN,
	PAGES_PIN_NULL,		/* without lists */
	PAGES_UNPIN_NULL,
	PAGES_PEEK,		/* @data of the last one pinned at @iova */
	PAGES_POKE,
	PAGES_READ,		/* @len bytes at @iova, @data of them */
	PAGES_WRITE,
	PAGES_REGISTER,		/* the notifiers that open() has registered */
	PAGES_REGISTER_WRONG,	/* an event that there is not */
	PAGES_UNREGISTER,
	PAGES_LEAVE,		/* from now on unpin nothing by itself */
	PAGES_HOLD,		/* pin @npage pages from @iova on, each into a table */
	PAGES_DROP,		/* unpin those of the range that are in the table */
	PAGES_LOOK,		/* is the page at @iova as both sides have written it? */
	PAGES_COUNT,		/* how many of the range are in the table */
	PAGES_LOCK,		/* from now on pin under the lock of the table, or not */
	PAGES_POLL,		/* until the device is removed threads read at @iova */
	PAGES_POLL_REFUSED,	/* has one of them got ENODEV? */
};

/* A held page has a word of the user's, and one of each device's. */
#define PAGES_USER_WORD		16

#define PAGES_DO		_IOWR('p', 0, struct pages_request)

#define PAGES_PROT_READ		1	/* IOMMU_READ */
#define PAGES_PROT_WRITE	2	/* IOMMU_WRITE */

/**
 * struct pages_request - the device's only region, at offset 0
 * @op:		what to do; each of the others is for some of the ops
 * @npage:	of pages
 * @prot:	PAGES_PROT_*
 * @reserved:	0
 * @iova:	an address
 * @len:	of memory; more than a page is a lie
 * @data:	eight bytes of memory
 * @result:	what the call in the kernel returned
 * @before_open:	what pinning returned in create()
 * @in_open:	what it returned in open()
 * @unmaps:	notifications so far of memory that went
 * @unmap_iova:	where the last one was
 * @unmap_size:	its size
 * @op_unmaps:	the same as @unmaps, by the op instead of a notifier
 * @kvm_calls:	notifications of a VM since the device was created
 * @has_kvm:	the last one was of a VM, not that it has gone
 * @outside:	notifications before open() had returned or after release() was
 *		called, of all devices since the module was loaded
 * @spoilt:	held pages in which another one has written to the device's word,
 *		likewise
 * @word:	the number of the device's word in each page that it holds
 */
struct pages_request {
	__u32 op;
	__s32 npage;
	__u32 prot;
	__u32 reserved;
	__u64 iova;
	__u64 len;
	__u64 data;
	__s64 result;
	__s64 before_open;
	__s64 in_open;
	__u64 unmaps;
	__u64 unmap_iova;
	__u64 unmap_size;
	__u64 op_unmaps;
	__u64 kvm_calls;
	__u64 has_kvm;
	__u64 outside;
	__u64 spoilt;
	__u64 word;
};

#endif /* MDEV_PAGES_TEST_H */
