// SPDX-License-Identifier: GPL-2.0-only
/*
 * dirty, dirtyrace: DMA logging, on a device of the test driver mdev_dirty_test,
 * which does with our memory what it is told to.
 */
#define _GNU_SOURCE	/* mremap() */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../modules/mdev_dirty_test.h"
#include "commands.h"
#include "device.h"
#include "migration.h"
#include "tap.h"

#define GET VFIO_DEVICE_FEATURE_GET
#define SET VFIO_DEVICE_FEATURE_SET
#define PROBE VFIO_DEVICE_FEATURE_PROBE
#define START VFIO_DEVICE_FEATURE_DMA_LOGGING_START
#define STOP VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP
#define REPORT VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT

#define AREA		0x100000UL
#define AREA_PAGES	64
#define MAX_RANGES	256

static uint64_t page_size;

typedef struct vfio_device_feature_dma_logging_range range_t;

static int start_raw(int fd, uint64_t *size, uint32_t nr, const range_t *ranges)
{
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = *size,
		.num_ranges = nr,
		.ranges = (uintptr_t)ranges,
	};
	int ret = feature_call(fd, START | SET, &control, sizeof(control));

	*size = control.page_size;
	return ret;
}

static int start(int fd, uint64_t size, uint64_t iova, uint64_t length)
{
	range_t range = { .iova = iova, .length = length };

	return start_raw(fd, &size, 1, &range);
}

static int stop(int fd)
{
	return feature_call(fd, STOP | SET, NULL, 0);
}

static int report_raw(int fd, uint64_t iova, uint64_t length, uint64_t size,
		      void *bitmap)
{
	struct vfio_device_feature_dma_logging_report report = {
		.iova = iova,
		.length = length,
		.page_size = size,
		.bitmap = (uintptr_t)bitmap,
	};

	return feature_call(fd, REPORT | GET, &report, sizeof(report));
}

/* The pages from @first on, @pages of them, at most 64: a bit for each. */
static uint64_t report(int fd, unsigned int first, unsigned int pages)
{
	uint64_t bitmap[2] = { 0, 0 };
	int ret = report_raw(fd, AREA + first * page_size, pages * page_size,
			     page_size, bitmap);

	if (ret)
		bail_out("no report: %s", errno_name(ret));
	if (bitmap[1])
		ok(false, "bits behind the bitmap's end: 0x%llx",
		   (unsigned long long)bitmap[1]);
	return bitmap[0];
}

static long ask(int fd, uint32_t op, uint64_t iova, uint64_t length)
{
	struct dirty_request request = {
		.op = op, .iova = iova, .length = length,
	};

	if (device_write(fd, &request, sizeof(request), 0) != sizeof(request) ||
	    device_read(fd, &request, sizeof(request), 0) != sizeof(request))
		bail_out("the device takes no request");
	return request.result;
}

static long ask_page(int fd, uint32_t op, unsigned int page)
{
	return ask(fd, op, AREA + page * page_size, 8);
}

static struct dirty_request state(int fd)
{
	struct dirty_request request;

	ask(fd, DIRTY_NOTHING, 0, 0);
	if (device_read(fd, &request, sizeof(request), 0) != sizeof(request))
		bail_out("the device does not say its state");
	return request;
}

static void map_area(struct device *dev)
{
	const size_t size = AREA_PAGES * page_size;

	if (device_map(dev, new_memory(size), AREA, size, MAP_RW))
		bail_out("no memory for the device");
}

/* bits FROM..TO */
static uint64_t bits(unsigned int from, unsigned int to)
{
	return (~0ULL << from) & (~0ULL >> (63 - to));
}

static void test_wrong_starts(int fd)
{
	static range_t many[MAX_RANGES + 1];
	range_t two[2] = {
		{ .iova = AREA, .length = 4 * page_size },
		{ .iova = AREA + 3 * page_size, .length = page_size },
	};
	uint64_t size = page_size;
	unsigned int i;

	is(start_raw(fd, &size, 0, two), -EINVAL, "start: no range");
	is(start_raw(fd, &size, MAX_RANGES + 1, many), -E2BIG,
	   "start: too many ranges");
	is(start_raw(fd, &size, UINT32_MAX, many), -E2BIG,
	   "start: as many as there can't be");
	is(start_raw(fd, &size, 2, two), -EINVAL, "start: ranges that overlap");
	is(start_raw(fd, &size, 1, NULL), -EFAULT, "start: ranges nowhere");
	is(start_raw(fd, &size, 2, end_of_memory(sizeof(two[0]))), -EFAULT,
	   "start: the second range nowhere");
	size = 0;
	is(start_raw(fd, &size, 1, two), -EINVAL, "start: pages of no bytes");
	size = page_size * 3;
	ok(start_raw(fd, &size, 1, two) < 0, "start: pages of three pages");
	is(start(fd, page_size, AREA + 1, page_size), -EINVAL,
	   "start: a range that is not aligned");
	ok(start(fd, page_size, AREA, 0) < 0, "start: a range of no bytes");
	ok(start(fd, 1, -8, 16) < 0, "start: a range around the end");
	ok(start(fd, page_size, -page_size, 2 * page_size) < 0,
	   "start: the last page, and one more");
	for (i = 0; i < MAX_RANGES; i++)
		many[i] = (range_t){ .iova = AREA + 2 * i * page_size };
	size = page_size;
	ok(start_raw(fd, &size, MAX_RANGES, many) < 0,
	   "start: as many ranges as there may be, without length");
	is(report_raw(fd, AREA, page_size, page_size, &size), -EINVAL,
	   "nothing of that has started it: no report");
	is(stop(fd), 0, "and it may be stopped as well");
}

static void test_wrong_reports(int fd)
{
	static uint64_t bitmap[2];
	unsigned int shift;

	/* Not every kernel looks at a bitmap in which it has nothing to set. */
	ask_page(fd, DIRTY_WRITE, 0);
	report_raw(fd, AREA, page_size, page_size, NULL);
	ask_page(fd, DIRTY_WRITE, 63);
	report_raw(fd, AREA, 1ULL << 40, page_size, end_of_memory(8));
	report(fd, 0, 64);
	is(report_raw(fd, AREA, page_size, 1, bitmap), -EINVAL,
	   "report: pages of one byte");
	is(report_raw(fd, AREA, page_size, 3 * page_size, bitmap), -EINVAL,
	   "report: pages of three pages");
	ok(report_raw(fd, AREA, 0, page_size, bitmap) < 0,
	   "report: no memory");
	ok(report_raw(fd, -page_size, 2 * page_size, page_size, bitmap) < 0,
	   "report: memory around the end");
	for (shift = 12; shift < 64; shift++)
		report_raw(fd, 0, ~0ULL, 1ULL << shift, end_of_memory(64));
	ok(true, "report: all memory there is");
}

static void test_written(int fd)
{
	is(report(fd, 0, 64), 0, "nothing is written yet");
	is(ask(fd, DIRTY_READ, AREA, 8), 0, "the driver reads");
	is(report(fd, 0, 64), 0, "which does not write");
	is(ask(fd, DIRTY_WRITE, AREA + page_size - 4, 8), 0,
	   "it writes across two pages");
	is(ask_page(fd, DIRTY_WRITE, 63), 0, "and to the last one");
	is(report(fd, 2, 61), 0, "not in between");
	ok(report(fd, 1, 4) == 1, "the second of them");
	ok(report(fd, 0, 64) == (1 | 1ULL << 63), "and the others");
	is(report(fd, 0, 64), 0, "once");
	is(ask(fd, DIRTY_WRITE, AREA + AREA_PAGES * page_size, 8), -EINVAL,
	   "a write that fails");
	is(ask_page(fd, DIRTY_WRITE, 9), 0, "one that does not");
	ok(report(fd, 0, 64) == 1ULL << 9, "is all there is");
}

/* One bit stands for 16 pages. */
static void test_sizes(int fd)
{
	uint64_t bitmap = 0;

	is(ask_page(fd, DIRTY_WRITE, 17), 0, "write");
	is(ask_page(fd, DIRTY_WRITE, 18), 0, "and to the next");
	is(ask_page(fd, DIRTY_WRITE, 63), 0, "and to the last");
	is(report_raw(fd, AREA, 64 * page_size, 16 * page_size, &bitmap), 0,
	   "a report in larger units");
	ok(bitmap == 0xa, "has the second and the last: 0x%llx",
	   (unsigned long long)bitmap);
	is(report(fd, 0, 64), 0, "no more in smaller ones");
}

static void test_pinned(int fd)
{
	unsigned int page;

	is(ask_page(fd, DIRTY_PIN_READ, 3), 1, "pin a page for reading");
	is(report(fd, 0, 64), 0, "which does not write");
	is(ask_page(fd, DIRTY_UNPIN, 3), 1, "unpin it");
	is(report(fd, 0, 64), 0, "nor does that");
	for (page = 4; page < 8; page++)
		ask_page(fd, DIRTY_PIN_WRITE, page);
	ok(report(fd, 0, 64) == bits(4, 7), "four pinned for writing");
	ok(report(fd, 0, 64) == bits(4, 7), "each time");
	ok(report(fd, 5, 2) == bits(0, 1), "and in parts");
	is(ask_page(fd, DIRTY_PIN_WRITE, 5), 1, "pin one again");
	is(ask_page(fd, DIRTY_UNPIN, 5), 1, "unpin it once");
	for (page = 6; page < 8; page++)
		ask_page(fd, DIRTY_UNPIN, page);
	ok(report(fd, 0, 64) == bits(4, 7), "two unpinned: reported once more");
	ok(report(fd, 0, 64) == bits(4, 5), "then what is still pinned");
	ask_page(fd, DIRTY_UNPIN, 4);
	ask_page(fd, DIRTY_UNPIN, 5);
	ok(report(fd, 0, 64) == bits(4, 5), "once more");
	is(report(fd, 0, 64), 0, "then nothing");
	is(ask_page(fd, DIRTY_PIN_WRITE, 11), 1, "pin one");
	is(stop(fd), 0, "stop");
	is(ask_page(fd, DIRTY_WRITE, 12), 0, "a write that nobody asks for");
	is(start(fd, page_size, 0, 1ULL << 40), 0, "start again");
	ok(report(fd, 0, 64) == 1 << 11, "what was pinned before counts");
	is(ask_page(fd, DIRTY_UNPIN, 11), 1, "unpin it");
	ok(report(fd, 0, 64) == 1 << 11, "once more");
}

/* Two ranges, in the wrong order: what is outside does not count. */
static void test_ranges(int fd)
{
	range_t ranges[] = {
		{ .iova = AREA + 20 * page_size, .length = 10 * page_size },
		{ .iova = AREA + 4 * page_size, .length = page_size },
	};
	uint64_t size = page_size;
	unsigned int page;

	is(stop(fd), 0, "stop");
	is(start_raw(fd, &size, 2, ranges), 0, "two ranges");
	is(size, page_size, "in pages");
	for (page = 0; page < 64; page++)
		ask_page(fd, DIRTY_WRITE, page);
	ok(report(fd, 0, 64) == (1 << 4 | bits(20, 29)),
	   "what is written there is reported");
	is(stop(fd), 0, "stop");
}

/* More than there is room for: a bit of the log is for many pages. */
static void test_coarse(int fd)
{
	uint64_t size = page_size;
	range_t range = { .iova = 0, .length = 1ULL << 62 };
	uint64_t bitmap = 0;

	is(start_raw(fd, &size, 1, &range), 0, "start on a quarter of all");
	ok(size > page_size && !(size & (size - 1)),
	   "it says how coarse that is: %llu", (unsigned long long)size);
	is(report(fd, 0, 64), 0, "nothing is written yet");
	is(ask_page(fd, DIRTY_WRITE, 40), 0, "write");
	ok(report(fd, 0, 64) == ~0ULL, "all around it is reported");
	ok(report(fd, 3, 5) == bits(0, 4), "again, as it was asked for in part");
	is(report_raw(fd, 0, size, size, &bitmap), 0, "a report of all of it");
	ok(bitmap == 1, "has it");
	is(report(fd, 0, 64), 0, "and no more");
	is(stop(fd), 0, "stop");
	size = 16 * page_size;
	range.length = 1ULL << 40;
	is(start_raw(fd, &size, 1, &range), 0, "as coarse as one wishes");
	is(size, 16 * page_size, "it says so");
	is(ask_page(fd, DIRTY_WRITE, 17), 0, "write");
	ok(report(fd, 0, 64) == bits(16, 31), "what is around it, too");
	is(stop(fd), 0, "stop");
}

static void test_own(struct device *dev)
{
	range_t ranges[] = {
		{ .iova = 0x800000, .length = 0x10000 },
		{ .iova = 0, .length = 0x200000 },
	};
	uint64_t size = page_size;
	struct dirty_request told;
	uint64_t bitmap = 0;
	int fd = dev->fd;

	is(ask(fd, DIRTY_FAIL, 0, 1), 0, "the driver is to fail");
	is(start(fd, page_size, 0, 0x100000), -EIO, "start: its error");
	is(ask(fd, DIRTY_FAIL, 0, 0), 0, "no more");
	is(stop(fd), 0, "stop what has not started");
	told = state(fd);
	is(told.starts, 1, "it was asked once");
	is(told.stops, 0, "and needs no end");

	is(start_raw(fd, &size, 2, ranges), 0, "start");
	told = state(fd);
	is(told.starts, 2, "it is asked");
	is(told.nr_ranges, 2, "for both ranges");
	is(told.page_size, page_size, "in pages");
	is(told.first_iova, 0, "in order");
	is(told.last_length, 0x10000, "to the last");
	is(start_raw(fd, &size, 2, ranges), -EINVAL, "not twice");
	is(state(fd).starts, 2, "of which it does not hear");

	is(ask_page(fd, DIRTY_PIN_WRITE, 2), 1, "pin a page for writing");
	is(report(fd, 0, 64), 0, "which says nothing");
	is(ask(fd, DIRTY_MARK, AREA + 6 * page_size + 1, 2 * page_size), 0,
	   "the driver says it has written");
	is(ask_page(fd, DIRTY_WRITE, 1), 0, "and does, by vfio_dma_rw()");
	ok(report(fd, 0, 64) == (2 | bits(6, 8)), "both are reported");
	is(report(fd, 0, 64), 0, "once");
	is(ask(fd, DIRTY_MARK, 0, ~0ULL), 0, "it says it has written all");
	ok(report(fd, 8, 3) == 7, "of which what was asked for is reported");
	is(ask(fd, DIRTY_MARK, -page_size, ~0ULL), 0, "more than there can be");
	is(report(fd, 8, 3), 0, "is nothing");
	is(ask(fd, DIRTY_FAIL, 1, 0), 0, "the driver is to fail");
	is(report_raw(fd, AREA, page_size, page_size, &bitmap), -EIO,
	   "report: its error");
	is(ask(fd, DIRTY_FAIL, 0, 0), 0, "no more");
	is(stop(fd), 0, "stop");
	is(state(fd).stops, 1, "it hears of that");
	is(stop(fd), 0, "again");
	is(state(fd).stops, 1, "it does not");
}

static void test_features(int fd)
{
	uint64_t data = 0;

	is(feature_call(fd, START | PROBE, &data, 0), 0, "start: there");
	is(feature_call(fd, START | PROBE | SET, &data, 0), 0, "it can be set");
	is(feature_call(fd, START | PROBE | GET, &data, 0), -EINVAL, "not got");
	is(feature_call(fd, STOP | PROBE | SET, &data, 0), 0, "stop: likewise");
	is(feature_call(fd, REPORT | PROBE | GET, &data, 0), 0,
	   "report: to be got");
	is(feature_call(fd, START | SET, &data, sizeof(data)), -EINVAL,
	   "start: not enough room");
	is(feature_call(fd, REPORT | GET, &data, sizeof(data)), -EINVAL,
	   "report: not enough room");
}

/* args: UUID, and what it is: "without" the feature, a "card", or a type */
int cmd_dirty(char **args)
{
	struct device dev;
	uint64_t data = 0;

	page_size = sysconf(_SC_PAGESIZE);
	device_must_open(&dev, args[0]);
	if (!strcmp(args[1], "without")) {
		is(feature_call(dev.fd, START | PROBE, &data, 0), -ENOTTY,
		   "start: not there");
		is(feature_call(dev.fd, STOP | SET, NULL, 0), -ENOTTY,
		   "stop: not there");
		is(report_raw(dev.fd, AREA, page_size, page_size, &data),
		   -ENOTTY, "report: not there");
		device_close(&dev);
		return tap_done();
	}

	test_features(dev.fd);
	test_wrong_starts(dev.fd);
	map_area(&dev);
	if (!strcmp(args[1], "own")) {
		test_own(&dev);
	} else if (!strcmp(args[1], "card")) {
		is(start(dev.fd, page_size, 0, 1ULL << 40), 0, "start");
		is(report(dev.fd, 0, 64), 0, "nothing is ever written");
		is(stop(dev.fd), 0, "stop");
	} else {
		is(start(dev.fd, page_size, 0, 1ULL << 40), 0, "start");
		is(start(dev.fd, page_size, 0, 1ULL << 40), -EINVAL,
		   "not twice");
		test_wrong_reports(dev.fd);
		test_written(dev.fd);
		test_sizes(dev.fd);
		test_pinned(dev.fd);
		test_ranges(dev.fd);
		test_coarse(dev.fd);
	}
	is(start(dev.fd, page_size, 0, 1ULL << 40), 0, "start, and close");
	close(dev.fd);
	dev.fd = device_get_fd(&dev);
	is(report_raw(dev.fd, AREA, page_size, page_size, &data), -EINVAL,
	   "which has ended it");
	is(start(dev.fd, page_size, 0, 1ULL << 40), 0, "it can start again");
	device_close(&dev);
	return tap_done();
}

/* What a report has to set goes on where the bitmap has no memory. */
static void odd_report(int fd, uint64_t iova, uint64_t length, uint64_t size,
		       const char *name)
{
	unsigned int page;

	for (page = 0; page < 16; page++)
		ask_page(fd, DIRTY_WRITE, page);
	diag("report: %s", name);
	report_raw(fd, iova, length, size, end_of_memory(1));
	ok(true, "report: %s", name);
	report(fd, 0, 64);
}

/* args: UUID. The kernel must not go on for ever: who calls it looks at the time. */
int cmd_dirtyodd(char **args)
{
	struct device dev;

	page_size = sysconf(_SC_PAGESIZE);
	device_must_open(&dev, args[0]);
	map_area(&dev);
	is(start(dev.fd, page_size, 0, 1ULL << 40), 0, "start");
	odd_report(dev.fd, AREA, 16 * page_size, page_size, "whole pages");
	odd_report(dev.fd, AREA, 16 * page_size - 1, page_size,
		   "a byte less than a page");
	odd_report(dev.fd, AREA, 12 * page_size + 1, page_size,
		   "a byte more");
	odd_report(dev.fd, AREA + 1, 15 * page_size, page_size,
		   "pages that begin at odd addresses");
	odd_report(dev.fd, AREA + 1, 15 * page_size - 1234, page_size,
		   "both");
	/* the ninth bit begins in the middle of what is written */
	odd_report(dev.fd, AREA + 8 * page_size - 8 * 16 * page_size,
		   32 * 16 * page_size, 16 * page_size,
		   "bits for more than was written");
	device_close(&dev);
	return tap_done();
}

#define ALIAS_SIZE (64UL << 20)
#define ALIASES 256UL

/*
 * args: UUID. One bit of the log is for more memory than a bitmap of 16 GiB; the user has
 * 64 MiB of it.
 */
int cmd_dirtyendless(char **args)
{
	struct device dev;
	unsigned long i;
	char *memory, *bitmap;

	page_size = sysconf(_SC_PAGESIZE);
	device_must_open(&dev, args[0]);
	map_area(&dev);
	bitmap = mmap(NULL, ALIASES * ALIAS_SIZE, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	memory = mmap(NULL, ALIAS_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (bitmap == MAP_FAILED || memory == MAP_FAILED)
		bail_out("no memory for the bitmap: %s", errno_name(-errno));
	/* of shared memory this makes one mapping more */
	for (i = 0; i < ALIASES; i++)
		if (mremap(memory, 0, ALIAS_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   bitmap + i * ALIAS_SIZE) == MAP_FAILED)
			bail_out("no mapping: %s", errno_name(-errno));
	if (start(dev.fd, 1ULL << 50, 0, 1ULL << 50))
		bail_out("the log does not start");
	ask_page(dev.fd, DIRTY_WRITE, 0);
	printf("it begins\n");
	report_raw(dev.fd, 0, 8 * ALIASES * ALIAS_SIZE * page_size, page_size,
		   bitmap);
	printf("it has ended\n");
	return 0;
}

#define RACERS 5

struct racer {
	pthread_t thread;
	int number;
	int fd;
	time_t end;
	unsigned long calls;
	unsigned long succeeded;
};

/* A bit for each MiB of 2^41 bytes, as rand_r() gives 31 bits. */
static uint64_t large[(1 << 21) / 64 + 1];

static bool race_once(int number, int fd, unsigned int *seed)
{
	uint64_t bitmap[4];
	uint32_t op;

	switch (number) {
	case 0:
		return !start(fd, page_size << rand_r(seed) % 4, 0,
			      1ULL << (20 + rand_r(seed) % 40));
	case 1:
		if (rand_r(seed) % 4)
			return !report_raw(fd, AREA, 256 * page_size, page_size,
					   bitmap);
		return !stop(fd);
	case 2:
		return !report_raw(fd, (uint64_t)rand_r(seed) << 12,
				   (uint64_t)rand_r(seed) << 10, 1 << 20,
				   large);
	case 3:
		return !ask_page(fd, DIRTY_WRITE, rand_r(seed) % 64);
	default:
		op = rand_r(seed) % 2 ? DIRTY_PIN_WRITE : DIRTY_UNPIN;
		return ask_page(fd, op, rand_r(seed) % 64) != -ENODEV;
	}
}

static void *run_racer(void *arg)
{
	struct racer *racer = arg;
	unsigned int seed = racer->number;

	do {
		racer->succeeded += race_once(racer->number, racer->fd, &seed);
		racer->calls++;
	} while (time(NULL) < racer->end || (!racer->succeeded &&
		 time(NULL) < racer->end + 60));
	return NULL;
}

/* Whatever is answered is right, as long as the kernel lives. */
int cmd_dirtyrace(char **args)
{
	struct racer racers[RACERS] = { 0 };
	unsigned int i, lazy = 0;
	struct device dev;

	page_size = sysconf(_SC_PAGESIZE);
	device_must_open(&dev, args[0]);
	map_area(&dev);
	for (i = 0; i < RACERS; i++) {
		racers[i].number = i;
		racers[i].fd = dev.fd;
		racers[i].end = time(NULL) + atoi(args[1]);
		pthread_create(&racers[i].thread, NULL, run_racer, &racers[i]);
	}
	for (i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		diag("thread %u: %lu calls, %lu succeeded", i, racers[i].calls,
		     racers[i].succeeded);
		lazy += !racers[i].succeeded;
	}
	is(lazy, 0, "each thread had some success");
	device_close(&dev);
	return tap_done();
}
