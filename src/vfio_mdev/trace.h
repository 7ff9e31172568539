/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints vfio_mdev:*: registering a device with VFIO, opening and closing it,
 * each with its result; and what VFIO unmaps.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfio_mdev

#if !defined(VFIO_MDEV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VFIO_MDEV_TRACE_H

#include <linux/mdev.h>
#include <linux/tracepoint.h>

#include "../compat/trace.h"

DECLARE_EVENT_CLASS(vfio_mdev,
		    TP_PROTO(struct mdev_device *mdev, int result),
		    TP_ARGS(mdev, result),
		    TP_STRUCT__entry(__string(uuid, dev_name(mdev_dev(mdev)))
				     __string(parent, dev_name(mdev_parent_dev(mdev)))
				     __field(int, result)),
		    TP_fast_assign(compat_assign_str(uuid, dev_name(mdev_dev(mdev)));
				   compat_assign_str(parent, dev_name(mdev_parent_dev(mdev)));
				   __entry->result = result;),
		    TP_printk("uuid=%s parent=%s result=%d", __get_str(uuid),
			      __get_str(parent), __entry->result));

/* The device was made known to VFIO, or not. */
DEFINE_EVENT(vfio_mdev, vfio_mdev_probe,
	     TP_PROTO(struct mdev_device *mdev, int result),
	     TP_ARGS(mdev, result));

DEFINE_EVENT(vfio_mdev, vfio_mdev_remove,
	     TP_PROTO(struct mdev_device *mdev, int result),
	     TP_ARGS(mdev, result));

DEFINE_EVENT(vfio_mdev, vfio_mdev_open,
	     TP_PROTO(struct mdev_device *mdev, int result),
	     TP_ARGS(mdev, result));

DEFINE_EVENT(vfio_mdev, vfio_mdev_close,
	     TP_PROTO(struct mdev_device *mdev, int result),
	     TP_ARGS(mdev, result));

/*
 * VFIO has waited for pages of a range to be unpinned. settled: they are. waits:
 * calls in a row that left pages pinned, with this one. calls: all that VFIO may
 * count, including those for ranges just before.
 */
TRACE_EVENT(vfio_mdev_unmap,
	    TP_PROTO(struct mdev_device *mdev, u64 iova, u64 length,
		     unsigned int calls, unsigned int waits, bool settled),
	    TP_ARGS(mdev, iova, length, calls, waits, settled),
	    TP_STRUCT__entry(__string(uuid, dev_name(mdev_dev(mdev)))
			     __string(parent, dev_name(mdev_parent_dev(mdev)))
			     __field(u64, iova)
			     __field(u64, length)
			     __field(unsigned int, calls)
			     __field(unsigned int, waits)
			     __field(bool, settled)),
	    TP_fast_assign(compat_assign_str(uuid, dev_name(mdev_dev(mdev)));
			   compat_assign_str(parent, dev_name(mdev_parent_dev(mdev)));
			   __entry->iova = iova;
			   __entry->length = length;
			   __entry->calls = calls;
			   __entry->waits = waits;
			   __entry->settled = settled;),
	    TP_printk("uuid=%s parent=%s iova=%#llx length=%#llx calls=%u waits=%u settled=%d",
		      __get_str(uuid), __get_str(parent), __entry->iova,
		      __entry->length, __entry->calls, __entry->waits,
		      __entry->settled));

#endif /* VFIO_MDEV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
