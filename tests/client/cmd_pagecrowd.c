// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagefresh: devices of mdev_pages_test in one container. While VFIO waits for
 * one of them to unpin, another one pins, which never has before; and so on, in
 * the order in which they were opened ("up"), or in the opposite one. VFIO calls
 * them one after the other, too; in its own order that does not matter, but in
 * the opposite one it finds a page pinned each time that it looks. The result is
 * how many of them could pin.
 *
 * pageflood: more threads unmap at once than a workqueue has workers, each a
 * range of its own, of which every other page is pinned; and VFIO's lock is held
 * for a while when they begin, by somebody who reads memory that is slow to
 * come. All of them must come to an end.
 *
 * pagescatter: a few threads unmap at once, each a range of its own, of which so
 * many pages are pinned that do not follow each other. VFIO unpins them one by
 * one, and each time it may let only one thread go on.
 *
 * pagemany: while the driver is told that a page goes, which it keeps, more threads
 * pin other pages than the bridge has workers for. They wait for their turn.
 *
 * pagelate: while the driver is told of one page, which takes it a second, it pins
 * another one, and VFIO's lock is held by somebody who reads memory that comes late.
 *
 * pagepoll: the driver reads memory in several threads all the time, also when the
 * device is closed. Closing it comes to an end, and the threads hear of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "device.h"
#include "pages.h"
#include "tap.h"

static long page_size;

static void must_map(struct device *dev, void *area, uint64_t iova,
		     unsigned long pages)
{
	if (device_map(dev, area, iova, pages * page_size, MAP_RW))
		bail_out("no mapping");
}

static void must_map_new(struct device *dev, uint64_t iova,
			 unsigned long pages)
{
	must_map(dev, new_memory(pages * page_size), iova, pages);
}

static void start(void *(*run)(void *), long number)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 16);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, run, (void *)number))
		bail_out("no more threads");
}

/* pagefresh */

#define FRESH_MAX	14
#define FRESH_BUSY	3
#define FRESH_PAGES	64
#define FRESH_IOVA	0x80000000UL
#define BUSY_IOVA	0x40000000UL
#define BUSY_PAGES	512

static struct device devices[FRESH_MAX];
static bool downwards;
static atomic_bool stop;
static atomic_int fresh;

static void *run_busy(void *arg)
{
	uint64_t iova = BUSY_IOVA +
			(uint64_t)(long)arg * BUSY_PAGES * page_size;

	while (!stop) {
		pages_ask(devices[0].fd, PAGES_HOLD, iova, BUSY_PAGES);
		pages_ask(devices[0].fd, PAGES_DROP, iova, BUSY_PAGES);
	}
	return NULL;
}

/* The i-th to pin. The first device of all keeps VFIO busy. */
static int fresh_fd(int i)
{
	return devices[downwards ? FRESH_MAX - 1 - i : 1 + i].fd;
}

/* Each device as soon as the one before has let go. */
static void *run_fresh(void *arg)
{
	int i;

	(void)arg;
	setpriority(PRIO_PROCESS, 0, -20);
	for (i = 1; i < FRESH_MAX - 1; i++) {
		while (!stop &&
		       pages_ask(fresh_fd(i - 1), PAGES_COUNT, FRESH_IOVA, 1) == 1)
			;
		if (stop || pages_ask(fresh_fd(i), PAGES_HOLD, FRESH_IOVA, 1) != 1)
			break;
		fresh++;
	}
	return NULL;
}

static void open_all(char **uuids)
{
	int i;

	device_must_open(&devices[0], uuids[0]);
	for (i = 1; i < FRESH_MAX; i++) {
		struct device *dev = &devices[i];

		*dev = devices[0];
		if (group_join(dev, uuids[i]))
			bail_out("cannot open %s: %s", uuids[i],
				 dev->failed_at);
		dev->fd = device_get_fd(dev);
		if (dev->fd < 0)
			bail_out("cannot open %s", uuids[i]);
	}
}

int cmd_pagefresh(char **args)
{
	const struct sched_param idle = { 0 };
	int i, pinned = 0;

	page_size = sysconf(_SC_PAGESIZE);
	downwards = strcmp(args[0], "up");
	open_all(args + 1);
	must_map_new(&devices[0], BUSY_IOVA, FRESH_BUSY * BUSY_PAGES);
	must_map_new(&devices[0], FRESH_IOVA, FRESH_PAGES);
	for (i = 0; i < FRESH_PAGES; i += 2)
		pinned += pages_ask(fresh_fd(0), PAGES_HOLD,
			      FRESH_IOVA + i * page_size, 1) == 1;
	is(pinned, FRESH_PAGES / 2, "pages pinned");
	for (i = 0; i < FRESH_BUSY; i++)
		start(run_busy, i);
	start(run_fresh, 0);
	usleep(500000);
	sched_setscheduler(0, SCHED_IDLE, &idle);
	is(device_unmap(&devices[0], FRESH_IOVA,
			FRESH_PAGES * page_size), 0, "unmap them");
	sched_setscheduler(0, SCHED_OTHER, &idle);
	stop = true;
	diag("devices that pinned it meanwhile: %d", fresh);
	usleep(200000);
	return tap_done();
}

/* pageflood */

#define FLOOD_IOVA	0x10000000UL
#define FLOOD_PAGES	8
#define SLOW_IOVA	0x1000000UL
#define SLOW_MS		4000
#define LATE_MS		600

static struct device flooded;
static pthread_barrier_t together;
static atomic_int unmapped, failed;
static int slow_faults;

static uint64_t flood_iova(long number)
{
	return FLOOD_IOVA + (uint64_t)number * FLOOD_PAGES * page_size;
}

static void *run_unmap(void *arg)
{
	pthread_barrier_wait(&together);
	failed += !!device_unmap(&flooded, flood_iova((long)arg),
				 FLOOD_PAGES * page_size);
	unmapped++;
	return NULL;
}

static unsigned int slow_ms = SLOW_MS;

static void *run_faults(void *arg)
{
	struct uffd_msg msg;

	(void)arg;
	while (read(slow_faults, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_zeropage zero = {
			.range.start = msg.arg.pagefault.address &
				       ~(page_size - 1),
			.range.len = page_size,
		};

		usleep(slow_ms * 1000);
		ioctl(slow_faults, UFFDIO_ZEROPAGE, &zero);
	}
	return NULL;
}

/* The driver reads it by VFIO, which waits with its lock held. */
static void *run_slow(void *arg)
{
	struct pages_request request = {
		.op = PAGES_READ, .iova = SLOW_IOVA, .len = 8,
	};

	(void)arg;
	device_write(flooded.fd, &request, sizeof(request), 0);
	return NULL;
}

/* Each page comes late when it is first read; NULL if the kernel has no such thing. */
static char *slow_memory(int pages)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register slow = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *area = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		bail_out("no memory");
	slow.range.start = (uintptr_t)area;
	slow.range.len = pages * page_size;
	slow_faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (slow_faults < 0 || ioctl(slow_faults, UFFDIO_API, &api) ||
	    ioctl(slow_faults, UFFDIO_REGISTER, &slow))
		return NULL;
	start(run_faults, 0);
	return area;
}

static void hold_lock(void)
{
	char *area = slow_memory(1);

	if (!area) {
		diag("no userfaultfd: VFIO's lock is not held");
		return;
	}
	must_map(&flooded, area, SLOW_IOVA, 1);
	start(run_slow, 0);
	usleep(500000);
}

int cmd_pageflood(char **args)
{
	int threads = atoi(args[1]), seconds = atoi(args[2]), pinned = 0, i, j;
	time_t end;

	page_size = sysconf(_SC_PAGESIZE);
	pthread_barrier_init(&together, NULL, threads + 1);
	device_must_open(&flooded, args[0]);
	for (i = 0; i < threads; i++) {
		must_map_new(&flooded, flood_iova(i), FLOOD_PAGES);
		for (j = 0; j < FLOOD_PAGES; j += 2)
			pinned += pages_ask(flooded.fd, PAGES_HOLD,
				      flood_iova(i) + j * page_size, 1) == 1;
		start(run_unmap, i);
	}
	is(pinned, threads * FLOOD_PAGES / 2, "pages pinned");
	hold_lock();
	pthread_barrier_wait(&together);
	for (end = time(NULL) + seconds; unmapped < threads && time(NULL) < end;)
		usleep(200000);
	is(unmapped, threads, "threads that are through");
	is(failed, 0, "threads that failed");
	return tap_done();
}

/* pagescatter */

#define SCATTER_IOVA	0x10000000UL
#define SCATTER_AREA	0x10000000UL

static unsigned long scatter_pages;

static void *run_scattered(void *arg)
{
	pthread_barrier_wait(&together);
	failed += !!device_unmap(&flooded,
				 SCATTER_IOVA + (long)arg * SCATTER_AREA,
				 scatter_pages * page_size);
	unmapped++;
	return NULL;
}

/* Every other page, without a device's lock over more than one. */
static unsigned long scatter(long number)
{
	uint64_t iova = SCATTER_IOVA + number * SCATTER_AREA;
	unsigned long i, pinned = 0;

	must_map_new(&flooded, iova, scatter_pages);
	for (i = 0; i < scatter_pages; i += 2)
		pinned += pages_ask(flooded.fd, PAGES_HOLD, iova + i * page_size,
			      1) == 1;
	return pinned;
}

int cmd_pagescatter(char **args)
{
	int threads = atoi(args[1]), seconds = atoi(args[3]), i;
	unsigned long pinned = 0;
	time_t end;

	page_size = sysconf(_SC_PAGESIZE);
	scatter_pages = 2 * strtoul(args[2], NULL, 0);
	pthread_barrier_init(&together, NULL, threads + 1);
	device_must_open(&flooded, args[0]);
	for (i = 0; i < threads; i++) {
		pinned += scatter(i);
		start(run_scattered, i);
	}
	is(pinned, threads * scatter_pages / 2, "pages pinned");
	pthread_barrier_wait(&together);
	for (end = time(NULL) + seconds; unmapped < threads && time(NULL) < end;)
		usleep(20000);
	is(unmapped, threads, "threads that are through");
	is(failed, 0, "threads that failed");
	return tap_done();
}

/* pagemany */

#define MANY		24
#define MANY_IOVA	0x40000000UL
#define MANY_PAGES	512

static atomic_bool stop;
static atomic_int many_pinned, many_busy, many_hasty;

/*
 * One that waits for its turn, or for VFIO, for longer than a tenth of a second may
 * be refused; how many are depends on the machine. Where the kernel's ticks come late,
 * as on a busy host, some seem to have waited less. EIO is for who pins after the driver
 * has kept its page for too long.
 */
static void *run_many(void *arg)
{
	uint64_t iova = MANY_IOVA + (uint64_t)(long)arg * MANY_PAGES * page_size;
	double begin;
	long ret;

	pthread_barrier_wait(&together);
	while (!stop) {
		begin = seconds();
		ret = pages_ask(flooded.fd, PAGES_HOLD, iova, 1);
		many_pinned += ret >= 0;
		many_busy += ret == -EBUSY;
		many_hasty += ret == -EBUSY && seconds() - begin < 0.02;
		failed += ret < 0 && ret != -EBUSY && ret != -EIO;
	}
	return NULL;
}

int cmd_pagemany(char **args)
{
	int i;

	page_size = sysconf(_SC_PAGESIZE);
	pthread_barrier_init(&together, NULL, MANY + 1);
	device_must_open(&flooded, args[0]);
	must_map_new(&flooded, FLOOD_IOVA, 1);
	must_map_new(&flooded, MANY_IOVA, MANY * MANY_PAGES);
	is(pages_ask(flooded.fd, PAGES_HOLD, FLOOD_IOVA, 1), 1, "a page is pinned");
	is(pages_ask(flooded.fd, PAGES_LEAVE, 0, 0), 0, "the driver will keep it");
	for (i = 0; i < MANY; i++)
		start(run_many, i);
	pthread_barrier_wait(&together);
	is(device_unmap(&flooded, FLOOD_IOVA, page_size), 0, "unmap it");
	stop = true;
	usleep(500000);
	diag("pinned %d times, busy %d times", many_pinned, many_busy);
	is(failed, 0, "no other error but that it was kept");
	ok(many_pinned > 0, "pins succeed");
	ok(many_hasty <= many_busy / 2, "%d were refused at once", many_hasty);
	return tap_done();
}

/* pagelate */

#define LATE_ROUNDS	5

static uint64_t unmaps_told(void)
{
	struct pages_request request = { .op = PAGES_NOTHING };

	if (ioctl(flooded.fd, PAGES_DO, &request))
		bail_out("no answer");
	return request.op_unmaps;
}

static void *run_unmap_one(void *arg)
{
	failed += !!device_unmap(&flooded, FLOOD_IOVA, page_size);
	return arg;
}

/* Reads when the driver is being told. */
static void *run_late(void *arg)
{
	uint64_t told = unmaps_told();

	pthread_barrier_wait(&together);
	while (unmaps_told() == told)
		;
	return run_slow(arg);
}

/* The page, for each round, that nobody has read yet: which comes late. */
static void map_late(void *area)
{
	device_unmap(&flooded, SLOW_IOVA, page_size);
	must_map(&flooded, area, SLOW_IOVA, 1);
}

static long pin_late(void *area)
{
	pthread_t unmapper, reader;
	long ret;

	map_late(area);
	must_map_new(&flooded, FLOOD_IOVA, 1);
	if (pages_ask(flooded.fd, PAGES_HOLD, FLOOD_IOVA, 1) != 1)
		bail_out("no page is pinned");
	pthread_create(&reader, NULL, run_late, NULL);
	pthread_barrier_wait(&together);
	pthread_create(&unmapper, NULL, run_unmap_one, NULL);
	usleep(200000);
	ret = pages_ask(flooded.fd, PAGES_HOLD, MANY_IOVA, 1);
	pthread_join(unmapper, NULL);
	pthread_join(reader, NULL);
	pages_ask(flooded.fd, PAGES_DROP, MANY_IOVA, 1);
	return ret;
}

int cmd_pagelate(char **args)
{
	int i, pinned = 0;
	char *slow;

	page_size = sysconf(_SC_PAGESIZE);
	slow_ms = LATE_MS;
	pthread_barrier_init(&together, NULL, 2);
	device_must_open(&flooded, args[0]);
	must_map_new(&flooded, MANY_IOVA, 1);
	slow = slow_memory(LATE_ROUNDS);
	if (!slow) {
		skip("no userfaultfd", "a page is pinned");
		return tap_done();
	}
	/* The unmapping task may have come too often before the lock was taken. */
	for (i = 0; i < LATE_ROUNDS && !pinned; i++)
		pinned = pin_late(slow + i * page_size) == 1;
	ok(pinned, "a page is pinned when VFIO has come to it, in round %d", i);
	is(failed, 0, "unmaps that failed");
	return tap_done();
}

/* pagepoll */

#define POLL_PAGES	64

static void *run_close(void *arg)
{
	device_close(&flooded);
	return arg;
}

/* Closing can't be killed, so another thread does it. */
static bool close_in_time(int seconds)
{
	struct timespec end;
	pthread_t closer;

	if (pthread_create(&closer, NULL, run_close, NULL))
		bail_out("no thread");
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += seconds;
	return !pthread_timedjoin_np(closer, NULL, &end);
}

int cmd_pagepoll(char **args)
{
	int i;

	page_size = sysconf(_SC_PAGESIZE);
	for (i = 0; i < 3; i++) {
		device_must_open(&flooded, args[0]);
		must_map_new(&flooded, FLOOD_IOVA, POLL_PAGES);
		if (!i)
			is(pages_ask(flooded.fd, PAGES_POLL, FLOOD_IOVA, 1), 0,
			   "the driver begins to read");
		else
			is(pages_ask(flooded.fd, PAGES_POLL_REFUSED, 0, 1), 1,
			   "it got ENODEV while nobody had the device");
		usleep(300000);
		if (!ok(close_in_time(60), "the device is closed in time"))
			break;
		usleep(300000);
	}
	return tap_done();
}
