/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data through a port: pseudo-random bytes sent as THRE allows, and compared
 * with what comes back.
 */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "uart.h"

struct traffic {
	unsigned long sent;
	unsigned long received;
	unsigned long wrong;	/* bytes that are not what was sent */
	uint32_t sent_sum;	/* FNV-1a */
	uint32_t received_sum;
	uint8_t errors;		/* LSR bits that should not have been set */
	bool stalled;		/* nothing moved for seconds */
};

/* Sends and receives @bytes. Returns true if all of them came back. */
bool traffic_run(struct traffic *traffic, struct uart *uart,
		 unsigned long bytes);

#endif /* TRAFFIC_H */
