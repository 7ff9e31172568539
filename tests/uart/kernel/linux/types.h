/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mtty_uart.c, and unmap_count.c, take from the kernel, for user space: this file
 * and those beside it, which include it.
 */
#ifndef KERNEL_LINUX_TYPES_H
#define KERNEL_LINUX_TYPES_H

#include <endian.h>
#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define noinline
#define unlikely(condition) (condition)
#define BIT(nr) (1UL << (nr))
#define cpu_to_le16(value) htole16(value)
#define le16_to_cpu(value) le16toh(value)

static inline u16 ror16(u16 word, unsigned int shift)
{
	return word >> (shift & 15) | word << (-shift & 15);
}

#endif /* KERNEL_LINUX_TYPES_H */
