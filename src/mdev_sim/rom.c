// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: the expansion ROM of a type.
 *
 * Touches struct sim_rom and, to serve a read, user memory.
 *
 * A ROM does not change once it is made. So the type in configfs, the type of a
 * card that is plugged in, and all its devices share one, and need no lock for it.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "sim.h"

/* The smallest that a ROM's base address register can tell */
#define MIN_SIZE	2048

/**
 * sim_rom_alloc() - a ROM with these bytes
 * @data:	the bytes
 * @len:	how many, from 1 to SIM_MAX_ROM
 *
 * Behind them it reads as ones, up to the next power of two.
 *
 * Context: process; sleeps.
 * Return: the ROM, to which the caller holds a reference; or NULL.
 */
struct sim_rom *sim_rom_alloc(const void *data, size_t len)
{
	size_t size = max_t(size_t, roundup_pow_of_two(len), MIN_SIZE);
	struct sim_rom *rom;

	rom = kvmalloc(struct_size(rom, data, size), GFP_KERNEL_ACCOUNT);
	if (!rom)
		return NULL;
	kref_init(&rom->ref);
	rom->len = len;
	rom->size = size;
	memcpy(rom->data, data, len);
	memset(rom->data + len, 0xff, size - len);
	return rom;
}

static void sim_rom_free(struct kref *ref)
{
	kvfree(container_of(ref, struct sim_rom, ref));
}

/**
 * sim_rom_get() - take a reference
 * @rom:	the ROM, or NULL
 *
 * Pairs with sim_rom_put().
 *
 * Context: any.
 */
void sim_rom_get(struct sim_rom *rom)
{
	if (rom)
		kref_get(&rom->ref);
}

/**
 * sim_rom_put() - give a reference back
 * @rom:	the ROM, or NULL
 *
 * Context: process; may sleep.
 */
void sim_rom_put(struct sim_rom *rom)
{
	if (rom)
		kref_put(&rom->ref, sim_rom_free);
}

/**
 * sim_rom_read() - read
 * @rom:	the ROM
 * @offset:	first byte
 * @buf:	the user's buffer
 * @count:	how many bytes; all of them are in the ROM
 *
 * Context: process; sleeps.
 * Return: 0 or -EFAULT.
 */
ssize_t sim_rom_read(const struct sim_rom *rom, u64 offset, char __user *buf,
		     size_t count)
{
	return copy_to_user(buf, rom->data + offset, count) ? -EFAULT : 0;
}
