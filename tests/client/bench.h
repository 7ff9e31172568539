/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands that measure share. It is inline, as counted code calls must().
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

#define DEVICES		"/sys/bus/mdev/devices/"
#define UUID_SIZE	37

/* An operation that fails ends the program. */
static inline void must(bool good, const char *what)
{
	if (!good)
		bail_out("%s: not as it should be", what);
}

static inline int median_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static inline uint64_t median(uint64_t *counts, size_t count)
{
	qsort(counts, count, sizeof(*counts), median_compare);
	return counts[count / 2];
}

#endif /* BENCH_H */
