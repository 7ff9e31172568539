/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints mdev:*: what happens to parents and devices, and with what
 * result. All a reader needs to know is in the event, as text.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mdev

#if !defined(MDEV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MDEV_TRACE_H

#include <linux/tracepoint.h>

#include "../compat/trace.h"
#include "core.h"

DECLARE_EVENT_CLASS(mdev_parent,
		    TP_PROTO(const struct mdev_core_parent *parent, int result),
		    TP_ARGS(parent, result),
		    TP_STRUCT__entry(__string(parent, dev_name(parent->dev))
				     __field(int, result)),
		    TP_fast_assign(compat_assign_str(parent, dev_name(parent->dev));
				   __entry->result = result;),
		    TP_printk("parent=%s result=%d", __get_str(parent), __entry->result));

DEFINE_EVENT(mdev_parent, mdev_register,
	     TP_PROTO(const struct mdev_core_parent *parent, int result),
	     TP_ARGS(parent, result));

DEFINE_EVENT(mdev_parent, mdev_unregister,
	     TP_PROTO(const struct mdev_core_parent *parent, int result),
	     TP_ARGS(parent, result));

DECLARE_EVENT_CLASS(mdev_device,
		    TP_PROTO(const struct mdev_core_type *type, const guid_t *uuid,
			     int result),
		    TP_ARGS(type, uuid, result),
		    TP_STRUCT__entry(__array(u8, uuid, UUID_SIZE)
				     __string(parent, dev_name(type->parent->dev))
				     __string(type, kobject_name(type->kobj))
				     __field(int, result)),
		    TP_fast_assign(export_guid(__entry->uuid, uuid);
				   compat_assign_str(parent, dev_name(type->parent->dev));
				   compat_assign_str(type, kobject_name(type->kobj));
				   __entry->result = result;),
		    TP_printk("uuid=%pUl parent=%s type=%s result=%d", __entry->uuid,
			      __get_str(parent), __get_str(type), __entry->result));

DEFINE_EVENT(mdev_device, mdev_create,
	     TP_PROTO(const struct mdev_core_type *type, const guid_t *uuid,
		      int result),
	     TP_ARGS(type, uuid, result));

/* What the driver's probe() returned. */
DEFINE_EVENT(mdev_device, mdev_bind,
	     TP_PROTO(const struct mdev_core_type *type, const guid_t *uuid,
		      int result),
	     TP_ARGS(type, uuid, result));

DEFINE_EVENT(mdev_device, mdev_open,
	     TP_PROTO(const struct mdev_core_type *type, const guid_t *uuid,
		      int result),
	     TP_ARGS(type, uuid, result));

DEFINE_EVENT(mdev_device, mdev_close,
	     TP_PROTO(const struct mdev_core_type *type, const guid_t *uuid,
		      int result),
	     TP_ARGS(type, uuid, result));

/* A removal found the device in use: whether its users could be asked. */
DEFINE_EVENT(mdev_device, mdev_request,
	     TP_PROTO(const struct mdev_core_type *type, const guid_t *uuid,
		      int result),
	     TP_ARGS(type, uuid, result));

DEFINE_EVENT(mdev_device, mdev_remove,
	     TP_PROTO(const struct mdev_core_type *type, const guid_t *uuid,
		      int result),
	     TP_ARGS(type, uuid, result));

#endif /* MDEV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
