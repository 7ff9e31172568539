// SPDX-License-Identifier: GPL-2.0-only
/*
 * simmigrate: a device of mdev_sim to another: what travels, what is sent again
 * because it was written meanwhile, and what can be wrong with it.
 *
 * The devices have the registers of edu in BAR 0, a BAR 2 of I/O, a BAR 3 with the
 * MSI-X table, and a display of 64 x 64 points, which are four pages.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "irq.h"
#include "migration.h"
#include "sim.h"
#include "tap.h"

#define MAX_STREAM	(4 << 20)
#define PAGE		4096
#define NO_BAR		~0u	/* any */
#define PICTURE		6	/* its number among the BARs */
#define PICTURE_REGION	VFIO_PCI_NUM_REGIONS

enum {
	LAYOUT,
	BAR_PAGE,
	MSIX_PAGE,
	STATE,
	KINDS,
};

/* Little-endian, as all that travels. */
struct record {
	uint32_t kind;
	uint32_t bar;
	uint64_t index;
};

#define HEAD	sizeof(struct record)

static uint32_t kind_of(const struct record *record)
{
	return le32toh(record->kind);
}

static bool is_at(const struct record *record, uint32_t bar, uint64_t index)
{
	return le32toh(record->bar) == bar && le64toh(record->index) == index;
}

static const size_t record_sizes[KINDS] = {
	[LAYOUT] = HEAD + 536,
	[BAR_PAGE] = HEAD + PAGE,
	[MSIX_PAGE] = HEAD + PAGE,
	[STATE] = HEAD + 304,
};

struct stream {
	unsigned char *data;
	size_t len;
};

static void stream_new(struct stream *stream)
{
	stream->data = malloc(MAX_STREAM);
	stream->len = 0;
}

static void stream_copy(struct stream *to, const struct stream *from)
{
	to->len = from->len;
	memcpy(to->data, from->data, from->len);
}

/* Adds what there is to read; returns 0 for its end, or a negative errno. */
static int stream_drain(struct stream *stream, int data_fd)
{
	size_t pieces[] = { MAX_STREAM, 7, PAGE, 3 * PAGE };
	unsigned int i = stream->len;
	ssize_t ret;

	do {
		size_t room = MAX_STREAM - stream->len;
		size_t piece = pieces[i++ % ARRAY_SIZE(pieces)];

		ret = read(data_fd, stream->data + stream->len,
			   piece < room ? piece : room);
		if (ret > 0)
			stream->len += ret;
	} while (ret > 0);
	return ret < 0 ? -errno : 0;
}

/* The record behind this one; NULL at the end. */
static struct record *next_record(const struct stream *stream,
				  const struct record *record)
{
	size_t pos = record ? (unsigned char *)record - stream->data +
			      record_sizes[kind_of(record)] : 0;
	struct record *next = (void *)(stream->data + pos);

	if (pos == stream->len)
		return NULL;
	if (pos + HEAD > stream->len || kind_of(next) >= KINDS ||
	    pos + record_sizes[kind_of(next)] > stream->len)
		bail_out("no record at %zu of %zu", pos, stream->len);
	return next;
}

static struct record *find_record(const struct stream *stream, uint32_t kind,
				  uint32_t bar, uint64_t index)
{
	struct record *record = next_record(stream, NULL);

	while (record && (kind_of(record) != kind ||
			  (bar != NO_BAR && !is_at(record, bar, index))))
		record = next_record(stream, record);
	return record;
}

static unsigned int count(const struct stream *stream, uint32_t kind)
{
	struct record *record = NULL;
	unsigned int found = 0;

	while ((record = next_record(stream, record)))
		found += kind_of(record) == kind;
	return found;
}

static bool has_page(const struct stream *stream, uint32_t bar, uint64_t index)
{
	return find_record(stream, BAR_PAGE, bar, index);
}

/* In pieces of @piece bytes; 0, or the first error. */
static int stream_write(const struct stream *stream, size_t begin, int data_fd,
			size_t piece)
{
	size_t n;
	ssize_t ret;

	for (; begin < stream->len; begin += n) {
		n = stream->len - begin < piece ? stream->len - begin : piece;
		ret = write(data_fd, stream->data + begin, n);
		if (ret != (ssize_t)n)
			return ret < 0 ? -errno : -EIO;
	}
	return 0;
}

static void save(struct stream *stream, int fd)
{
	int ret, data_fd = state_must_set(fd, VFIO_DEVICE_STATE_STOP_COPY);

	stream->len = 0;
	ret = stream_drain(stream, data_fd);
	if (ret)
		bail_out("reading the data: %s", errno_name(ret));
	close(data_fd);
}

/* @error is what writing gave; returns what leaving RESUMING gives. */
static int resume(const struct stream *stream, int fd, uint32_t state,
		  int *error)
{
	int data_fd = state_must_set(fd, VFIO_DEVICE_STATE_RESUMING);

	*error = stream_write(stream, 0, data_fd, 4001);
	close(data_fd);
	return state_set(fd, state, NULL);
}

static void must_resume(const struct stream *stream, int fd, uint32_t state,
			const char *what)
{
	int error, ret;

	device_reset(fd);
	ret = resume(stream, fd, state, &error);
	is(error, 0, "%s: written", what);
	is(ret, 0, "%s: resumed", what);
}

static void put(int fd, unsigned int bar, uint64_t offset, const char *text)
{
	device_write(fd, text, strlen(text), base_of(fd, bar) + offset);
}

/* The first difference of a region, or -1. */
static long difference(int fd, int other, unsigned int region)
{
	static unsigned char data[2][1 << 20];
	struct vfio_region_info info;
	uint64_t i;

	region_info(fd, region, &info);
	if (region == CONFIG)
		info.size = 256;
	if (!info.size || info.size > sizeof(data[0]))
		bail_out("region %u has %llu bytes", region, info.size);
	memset(data, 0, sizeof(data));
	device_read(fd, data[0], info.size, info.offset);
	device_read(other, data[1], info.size, info.offset);
	for (i = 0; i < info.size; i++)
		if (data[0][i] != data[1][i])
			return i;
	return -1;
}

static void test_same(int fd, int other, const char *what)
{
	static const unsigned int regions[] = {
		0, 2, 3, CONFIG, PICTURE_REGION,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		is(difference(fd, other, regions[i]), -1,
		   "%s: region %u is the same", what, regions[i]);
}

/* All kinds of state. */
static void fill(int fd)
{
	struct vfio_region_sparse_mmap_area area = mappable(fd, 3);
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 base_of(fd, 3));

	if (map == MAP_FAILED)
		bail_out("can't map BAR 3");
	set_config(fd, 0x3c, 11, 1);
	set_config(fd, 0x10, 0xfeb00000, 4);
	edu_out(fd, 0x04, 0x12345678);
	edu_out(fd, 0x20, 0x80);
	edu_out(fd, 0x08, 5);
	put(fd, 0, 0x10000, "a page");
	put(fd, 2, 1, "I/O");
	put(fd, 3, 5 * PAGE - 3, "across pages");
	put(fd, PICTURE_REGION, PAGE, "a picture");
	put(fd, 3, area.size + 32, "MSI-X");
	strcpy(map, "mapped");
	munmap(map, PAGE);
}

#define PAGES_FILLED	6
#define VECTORS		8

static uint64_t data_size(int fd)
{
	struct vfio_device_feature_mig_data_size size = {};

	feature_call(fd, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE |
		     VFIO_DEVICE_FEATURE_GET, &size, sizeof(size));
	return size.stop_copy_length;
}

static void test_whole(int from, int to, struct stream *stream)
{
	int event = irq_eventfd(), other_event = irq_eventfd();
	struct record *record;
	uint64_t size;

	device_reset(from);
	device_reset(to);
	irq_set_eventfd(from, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	irq_set_eventfd(to, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, other_event);
	fill(from);
	put(to, 3, 8 * PAGE, "what was there before");
	is(irq_signals(event, true), 1, "the first device signals");

	state_must_set(from, VFIO_DEVICE_STATE_STOP);
	edu_out(from, 0x04, 1);
	edu_out(from, 0x64, ~0u);
	is_hex(edu_in(from, 0x04), ~0x12345678u,
	       "while it is stopped registers can't be written");
	is(irq_unmask(from), 0, "its interrupt can be unmasked");
	is(irq_signals(event, false), 0, "but does not come");

	size = data_size(from);
	save(stream, from);
	is(size, stream->len, "it was told how much there is to transfer");
	is(stream->len, record_sizes[LAYOUT] + record_sizes[MSIX_PAGE] +
	   record_sizes[STATE] + PAGES_FILLED * record_sizes[BAR_PAGE],
	   "only pages that were touched travel");
	is(kind_of(next_record(stream, NULL)), LAYOUT, "the layout comes first");
	record = find_record(stream, STATE, NO_BAR, 0);
	ok(record && !next_record(stream, record), "the state comes last");
	ok(has_page(stream, 0, 16) && has_page(stream, 2, 0) &&
	   has_page(stream, 3, 0) && has_page(stream, 3, 4) &&
	   has_page(stream, 3, 5) && has_page(stream, PICTURE, 1),
	   "these are the pages");

	must_resume(stream, to, VFIO_DEVICE_STATE_STOP, "another device");
	test_same(from, to, "another device");
	is(irq_signals(other_event, false), 0, "no signal while it is stopped");
	state_must_set(to, VFIO_DEVICE_STATE_RUNNING);
	is(irq_signals(other_event, true), 1, "but when it runs");
	state_must_set(from, VFIO_DEVICE_STATE_RUNNING);
	is(irq_signals(event, true), 1, "and the first one, too");
	edu_out(to, 0x64, ~0u);
	irq_unmask(to);
	is(irq_signals(other_event, false), 0, "there is nothing more");
	irq_disable(from, INTX);
	irq_disable(to, INTX);

	irq_set_eventfd(to, MSIX, VFIO_IRQ_SET_ACTION_TRIGGER, other_event);
	must_resume(stream, to, VFIO_DEVICE_STATE_STOP, "MSI-X");
	is(irq_signals(other_event, false), 0, "MSI-X: none while stopped");
	state_must_set(to, VFIO_DEVICE_STATE_RUNNING);
	is(irq_signals(other_event, true), 1,
	   "MSI-X: what may not have been heard");
	irq_disable(to, MSIX);
	close(event);
	close(other_event);
}

/* INTx was requested, and is no more: the guest's line may still be high. */
static void test_line_is_high(int from, int to, struct stream *stream)
{
	int event = irq_eventfd();

	device_reset(from);
	save(stream, from);
	irq_set_eventfd(to, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	must_resume(stream, to, VFIO_DEVICE_STATE_RUNNING, "line");
	is(irq_signals(event, true), 1, "line: one signal in any case");
	irq_unmask(to);
	is(irq_signals(event, false), 0, "line: and no more");

	must_resume(stream, to, VFIO_DEVICE_STATE_STOP, "line, then reset");
	device_reset(to);
	state_must_set(to, VFIO_DEVICE_STATE_STOP);
	state_must_set(to, VFIO_DEVICE_STATE_RUNNING);
	is(irq_signals(event, false), 0, "line: none after a reset");
	irq_disable(to, INTX);
	close(event);
}

static void test_behind_msix(int fd, const struct stream *stream)
{
	uint64_t behind = mappable(fd, 3).size + VECTORS * 16;
	struct stream wrong;
	unsigned char *data;
	uint32_t got = 1;

	stream_new(&wrong);
	stream_copy(&wrong, stream);
	data = (unsigned char *)find_record(&wrong, MSIX_PAGE, NO_BAR, 0);
	memset(data + HEAD + VECTORS * 16, 0xff, PAGE - VECTORS * 16);
	must_resume(&wrong, fd, VFIO_DEVICE_STATE_STOP, "behind the vectors");
	device_read(fd, &got, sizeof(got), base_of(fd, 3) + behind);
	is_hex(got, 0, "behind the vectors: nothing is taken");
	free(wrong.data);
}

/* What is there to read now; it is added to @all. */
static unsigned int drained(struct stream *piece, struct stream *all,
			    int data_fd, int want, const char *what)
{
	piece->len = 0;
	is(stream_drain(piece, data_fd), want, "%s: %s", what,
	   want ? "that is all for now" : "that is all");
	memcpy(all->data + all->len, piece->data, piece->len);
	all->len += piece->len;
	return count(piece, BAR_PAGE);
}

static char *map_bar3(int fd, unsigned int page)
{
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 base_of(fd, 3) + page * PAGE);

	if (map == MAP_FAILED)
		bail_out("can't map a page of BAR 3");
	return map;
}

static void test_precopy(struct device *dev, int to, struct stream *all)
{
	char *read_only, *written, *memory = new_memory(PAGE);
	int fd = dev->fd, data_fd, page;
	uint64_t initial, dirty;
	struct stream piece;

	stream_new(&piece);
	all->len = 0;
	device_reset(fd);
	device_map(dev, memory, IOVA, PAGE, MAP_RW);
	for (page = 1; page <= 3; page++)
		put(fd, 3, page * PAGE, "by the file");
	read_only = map_bar3(fd, 4);
	is(*read_only, 0, "PRE_COPY: a page that is only read by a mapping");
	written = map_bar3(fd, 5);
	strcpy(written, "first");

	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_PRE_COPY);
	is(precopy_info(data_fd, &initial, &dirty), 0, "PRE_COPY: information");
	is(initial, record_sizes[LAYOUT], "PRE_COPY: first the layout");
	ok(dirty >= 5 * record_sizes[BAR_PAGE], "PRE_COPY: then pages: %llu",
	   (unsigned long long)dirty);
	page = drained(&piece, all, data_fd, -ENOMSG, "PRE_COPY");
	ok(has_page(&piece, 3, 1) && has_page(&piece, 3, 2) &&
	   has_page(&piece, 3, 3) && has_page(&piece, 3, 5),
	   "PRE_COPY: %d pages come, those that were written among them", page);
	precopy_info(data_fd, &initial, &dirty);
	ok(!initial && !dirty, "PRE_COPY: there is nothing left");
	is(drained(&piece, all, data_fd, -ENOMSG, "again"), 0,
	   "again: nothing was written, nothing comes");

	put(fd, 3, 2 * PAGE + 1, "once more");
	precopy_info(data_fd, &initial, &dirty);
	is(dirty, record_sizes[BAR_PAGE], "written by the file: announced");
	is(drained(&piece, all, data_fd, -ENOMSG, "written by the file"), 1,
	   "written by the file: a page comes");
	ok(has_page(&piece, 3, 2), "written by the file: that one");
	put(fd, 3, 6 * PAGE, "new");
	is(drained(&piece, all, data_fd, -ENOMSG, "a new page"), 1,
	   "a new page: comes");
	is(device_write(fd, end_of_memory(5), 10, base_of(fd, 3) + PAGE),
	   -EFAULT, "half a write: fails");
	is(drained(&piece, all, data_fd, -ENOMSG, "half a write"), 1,
	   "half a write: the page comes");
	strcpy(read_only, "now it is not");
	strcpy(written, "second");
	is(drained(&piece, all, data_fd, -ENOMSG, "written by a mapping"),
	   0, "written by a mapping: comes at the end");

	set_master(fd, true);
	strcpy(memory, "by DMA");
	edu_out64(fd, 0x80, IOVA);
	edu_out64(fd, 0x88, EDU_BUFFER);
	edu_out64(fd, 0x90, 7);
	edu_out64(fd, 0x98, 1);
	ok(edu_wait(fd), "DMA ends");
	is(drained(&piece, all, data_fd, -ENOMSG, "DMA"), 1,
	   "DMA: a page comes");
	ok(has_page(&piece, 0, EDU_BUFFER / PAGE), "DMA: the buffer's");

	state_must_set(fd, VFIO_DEVICE_STATE_STOP_COPY);
	is(precopy_info(data_fd, &initial, &dirty), -EINVAL,
	   "STOP_COPY: no more information");
	is(drained(&piece, all, data_fd, 0, "STOP_COPY"), 2,
	   "STOP_COPY: what has been mapped comes again");
	ok(has_page(&piece, 3, 4) && has_page(&piece, 3, 5),
	   "STOP_COPY: just that");
	close(data_fd);
	must_resume(all, to, VFIO_DEVICE_STATE_STOP, "PRE_COPY");
	test_same(fd, to, "PRE_COPY");
	state_must_set(fd, VFIO_DEVICE_STATE_RUNNING);
	munmap(read_only, PAGE);
	munmap(written, PAGE);
	device_unmap(dev, IOVA, PAGE);
	munmap(memory, PAGE);
	free(piece.data);
}

/* Mapped, written and unmapped while it is copied. */
static void test_unmapped(int fd, int to, struct stream *all)
{
	struct stream piece;
	int data_fd;
	char *map;

	stream_new(&piece);
	all->len = 0;
	device_reset(fd);
	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_PRE_COPY);
	drained(&piece, all, data_fd, -ENOMSG, "unmapped");
	map = map_bar3(fd, 7);
	strcpy(map, "written, and unmapped");
	munmap(map, PAGE);
	is(drained(&piece, all, data_fd, -ENOMSG, "unmapped"), 1,
	   "unmapped: the page comes");
	map = map_bar3(fd, 8);
	strcpy(map, "written");
	is(drained(&piece, all, data_fd, -ENOMSG, "unmapped later"), 1,
	   "unmapped later: the page comes");
	strcpy(map, "written after it came");
	munmap(map, PAGE);
	state_must_set(fd, VFIO_DEVICE_STATE_STOP_COPY);
	is(drained(&piece, all, data_fd, 0, "unmapped"), 1,
	   "unmapped: what was written after it came, comes once more");
	ok(has_page(&piece, 3, 8), "unmapped: that page");
	close(data_fd);
	must_resume(all, to, VFIO_DEVICE_STATE_STOP, "unmapped");
	test_same(fd, to, "unmapped");
	state_must_set(fd, VFIO_DEVICE_STATE_RUNNING);

	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_PRE_COPY);
	all->len = 0;
	ok(drained(&piece, all, data_fd, -ENOMSG, "not mapped any more") >= 2,
	   "not mapped any more: all pages come");
	state_must_set(fd, VFIO_DEVICE_STATE_STOP_COPY);
	is(drained(&piece, all, data_fd, 0, "not mapped any more"), 0,
	   "not mapped any more: none a second time");
	close(data_fd);
	free(piece.data);
}

/* Just so much. */
static void read_more(struct stream *stream, int data_fd, size_t len)
{
	ssize_t ret = read(data_fd, stream->data + stream->len, len);

	if (ret != (ssize_t)len)
		bail_out("%zu bytes are to be read, %zd are", len, ret);
	stream->len += len;
}

/* A page is written again that is before the one that was read last. */
static void test_before(int fd, int to, struct stream *all)
{
	uint64_t initial, dirty, rest;
	struct stream piece;
	int data_fd;

	stream_new(&piece);
	all->len = 0;
	device_reset(fd);
	put(fd, PICTURE_REGION, 0, "first");
	put(fd, PICTURE_REGION, PAGE, "last");
	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_PRE_COPY);
	read_more(all, data_fd, 7);
	precopy_info(data_fd, &initial, &dirty);
	is(initial, record_sizes[LAYOUT] - 7, "before: a part was read");
	read_more(all, data_fd, initial);
	for (rest = dirty; rest; rest -= record_sizes[BAR_PAGE])
		read_more(all, data_fd, record_sizes[BAR_PAGE]);
	precopy_info(data_fd, &initial, &dirty);
	ok(!initial && !dirty, "before: all was read");
	rest = record_sizes[LAYOUT] + record_sizes[MSIX_PAGE] +
	       record_sizes[STATE];
	is(data_size(fd), rest, "before: no page would be sent");
	put(fd, PICTURE_REGION, 0, "again");
	is(data_size(fd), rest + record_sizes[BAR_PAGE], "before: one would");
	state_must_set(fd, VFIO_DEVICE_STATE_STOP_COPY);
	is(drained(&piece, all, data_fd, 0, "before"), 1, "before: it comes");
	close(data_fd);
	must_resume(all, to, VFIO_DEVICE_STATE_STOP, "before");
	test_same(fd, to, "before");
	state_must_set(fd, VFIO_DEVICE_STATE_RUNNING);
	free(piece.data);
}

/* The guest resets the function, which its host does not see. */
static void test_function_reset(int fd, int to, struct stream *all)
{
	struct stream piece;
	int data_fd;

	stream_new(&piece);
	all->len = 0;
	device_reset(fd);
	fill(fd);
	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_PRE_COPY);
	drained(&piece, all, data_fd, -ENOMSG, "FLR");
	set_config(fd, capability(fd, 0x10) + 8, 0x8000, 2);
	is(state_get(fd), VFIO_DEVICE_STATE_PRE_COPY, "FLR: it goes on");
	state_must_set(fd, VFIO_DEVICE_STATE_STOP_COPY);
	drained(&piece, all, data_fd, 0, "FLR");
	close(data_fd);
	must_resume(all, to, VFIO_DEVICE_STATE_STOP, "FLR");
	test_same(fd, to, "FLR");
	state_must_set(fd, VFIO_DEVICE_STATE_RUNNING);
	free(piece.data);
}

static void start_dma(int fd)
{
	edu_out64(fd, 0x80, IOVA);
	edu_out64(fd, 0x88, EDU_BUFFER);
	edu_out64(fd, 0x90, 6);
	edu_out64(fd, 0x98, 1);
	usleep(100000);
}

static void test_p2p(struct device *from, struct device *to,
		     struct stream *stream)
{
	char *memory = new_memory(PAGE), *other = new_memory(PAGE);
	char got[8] = "";

	strcpy(memory, "here!");
	strcpy(other, "there");
	device_map(from, memory, IOVA, PAGE, MAP_RW);
	device_map(to, other, IOVA, PAGE, MAP_RW);
	device_reset(from->fd);
	set_master(from->fd, true);
	state_must_set(from->fd, VFIO_DEVICE_STATE_RUNNING_P2P);
	start_dma(from->fd);
	is(edu_in(from->fd, 0x98), 1, "P2P: a transfer does not end");
	device_read(from->fd, got, 6, base_of(from->fd, 0) + EDU_BUFFER);
	ok(!*got, "P2P: it has not begun");
	state_must_set(from->fd, VFIO_DEVICE_STATE_RUNNING);
	ok(edu_wait(from->fd), "P2P: it ends when the device runs");
	device_read(from->fd, got, 6, base_of(from->fd, 0) + EDU_BUFFER);
	ok(!strcmp(got, "here!"), "P2P: and has copied");

	state_must_set(from->fd, VFIO_DEVICE_STATE_PRE_COPY_P2P);
	start_dma(from->fd);
	is(edu_in(from->fd, 0x98), 1, "PRE_COPY_P2P: likewise");
	state_must_set(from->fd, VFIO_DEVICE_STATE_RUNNING_P2P);
	save(stream, from->fd);
	must_resume(stream, to->fd, VFIO_DEVICE_STATE_RUNNING_P2P, "P2P");
	is(edu_in(to->fd, 0x98), 1, "P2P: nor does it on another device");
	state_must_set(to->fd, VFIO_DEVICE_STATE_RUNNING);
	ok(edu_wait(to->fd), "P2P: until that one runs");
	device_read(to->fd, got, 6, base_of(to->fd, 0) + EDU_BUFFER);
	ok(!strcmp(got, "there"), "P2P: and has copied what is there");
	device_unmap(from, IOVA, PAGE);
	device_unmap(to, IOVA, PAGE);
	munmap(memory, PAGE);
	munmap(other, PAGE);
}

/* When a P2P state is reached, a transfer is over, or has not begun. */
static void test_p2p_at_once(struct device *dev)
{
	char *memory = new_memory(PAGE), before[PAGE];
	struct edu_starter starter;
	unsigned int i, moved = 0;
	int fd = dev->fd;

	device_map(dev, memory, IOVA, PAGE, MAP_RW);
	device_reset(fd);
	set_master(fd, true);
	edu_out64(fd, 0x80, EDU_BUFFER);
	edu_out64(fd, 0x88, IOVA);
	edu_out64(fd, 0x90, PAGE);
	edu_starter_begin(&starter, fd, 2);
	starter.go = true;
	for (i = 0; i < 300; i++) {
		usleep(200);
		state_must_set(fd, VFIO_DEVICE_STATE_RUNNING_P2P);
		memset(memory, 'm', PAGE);
		memcpy(before, memory, PAGE);
		usleep(500);
		moved += !!memcmp(before, memory, PAGE);
		state_must_set(fd, VFIO_DEVICE_STATE_RUNNING);
	}
	edu_starter_end(&starter);
	is(moved, 0, "P2P: no transfer goes on after the change of state");
	device_unmap(dev, IOVA, PAGE);
	munmap(memory, PAGE);
}

static void test_files(int fd)
{
	struct vfio_precopy_info info = { .argsz = 4 };
	unsigned char byte[16];
	int data_fd;

	device_reset(fd);
	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_PRE_COPY);
	is(device_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info), -EINVAL,
	   "PRE_COPY: no room for the information");
	is(device_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, NULL), -EFAULT,
	   "PRE_COPY: no memory for it");
	is(device_ioctl(data_fd, VFIO_DEVICE_RESET, NULL), -ENOTTY,
	   "PRE_COPY: another ioctl");
	is(device_read(data_fd, byte, 1, 0), -ESPIPE,
	   "PRE_COPY: no reading at a place");
	is(write(data_fd, byte, 1), -1, "PRE_COPY: no writing");
	is(read(data_fd, end_of_memory(7), 8), -1,
	   "PRE_COPY: no memory for the last byte");
	is(errno, EFAULT, "PRE_COPY: but EFAULT");
	is(read(data_fd, byte, 0), 0, "PRE_COPY: no bytes can be read");
	is(read(data_fd, byte, 16), 16, "PRE_COPY: nothing was taken away");
	is(kind_of((struct record *)byte), LAYOUT, "PRE_COPY: it begins anew");
	is(device_reset(fd), 0, "PRE_COPY: reset");
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "PRE_COPY: it runs");
	is(read(data_fd, byte, 1), -1, "PRE_COPY: that was the end");
	is(errno, ENODEV, "PRE_COPY: with an error");
	close(data_fd);
}

/* Refused, and only a reset helps, after which nothing of it is left. */
static void refused(int fd, const struct stream *stream, int want_write,
		    const char *what)
{
	int error, ret;
	char byte = 1;

	device_reset(fd);
	ret = resume(stream, fd, VFIO_DEVICE_STATE_STOP, &error);
	is(ret, -EINVAL, "%s: refused", what);
	is(error, want_write, "%s: writing it", what);
	is(state_get(fd), VFIO_DEVICE_STATE_ERROR, "%s: ERROR", what);
	is(state_set(fd, VFIO_DEVICE_STATE_RUNNING, NULL), -EINVAL,
	   "%s: no way out", what);
	is(device_reset(fd), 0, "%s: but a reset", what);
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "%s: RUNNING", what);
	device_read(fd, &byte, 1, base_of(fd, 0) + 0x10000);
	is(byte, 0, "%s: memory is zero", what);
}

static void test_lengths(int fd, const struct stream *stream)
{
	static const size_t cuts[] = { 1, 15, 16, 17, 551, 552, 568, 3000 };
	struct stream part = *stream;
	size_t i, cut;
	int data_fd;

	for (i = 0; i <= ARRAY_SIZE(cuts); i++) {
		cut = i < ARRAY_SIZE(cuts) ? cuts[i] : stream->len - 1;
		device_reset(fd);
		data_fd = state_must_set(fd, VFIO_DEVICE_STATE_RESUMING);
		part.len = cut;
		is(stream_write(&part, 0, data_fd, MAX_STREAM), 0,
		   "%zu bytes: written", cut);
		is(state_set(fd, VFIO_DEVICE_STATE_RUNNING, NULL), -EINVAL,
		   "%zu bytes: not enough", cut);
		is(state_get(fd), VFIO_DEVICE_STATE_RESUMING,
		   "%zu bytes: the rest may still come", cut);
		is(stream_write(stream, cut, data_fd, MAX_STREAM), 0,
		   "%zu bytes: the rest", cut);
		is(state_set(fd, VFIO_DEVICE_STATE_RUNNING, NULL), 0,
		   "%zu bytes: then it runs", cut);
		close(data_fd);
	}
	part.len = stream->len + 1;
	refused(fd, &part, -EINVAL, "a byte too many");
	part.len = stream->len + PAGE;
	refused(fd, &part, -EINVAL, "a page too many");

	device_reset(fd);
	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_RESUMING);
	is(write(data_fd, end_of_memory(20), 40), 16,
	   "no memory for the last 20 bytes: what is whole is taken");
	is(write(data_fd, end_of_memory(3), 40), -1,
	   "no memory for almost all of it");
	is(errno, EFAULT, "is EFAULT");
	close(data_fd);
	device_reset(fd);
}

static void test_fields(int fd, const struct stream *stream)
{
	static const struct {
		const char *what;
		uint32_t kind, bar;	/* the first such record */
		unsigned int offset;
		unsigned char value;
		int error;		/* of writing */
	} fields[] = {
		{ "another magic", LAYOUT, NO_BAR, 16, 1, -EINVAL },
		{ "another version", LAYOUT, NO_BAR, 20, 2, -EINVAL },
		{ "larger pages", LAYOUT, NO_BAR, 25, 0x40, -EINVAL },
		{ "without edu", LAYOUT, NO_BAR, 28, 0, -EINVAL },
		{ "a wider display", LAYOUT, NO_BAR, 32, 65, -EINVAL },
		{ "another vendor", LAYOUT, NO_BAR, 40, 1, -EINVAL },
		{ "another BAR", LAYOUT, NO_BAR, 40 + 256 + 0x1d, 1, -EINVAL },
		{ "a layout that is a page", LAYOUT, NO_BAR, 0, 1, -EINVAL },
		{ "a page that is a layout", BAR_PAGE, NO_BAR, 0, 0, -EINVAL },
		{ "no kind", BAR_PAGE, NO_BAR, 0, 4, -EINVAL },
		{ "a kind of 32 bits", BAR_PAGE, NO_BAR, 3, 0x80, -EINVAL },
		{ "a BAR that is none", BAR_PAGE, NO_BAR, 4, 1, -EINVAL },
		{ "area 7", BAR_PAGE, NO_BAR, 4, 7, -EINVAL },
		{ "a BAR of 32 bits", BAR_PAGE, NO_BAR, 7, 0x80, -EINVAL },
		{ "behind BAR 0", BAR_PAGE, 0, 9, 1, -EINVAL },
		{ "far behind", BAR_PAGE, 0, 15, 0x80, -EINVAL },
		{ "behind I/O", BAR_PAGE, 2, 8, 1, -EINVAL },
		{ "behind the picture", BAR_PAGE, PICTURE, 8, 4, -EINVAL },
		{ "where the MSI-X table is", BAR_PAGE, 3, 8, 63, -EINVAL },
		{ "behind the table", MSIX_PAGE, NO_BAR, 8, 1, -EINVAL },
		{ "a table in a BAR", MSIX_PAGE, NO_BAR, 4, 3, -EINVAL },
		{ "a state of a BAR", STATE, NO_BAR, 4, 1, -EINVAL },
		{ "a state with a number", STATE, NO_BAR, 8, 1, -EINVAL },
		{ "another device id", STATE, NO_BAR, 16 + 2, 1, 0 },
		{ "a BAR's low bits", STATE, NO_BAR, 16 + 0x10, 8, 0 },
		{ "edu's status", STATE, NO_BAR, 16 + 256 + 8, 1, 0 },
		{ "edu's command", STATE, NO_BAR, 16 + 256 + 40, 8, 0 },
	};
	struct record *record;
	struct stream wrong;
	size_t i;

	stream_new(&wrong);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		stream_copy(&wrong, stream);
		record = NULL;
		do
			record = next_record(&wrong, record);
		while (kind_of(record) != fields[i].kind ||
		       (fields[i].bar != NO_BAR &&
			le32toh(record->bar) != fields[i].bar));
		((unsigned char *)record)[fields[i].offset] = fields[i].value;
		refused(fd, &wrong, fields[i].error, fields[i].what);
	}
	free(wrong.data);
}

/* The device has not run since it was made like another one. */
static void test_twice(int fd, const struct stream *stream)
{
	struct stream wrong;
	int error;

	stream_new(&wrong);
	stream_copy(&wrong, stream);
	((unsigned char *)find_record(&wrong, STATE, NO_BAR, 0))[HEAD + 2] ^= 1;
	must_resume(stream, fd, VFIO_DEVICE_STATE_STOP, "twice");
	is(resume(&wrong, fd, VFIO_DEVICE_STATE_STOP, &error), -EINVAL,
	   "twice: what comes then is wrong, and refused");
	is(state_get(fd), VFIO_DEVICE_STATE_ERROR, "twice: ERROR");
	must_resume(stream, fd, VFIO_DEVICE_STATE_STOP, "twice");
	is(resume(stream, fd, VFIO_DEVICE_STATE_RUNNING, &error), 0,
	   "twice: what is right is taken");
	free(wrong.data);
}

/* Anything: the device is made like that, or it is not. */
static void test_garbage(int fd, const struct stream *stream)
{
	unsigned int taken = 0, refusals = 0, other = 0, i, j;
	struct stream wrong;
	int error, ret;
	size_t pos;

	stream_new(&wrong);
	srandom(1);
	for (i = 0; i < 400; i++) {
		stream_copy(&wrong, stream);
		for (j = 0; j < 1 + i % 4; j++) {
			struct record *record = NULL;
			unsigned int skip = random() % 8;

			do
				record = next_record(stream, record);
			while (skip-- && next_record(stream, record));
			pos = (unsigned char *)record - stream->data;
			pos += random() % (i % 2 ? HEAD :
					   record_sizes[kind_of(record)]);
			wrong.data[pos] = random();
		}
		ret = resume(&wrong, fd, VFIO_DEVICE_STATE_RUNNING, &error);
		taken += !ret;
		refusals += ret == -EINVAL &&
			    (!error || error == -EINVAL || error == -ENOMEM);
		other += ret && ret != -EINVAL;
		device_reset(fd);
	}
	ok(taken && refusals && !other,
	   "%u streams with changes were taken, %u refused, %u anything else",
	   taken, refusals, other);
	for (i = 0; i < 100; i++) {
		for (j = i % 2 ? 0 : record_sizes[LAYOUT]; j < wrong.len; j++)
			wrong.data[j] = random();
		resume(&wrong, fd, VFIO_DEVICE_STATE_RUNNING, &error);
		device_reset(fd);
	}
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "random streams");
	free(wrong.data);
}

/*
 * args: two edu devices, one of another type, and one of their type whose card has
 * no memory for it
 */
int cmd_simmigrate(char **args)
{
	struct device from, to, different, small;
	struct stream stream, whole;

	device_must_open(&from, args[0]);
	device_must_open(&to, args[1]);
	device_must_open(&different, args[2]);
	device_must_open(&small, args[3]);
	stream_new(&stream);
	stream_new(&whole);

	test_ways(from.fd);
	test_whole(from.fd, to.fd, &whole);
	test_behind_msix(to.fd, &whole);
	test_line_is_high(from.fd, to.fd, &stream);
	test_precopy(&from, to.fd, &stream);
	test_unmapped(from.fd, to.fd, &stream);
	test_before(from.fd, to.fd, &stream);
	test_function_reset(from.fd, to.fd, &stream);
	test_p2p(&from, &to, &stream);
	test_p2p_at_once(&from);
	test_files(from.fd);

	refused(different.fd, &whole, -EINVAL, "a device of another kind");
	refused(small.fd, &whole, -ENOMEM, "no memory");
	test_lengths(to.fd, &whole);
	test_fields(to.fd, &whole);
	test_twice(to.fd, &whole);
	test_garbage(to.fd, &whole);
	must_resume(&whole, to.fd, VFIO_DEVICE_STATE_RUNNING, "after all that");

	device_close(&from);
	device_close(&to);
	device_close(&different);
	device_close(&small);
	free(stream.data);
	free(whole.data);
	return tap_done();
}
