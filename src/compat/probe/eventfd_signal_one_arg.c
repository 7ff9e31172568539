// SPDX-License-Identifier: GPL-2.0-only
/* 6.8: an eventfd counts by one. */
#include <linux/eventfd.h>

void probe(struct eventfd_ctx *ctx);
void probe(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx);
}
