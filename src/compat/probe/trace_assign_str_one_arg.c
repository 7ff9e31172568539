// SPDX-License-Identifier: GPL-2.0-only
/* 6.10: a trace event's string is assigned from what it was declared with. */
#include <linux/stringify.h>
#include <linux/tracepoint.h>
#include <trace/stages/stage6_event_callback.h>

extern const char probe[];
const char probe[] = __stringify(__assign_str(name));
