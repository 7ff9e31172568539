// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim: a device of mdev_sim: its configuration space, its BARs by file and by
 * mapping, its interrupts, what a reset leaves. What the device has is given by the
 * user: which BARs, and how many vectors.
 *
 * edu: the registers of the educational device in BAR 0, DMA included.
 *
 * simpin: memory of a BAR, mapped and pinned for another device, as where a VM has
 * two.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../modules/mdev_pages_test.h"
#include "commands.h"
#include "device.h"
#include "irq.h"
#include "migration.h"
#include "sim.h"
#include "tap.h"

#define ERR VFIO_PCI_ERR_IRQ_INDEX

struct sparse_info {
	struct vfio_region_info info;
	char caps[256];
};

struct vfio_region_sparse_mmap_area mappable(int fd, unsigned int bar)
{
	struct vfio_region_info_cap_sparse_mmap *cap;
	struct vfio_region_sparse_mmap_area area = {};
	struct sparse_info sparse = {};

	sparse.info.argsz = sizeof(sparse);
	sparse.info.index = bar;
	if (device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &sparse) ||
	    !(sparse.info.flags & VFIO_REGION_INFO_FLAG_MMAP))
		return area;
	area.size = sparse.info.size;
	if (!(sparse.info.flags & VFIO_REGION_INFO_FLAG_CAPS))
		return area;
	cap = (void *)((char *)&sparse + sparse.info.cap_offset);
	return cap->areas[0];
}

uint64_t base_of(int fd, unsigned int region)
{
	struct vfio_region_info info;

	return region_info(fd, region, &info) ? 0 : info.offset;
}

static uint32_t config32(int fd, unsigned int offset)
{
	return device_in(fd, 4, base_of(fd, CONFIG) + offset);
}

void set_config(int fd, unsigned int offset, uint32_t value, int len)
{
	device_out(fd, value, len, base_of(fd, CONFIG) + offset);
}

unsigned int capability(int fd, unsigned int id)
{
	unsigned int offset = config32(fd, 0x34) & 0xff;
	int patience;

	for (patience = 48; offset && patience; patience--) {
		if ((config32(fd, offset) & 0xff) == id)
			return offset;
		offset = config32(fd, offset) >> 8 & 0xff;
	}
	return 0;
}

static unsigned int irq_count(int fd, unsigned int index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };

	return device_ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info) ? 0 :
								   info.count;
}

/* The size that a BAR shows when all ones are written, as a VM does. */
static void test_bar_size(int fd, unsigned int bar)
{
	unsigned int offset = 0x10 + 4 * bar;
	uint32_t before = config32(fd, offset), low;
	struct vfio_region_info info;
	uint64_t mask;

	region_info(fd, bar, &info);
	set_config(fd, offset, ~0u, 4);
	low = config32(fd, offset);
	mask = ~0ULL << 32 | (low & (low & 1 ? ~3u : ~15u));
	if ((low & 7) == 4) {
		set_config(fd, offset + 4, ~0u, 4);
		mask = (uint64_t)config32(fd, offset + 4) << 32 |
		       (low & ~15u);
	}
	ok(info.size == (low ? ~mask + 1 : 0), "BAR %u tells its size, 0x%llx",
	   bar, info.size);
	is_hex(low & 15, before & 15, "BAR %u: its kind can't be written", bar);
	set_config(fd, offset, before, 4);
}

static void test_bar_accesses(int fd, unsigned int bar)
{
	uint32_t value = 0x12345678, got = 1;
	struct vfio_region_info info;
	uint64_t middle;
	char big[3 * 65536];

	region_info(fd, bar, &info);
	middle = info.offset + (info.size > 4 ? info.size / 2 : 0);
	is(device_read(fd, &got, 4, middle), 4, "BAR %u: read", bar);
	is_hex(got, 0, "BAR %u: it is zero at first", bar);
	is(device_write(fd, &value, 4, middle), 4, "BAR %u: write", bar);
	device_read(fd, &got, 4, middle);
	is_hex(got, value, "BAR %u: what was written is read", bar);
	is(device_read(fd, &got, 4, info.offset + info.size - 1), 1,
	   "BAR %u: an access past the end is short", bar);
	is(device_read(fd, &got, 1, info.offset + info.size), -EINVAL,
	   "BAR %u: there is nothing behind it", bar);
	is(device_write(fd, &got, 1, info.offset + info.size), -EINVAL,
	   "BAR %u: nor can it be written", bar);
	is(device_read(fd, NULL, 4, middle), -EFAULT, "BAR %u: null pointer",
	   bar);
	is(device_write(fd, NULL, 4, middle), -EFAULT,
	   "BAR %u: null pointer, written", bar);
	if (info.size < 2 * sizeof(big))
		return;
	memset(big, 'b', sizeof(big));
	is(device_write(fd, big, sizeof(big), middle - 100), sizeof(big),
	   "BAR %u: many pages at once", bar);
	memset(big, 0, sizeof(big));
	is(device_read(fd, big, sizeof(big), middle - 100), sizeof(big),
	   "BAR %u: and back", bar);
	ok(big[0] == 'b' && big[sizeof(big) - 1] == 'b' &&
	   !memcmp(big, big + 1, sizeof(big) - 1), "BAR %u: the same bytes",
	   bar);
}

static void test_no_map(int fd, unsigned int bar, uint64_t offset,
			uint64_t size, int flags, const char *why)
{
	uint64_t pos = base_of(fd, bar) + offset;

	ok(mmap(NULL, size, PROT_READ, flags, fd, pos) == MAP_FAILED &&
	   errno == EINVAL, "BAR %u: can't be mapped: %s", bar, why);
}

/* A child touches one byte: whether it lives. */
static bool can_touch(char *byte)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		*(volatile char *)byte = 1;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status);
}

static void test_map(int fd, unsigned int bar)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct vfio_region_sparse_mmap_area area = mappable(fd, bar);
	struct vfio_region_info info;
	char *map, *moved, byte = 0;
	uint64_t pos;

	region_info(fd, bar, &info);
	if (!area.size) {
		test_no_map(fd, bar, 0, page, MAP_SHARED, "not at all");
		return;
	}
	pos = info.offset + area.offset;
	map = mmap(NULL, area.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   pos);
	if (!ok(map != MAP_FAILED, "BAR %u: map 0x%llx bytes at 0x%llx", bar,
		area.size, area.offset))
		return;
	strcpy(map + 100, "mapped");
	device_read(fd, &byte, 1, pos + 105);
	is(byte, 'd', "BAR %u: what is mapped is read", bar);
	byte = 'D';
	device_write(fd, &byte, 1, pos + 105);
	is(map[105], 'D', "BAR %u: what is written is mapped", bar);
	map[area.size - 1] = 42;
	is(map[area.size - 1], 42, "BAR %u: the last byte", bar);
	/* accounted memory that was forked belongs to both */
	ok(can_touch(map + 200), "BAR %u: a child has it, too", bar);
	is(map[200], 1, "BAR %u: and its parent sees it", bar);
	moved = mremap(map, page, 2 * page, MREMAP_MAYMOVE);
	ok(moved == MAP_FAILED, "BAR %u: a mapping can't be made larger", bar);
	is(device_reset(fd), 0, "BAR %u: reset", bar);
	is(map[100], 0, "BAR %u: the mapping is zero", bar);
	munmap(map, area.size);

	if (area.offset)
		test_no_map(fd, bar, 0, page, MAP_SHARED, "the beginning");
	test_no_map(fd, bar, area.offset + area.size - page, 2 * page,
		    MAP_SHARED, "past the end");
	test_no_map(fd, bar, info.size, page, MAP_SHARED, "behind the end");
	test_no_map(fd, bar, area.offset, page, MAP_PRIVATE, "private");
}

static void test_bars(int fd, const char *bars)
{
	struct vfio_region_info info;
	unsigned int bar;

	for (bar = 0; bar < 6; bar++) {
		is(region_info(fd, bar, &info), 0, "BAR %u: info", bar);
		is(!!info.size, !!strchr(bars, '0' + bar),
		   "BAR %u: as expected", bar);
		if (!info.size)
			continue;
		test_bar_size(fd, bar);
		test_bar_accesses(fd, bar);
		test_map(fd, bar);
	}
}

static void test_reset(int fd)
{
	uint32_t line = config32(fd, 0x3c);

	set_config(fd, 0x3c, 0x55, 1);
	set_config(fd, 0x04, ~0u, 2);
	is_hex(config32(fd, 0x3c), (line & ~0xffu) | 0x55,
	       "the interrupt line can be written, the pin can't");
	is(device_reset(fd), 0, "reset");
	is_hex(config32(fd, 0x3c), line, "it is as before");
	is_hex(config32(fd, 0x04) & 0xffff, 0, "nothing is enabled");
}

/* A request for some vectors of an index. */
static int set_vectors(int fd, unsigned int index, unsigned int start,
		       unsigned int count, const int *events)
{
	char buf[sizeof(struct vfio_irq_set) + 4096 * sizeof(int)];
	struct vfio_irq_set *set = (void *)buf;

	memset(buf, 0, sizeof(*set));
	set->argsz = sizeof(*set) + count * sizeof(int);
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	set->index = index;
	set->start = start;
	set->count = count;
	memcpy(set->data, events, count * sizeof(int));
	return device_ioctl(fd, VFIO_DEVICE_SET_IRQS, set);
}

static int fire_vectors(int fd, unsigned int index, unsigned int start,
			unsigned int count)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index,
		.start = start,
		.count = count,
	};

	return device_ioctl(fd, VFIO_DEVICE_SET_IRQS, &set);
}

static void test_vectors(int fd, unsigned int index, unsigned int count)
{
	const char *name = index == MSI ? "MSI" : "MSI-X";
	unsigned int i, last = count - 1;
	int first_event = irq_eventfd(), last_event = irq_eventfd();
	int *none = calloc(4096, sizeof(int));
	int intx;

	for (i = 0; i < 4096; i++)
		none[i] = -1;
	is(irq_count(fd, index), count, "%s: %u vectors", name, count);
	is(fire_vectors(fd, index, 0, 1), -EINVAL,
	   "%s: none can be fired yet", name);
	is(set_vectors(fd, index, last, 1, &last_event), 0,
	   "%s: the last one's eventfd", name);
	is(fire_vectors(fd, index, 0, count), 0, "%s: fire all", name);
	is(irq_signals(last_event, true), 1, "%s: the last one comes", name);
	is(set_vectors(fd, index, count, 1, &last_event), -EINVAL,
	   "%s: there is not one more", name);
	is(set_vectors(fd, index, 1, count, none), -EINVAL,
	   "%s: nor together with others", name);
	is(set_vectors(fd, index, ~0u, 2, none), -EINVAL,
	   "%s: the sum of both is too large for 32 bits", name);
	is(set_vectors(fd, index, 0, 1, &(int){ fd }), -EINVAL,
	   "%s: no eventfd", name);
	is(set_vectors(fd, index, 0, 1, &(int){ 999 }), -EBADF,
	   "%s: no file", name);
	if (count > 1) {
		int mixed[] = { first_event, -1 };

		is(set_vectors(fd, index, 0, 1, &first_event), 0,
		   "%s: the first one's", name);
		is(set_vectors(fd, index, 0, 2, mixed), 0,
		   "%s: two at once, one of them none", name);
		is(fire_vectors(fd, index, 0, 1), 0, "%s: fire it", name);
		is(irq_signals(first_event, true), 1, "%s: it comes", name);
		is(irq_signals(last_event, false), 0,
		   "%s: the other does not", name);
	}
	intx = irq_eventfd();
	if (irq_count(fd, INTX))
		is(irq_set_eventfd(fd, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, intx),
		   -EINVAL, "%s: not together with INTx", name);
	is(set_vectors(fd, index, 0, count, none), 0,
	   "%s: take all away one by one", name);
	is(fire_vectors(fd, index, 0, 1), -EINVAL, "%s: none is left", name);
	is(set_vectors(fd, index, last, 1, &last_event), 0,
	   "%s: and the last one again", name);
	is(irq_disable(fd, index), 0, "%s: take all away", name);
	is(fire_vectors(fd, index, last, 1), -EINVAL, "%s: none is left", name);
	close(first_event);
	close(last_event);
	close(intx);
	free(none);
}

static void test_error_interrupt(int fd)
{
	int event = irq_eventfd();

	is(irq_count(fd, ERR), 1, "there is an error interrupt");
	is(irq_set_eventfd(fd, ERR, VFIO_IRQ_SET_ACTION_TRIGGER, event), 0,
	   "set its eventfd");
	is(fire_vectors(fd, ERR, 0, 1), 0, "fire it");
	is(irq_signals(event, true), 1, "it comes");
	is(irq_disable(fd, ERR), 0, "take it away");
	close(event);
}

static void test_interrupts(int fd, unsigned int msi, unsigned int msix)
{
	is(!!capability(fd, 5), !!msi, "a capability for MSI, or none");
	is(!!capability(fd, 0x11), !!msix, "a capability for MSI-X, or none");
	if (msi)
		test_vectors(fd, MSI, msi);
	else
		is(irq_count(fd, MSI), 0, "no MSI");
	if (msix)
		test_vectors(fd, MSIX, msix);
	else
		is(irq_count(fd, MSIX), 0, "no MSI-X");
	test_error_interrupt(fd);
}

static void test_msix_table(int fd, unsigned int msix)
{
	unsigned int cap = capability(fd, 0x11), bar;
	const uint32_t value = 0xfee00000;
	uint32_t table, pending;
	struct vfio_region_info info;

	if (!msix)
		return;
	is(config32(fd, cap) >> 16 & 0x7ff, msix - 1, "MSI-X: the table's size");
	table = config32(fd, cap + 4);
	pending = config32(fd, cap + 8);
	bar = table & 7;
	is(pending & 7, bar, "MSI-X: both are in one BAR, %u", bar);
	region_info(fd, bar, &info);
	table &= ~7u;
	pending &= ~7u;
	ok(pending >= table + 16 * msix && pending + msix / 8 < info.size,
	   "MSI-X: the table at 0x%x, pending bits at 0x%x", table, pending);
	is(device_in(fd, 4, info.offset + table + 12), 1,
	   "MSI-X: a vector is masked at first");
	is(device_out(fd, value, 4, info.offset + table), 4,
	   "MSI-X: write an address");
	is_hex(device_in(fd, 4, info.offset + table), value,
	       "MSI-X: it is there");
	is(device_out(fd, value, 4, info.offset + pending), 4,
	   "MSI-X: write pending bits");
	is_hex(device_in(fd, 4, info.offset + pending), 0,
	       "MSI-X: they can't be written");
	ok(mappable(fd, bar).offset + mappable(fd, bar).size <= table,
	   "MSI-X: the table can't be mapped");
}

static void test_mapping_outlives_fd(const char *uuid)
{
	struct vfio_region_sparse_mmap_area area;
	struct device dev;
	unsigned int bar;
	char *map;

	device_must_open(&dev, uuid);
	for (bar = 0; bar < 6 && !mappable(dev.fd, bar).size; bar++)
		;
	if (bar == 6) {
		device_close(&dev);
		return;
	}
	area = mappable(dev.fd, bar);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, dev.fd,
		   base_of(dev.fd, bar) + area.offset);
	device_close(&dev);
	if (!ok(map != MAP_FAILED, "map BAR %u once more", bar))
		return;
	is(map[0], 0, "nothing is left of the last user");
	map[0] = 42;
	is(map[0], 42, "the mapping outlives the file");
	munmap(map, 4096);
}

int cmd_sim(char **args)
{
	unsigned int msi = strtoul(args[2], NULL, 0);
	unsigned int msix = strtoul(args[3], NULL, 0);
	struct device dev;

	device_must_open(&dev, args[0]);
	test_bars(dev.fd, args[1]);
	test_reset(dev.fd);
	test_interrupts(dev.fd, msi, msix);
	test_msix_table(dev.fd, msix);
	device_close(&dev);
	test_mapping_outlives_fd(args[0]);
	return tap_done();
}

int cmd_simpin(char **args)
{
	struct pages_request request = {
		.op = PAGES_HOLD,
		.iova = 0x100000,
		.npage = 1,
		.prot = PAGES_PROT_READ | PAGES_PROT_WRITE,
	};
	unsigned int bar = strtoul(args[2], NULL, 0);
	long page = sysconf(_SC_PAGESIZE);
	struct device sim, other;
	char *map;

	device_must_open(&sim, args[0]);
	device_must_open(&other, args[1]);
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, sim.fd,
		   base_of(sim.fd, bar));
	if (map == MAP_FAILED)
		bail_out("can't map BAR %u", bar);
	is(device_map(&other, map, request.iova, page, MAP_RW), 0,
	   "BAR %u is mapped for another device", bar);
	is(ioctl(other.fd, PAGES_DO, &request), 0, "which is asked to pin it");
	is(request.result, 1, "and does");
	is(device_unmap(&other, request.iova, page), 0, "it is unmapped");
	munmap(map, page);
	device_close(&other);
	device_close(&sim);
	return tap_done();
}

/* simfill: touch memory of a region until there is no more; how many KiB */
int cmd_simfill(char **args)
{
	struct vfio_region_info info;
	struct device dev;
	uint64_t offset;
	ssize_t ret = 0;
	char byte = 1;

	device_must_open(&dev, args[0]);
	region_info(dev.fd, strtoul(args[1], NULL, 0), &info);
	for (offset = 0; offset < info.size; offset += 4096) {
		ret = args[2] ? device_read(dev.fd, &byte, 1,
					    info.offset + offset) :
				device_write(dev.fd, &byte, 1,
					     info.offset + offset);
		if (ret != 1)
			break;
	}
	printf("%llu KiB, then %s\n", (unsigned long long)offset / 1024,
	       errno_name(ret < 0 ? ret : 0));
	device_close(&dev);
	return 0;
}

/* simwait: the error interrupt, or how many times INTx must be raised */
int cmd_simwait(char **args)
{
	bool intx = !strcmp(args[1], "intx");
	unsigned int index = intx ? INTX : ERR;
	int tries = 0, event = irq_eventfd();
	struct device dev;

	device_must_open(&dev, args[0]);
	irq_set_eventfd(dev.fd, index, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	printf("open\n");
	if (!intx) {
		for (tries = 1; tries < 60 && !irq_signals(event, true); tries++)
			;
		printf("%s\n", tries < 60 ? "error" : "nothing");
	}
	while (intx && tries < 100) {
		tries++;
		edu_out(dev.fd, 0x60, 1);
		edu_out(dev.fd, 0x64, ~0u);
		if (irq_signals(event, false))
			break;
	}
	if (intx)
		printf("raised %d times\n", tries);
	device_close(&dev);
	return 0;
}

/* edu */

uint32_t edu_in(int fd, unsigned int offset)
{
	return device_in(fd, 4, base_of(fd, 0) + offset);
}

void edu_out(int fd, unsigned int offset, uint32_t value)
{
	device_out(fd, value, 4, base_of(fd, 0) + offset);
}

void edu_out64(int fd, unsigned int offset, uint64_t value)
{
	device_out(fd, value, 8, base_of(fd, 0) + offset);
}

static void test_edu_registers(int fd)
{
	uint64_t wide = 0;
	uint8_t byte = 0;

	is_hex(edu_in(fd, 0x00), 0x010000ed, "edu: identification");
	edu_out(fd, 0x00, 1);
	is_hex(edu_in(fd, 0x00), 0x010000ed, "edu: it can't be written");
	edu_out(fd, 0x04, 0x12345678);
	is_hex(edu_in(fd, 0x04), ~0x12345678u, "edu: liveness");
	edu_out(fd, 0x08, 10);
	is(edu_in(fd, 0x08), 3628800, "edu: the factorial of 10");
	edu_out(fd, 0x08, 0);
	is(edu_in(fd, 0x08), 1, "edu: of 0");
	edu_out(fd, 0x08, 33);
	is_hex(edu_in(fd, 0x08), 0x80000000, "edu: of 33");
	edu_out(fd, 0x08, ~0u);
	is(edu_in(fd, 0x08), 0, "edu: of 2^32 - 1, at once");
	is_hex(edu_in(fd, 0x0c), ~0u, "edu: where no register is");
	is(device_read(fd, &byte, 1, base_of(fd, 0)), 1, "edu: read one byte");
	is_hex(byte, 0xff, "edu: which is not how registers are read");
	is(device_read(fd, &wide, 8, base_of(fd, 0)), 8, "edu: read 8 bytes");
	ok(wide == ~0ULL, "edu: which is not either");
	edu_out64(fd, 0x80, 0x123456789abcdefULL);
	ok(device_in(fd, 8, base_of(fd, 0) + 0x80) == 0x123456789abcdefULL,
	   "edu: a register of 64 bits");
	is(device_reset(fd), 0, "edu: reset");
	is(edu_in(fd, 0x04), 0, "edu: liveness is 0");
	is(edu_in(fd, 0x80), 0, "edu: the source is 0");
}

static void test_edu_interrupts(int fd, unsigned int index)
{
	const char *name = index == INTX ? "INTx" : index == MSI ? "MSI" :
								   "MSI-X";
	int event = irq_eventfd();

	if (!irq_count(fd, index)) {
		skip("the device has none", "edu: %s", name);
		return;
	}
	is(irq_set_eventfd(fd, index, VFIO_IRQ_SET_ACTION_TRIGGER, event), 0,
	   "edu: %s", name);
	edu_out(fd, 0x60, 4);
	is(irq_signals(event, true), 1, "edu: %s: raised", name);
	is_hex(edu_in(fd, 0x24), 4, "edu: %s: its status", name);
	is(config32(fd, 4) >> 19 & 1, 1, "edu: %s: and that of INTx", name);
	if (index == INTX) {
		irq_unmask(fd);
		is(irq_signals(event, true), 1, "edu: it is a level");
	} else {
		edu_out(fd, 0x60, 1);
		is(irq_signals(event, true), 1, "edu: %s: raised again", name);
	}
	edu_out(fd, 0x64, ~0u);
	is_hex(edu_in(fd, 0x24), 0, "edu: %s: acknowledged", name);
	is(config32(fd, 4) >> 19 & 1, 0, "edu: %s: the level is low", name);
	if (index == INTX)
		irq_unmask(fd);
	is(irq_signals(event, false), 0, "edu: %s: none comes", name);
	edu_out(fd, 0x20, 0x80);
	is_hex(edu_in(fd, 0x20), 0x80, "edu: %s: after a factorial", name);
	edu_out(fd, 0x08, 3);
	is(irq_signals(event, true), 1, "edu: %s: it comes", name);
	is_hex(edu_in(fd, 0x24), 1, "edu: %s: its status", name);
	edu_out(fd, 0x64, 1);
	edu_out(fd, 0x20, 0);
	irq_disable(fd, index);
	close(event);
}

static void read_status(void *fd)
{
	edu_in(*(int *)fd, 0x24);
}

static void test_edu_level(int fd)
{
	int event = irq_eventfd(), unmask = irq_eventfd();
	double accessed, alone;

	if (!irq_count(fd, INTX)) {
		skip("the device has none", "edu: INTx: a level");
		goto out;
	}
	irq_set_eventfd(fd, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	is(irq_set_none(fd, INTX, VFIO_IRQ_SET_ACTION_TRIGGER), 0,
	   "edu: INTx: fired by its user");
	is(irq_signals(event, true), 1, "edu: INTx: told");
	edu_out(fd, 0x60, 4);
	is(irq_signals(event, true), 1,
	   "edu: INTx: which has masked nothing: the device is told, too");
	if (irq_set_eventfd(fd, INTX, VFIO_IRQ_SET_ACTION_UNMASK, unmask)) {
		skip("no unmasking by eventfd", "edu: INTx: resampling");
	} else {
		accessed = irq_resample(event, unmask, read_status, &fd);
		alone = irq_resample(event, unmask, NULL, NULL);
		ok(accessed < alone / 2,
		   "edu: INTx: a user who accesses the device is told at once: %.2f s, who does not, slowly: %.2f s",
		   accessed, alone);
	}
	edu_out(fd, 0x64, ~0u);
	irq_disable(fd, INTX);
out:
	close(unmask);
	close(event);
}

bool edu_wait(int fd)
{
	int patience;

	for (patience = 500; patience; patience--) {
		if (!(edu_in(fd, 0x98) & 1))
			return true;
		usleep(10000);
	}
	return false;
}

static bool edu_dma(int fd, uint64_t source, uint64_t destination,
		    uint64_t count, uint32_t command)
{
	edu_out64(fd, 0x80, source);
	edu_out64(fd, 0x88, destination);
	edu_out64(fd, 0x90, count);
	edu_out64(fd, 0x98, command | 1);
	return edu_wait(fd);
}

void set_master(int fd, bool on)
{
	set_config(fd, 4, on ? 4 : 0, 2);
}

/*
 * Which of eight pages from IOVA on are dirty, a bit for each; @flags as VFIO's. A
 * pointer in the kernel's header makes its structure a shorter one for 32 bits.
 */
static int container_dirty(struct device *dev, uint32_t flags, uint64_t *bits)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		uint64_t iova, size, page_size, bitmap_size, bitmap;
	} arg = {
		.head = { .argsz = sizeof(arg), .flags = flags },
		.iova = IOVA,
		.size = 8 * 4096,
		.page_size = 4096,
		.bitmap_size = sizeof(*bits),
		.bitmap = (uintptr_t)bits,
	};

	return ioctl(dev->container, VFIO_IOMMU_DIRTY_PAGES, &arg) ? -errno : 0;
}

static uint64_t dirty_after(struct device *dev, uint64_t source,
			    uint64_t destination, uint64_t count,
			    uint32_t command)
{
	uint64_t bits = 0;
	int ret;

	ok(edu_dma(dev->fd, source, destination, count, command),
	   "edu: a transfer");
	ret = container_dirty(dev, VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
			      &bits);
	return ret ? -1ULL : bits;
}

/* What VFIO tells a user who wants to move to another host. */
static void test_edu_dirty(struct device *dev)
{
	char *memory = new_memory(8 * 4096);
	uint64_t bits;

	is(device_map(dev, memory, IOVA, 8 * 4096, MAP_RW), 0, "edu: map memory");
	is(container_dirty(dev, VFIO_IOMMU_DIRTY_PAGES_FLAG_START, &bits), 0,
	   "edu: dirty pages are asked for");
	dirty_after(dev, EDU_BUFFER, IOVA + 4096, 1, 2);
	is_hex(dirty_after(dev, EDU_BUFFER, IOVA + 3 * 4096 - 1, 2, 2), 0xc,
	       "edu: those that it wrote are dirty");
	is_hex(dirty_after(dev, IOVA, EDU_BUFFER, 4096, 0), 0,
	       "edu: not one that it read");
	is_hex(dirty_after(dev, EDU_BUFFER, IOVA + 7 * 4096, 4096, 2), 0x80,
	       "edu: the last one");
	is(container_dirty(dev, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP, &bits), 0,
	   "edu: and no more");
	is(device_unmap(dev, IOVA, 8 * 4096), 0, "edu: unmap");
	munmap(memory, 8 * 4096);
}

static void test_edu_dma(struct device *dev, unsigned int index)
{
	int fd = dev->fd, event = irq_eventfd();
	char *memory = new_memory(2 * 4096);
	char got[16] = "";

	is(device_map(dev, memory, IOVA, 2 * 4096, MAP_RW), 0, "edu: map memory");
	strcpy(memory + 4090, "across pages");
	ok(edu_dma(fd, IOVA + 4090, EDU_BUFFER, 13, 0), "edu: DMA ends");
	device_read(fd, got, 13, base_of(fd, 0) + EDU_BUFFER);
	ok(!*got, "edu: without bus mastering nothing is copied");
	set_master(fd, true);
	ok(edu_dma(fd, IOVA + 4090, EDU_BUFFER, 13, 0), "edu: DMA to the device");
	device_read(fd, got, 13, base_of(fd, 0) + EDU_BUFFER);
	ok(!strcmp(got, "across pages"), "edu: it is there");

	irq_set_eventfd(fd, index, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	ok(edu_dma(fd, EDU_BUFFER, IOVA + 1, 13, 2 | 4), "edu: DMA from it");
	ok(!strcmp(memory + 1, "across pages"), "edu: it is there");
	is(irq_signals(event, true), 1, "edu: it ends with an interrupt");
	is_hex(edu_in(fd, 0x24), 0x100, "edu: its status");
	edu_out(fd, 0x64, 0x100);
	irq_disable(fd, index);

	memset(memory, 'm', 2 * 4096);
	ok(edu_dma(fd, IOVA, EDU_BUFFER, 4096, 0), "edu: the whole buffer");
	memset(memory, 0, 2 * 4096);
	ok(edu_dma(fd, EDU_BUFFER, IOVA + 4096, 4096, 2), "edu: and back");
	ok(memory[4095] == 0 && memory[4096] == 'm' && memory[8191] == 'm',
	   "edu: just that");

	ok(edu_dma(fd, EDU_BUFFER, IOVA, 4097, 2), "edu: too much");
	ok(edu_dma(fd, EDU_BUFFER - 1, IOVA, 1, 2), "edu: before the buffer");
	ok(edu_dma(fd, EDU_BUFFER + 4096, IOVA, 1, 2), "edu: behind it");
	ok(edu_dma(fd, ~0ULL, IOVA, 2, 2), "edu: the end of all addresses");
	ok(edu_dma(fd, 0, IOVA, ~0ULL, 2), "edu: all bytes");
	ok(memory[0] == 0, "edu: nothing was copied");
	ok(edu_dma(fd, EDU_BUFFER, ~0ULL - 5, 13, 2), "edu: nowhere");
	ok(edu_dma(fd, EDU_BUFFER, 0, 13, 2), "edu: what is not mapped");
	is(device_unmap(dev, IOVA, 2 * 4096), 0, "edu: unmap");
	ok(edu_dma(fd, EDU_BUFFER, IOVA, 13, 2), "edu: what is not mapped now");
	ok(memory[0] == 0, "edu: nothing was copied");
	munmap(memory, 2 * 4096);
	close(event);
}

struct racer {
	pthread_t thread;
	int fd;
	bool resets;
	time_t end;
};

static void *run_racer(void *arg)
{
	struct racer *racer = arg;

	while (time(NULL) < racer->end) {
		if (racer->resets)
			device_reset(racer->fd);
		set_master(racer->fd, true);
		edu_out64(racer->fd, 0x80, EDU_BUFFER);
		edu_out64(racer->fd, 0x88, IOVA);
		edu_out64(racer->fd, 0x90, 4096);
		edu_out64(racer->fd, 0x98, 3);
	}
	return NULL;
}

/* Transfers, resets and maps from three threads, for a while. */
static void test_edu_race(struct device *dev, unsigned int seconds)
{
	time_t end = time(NULL) + seconds;
	char *memory = new_memory(4096);
	struct racer racers[2];
	unsigned long maps = 0, written = 0, late = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(racers); i++) {
		racers[i] = (struct racer) { .fd = dev->fd, .resets = i,
					     .end = end };
		pthread_create(&racers[i].thread, NULL, run_racer, &racers[i]);
	}
	while (time(NULL) < end) {
		memset(memory, 'm', 4096);
		if (device_map(dev, memory, IOVA, 4096, MAP_RW))
			continue;
		for (i = 0; i < 1000 && memory[4095] == 'm'; i++)
			sched_yield();
		written += memory[4095] != 'm';
		maps += !device_unmap(dev, IOVA, 4096);
		memset(memory, 'u', 4096);
		usleep(1000);
		late += memory[0] != 'u' || memcmp(memory, memory + 1, 4095);
	}
	for (i = 0; i < ARRAY_SIZE(racers); i++)
		pthread_join(racers[i].thread, NULL);
	ok(maps > 10, "edu: mapped %lu times meanwhile", maps);
	ok(written, "edu: memory was written %lu times", written);
	is(late, 0, "edu: but never when it was unmapped");
	munmap(memory, 4096);
	is(device_reset(dev->fd), 0, "edu: reset");
	is(edu_in(dev->fd, 0x98), 0, "edu: no transfer runs");
}

static void *edu_starter_run(void *arg)
{
	struct edu_starter *starter = arg;

	while (!starter->end)
		if (starter->go)
			edu_out64(starter->fd, 0x98, starter->command);
	return NULL;
}

void edu_starter_begin(struct edu_starter *starter, int fd, uint32_t command)
{
	*starter = (struct edu_starter) { .fd = fd, .command = command | 1 };
	pthread_create(&starter->thread, NULL, edu_starter_run, starter);
}

void edu_starter_end(struct edu_starter *starter)
{
	starter->end = true;
	pthread_join(starter->thread, NULL);
}

/* A page that whoever touches it waits for; NULL if the kernel has no such thing. */
static char *absent_page(int *uffd)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)page, .len = 4096 },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };

	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (*uffd < 0)
		return NULL;
	if (ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &range))
		bail_out("userfaultfd: %s", errno_name(-errno));
	return page;
}

/* The second one and so on is in the container of the first. */
static void open_next(struct device *dev, const char *uuid)
{
	if (!dev->uuid) {
		device_must_open(dev, uuid);
		return;
	}
	if (group_join(dev, uuid))
		bail_out("%s: no %s", uuid, dev->failed_at);
	dev->fd = device_get_fd(dev);
	if (dev->fd < 0)
		bail_out("%s: no %s", uuid, dev->failed_at);
}

static void *run_stuck(void *fd)
{
	edu_out64((intptr_t)fd, 0x98, 1);
	return NULL;
}

/* A process of its own that waits for the transfer, until SIGKILL: printed by its id */
static void wait_for_stuck(const char *name, int fd, bool reset)
{
	pid_t pid = fork();

	if (pid < 0)
		bail_out("fork: %s", errno_name(-errno));
	if (pid) {
		printf("%s %d\n", name, pid);
		return;
	}
	if (reset)
		ioctl(fd, VFIO_DEVICE_RESET);
	else
		state_set(fd, VFIO_DEVICE_STATE_STOP, NULL);
	_exit(0);
}

/*
 * simstuck: transfers of many devices wait for memory that they read, until SIGKILL.
 * (VFIO does not wait where it pins.) Others wait for two of these transfers: a reset,
 * another one, and a change of the migration's state.
 */
int cmd_simstuck(char **args)
{
	int uffd, nr = atoi(args[1]), i;
	char uuid[64], *page = absent_page(&uffd);
	intptr_t *fds = calloc(nr, sizeof(*fds));
	struct device dev = {};
	pthread_t thread;

	if (!page)
		bail_out("no userfaultfd");
	for (i = 0; i < nr; i++) {
		snprintf(uuid, sizeof(uuid), "%s%03d", args[0], i);
		open_next(&dev, uuid);
		set_master(dev.fd, true);
		edu_out64(dev.fd, 0x80, IOVA);
		edu_out64(dev.fd, 0x88, EDU_BUFFER);
		edu_out64(dev.fd, 0x90, 8);
		if (!i && device_map(&dev, page, IOVA, 4096, MAP_RW))
			bail_out("can't map memory");
		fds[i] = dev.fd;
	}
	for (i = 0; i < nr; i++)
		pthread_create(&thread, NULL, run_stuck, (void *)fds[i]);
	usleep(500000);
	signal(SIGCHLD, SIG_IGN);
	wait_for_stuck("reset", fds[0], true);
	wait_for_stuck("reset", fds[0], true);
	wait_for_stuck("state", fds[1], false);
	wait_for_stuck("state", fds[1], false);
	printf("%d wait\n", nr);
	pause();
	return 0;
}

int cmd_edu(char **args)
{
	struct device dev;
	unsigned int index;

	device_must_open(&dev, args[0]);
	test_edu_registers(dev.fd);
	for (index = INTX; index <= MSIX; index++)
		test_edu_interrupts(dev.fd, index);
	test_edu_level(dev.fd);
	for (index = MSIX; index > INTX && !irq_count(dev.fd, index); index--)
		;
	test_edu_dma(&dev, index);
	test_edu_dirty(&dev);
	test_edu_race(&dev, 3);
	/* closed while a transfer may run */
	set_master(dev.fd, true);
	edu_out64(dev.fd, 0x98, 1);
	device_close(&dev);
	device_must_open(&dev, args[0]);
	is(edu_in(dev.fd, 0x98), 0, "edu: the next user finds it idle");
	device_close(&dev);
	return tap_done();
}

#define ROM VFIO_PCI_ROM_REGION_INDEX
#define MAX_ROM (1 << 20)

/* The size that the base address register shows, as a VM reads it. */
static void test_rom_register(int fd, uint64_t size)
{
	uint32_t value;

	is_hex(config32(fd, 0x30), 0, "it has no address at first");
	set_config(fd, 0x30, ~0u, 4);
	value = config32(fd, 0x30);
	is(~(value & ~0x7ffu) + 1, size, "its register tells the size");
	is(value & 0x7ff, 1, "of the low bits only the lowest can be written");
	set_config(fd, 0x30, ~1u, 4);
	is(config32(fd, 0x30) & 0x7ff, 0, "which stays as it is written");
	set_config(fd, 0x30, 0xfea00001, 4);
	is_hex(config32(fd, 0x30), (0xfea00001 & -(uint32_t)size) | 1,
	       "it takes an address");
	set_config(fd, 0x04, 2, 2);
	is(config32(fd, 0x04) & 2, 2, "memory can be enabled");
	device_reset(fd);
	is_hex(config32(fd, 0x30), 0, "a reset clears it");
}

int cmd_simrom(char **args)
{
	static unsigned char want[MAX_ROM], got[MAX_ROM];
	FILE *file = fopen(args[1], "r");
	struct vfio_region_info info;
	struct device dev;
	uint64_t size = 2048;
	size_t len;

	if (!file)
		bail_out("can't read %s", args[1]);
	len = fread(want, 1, MAX_ROM, file);
	fclose(file);
	memset(want + len, 0xff, MAX_ROM - len);
	while (size < len)
		size *= 2;
	device_must_open(&dev, args[0]);
	is(region_info(dev.fd, ROM, &info), 0, "there is a ROM");
	is(info.size, size, "%zu bytes have room in it", len);
	is(info.flags, VFIO_REGION_INFO_FLAG_READ, "it can only be read");
	is(device_read(dev.fd, got, size, info.offset), size, "read");
	ok(!memcmp(got, want, size), "these are the bytes, and ones behind");
	is(device_read(dev.fd, got, 8, info.offset + size - 3), 3,
	   "at the end a part");
	is(device_read(dev.fd, got, 1, info.offset + size), -EINVAL,
	   "there is nothing behind it");
	is(device_write(dev.fd, got, 1, info.offset), -EINVAL,
	   "it can't be written");
	is(device_read(dev.fd, NULL, 8, info.offset), -EFAULT, "null pointer");
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, dev.fd, info.offset) ==
	   MAP_FAILED, "it can't be mapped");
	test_rom_register(dev.fd, size);
	device_close(&dev);
	return tap_done();
}
