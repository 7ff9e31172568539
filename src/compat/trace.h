/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels for the tracepoints of mdev.ko and
 * vfio_mdev.ko.
 */
#ifndef MDEV_COMPAT_TRACE_H
#define MDEV_COMPAT_TRACE_H

#include "have.h"

/* Before Linux 6.10 a trace event's string was named twice. */
#ifdef HAVE_trace_assign_str_one_arg
#define compat_assign_str(dst, src)	\
	do {				\
		(void)(src);		\
		__assign_str(dst);	\
	} while (0)
#else
#define compat_assign_str(dst, src) __assign_str(dst, src)
#endif

#endif /* MDEV_COMPAT_TRACE_H */
