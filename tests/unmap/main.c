// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmap_count.c in user space, with a model of what is around it: a task unmaps, VFIO
 * goes through its devices and looks whether a page is pinned, and a user does all
 * meanwhile, in random order, that makes VFIO find one: opens and closes devices,
 * pins, has calls that pin on their way for long, and puts one mapping in the place
 * of another. All mappings are where the first one was, so VFIO takes them for one.
 *
 *   unmap DEVICES ROUNDS SEED [careless]
 *
 * VFIO's eleventh call must be the last, and the count neither fall behind by more than
 * UNMAP_CALLS allows for, nor run ahead. With "careless", calls don't wait for those
 * that pin: then it has to go wrong, or the model would not see it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "unmap_count.h"

#define DEVICES		12
#define RANGES		64	/* of which each is put in the place of the one before */
#define VFIO_CALLS	11

/* What vfio_mdev has of a device. @pinned and @flying have a bit for each range. */
struct device {
	struct vfio_mdev_hearing hearing;
	bool open;		/* its open() has returned */
	bool listed;		/* VFIO calls for it */
	bool ever_pinned;
	bool hears;
	u64 pinned;
	u64 flying;
	int range;		/* of its record, or -1 */
	unsigned int series;
	unsigned int turn;
	bool settled;
};

static struct device devices[DEVICES];
static int nr_devices;
static struct device *list[DEVICES];	/* the last one that came is the first */
static int nr_listed;

/* The task. It is seen when it goes back to user mode, which is the end here. */
static struct vfio_mdev_unmap_count count;
static int task_range;
static unsigned int task_series;
static bool task_waits;
static u64 now;

static int mapped;		/* the range that is there */
static bool careless;

static bool chance(int percent)
{
	return rand() % 100 < percent;
}

static bool is_any_pinned(void)
{
	int i;

	for (i = 0; i < nr_devices; i++)
		if (devices[i].pinned & 1ULL << mapped)
			return true;
	return false;
}

/* As vfio_mdev_unmap_admit(). */
static bool is_admitted(struct device *device, int range)
{
	struct vfio_mdev_hearing *hearing = &device->hearing;

	if (!hearing->heard)
		hearing->heard = now;
	if (!device->hears)
		device->hears = task_range < 0 || task_waits ||
				!vfio_mdev_unmap_count_is_unheard(&count, hearing);
	if (!device->hears)
		return false;
	if (device->range < 0)
		return true;
	if (device->range == range && (task_range == range || !device->settled))
		return false;
	return device->range == range || !count.strict;
}

static void user_opens(struct device *device)
{
	if (device->open || device->flying)
		return;
	device->open = true;
	device->hears = false;
	device->hearing.heard = 0;
	device->hearing.opened = now;
}

/* VFIO's list is locked while VFIO goes through it. */
static void user_joins(struct device *device)
{
	if (!device->open || device->listed)
		return;
	memmove(list + 1, list, nr_listed++ * sizeof(*list));
	list[0] = device;
	device->listed = true;
}

static void user_closes(struct device *device)
{
	int i;

	if (!device->listed || device->flying)
		return;
	for (i = 0; list[i] != device; i++)
		;
	memmove(list + i, list + i + 1, (--nr_listed - i) * sizeof(*list));
	device->listed = false;
	device->open = false;
	device->pinned = 0;
}

static void user_pins(struct device *device)
{
	int range = mapped + rand() % 4;

	if (!device->listed || range >= RANGES)
		return;
	device->ever_pinned = true;
	if (!is_admitted(device, range))
		return;
	if (range != mapped || chance(50))
		device->flying |= 1ULL << range;
	else
		device->pinned |= 1ULL << range;
}

/* A call that was on its way comes to VFIO. */
static void user_lands(struct device *device)
{
	u64 bit = device->flying & 1ULL << mapped;

	if (!bit && chance(95))
		return;
	if (!bit)
		bit = device->flying & -device->flying;
	device->flying &= ~bit;
	if (bit == 1ULL << mapped &&
	    (device->range != mapped || device->settled))
		device->pinned |= bit;
}

static void user_maps_another(void)
{
	if (!is_any_pinned() && mapped < RANGES - 1)
		mapped++;
}

static void user_acts(int times, bool in_call)
{
	struct device *device;

	while (times-- > 0) {
		device = &devices[rand() % nr_devices];
		switch (rand() % 8) {
		case 0:
			user_opens(device);
			break;
		case 1:
			if (!in_call)
				user_joins(device);
			break;
		case 2:
			if (!in_call && chance(60))
				user_closes(device);
			break;
		case 3:
			if (chance(20))
				user_maps_another();
			break;
		case 4:
		case 5:
			user_pins(device);
			break;
		default:
			user_lands(device);
		}
	}
}

/* What the worker does. */
static void device_settles(struct device *device, bool drain)
{
	u64 gone = drain ? ~0ULL : 1ULL << device->range;

	device->pinned &= ~(1ULL << device->range);
	device->flying &= ~gone;
	device->settled = true;
}

/* As vfio_mdev_pages_unmap(). */
static void device_hears(struct device *device)
{
	bool drain, wait;

	if (!device->ever_pinned && task_range < 0)
		return;
	if (task_range != mapped) {
		vfio_mdev_unmap_count_begin(&count, task_range < 0);
		task_range = mapped;
		task_series++;
	}
	if (device->range != mapped) {
		device->range = mapped;
		device->series = 0;
		device->settled = true;
	}
	if (device->series != task_series) {
		device->series = task_series;
		device->turn = count.before;
	}
	device->turn = vfio_mdev_unmap_count_call(&count, &device->hearing,
						  device->turn, ++now);
	drain = count.strict && device->flying && !careless;
	wait = !device->settled || drain ||
	       (device->pinned | device->flying) & 1ULL << mapped;
	if (!wait)
		return;
	device->settled = false;
	task_waits = true;
	user_acts(rand() % 8, true);
	/* the ninth has no limit */
	if (device->turn >= UNMAP_CALLS || chance(40))
		device_settles(device, drain);
	task_waits = false;
	vfio_mdev_unmap_count_return(&count, ++now, device->settled);
}

static void workers_end_late(void)
{
	int i;

	for (i = 0; i < nr_devices; i++)
		if (devices[i].range >= 0 && !devices[i].settled && chance(20))
			device_settles(&devices[i], count.strict && !careless);
}

static int most_calls, most_behind, most_ahead;

static void vfio_calls(void)
{
	struct device *called[DEVICES];
	int i, nr = nr_listed, before = count.calls, range = task_range;

	memcpy(called, list, sizeof(called));
	for (i = 0; i < nr; i++) {
		user_acts(rand() % 3, true);
		device_hears(called[i]);
	}
	workers_end_late();
	if (range == task_range && (int)count.calls - before > most_ahead)
		most_ahead = count.calls - before;
}

static void start_anew(void)
{
	int i;

	memset(devices, 0, sizeof(devices));
	for (i = 0; i < nr_devices; i++)
		devices[i].range = -1;
	memset(&count, 0, sizeof(count));
	nr_listed = 0;
	task_range = -1;
	mapped = 0;
	now = 1;
}

/* One unmap, until VFIO finds nothing. */
static void unmap(void)
{
	int calls = 0, i;

	start_anew();
	user_acts(60, false);
	for (;;) {
		user_acts(rand() % 20, false);
		for (i = 0; i < 200 && !is_any_pinned(); i++)
			user_acts(1, false);
		if (!is_any_pinned())
			return;
		if (calls - (int)count.calls > most_behind)
			most_behind = calls - count.calls;
		if (++calls > most_calls)
			most_calls = calls;
		if (calls > VFIO_CALLS)
			return;
		vfio_calls();
	}
}

int main(int argc, char **argv)
{
	int rounds;

	if (argc < 4)
		return 2;
	nr_devices = atoi(argv[1]);
	if (nr_devices < 1 || nr_devices > DEVICES)
		return 2;
	srand(atoi(argv[3]));
	careless = argc > 4 && !strcmp(argv[4], "careless");
	for (rounds = atoi(argv[2]); rounds; rounds--)
		unmap();
	diag("calls: %d; behind by %d, ahead by %d", most_calls, most_behind,
	     most_ahead);
	ok(most_calls <= VFIO_CALLS, "VFIO calls at most eleven times");
	ok(most_behind <= VFIO_CALLS - UNMAP_CALLS,
	   "the count does not fall behind further than it may");
	ok(most_ahead <= 1, "it grows by one at most while VFIO goes through its devices");
	return tap_done();
}
