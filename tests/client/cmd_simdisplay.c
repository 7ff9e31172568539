// SPDX-License-Identifier: GPL-2.0-only
/*
 * simdisplay: the display of a device of mdev_sim, whose largest mode the user
 * gives (0 0 if there is no display): every query, its picture by file and by
 * mapping, the monitor's EDID, and all at once from several threads.
 *
 * picture: whether a screenshot shows the test picture.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

#define DISPLAY_REGION	9
#define EDID_REGION	10
#define NR_REGIONS	11

#define REGION	VFIO_GFX_PLANE_TYPE_REGION
#define DMABUF	VFIO_GFX_PLANE_TYPE_DMABUF
#define PROBE	VFIO_GFX_PLANE_TYPE_PROBE

#define UP	VFIO_DEVICE_GFX_LINK_STATE_UP
#define DOWN	VFIO_DEVICE_GFX_LINK_STATE_DOWN

#define OFFSET_OF(field) offsetof(struct vfio_region_gfx_edid, field)

/* Of struct vfio_device_gfx_plane_info: newer kernels have more. */
#define PLANE_MIN	60

struct display {
	int fd;
	unsigned int width;	/* of the largest mode */
	unsigned int height;
	uint64_t picture;	/* where its region is */
	uint64_t picture_size;
	uint64_t edid;		/* likewise */
	struct vfio_region_gfx_edid regs;
};

/* The test picture, as docs/mdev_sim.md has it. */
static uint32_t point_at(unsigned int x, unsigned int y)
{
	return (x % 256) << 16 | (y % 256) << 8 | (x / 256 % 16) << 4 |
	       y / 256 % 16;
}

static int query(int fd, uint32_t flags, uint32_t type,
		 struct vfio_device_gfx_plane_info *plane)
{
	/* what is not answered would be seen */
	memset(plane, 0xee, sizeof(*plane));
	plane->argsz = sizeof(*plane);
	plane->flags = flags;
	plane->drm_plane_type = type;
	return device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, plane);
}

static void test_queries(int fd)
{
	static const uint32_t wrong[] = {
		0, PROBE, DMABUF, PROBE | DMABUF, REGION | DMABUF,
		PROBE | REGION | DMABUF, REGION | 8, ~0u,
	};
	struct vfio_device_gfx_plane_info plane, *place;
	uint32_t id = 0;
	size_t i;

	is(query(fd, PROBE | REGION, 0, &plane), 0, "probe: a region");
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		is(query(fd, wrong[i], 1, &plane), -EINVAL,
		   "query: flags 0x%x", wrong[i]);
	is(query(fd, REGION, 1, &plane), 0, "query: the primary plane");
	is(query(fd, REGION, 0, &plane), 0, "query: an overlay, as QEMU");
	is(query(fd, REGION, 2, &plane), -EINVAL, "query: no cursor");
	is(query(fd, REGION, ~0u, &plane), -EINVAL, "query: no such plane");

	place = end_of_memory(PLANE_MIN);
	memset(place, 0, PLANE_MIN);
	place->argsz = PLANE_MIN;
	place->flags = REGION;
	is(device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, place), 0,
	   "query: the shortest structure");
	place->argsz = PLANE_MIN - 1;
	is(device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, place), -EINVAL,
	   "query: argsz too small");
	place = (void *)((char *)place + 4);
	is(device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, place), -EFAULT,
	   "query: memory ends too early");
	is(device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, NULL), -EFAULT,
	   "query: null pointer");
	is(device_ioctl(fd, VFIO_DEVICE_GET_GFX_DMABUF, &id), -ENOTTY,
	   "there is no dma-buf");
}

static void test_plane(const struct display *display, unsigned int width,
		       unsigned int height)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct vfio_device_gfx_plane_info plane;
	unsigned int stride = 4 * display->width;

	is(query(display->fd, REGION, 1, &plane), 0, "the plane");
	is_hex(plane.drm_format, 0x34325258, "its format is XR24");
	ok(!plane.drm_format_mod, "it is linear");
	is(plane.width, width, "its width");
	is(plane.height, height, "its height");
	is(plane.stride, stride, "its stride");
	is(plane.size, (stride * height + page - 1) / page * page,
	   "its size, whole pages");
	is(plane.region_index, DISPLAY_REGION, "its region");
	is(plane.x_pos | plane.y_pos | plane.x_hot | plane.y_hot, 0,
	   "it is no cursor");
}

static void test_no_plane(const struct display *display)
{
	struct vfio_device_gfx_plane_info plane;

	is(query(display->fd, REGION, 1, &plane), 0, "the plane");
	is(plane.drm_format | plane.size | plane.width | plane.height |
	   plane.stride, 0, "there is none");
}

static void test_regions(struct display *display)
{
	struct vfio_device_info device = { .argsz = sizeof(device) };
	struct vfio_region_info info;
	struct {
		struct vfio_region_info info;
		struct vfio_region_info_cap_type type;
	} edid = {
		.info.argsz = sizeof(edid),
		.info.index = EDID_REGION,
	};

	device_ioctl(display->fd, VFIO_DEVICE_GET_INFO, &device);
	is(device.num_regions, NR_REGIONS, "two regions more than PCI has");
	is(region_info(display->fd, VFIO_PCI_VGA_REGION_INDEX, &info), -EINVAL,
	   "none for VGA");
	is(region_info(display->fd, NR_REGIONS, &info), -EINVAL,
	   "and none behind them");
	is(region_info(display->fd, DISPLAY_REGION, &info), 0,
	   "the picture's region");
	is_hex(info.flags, VFIO_REGION_INFO_FLAG_READ |
	       VFIO_REGION_INFO_FLAG_WRITE | VFIO_REGION_INFO_FLAG_MMAP,
	       "it can be read, written and mapped");
	ok(info.size >= 4 * display->width * display->height,
	   "it has 0x%llx bytes", info.size);
	display->picture = info.offset;
	display->picture_size = info.size;

	is(device_ioctl(display->fd, VFIO_DEVICE_GET_REGION_INFO, &edid), 0,
	   "the EDID's region");
	is_hex(edid.info.flags, VFIO_REGION_INFO_FLAG_READ |
	       VFIO_REGION_INFO_FLAG_WRITE | VFIO_REGION_INFO_FLAG_CAPS,
	       "it can be read and written, and has a capability");
	is(edid.info.cap_offset, sizeof(edid.info), "that follows");
	is(edid.type.header.id, VFIO_REGION_INFO_CAP_TYPE, "its type");
	is(edid.type.header.next, 0, "and no other");
	is(edid.type.type, VFIO_REGION_TYPE_GFX, "of graphics");
	is(edid.type.subtype, VFIO_REGION_SUBTYPE_GFX_EDID, "EDID");
	display->edid = edid.info.offset;
}

/* How many points differ from the test picture; @stride in points. */
static unsigned long wrong_points(const uint32_t *points, unsigned int stride,
				  unsigned int width, unsigned int height)
{
	unsigned long wrong = 0;
	unsigned int x, y;

	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++)
			wrong += le32toh(points[(size_t)y * stride + x]) !=
				 point_at(x, y);
	return wrong;
}

static void test_picture_read(const struct display *display)
{
	uint32_t *points = new_memory(display->picture_size);
	uint32_t point = 0;

	is(device_read(display->fd, points, display->picture_size,
		       display->picture), display->picture_size,
	   "read the picture");
	is(wrong_points(points, display->width, display->width,
			display->height), 0, "each point is right");
	is(device_read(display->fd, &point, 4, display->picture +
		       4 * (3 * display->width + 7)), 4, "read a point");
	is_hex(le32toh(point), point_at(7, 3), "it is the right one");
	is(device_read(display->fd, points, 8,
		       display->picture + display->picture_size - 4), 4,
	   "an access past the end is short");
	is(device_read(display->fd, points, 4,
		       display->picture + display->picture_size), -EINVAL,
	   "there is nothing behind it");
	is(device_read(display->fd, NULL, 4, display->picture), -EFAULT,
	   "null pointer");
	munmap(points, display->picture_size);
}

static void *map_picture(const struct display *display)
{
	void *map = mmap(NULL, display->picture_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, display->fd, display->picture);

	if (map == MAP_FAILED)
		bail_out("the picture can't be mapped");
	return map;
}

static void test_no_map(const struct display *display, uint64_t pos, int flags,
			const char *why)
{
	ok(mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, flags, display->fd,
		pos) == MAP_FAILED && errno == EINVAL, "can't be mapped: %s",
	   why);
}

static void test_picture_map(const struct display *display)
{
	const uint64_t last = 4 * (display->width * display->height - 1);
	uint32_t *map = map_picture(display), point = 0xabcdef;

	is(wrong_points(map, display->width, display->width, display->height),
	   0, "each point is right in a mapping");
	map[0] = 0x123456;
	is(device_write(display->fd, &point, 4, display->picture + last), 4,
	   "write the last point");
	is_hex(map[last / 4], 0xabcdef, "it is in the mapping");
	device_read(display->fd, &point, 4, display->picture);
	is_hex(point, 0x123456, "what is drawn there is read");
	is(device_reset(display->fd), 0, "reset");
	is(wrong_points(map, display->width, display->width, display->height),
	   0, "the mapping has the test picture again");
	munmap(map, display->picture_size);
	test_no_map(display, display->picture + display->picture_size,
		    MAP_SHARED, "behind the picture");
	test_no_map(display, display->picture, MAP_PRIVATE, "private");
	test_no_map(display, display->edid, MAP_SHARED, "the EDID");
}

static uint32_t edid_field(const struct display *display, size_t offset)
{
	uint32_t value = ~0u;

	device_read(display->fd, &value, 4, display->edid + offset);
	return value;
}

static int set_edid_field(const struct display *display, size_t offset,
			  uint32_t value)
{
	ssize_t ret = device_write(display->fd, &value, 4,
				   display->edid + offset);

	return ret == 4 ? 0 : ret;
}

static void test_edid_fields(struct display *display)
{
	static const size_t read_only[] = {
		OFFSET_OF(edid_offset), OFFSET_OF(edid_max_size),
		OFFSET_OF(max_xres), OFFSET_OF(max_yres),
	};
	struct vfio_region_gfx_edid *regs = &display->regs;
	uint64_t end;
	char bytes[8] = "";
	size_t i;

	is(device_read(display->fd, regs, sizeof(*regs), display->edid),
	   sizeof(*regs), "EDID: its fields at once");
	ok(regs->edid_offset >= sizeof(*regs), "EDID: it is behind them");
	ok(regs->edid_max_size >= 256, "EDID: it has room for two blocks");
	is(regs->edid_size, 0, "EDID: there is none");
	is(regs->link_state, UP, "EDID: the link is up");
	is(regs->max_xres, display->width, "EDID: the largest width");
	is(regs->max_yres, display->height, "EDID: the largest height");

	for (i = 0; i < ARRAY_SIZE(read_only); i++) {
		is(set_edid_field(display, read_only[i], 1), -EINVAL,
		   "EDID: the field at %zu can't be written", read_only[i]);
		is_hex(edid_field(display, read_only[i]),
		       *(uint32_t *)((char *)regs + read_only[i]),
		       "EDID: it is as before");
	}
	is(set_edid_field(display, OFFSET_OF(edid_size),
			  regs->edid_max_size + 1), -EINVAL, "EDID: too large");
	is(set_edid_field(display, OFFSET_OF(edid_size), ~0u), -EINVAL,
	   "EDID: as large as can be said");
	is(set_edid_field(display, OFFSET_OF(link_state), 0), -EINVAL,
	   "EDID: no such state of the link");
	is(set_edid_field(display, OFFSET_OF(link_state), 3), -EINVAL,
	   "EDID: nor this one");
	is(edid_field(display, OFFSET_OF(link_state)), UP,
	   "EDID: the link is up still");
	is(set_edid_field(display, OFFSET_OF(edid_size) + 1, 0), -EINVAL,
	   "EDID: parts of two fields");
	is(device_write(display->fd, bytes, 2,
			display->edid + OFFSET_OF(edid_size)), -EINVAL,
	   "EDID: half a field");
	is(device_write(display->fd, bytes, 8,
			display->edid + OFFSET_OF(edid_size)), -EINVAL,
	   "EDID: two fields");
	is(device_write(display->fd, NULL, 4,
			display->edid + OFFSET_OF(edid_size)), -EFAULT,
	   "EDID: null pointer");

	end = regs->edid_offset + regs->edid_max_size;
	is(device_write(display->fd, bytes, 8, display->edid + end - 8), 8,
	   "EDID: its last bytes");
	is(device_write(display->fd, bytes, 8, display->edid + end - 4),
	   -EINVAL, "EDID: past its end");
	is(device_write(display->fd, bytes, 8,
			display->edid + regs->edid_offset - 4), -EINVAL,
	   "EDID: before its beginning");
	is(device_read(display->fd, bytes, 8, display->edid + end - 4),
	   -EINVAL, "EDID: read past its end");
	is(device_read(display->fd, bytes, 1, display->edid + end), -EINVAL,
	   "EDID: read behind it");
	is(device_read(display->fd, NULL, 8, display->edid), -EFAULT,
	   "EDID: null pointer, read");
}

/* A timing of the EDID has 12 bits for each direction. */
static unsigned int fitting(unsigned int points)
{
	return points < 4095 ? points : 4095;
}

/* A block whose first descriptor is a timing of so many points. */
static void make_edid(uint8_t *edid, unsigned int width, unsigned int height)
{
	uint8_t *timing = edid + 54, sum = 0;
	int i;

	memset(edid, 0, 128);
	memset(edid + 1, 0xff, 6);
	timing[0] = 1;
	timing[2] = width;
	timing[3] = 0x12;		/* blanking must not be taken for it */
	timing[4] = width >> 8 << 4 | 3;
	timing[5] = height;
	timing[6] = 0x45;
	timing[7] = height >> 8 << 4 | 6;
	for (i = 0; i < 127; i++)
		sum -= edid[i];
	edid[127] = sum;
}

/* As QEMU does: the size comes before the EDID, then the link comes up. */
static int write_edid(const struct display *display, const uint8_t *edid,
		      uint32_t size)
{
	int ret = set_edid_field(display, OFFSET_OF(link_state), DOWN);

	if (!ret)
		ret = set_edid_field(display, OFFSET_OF(edid_size), size);
	if (!ret && device_write(display->fd, edid, 128, display->edid +
				 display->regs.edid_offset) != 128)
		ret = -EIO;
	return ret;
}

static void test_mode(const struct display *display, const char *what,
		      const uint8_t *edid, uint32_t size, unsigned int width,
		      unsigned int height)
{
	is(write_edid(display, edid, size), 0, "%s", what);
	test_no_plane(display);
	is(set_edid_field(display, OFFSET_OF(link_state), UP), 0,
	   "%s: the link is up", what);
	test_plane(display, width, height);
}

static void test_modes(const struct display *display)
{
	unsigned int width = display->width, height = display->height;
	unsigned int w = fitting(width) - 17, h = fitting(height) - 5;
	uint8_t edid[128], got[128] = "";
	uint32_t *map;

	make_edid(edid, w, h);
	test_mode(display, "an EDID", edid, 128, w, h);
	device_read(display->fd, got, 128,
		    display->edid + display->regs.edid_offset);
	ok(!memcmp(got, edid, 128), "it can be read");
	map = map_picture(display);
	is(wrong_points(map, width, w, h), 0, "it shows that part of the picture");
	munmap(map, display->picture_size);
	is(device_reset(display->fd), 0, "reset");
	test_plane(display, w, h);

	make_edid(edid, 4095, h);
	test_mode(display, "one that is too wide", edid, 128,
		  fitting(width), h);
	make_edid(edid, w, 4095);
	test_mode(display, "one that is too high", edid, 256, w,
		  fitting(height));
	make_edid(edid, w, h);
	edid[127]++;
	test_mode(display, "one whose sum is wrong", edid, 128, width, height);
	make_edid(edid, w, h);
	test_mode(display, "one that is cut short", edid, 127, width, height);
	make_edid(edid, w, h);
	edid[1]--;
	edid[127]++;
	test_mode(display, "one that does not begin as one", edid, 128, width,
		  height);
	make_edid(edid, w, h);
	edid[54]--;
	edid[127]++;
	test_mode(display, "one without a timing", edid, 128, width, height);
	make_edid(edid, 0, h);
	test_mode(display, "no width", edid, 128, width, height);
	make_edid(edid, 1, 1);
	test_mode(display, "one point", edid, 128, 1, 1);
}

/* Nothing of the last user is left, and a mapping outlives the file. */
static void test_next_user(const char *uuid, struct display *display)
{
	struct device dev;
	uint32_t *map;

	device_must_open(&dev, uuid);
	display->fd = dev.fd;
	test_plane(display, display->width, display->height);
	is(edid_field(display, OFFSET_OF(edid_size)), 0,
	   "the next user has no EDID");
	is(edid_field(display, display->regs.edid_offset + 1), 0,
	   "nor its bytes");
	map = map_picture(display);
	device_close(&dev);
	is(wrong_points(map, display->width, display->width, display->height),
	   0, "the mapping outlives the file, and has the test picture");
	munmap(map, display->picture_size);
}

struct worker {
	pthread_t thread;
	const struct display *display;
	int number;
	time_t end;
	unsigned long rounds;
	unsigned long torn;
};

/* A plane is that of one of the two EDIDs or of none, never a mixture. */
static bool is_torn(const struct display *display,
		    const struct vfio_device_gfx_plane_info *plane)
{
	if (!plane->drm_format)
		return plane->width || plane->size;
	return plane->width - plane->height !=
	       fitting(display->width) - fitting(display->height);
}

static void work(struct worker *worker)
{
	const struct display *display = worker->display;
	struct vfio_device_gfx_plane_info plane;
	uint32_t points[1024];
	uint8_t edid[128];

	switch (worker->number) {
	case 0:
		make_edid(edid, fitting(display->width) - worker->rounds % 2,
			  fitting(display->height) - worker->rounds % 2);
		write_edid(display, edid, 128);
		set_edid_field(display, OFFSET_OF(link_state), UP);
		break;
	case 1:
		query(display->fd, REGION, 1, &plane);
		worker->torn += is_torn(display, &plane);
		break;
	case 2:
		device_reset(display->fd);
		break;
	default:
		device_read(display->fd, points, sizeof(points),
			    display->picture);
		worker->torn += wrong_points(points, display->width,
					     64, 1) != 0;
	}
	worker->rounds++;
}

static void *run_worker(void *arg)
{
	struct worker *worker = arg;

	while (time(NULL) < worker->end)
		work(worker);
	return NULL;
}

static void test_race(const struct display *display, int seconds)
{
	struct worker workers[4];
	uint8_t edid[128];
	int i;

	make_edid(edid, fitting(display->width), fitting(display->height));
	write_edid(display, edid, 128);
	for (i = 0; i < 4; i++) {
		workers[i] = (struct worker) {
			.display = display,
			.number = i,
			.end = time(NULL) + seconds,
		};
		pthread_create(&workers[i].thread, NULL, run_worker,
			       &workers[i]);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(workers[i].thread, NULL);
		ok(workers[i].rounds && !workers[i].torn,
		   "thread %d: %lu rounds, all right", i, workers[i].rounds);
	}
}

/* A device without a display has no more regions than PCI has. */
static void test_without(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_device_gfx_plane_info plane;
	struct vfio_region_info region;
	uint32_t value = 0;

	is(query(fd, PROBE | REGION, 0, &plane), -ENOTTY, "probe: no display");
	is(query(fd, REGION, 1, &plane), -ENOTTY, "query: no plane");
	device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info);
	is(info.num_regions, VFIO_PCI_NUM_REGIONS, "only PCI's regions");
	is(region_info(fd, DISPLAY_REGION, &region), -EINVAL, "no picture");
	is(region_info(fd, EDID_REGION, &region), -EINVAL, "no EDID");
	region_info(fd, 1, &region);
	is(device_read(fd, &value, 4, region.offset * DISPLAY_REGION), -EINVAL,
	   "no picture to read");
	is(device_write(fd, &value, 4, region.offset * EDID_REGION + 20),
	   -EINVAL, "no link to set");
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd,
		region.offset * DISPLAY_REGION) == MAP_FAILED &&
	   errno == EINVAL, "no picture to map");
}

int cmd_simdisplay(char **args)
{
	struct display display = {
		.width = atoi(args[1]), .height = atoi(args[2]),
	};
	struct device dev;

	device_must_open(&dev, args[0]);
	display.fd = dev.fd;
	if (!display.width) {
		test_without(dev.fd);
		device_close(&dev);
		return tap_done();
	}
	test_queries(dev.fd);
	test_plane(&display, display.width, display.height);
	test_regions(&display);
	test_picture_read(&display);
	test_picture_map(&display);
	test_edid_fields(&display);
	test_modes(&display);
	test_race(&display, 3);
	device_close(&dev);
	test_next_user(args[0], &display);
	return tap_done();
}

static uint8_t *read_ppm(const char *path, unsigned int *width,
			 unsigned int *height)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;
	size_t size;

	if (!file || fscanf(file, "P6 %u %u 255", width, height) != 2 ||
	    fgetc(file) == EOF)
		bail_out("%s is no screenshot", path);
	if (*width > 8192 || *height > 8192)
		bail_out("%s is too large", path);
	size = 3 * (size_t)*width * *height;
	bytes = new_memory(size + 1);
	if (fread(bytes, 1, size + 1, file) != size)
		bail_out("%s is not as large as it says", path);
	fclose(file);
	return bytes;
}

/* picture FILE WIDTH HEIGHT: a PPM of QEMU's screendump */
int cmd_picture(char **args)
{
	unsigned int width, height, x, y;
	const uint8_t *rgb = read_ppm(args[0], &width, &height);
	unsigned long wrong = 0;

	if (width != strtoul(args[1], NULL, 0) ||
	    height != strtoul(args[2], NULL, 0)) {
		printf("it is %ux%u\n", width, height);
		return 1;
	}
	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++, rgb += 3)
			wrong += (rgb[0] << 16 | rgb[1] << 8 | rgb[2]) !=
				 (int)point_at(x, y);
	printf("%u points, %lu wrong\n", width * height, wrong);
	return wrong != 0;
}
