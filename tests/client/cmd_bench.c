// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: what operations on the devices of a type cost, in instructions, for
 * "make bench". The guest's clock counts them; the emulator is told to.
 * benchmany: what they cost with more and more devices.
 *
 * Each operation is checked: one that fails ends the program.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "bench.h"
#include "commands.h"
#include "device.h"
#include "irq.h"
#include "tap.h"
#include "uart.h"

#define BATCHES		31	/* of which the median counts */
#define ACCESSES	200	/* in a batch */
#define STEPS		12	/* to the largest number of devices */
#define UUID_FORMAT	"83b8f4f2-509f-382f-3c1e-%012x"

struct bench {
	struct device dev;
	uint64_t bar;		/* offsets of regions */
	uint64_t config;
	uint64_t no_region;
	int event;		/* INTx's */
	int create;		/* the type's file */
	unsigned int there;	/* devices */
};

#ifdef __x86_64__
static inline uint64_t now(void)
{
	return __rdtsc();
}

/* Two instructions for each round. */
static inline void loop(unsigned long rounds)
{
	asm volatile("1: dec %0; jnz 1b" : "+r" (rounds) : : "cc");
}
#else
static uint64_t now(void)
{
	bail_out("only an x86 CPU has a clock that counts instructions");
}

static void loop(unsigned long rounds)
{
	(void)rounds;
}
#endif

static uint64_t report(const char *name, uint64_t count)
{
	printf("%s: %llu\n", name, (unsigned long long)count);
	return count;
}

/* Accesses: so many in a row, without the loop's own cost. */

typedef void (*access_fn)(struct bench *bench);

static void access_nothing(struct bench *bench)
{
	(void)bench;
}

static uint64_t access_batch(struct bench *bench, access_fn access)
{
	uint64_t start = now();
	int i;

	for (i = 0; i < ACCESSES; i++)
		access(bench);
	return now() - start;
}

static uint64_t access_median(struct bench *bench, access_fn access)
{
	uint64_t counts[BATCHES];
	int i;

	access_batch(bench, access);
	for (i = 0; i < BATCHES; i++)
		counts[i] = access_batch(bench, access);
	return median(counts, BATCHES);
}

static uint64_t access_cost(struct bench *bench, const char *name,
			    access_fn access)
{
	uint64_t count = access_median(bench, access) -
			 access_median(bench, access_nothing);

	return report(name, (count + ACCESSES / 2) / ACCESSES);
}

/* A group's file has no read(). */
static void access_refused_by_kernel(struct bench *bench)
{
	uint8_t value;

	must(pread(bench->dev.group, &value, 1, 0) < 0,
	     "a group that is read");
}

static void access_refused_by_device(struct bench *bench)
{
	uint8_t value;

	must(pread(bench->dev.fd, &value, 1, bench->no_region) < 0,
	     "a region that is not there");
}

static uint8_t access_in(struct bench *bench, unsigned int reg)
{
	uint8_t value;

	must(pread(bench->dev.fd, &value, 1, bench->bar + reg) == 1,
	     "a register that is read");
	return value;
}

static void access_out(struct bench *bench, unsigned int reg, uint8_t value)
{
	must(pwrite(bench->dev.fd, &value, 1, bench->bar + reg) == 1,
	     "a register that is written");
}

static void access_read_lsr(struct bench *bench)
{
	must(access_in(bench, UART_LSR) == LSR_IDLE, "LSR");
}

static void access_write_scr(struct bench *bench)
{
	access_out(bench, UART_SCR, 0x5a);
}

static void access_config(struct bench *bench)
{
	uint32_t ids;

	must(pread(bench->dev.fd, &ids, 4, bench->config) == 4 &&
	     ids == 0x32534348, "config space");
}

static void access_byte(struct bench *bench)
{
	access_out(bench, UART_TX, 0xa5);
	must(access_in(bench, UART_RX) == 0xa5, "a byte looped");
}

static void access_byte_intx(struct bench *bench)
{
	uint64_t signals;

	access_out(bench, UART_TX, 0xa5);
	must(read(bench->event, &signals, sizeof(signals)) == sizeof(signals) &&
	     signals == 1, "INTx");
	must((access_in(bench, UART_IIR) & IIR_CAUSE) == UART_IIR_RDI, "IIR");
	must(access_in(bench, UART_RX) == 0xa5, "a byte looped with INTx");
	must(!irq_unmask(bench->dev.fd), "unmasking INTx");
}

/* All eight registers at once: THR, IER, FCR, LCR, MCR, LSR, MSR, SCR. */
static void access_eight_bytes(struct bench *bench)
{
	static const uint8_t out[8] = {
		0xa5, 0, UART_FCR_ENABLE_FIFO, UART_LCR_WLEN8
	};
	uint8_t in[8];

	must(pwrite(bench->dev.fd, out, 8, bench->bar) == 8,
	     "eight bytes written");
	must(pread(bench->dev.fd, in, 8, bench->bar) == 8 &&
	     in[UART_RX] == 0xa5, "eight bytes read");
}

/* Of a device that does nothing. */
static void access_answered_at_once(struct bench *bench)
{
	uint8_t value;

	must(pread(bench->dev.fd, &value, 1, 0) == 1, "a read");
}

static void access_all(struct bench *bench)
{
	uint64_t count;

	access_cost(bench, "pread refused by the kernel",
		    access_refused_by_kernel);
	access_cost(bench, "pread refused by the device",
		    access_refused_by_device);
	access_cost(bench, "read LSR", access_read_lsr);
	access_cost(bench, "write SCR", access_write_scr);
	access_cost(bench, "config space, 4 bytes", access_config);
	access_cost(bench, "a byte looped", access_byte);

	must(!irq_set_eventfd(bench->dev.fd, INTX, VFIO_IRQ_SET_ACTION_TRIGGER,
			      bench->event), "INTx's eventfd");
	access_out(bench, UART_IER, UART_IER_RDI);
	access_cost(bench, "a byte looped with INTx", access_byte_intx);
	access_out(bench, UART_IER, 0);

	count = access_median(bench, access_eight_bytes);
	report("64 bytes by accesses of 8", count * 8 / ACCESSES);
}

/* A device's life */

static void uuid_of(unsigned int number, char *uuid)
{
	snprintf(uuid, UUID_SIZE, UUID_FORMAT, number);
}

static uint64_t life_create(struct bench *bench)
{
	char uuid[UUID_SIZE];
	uint64_t start;
	ssize_t done;

	uuid_of(bench->there++, uuid);
	start = now();
	done = pwrite(bench->create, uuid, UUID_SIZE - 1, 0);
	start = now() - start;
	must(done == UUID_SIZE - 1, "create");
	return start;
}

static uint64_t life_remove(struct bench *bench)
{
	char path[PATH_MAX], uuid[UUID_SIZE];
	uint64_t start;
	ssize_t done;
	int fd;

	uuid_of(--bench->there, uuid);
	snprintf(path, sizeof(path), DEVICES "%s/remove", uuid);
	fd = open(path, O_WRONLY);
	must(fd >= 0, path);
	start = now();
	done = write(fd, "1", 1);
	start = now() - start;
	must(done == 1, path);
	close(fd);
	return start;
}

static void life_all(struct bench *bench, const char *there)
{
	uint64_t creates[BATCHES], removes[BATCHES];
	char name[64];
	int i;

	life_create(bench);
	life_remove(bench);
	for (i = 0; i < BATCHES; i++) {
		creates[i] = life_create(bench);
		removes[i] = life_remove(bench);
	}
	snprintf(name, sizeof(name), "create, %s there", there);
	report(name, median(creates, BATCHES));
	snprintf(name, sizeof(name), "remove, %s there", there);
	report(name, median(removes, BATCHES));
}

static uint64_t life_open(const char *uuid)
{
	uint64_t start = now();
	struct device dev;
	int ret;

	ret = device_open(&dev, uuid);
	device_close(&dev);
	start = now() - start;
	must(!ret, "open");
	return start;
}

static void open_again(const char *uuid)
{
	uint64_t counts[BATCHES];
	int i;

	for (i = 0; i < BATCHES; i++)
		counts[i] = life_open(uuid);
	report("open and close", median(counts, BATCHES));
}

/* What is made at the first open stays until the device is removed. */
static void open_first(struct bench *bench)
{
	uint64_t opens[BATCHES], removes[BATCHES];
	char uuid[UUID_SIZE];
	int i;

	for (i = 0; i < BATCHES; i++) {
		uuid_of(bench->there, uuid);
		life_create(bench);
		opens[i] = life_open(uuid);
		removes[i] = life_remove(bench);
	}
	report("open and close, the first time", median(opens, BATCHES));
	report("remove, after use", median(removes, BATCHES));
}

/* After what RCU frees late, and without what the kernel can do without. */
static long free_memory(void)
{
	char line[128];
	long free = -1;
	FILE *file;
	int fd;

	sleep(10);
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	must(fd >= 0 && write(fd, "3", 1) == 1, "drop_caches");
	close(fd);
	sleep(10);
	file = fopen("/proc/meminfo", "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld kB", &free) == 1)
			break;
	must(free >= 0, "/proc/meminfo");
	fclose(file);
	return free * 1024;
}

/* An interrupt may come in between, so the least of several tries tells. */
static void check_clock(void)
{
	uint64_t start, count, least = UINT64_MAX;
	int i;

	for (i = 0; i < BATCHES; i++) {
		start = now();
		loop(1000);
		count = now() - start;
		if (count < least)
			least = count;
	}
	if (least < 2000 || least > 2010)
		bail_out("the clock counts %llu for 2000 instructions",
			 (unsigned long long)least);
}

static void access_card(struct bench *bench)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_region_info region;
	struct uart uart;

	/* The kernel's own sample knows no interrupt before. */
	must(!device_ioctl(bench->dev.fd, VFIO_DEVICE_GET_INFO, &info), "info");
	must(!region_info(bench->dev.fd, VFIO_PCI_CONFIG_REGION_INDEX, &region),
	     "config space");
	bench->config = region.offset;
	bench->no_region = region.offset / VFIO_PCI_CONFIG_REGION_INDEX *
			   VFIO_PCI_NUM_REGIONS;
	uart_must_find(&uart, bench->dev.fd, 0);
	uart_quiesce(&uart);
	bench->bar = uart.base;
	access_out(bench, UART_FCR, UART_FCR_ENABLE_FIFO);
	bench->event = irq_eventfd();
	access_all(bench);
	close(bench->event);
}

static void use_one(struct bench *bench, bool empty)
{
	char uuid[UUID_SIZE];

	open_first(bench);
	life_create(bench);
	uuid_of(0, uuid);
	life_open(uuid);
	open_again(uuid);
	device_must_open(&bench->dev, uuid);
	if (empty)
		access_cost(bench, "pread answered at once",
			    access_answered_at_once);
	else
		access_card(bench);
	device_close(&bench->dev);
	life_remove(bench);
}

static void open_create(struct bench *bench, const char *dir)
{
	char path[PATH_MAX];

	check_clock();
	snprintf(path, sizeof(path), "%s/create", dir);
	bench->create = open(path, O_WRONLY);
	must(bench->create >= 0, path);
}

/* What devices cost when so many are there; @free was free when none was. */
static void many_count(struct bench *bench, unsigned int many, long free)
{
	char name[64];

	while (bench->there < many)
		life_create(bench);
	snprintf(name, sizeof(name), "bytes per device, of %u", many);
	report(name, (free - free_memory()) / many);
	snprintf(name, sizeof(name), "%u", many);
	life_all(bench, name);
}

static void many_remove(struct bench *bench)
{
	while (bench->there)
		life_remove(bench);
	close(bench->create);
}

int cmd_bench(char **args)
{
	struct bench bench = { 0 };

	open_create(&bench, args[0]);
	life_all(&bench, "none");
	use_one(&bench, args[2]);
	many_count(&bench, strtoul(args[1], NULL, 0), free_memory());
	many_remove(&bench);
	return 0;
}

/* benchmany: how that grows with the number of devices. */
int cmd_benchmany(char **args)
{
	unsigned int i, most = strtoul(args[1], NULL, 0);
	struct bench bench = { 0 };
	long free;

	open_create(&bench, args[0]);
	life_all(&bench, "0");
	free = free_memory();
	for (i = 1; i <= STEPS; i++)
		many_count(&bench, (uint64_t)most * i / STEPS, free);
	many_remove(&bench);
	return 0;
}
