// SPDX-License-Identifier: GPL-2.0-only
/*
 * display: a graphics card: its picture is in a region (as with the kernel's
 * sample mdpy) or in a dma-buf (mbochs, set up through its registers).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

#define XRGB8888	0x34325258	/* "XR24" */

/* The Bochs display's registers: 16 bits each, in BAR 2 */
#define DISPI		0x500
#define DISPI_XRES	1
#define DISPI_YRES	2
#define DISPI_BPP	3
#define DISPI_ENABLE	4
#define DISPI_ENABLED	0x41		/* with a linear frame buffer */

#define EDID_REGION	9		/* the first one after PCI's */

struct display {
	int fd;
	unsigned int width;
	unsigned int height;
};

static int query(int fd, uint32_t flags,
		 struct vfio_device_gfx_plane_info *plane)
{
	memset(plane, 0, sizeof(*plane));
	plane->argsz = sizeof(*plane);
	plane->flags = flags;
	plane->drm_plane_type = 1;	/* the primary one */
	return device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, plane);
}

static void test_hostile_queries(int fd, uint32_t type)
{
	struct vfio_device_gfx_plane_info plane;

	is(query(fd, 0, &plane), -EINVAL, "query: no kind of plane");
	is(query(fd, ~0u, &plane), -EINVAL, "query: every flag");
	plane.argsz = 8;
	plane.flags = type;
	is(device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, &plane), -EINVAL,
	   "query: argsz too small");
	is(device_ioctl(fd, VFIO_DEVICE_QUERY_GFX_PLANE, NULL), -EFAULT,
	   "query: null pointer");
}

static void test_plane(const struct display *display,
		       const struct vfio_device_gfx_plane_info *plane)
{
	is_hex(plane->drm_format, XRGB8888, "its format is XRGB8888");
	is(plane->width, display->width, "its width");
	is(plane->height, display->height, "its height");
	is(plane->stride, 4 * display->width, "its stride");
	ok(plane->size >= plane->stride * plane->height, "its size, %u",
	   plane->size);
}

/* Mapped, the picture can be drawn. */
static void test_region(const struct display *display)
{
	struct vfio_device_gfx_plane_info plane;
	struct vfio_region_info info;
	uint32_t *map;

	is(query(display->fd, VFIO_GFX_PLANE_TYPE_REGION, &plane), 0,
	   "the plane is in a region");
	test_plane(display, &plane);
	is(region_info(display->fd, plane.region_index, &info), 0,
	   "there is a region %u", plane.region_index);
	is(info.size, plane.size, "as large as the plane says");
	map = mmap(NULL, plane.size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   display->fd, info.offset);
	if (!ok(map != MAP_FAILED, "it can be mapped"))
		return;
	map[plane.width * plane.height - 1] = 0xff00ff;
	is(map[plane.width * plane.height - 1], 0xff00ff,
	   "the last point can be drawn");
	munmap(map, plane.size);
}

static int is_readable(const void *byte)
{
	int pipes[2], ret;

	if (pipe(pipes))
		return -1;
	ret = write(pipes[1], byte, 1) == 1;
	close(pipes[0]);
	close(pipes[1]);
	return ret;
}

/* A mapping that the user makes longer than what there is to map. */
static void test_beyond(int fd)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct vfio_region_info info;
	char *map, *grown;

	region_info(fd, VFIO_PCI_BAR0_REGION_INDEX, &info);
	map = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   info.offset);
	if (!ok(map != MAP_FAILED, "map BAR 0"))
		return;
	grown = mremap(map, info.size, info.size + page, MREMAP_MAYMOVE);
	if (grown == MAP_FAILED) {
		ok(1, "the mapping can't grow");
		munmap(map, info.size);
		return;
	}
	is(is_readable(grown + info.size - 1), 1, "it grows; its last byte");
	is(is_readable(grown + info.size), 0, "beyond it there is nothing");
	munmap(grown, info.size + page);
}

static void set_mode(const struct display *display)
{
	const struct {
		unsigned int reg;
		uint16_t value;
	} writes[] = {
		{ DISPI_XRES, display->width },
		{ DISPI_YRES, display->height },
		{ DISPI_BPP, 32 },
		{ DISPI_ENABLE, DISPI_ENABLED },
	};
	struct vfio_region_info info;
	uint16_t got;
	size_t i;

	region_info(display->fd, VFIO_PCI_BAR2_REGION_INDEX, &info);
	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		uint64_t pos = info.offset + DISPI + 2 * writes[i].reg;

		got = 0;
		device_write(display->fd, &writes[i].value, 2, pos);
		device_read(display->fd, &got, 2, pos);
		is(got, writes[i].value, "register %u", writes[i].reg);
	}
}

static void test_dmabuf(const struct display *display)
{
	struct vfio_device_gfx_plane_info plane;
	uint32_t id = 12345;
	int ret, buf;

	is(query(display->fd, VFIO_GFX_PLANE_TYPE_DMABUF, &plane), 0,
	   "ask while it is off");
	is(plane.drm_format, 0, "there is no picture");
	is(device_ioctl(display->fd, VFIO_DEVICE_GET_GFX_DMABUF, &id), -ENOENT,
	   "a dma-buf that is not there");
	is(device_ioctl(display->fd, VFIO_DEVICE_GET_GFX_DMABUF, NULL),
	   -EFAULT, "dma-buf: null pointer");

	set_mode(display);
	/* mbochs makes the buffer the first time, and forgets to return it */
	ret = query(display->fd, VFIO_GFX_PLANE_TYPE_DMABUF, &plane);
	if (ret == -ENOMEM)
		ret = query(display->fd, VFIO_GFX_PLANE_TYPE_DMABUF, &plane);
	is(ret, 0, "the plane is in a dma-buf");
	test_plane(display, &plane);
	buf = device_ioctl(display->fd, VFIO_DEVICE_GET_GFX_DMABUF,
			   &plane.dmabuf_id);
	if (!ok(buf >= 0, "the dma-buf can be had"))
		return;
	/* mbochs refuses to map it: shared, it would have to be writable */
	is(lseek(buf, 0, SEEK_END), plane.size, "it has the plane's size");
	close(buf);
}

static void test_edid_region(int fd)
{
	struct {
		struct vfio_region_info info;
		struct vfio_region_info_cap_type type;
	} edid = {
		.info.argsz = sizeof(edid),
		.info.index = EDID_REGION,
	};

	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &edid), 0,
	   "region %u", EDID_REGION);
	ok(edid.info.flags & VFIO_REGION_INFO_FLAG_CAPS, "has a capability");
	is(edid.info.cap_offset, sizeof(edid.info), "that follows");
	is(edid.type.header.id, VFIO_REGION_INFO_CAP_TYPE, "its type");
	is(edid.type.type, VFIO_REGION_TYPE_GFX, "of graphics");
	is(edid.type.subtype, VFIO_REGION_SUBTYPE_GFX_EDID, "EDID");
}

int cmd_display(char **args)
{
	struct display display = {
		.width = atoi(args[1]), .height = atoi(args[2]),
	};
	struct vfio_device_gfx_plane_info plane;
	uint32_t type = VFIO_GFX_PLANE_TYPE_REGION;
	struct device dev;

	device_must_open(&dev, args[0]);
	display.fd = dev.fd;
	if (query(dev.fd, VFIO_GFX_PLANE_TYPE_PROBE | type, &plane))
		type = VFIO_GFX_PLANE_TYPE_DMABUF;
	is(query(dev.fd, VFIO_GFX_PLANE_TYPE_PROBE | type, &plane), 0,
	   "its picture is in a %s",
	   type == VFIO_GFX_PLANE_TYPE_REGION ? "region" : "dma-buf");
	test_hostile_queries(dev.fd, type);
	if (type == VFIO_GFX_PLANE_TYPE_REGION) {
		test_region(&display);
	} else {
		test_dmabuf(&display);
		test_edid_region(dev.fd);
	}
	test_beyond(dev.fd);
	device_close(&dev);
	return tap_done();
}
