// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz: random reads, writes, ioctls and mappings from four threads on one
 * file. Whatever is answered is right, as long as the kernel lives. What a
 * thread does depends on the seed and the thread's number only.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "irq.h"
#include "tap.h"

#define THREADS		4
#define EVENTS		4
#define BUF_SIZE	4096
#define MAX_SECONDS	3600
#define MAX_REGIONS	16

struct fuzzer {
	pthread_t thread;
	uint64_t state;
	int fd;
	const struct vfio_region_info *regions;
	unsigned int nr_regions;
	const int *events;
	int not_an_eventfd;
	unsigned long max_calls;	/* 0: until the deadline */
	time_t deadline;
	unsigned long calls;
	unsigned long succeeded;
	unsigned char *buf;	/* unmapped memory follows */
};

static uint64_t any(struct fuzzer *fuzzer)
{
	/* xorshift64* */
	fuzzer->state ^= fuzzer->state >> 12;
	fuzzer->state ^= fuzzer->state << 25;
	fuzzer->state ^= fuzzer->state >> 27;
	return fuzzer->state * 0x2545f4914f6cdd1dULL;
}

static uint32_t below(struct fuzzer *fuzzer, uint32_t limit)
{
	return (any(fuzzer) >> 32) % limit;
}

/* Small numbers, powers of two and their neighbours, anything. */
static uint64_t any_number(struct fuzzer *fuzzer)
{
	switch (below(fuzzer, 4)) {
	case 0:
		return below(fuzzer, 4);
	case 1:
		return below(fuzzer, 70);
	case 2:
		return (1ULL << below(fuzzer, 64)) + below(fuzzer, 3) - 1;
	default:
		return any(fuzzer);
	}
}

static void fill_buf(struct fuzzer *fuzzer, size_t size)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < size; i += sizeof(value)) {
		value = any(fuzzer);
		memcpy(fuzzer->buf + i, &value,
		       size - i < sizeof(value) ? size - i : sizeof(value));
	}
}

/* Where to put an argument of @size bytes: now and then too near the end. */
static void *any_place(struct fuzzer *fuzzer, size_t size)
{
	if (below(fuzzer, 32))
		return fuzzer->buf;
	if (below(fuzzer, 4) == 0)
		return (void *)(uintptr_t)any(fuzzer);
	return fuzzer->buf + BUF_SIZE - below(fuzzer, size + 1);
}

static uint64_t any_position(struct fuzzer *fuzzer)
{
	const struct vfio_region_info *region =
		&fuzzer->regions[below(fuzzer, fuzzer->nr_regions)];

	switch (below(fuzzer, 8)) {
	case 0:
		return any_number(fuzzer);
	case 1:
		return region->offset + any_number(fuzzer);
	case 2:
		return (uint64_t)below(fuzzer, 512) << 40 | below(fuzzer, 300);
	case 3:
		return fuzzer->regions[VFIO_PCI_CONFIG_REGION_INDEX].offset +
		       below(fuzzer, 260);
	default:
		return fuzzer->regions[below(fuzzer, 2)].offset +
		       below(fuzzer, 10);
	}
}

static size_t any_count(struct fuzzer *fuzzer)
{
	static const size_t counts[] = { 1, 1, 1, 2, 4, 8, 3, 0, 5, 16, 256 };

	if (below(fuzzer, 16) == 0)
		return below(fuzzer, BUF_SIZE + 1);
	return counts[below(fuzzer, ARRAY_SIZE(counts))];
}

static long random_read(struct fuzzer *fuzzer)
{
	size_t count = any_count(fuzzer);

	return device_read(fuzzer->fd, any_place(fuzzer, count), count,
			   any_position(fuzzer));
}

static long random_write(struct fuzzer *fuzzer)
{
	size_t count = any_count(fuzzer);

	fill_buf(fuzzer, count);
	return device_write(fuzzer->fd, any_place(fuzzer, count), count,
			    any_position(fuzzer));
}

static int any_fd(struct fuzzer *fuzzer)
{
	switch (below(fuzzer, 8)) {
	case 0:
		return -1;
	case 1:
		return fuzzer->not_an_eventfd;
	case 2:
		return any_number(fuzzer);
	default:
		return fuzzer->events[below(fuzzer, EVENTS)];
	}
}

static long random_set_irqs(struct fuzzer *fuzzer)
{
	struct vfio_irq_set *set = (void *)fuzzer->buf;
	int32_t *data = (void *)(fuzzer->buf + sizeof(*set));
	bool wild = below(fuzzer, 8) == 0;
	int i;

	set->argsz = wild ? any_number(fuzzer) : sizeof(*set) + 64;
	set->flags = wild ? any_number(fuzzer) :
		     1u << below(fuzzer, 3) | 8u << below(fuzzer, 3);
	set->index = wild ? any_number(fuzzer) : below(fuzzer, VFIO_PCI_NUM_IRQS);
	set->start = wild ? any_number(fuzzer) : 0;
	set->count = wild ? any_number(fuzzer) : below(fuzzer, 8) != 0;
	for (i = 0; i < 16; i++)
		data[i] = set->flags & VFIO_IRQ_SET_DATA_EVENTFD ?
			  any_fd(fuzzer) : (int32_t)any(fuzzer);
	return device_ioctl(fuzzer->fd, VFIO_DEVICE_SET_IRQS, set);
}

static long random_info(struct fuzzer *fuzzer)
{
	static const unsigned long requests[] = {
		VFIO_DEVICE_GET_INFO, VFIO_DEVICE_GET_REGION_INFO,
		VFIO_DEVICE_GET_IRQ_INFO, VFIO_DEVICE_QUERY_GFX_PLANE,
	};
	uint32_t words[16];
	void *arg = any_place(fuzzer, sizeof(words));
	int i;

	for (i = 0; i < 16; i++)
		words[i] = any_number(fuzzer);
	if (below(fuzzer, 4))
		words[0] = sizeof(words);
	if ((unsigned char *)arg == fuzzer->buf)
		memcpy(arg, words, sizeof(words));
	return device_ioctl(fuzzer->fd, requests[below(fuzzer, 4)], arg);
}

static long random_ioctl(struct fuzzer *fuzzer)
{
	unsigned int number = VFIO_BASE + below(fuzzer, 32);
	uint32_t argsz = any_number(fuzzer);
	unsigned long request;
	void *arg;

	/* One that makes files would run out of them. */
	if (number == VFIO_BASE + 17)
		number++;
	request = below(fuzzer, 4) ? _IO(VFIO_TYPE, number) :
		  _IOC(below(fuzzer, 4), VFIO_TYPE, number,
		       below(fuzzer, 1 << _IOC_SIZEBITS));
	fill_buf(fuzzer, 64);
	memcpy(fuzzer->buf, &argsz, sizeof(argsz));
	arg = any_place(fuzzer, 64);
	return device_ioctl(fuzzer->fd, request, arg);
}

/* Whether device features exist, without asking for any file. */
static long random_feature_probe(struct fuzzer *fuzzer)
{
	struct vfio_device_feature *feature = (void *)fuzzer->buf;

	fill_buf(fuzzer, 64);
	feature->argsz = below(fuzzer, 2) ? 64 : any_number(fuzzer);
	feature->flags = VFIO_DEVICE_FEATURE_PROBE | below(fuzzer, 16) |
			 below(fuzzer, 4) << 16;
	return device_ioctl(fuzzer->fd, VFIO_DEVICE_FEATURE, feature);
}

static long random_mapping(struct fuzzer *fuzzer)
{
	size_t size = (1 + below(fuzzer, 4)) * sysconf(_SC_PAGESIZE);
	uint64_t position = any_position(fuzzer) & ~0xfffULL;
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 below(fuzzer, 2) ? MAP_SHARED : MAP_PRIVATE,
			 fuzzer->fd, position);

	if (map == MAP_FAILED)
		return -1;
	munmap(map, size);
	return 0;
}

static long random_call(struct fuzzer *fuzzer)
{
	switch (below(fuzzer, 16)) {
	case 0:
	case 1:
	case 2:
		return random_set_irqs(fuzzer);
	case 3:
		return random_info(fuzzer);
	case 4:
		return random_ioctl(fuzzer);
	case 5:
		return random_feature_probe(fuzzer);
	case 6:
		return below(fuzzer, 4) ? random_mapping(fuzzer) :
		       device_reset(fuzzer->fd);
	case 7:
	case 8:
	case 9:
	case 10:
		return random_read(fuzzer);
	default:
		return random_write(fuzzer);
	}
}

static void *run_fuzzer(void *arg)
{
	struct fuzzer *fuzzer = arg;

	while (!fuzzer->max_calls || fuzzer->calls < fuzzer->max_calls) {
		if (fuzzer->calls % 64 == 0 && time(NULL) >= fuzzer->deadline)
			break;
		fuzzer->succeeded += random_call(fuzzer) >= 0;
		fuzzer->calls++;
	}
	return NULL;
}

/* PCI's regions, and those behind them that the device has. */
static void get_regions(struct fuzzer *fuzzer, struct vfio_region_info *regions)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	unsigned int i;

	device_ioctl(fuzzer->fd, VFIO_DEVICE_GET_INFO, &info);
	fuzzer->regions = regions;
	fuzzer->nr_regions = info.num_regions;
	if (fuzzer->nr_regions < VFIO_PCI_NUM_REGIONS)
		fuzzer->nr_regions = VFIO_PCI_NUM_REGIONS;
	if (fuzzer->nr_regions > MAX_REGIONS)
		fuzzer->nr_regions = MAX_REGIONS;
	for (i = 0; i < fuzzer->nr_regions; i++)
		region_info(fuzzer->fd, i, &regions[i]);
}

static void set_bounds(struct fuzzer *fuzzer, const char *amount)
{
	char *unit;
	unsigned long number = strtoul(amount, &unit, 0);

	if (*unit == 's') {
		fuzzer->deadline = time(NULL) + number;
	} else {
		fuzzer->max_calls = number ? number : 1;
		fuzzer->deadline = time(NULL) + MAX_SECONDS;
	}
}

static void start_fuzzers(struct fuzzer *fuzzers, const struct fuzzer *common,
			  uint64_t seed)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		fuzzers[i] = *common;
		fuzzers[i].state = (seed * THREADS + i + 1) *
				   0x9e3779b97f4a7c15ULL;
		fuzzers[i].buf = end_of_memory(BUF_SIZE);
	}
	for (i = 0; i < THREADS; i++)
		pthread_create(&fuzzers[i].thread, NULL, run_fuzzer,
			       &fuzzers[i]);
}

int cmd_fuzz(char **args)
{
	struct vfio_region_info regions[MAX_REGIONS];
	unsigned long calls = 0, succeeded = 0;
	struct fuzzer common = {};
	struct fuzzer fuzzers[THREADS];
	int events[EVENTS];
	struct device dev;
	int i;

	device_must_open(&dev, args[0]);
	common.fd = dev.fd;
	get_regions(&common, regions);
	for (i = 0; i < EVENTS; i++)
		events[i] = irq_eventfd();
	common.events = events;
	common.not_an_eventfd = dev.container;
	set_bounds(&common, args[1]);
	start_fuzzers(fuzzers, &common, strtoull(args[2], NULL, 0));

	for (i = 0; i < THREADS; i++) {
		pthread_join(fuzzers[i].thread, NULL);
		calls += fuzzers[i].calls;
		succeeded += fuzzers[i].succeeded;
	}
	device_close(&dev);
	printf("fuzz: %lu calls, %lu succeeded, seed %s\n", calls, succeeded,
	       args[2]);
	return 0;
}
