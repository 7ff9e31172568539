/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For probes that ask whether a structure of the kernel's consists of the members
 * that are named, in that order and of nothing else. A member that the core does
 * not know would never be called or filled in. Symbol versions don't tell, because
 * ours are made from the same header.
 */
#ifndef PROBE_LAYOUT_H
#define PROBE_LAYOUT_H

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/stddef.h>

#define GAP(type, next, last)						\
	(offsetof(struct type, next) - offsetofend(struct type, last))

#define BEGINS(type, first)						\
	static_assert(offsetof(struct type, first) == 0,		\
		      "struct " #type " begins with " #first)
#define FOLLOWS(type, next, last)					\
	static_assert(GAP(type, next, last) == 0,			\
		      #next " follows " #last " in struct " #type)
/* One pointer may be in between, which has a probe of its own. */
#define FOLLOWS_OR_POINTER(type, next, last)				\
	static_assert((GAP(type, next, last) & ~sizeof(void *)) == 0,	\
		      #next " follows " #last " or a pointer in struct " #type)
#define ENDS(type, last)						\
	static_assert(sizeof(struct type) ==				\
		      ALIGN(offsetofend(struct type, last),		\
			    __alignof__(struct type)),			\
		      "struct " #type " ends with " #last)

#endif /* PROBE_LAYOUT_H */
