// SPDX-License-Identifier: GPL-2.0-only
/*
 * pageslow: a task that unmaps gets hardly any time: it shares its processor with
 * one that is busy, and gives way. So after the device has let go of a page,
 * VFIO looks late, and another thread has time for
 *  again		pinning the page again
 *  reopen		that, by closing the device and opening it again
 *  others		that, by closing the device and opening another one of many
 *  reuse		unmapping it, and mapping and pinning another one, for which
 *			VFIO is likely to use the memory that it has just freed:
 *			then it takes the one mapping for the other
 * and with "nofile" that, too, with the unmapping task without means to allocate a
 * file. Eleven times in one unmap would be too many for VFIO.
 *
 * And with "later" it unmaps a page when there are no files, and another one when
 * there are again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "pages.h"
#include "tap.h"

#define SLOW_IOVA	0x40000000UL
#define SLOW_PAGES	64
#define SLOW_MOST	5
#define OTHERS		26
static struct device slow;
static long page_size;
static void *area;
static atomic_bool unmapping;
static atomic_int times, all_times;

static long ask(uint32_t op, uint64_t iova)
{
	return pages_ask(slow.fd, op, iova, 1);
}

static uint64_t slow_iova(int i)
{
	return SLOW_IOVA + (uint64_t)(2 * i % SLOW_PAGES) * page_size;
}

static int map_one(int i)
{
	return device_map(&slow, area, slow_iova(i), page_size, MAP_RW);
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *run_busy(void *arg)
{
	stay_on(0);
	for (;;)
		__asm__ volatile("" : : "r"(arg) : "memory");
	return NULL;
}

/* Each returns what is pinned then. */
static int pin_again(int i)
{
	return i;
}

static int pin_reopened(int i)
{
	close(slow.fd);
	slow.fd = device_get_fd(&slow);
	return i;
}

/*
 * Devices of the same container that have not been open during this unmap. Two are
 * opened each time, of which the second never pins.
 */
static struct device others[OTHERS];
static int nr_others;

static void join_others(char **uuids)
{
	for (; uuids[nr_others] && nr_others < OTHERS; nr_others++) {
		others[nr_others] = slow;
		if (group_join(&others[nr_others], uuids[nr_others]))
			bail_out("cannot join %s", uuids[nr_others]);
	}
}

static int pin_by_others(int i)
{
	static int idle = -1;
	int fd;

	if (nr_others < 2)
		return i;
	fd = device_get_fd(&others[--nr_others]);
	close(idle);
	idle = device_get_fd(&others[--nr_others]);
	close(slow.fd);
	slow.fd = fd;
	return i;
}

static int pin_other(int i)
{
	device_unmap(&slow, slow_iova(i), page_size);
	return map_one(i + 1) ? i : i + 1;
}

static int (*pin_next)(int i);

static void *run_next(void *arg)
{
	int i = 0;

	stay_on(1);
	while (unmapping) {
		if (ask(PAGES_COUNT, slow_iova(i)) == 1)
			continue;
		/* until VFIO has unpinned it, too */
		usleep(1000);
		if (!unmapping)
			break;
		i = pin_next(i);
		if (ask(PAGES_HOLD, slow_iova(i)) == 1 && unmapping)
			times++;
	}
	return arg;
}

/* Root may have more files than there can be. */
static void give_up_files(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		bail_out("no capabilities");
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &head, data))
		bail_out("can't change capabilities");
	ok(open("/dev/null", O_RDONLY) < 0 && errno == ENFILE, "no more files");
}

static void unmap_slowly(bool files)
{
	const struct sched_param idle = { 0 };
	pthread_t next;
	int ret;

	times = 0;
	if (map_one(0) || ask(PAGES_HOLD, slow_iova(0)) != 1)
		bail_out("no page is pinned");
	/* The unmap may be over before the thread runs. */
	unmapping = true;
	pthread_create(&next, NULL, run_next, NULL);
	if (!files)
		give_up_files();
	sched_setscheduler(0, SCHED_IDLE, &idle);
	ret = device_unmap(&slow, SLOW_IOVA, SLOW_PAGES * page_size);
	unmapping = false;
	sched_setscheduler(0, SCHED_OTHER, &idle);
	is(ret, 0, "unmap all");
	pthread_join(next, NULL);
	device_unmap(&slow, SLOW_IOVA, SLOW_PAGES * page_size);
	diag("pinned meanwhile: %d", times);
	if (times > all_times)
		all_times = times;
}

/* Files are to be had again by a write to this file of /proc. */
static void unmap_later(void)
{
	int fd = open("/proc/sys/fs/file-max", O_WRONLY);
	bool pinned = !map_one(0) && !map_one(1) &&
		      ask(PAGES_HOLD, slow_iova(0)) == 1 &&
		      ask(PAGES_HOLD, slow_iova(1)) == 1;

	if (fd < 0 || !pinned)
		bail_out("no two pages are pinned");
	give_up_files();
	is(device_unmap(&slow, slow_iova(0), page_size), 0, "unmap a page");
	is(write(fd, "100000", 6), 6, "there are files again");
	/* longer than a range is held back whose end can't be seen, after three calls */
	sleep(10);
	is(device_unmap(&slow, slow_iova(1), page_size), 0, "and another one");
	close(fd);
}

int cmd_pageslow(char **args)
{
	bool files = strcmp(args[1], "nofile");
	int rounds = atoi(args[2]), i;
	pthread_t busy;

	page_size = sysconf(_SC_PAGESIZE);
	pin_next = !strcmp(args[1], "reuse") ? pin_other :
		   !strcmp(args[1], "reopen") ? pin_reopened :
		   !strcmp(args[1], "others") ? pin_by_others : pin_again;
	device_must_open(&slow, args[0]);
	join_others(args + 3);
	area = new_memory(page_size);
	if (!strcmp(args[1], "later")) {
		unmap_later();
		return tap_done();
	}
	stay_on(0);
	pthread_create(&busy, NULL, run_busy, NULL);
	for (i = 0; i < rounds; i++)
		unmap_slowly(files);
	ok(all_times <= SLOW_MOST, "VFIO has to ask at most %d times",
	   SLOW_MOST);
	return tap_done();
}
