// SPDX-License-Identifier: GPL-2.0-only
/*
 * page: a device of the test driver mdev_test: one region, a page of memory,
 * described with a capability chain.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

struct sparse_info {
	struct vfio_region_info info;
	char caps[256];
};

static int get_sparse_info(int fd, uint32_t argsz, struct sparse_info *sparse)
{
	memset(sparse, 0, sizeof(*sparse));
	sparse->info.argsz = argsz;
	/* not to be found in the answer */
	sparse->info.flags = ~0u;
	return device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, sparse);
}

static void test_info(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_region_info region;

	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), 0, "GET_INFO");
	is(info.num_regions, 1, "one region");
	is(info.num_irqs, 0, "no interrupts");
	is(region_info(fd, 1, &region), -EINVAL, "no region 1");
}

static void test_capabilities(int fd)
{
	const uint32_t plain = sizeof(struct vfio_region_info);
	struct vfio_region_info_cap_sparse_mmap *cap;
	struct sparse_info sparse;
	uint32_t needed;

	is(get_sparse_info(fd, plain, &sparse), 0, "info without capabilities");
	is(sparse.info.flags, VFIO_REGION_INFO_FLAG_READ |
	   VFIO_REGION_INFO_FLAG_WRITE | VFIO_REGION_INFO_FLAG_MMAP |
	   VFIO_REGION_INFO_FLAG_CAPS, "there are some");
	is(sparse.info.cap_offset, 0, "but they did not fit");
	needed = sparse.info.argsz;
	ok(needed > plain && needed <= sizeof(sparse), "argsz says %u bytes",
	   needed);

	is(get_sparse_info(fd, needed - 1, &sparse), 0, "one byte too few");
	is(sparse.info.cap_offset, 0, "does not fit either");
	is(get_sparse_info(fd, needed, &sparse), 0, "as many as needed");
	is(sparse.info.cap_offset, plain, "capabilities follow");
	cap = (void *)((char *)&sparse + plain);
	is(cap->header.id, VFIO_REGION_INFO_CAP_SPARSE_MMAP, "sparse mmap");
	is(cap->header.version, 1, "version 1");
	is(cap->header.next, 0, "the last one");
	is(cap->nr_areas, 1, "one area");
	is(cap->areas[0].offset, 0, "from the start");
	is(cap->areas[0].size, sysconf(_SC_PAGESIZE), "all of the page");
	is(get_sparse_info(fd, ~0u, &sparse), 0, "argsz 0xffffffff");
	is(get_sparse_info(fd, plain - 1, &sparse), -EINVAL,
	   "argsz too small");
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, NULL), -EFAULT,
	   "null pointer");
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, end_of_memory(16)),
	   -EFAULT, "structure half outside of memory");
}

static void test_memory(int fd)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct vfio_region_info info;
	char buf[16] = "";
	char *map;

	is(region_info(fd, 0, &info), 0, "region info");
	is(info.size, page, "the region is a page");
	is(device_write(fd, "written", 8, info.offset + 8), 8, "write");
	is(device_read(fd, buf, 8, info.offset + 8), 8, "read");
	ok(!strcmp(buf, "written"), "what was written is read");
	is(device_read(fd, buf, 16, info.offset + page - 4), 4,
	   "read across the end is short");
	is(device_read(fd, buf, 1, info.offset + page), -EINVAL,
	   "read behind the end");

	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   info.offset);
	if (!ok(map != MAP_FAILED, "map"))
		return;
	ok(!strcmp(map + 8, "written"), "what was written is seen");
	strcpy(map + 100, "mapped");
	device_read(fd, buf, 7, info.offset + 100);
	ok(!strcmp(buf, "mapped"), "what was mapped is read");
	is(device_reset(fd), 0, "reset");
	is(map[8], 0, "the reset is seen in the mapping");
	ok(mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, info.offset) ==
	   MAP_FAILED, "map more than there is");
	ok(mmap(NULL, page, PROT_READ, MAP_SHARED, fd, info.offset + page) ==
	   MAP_FAILED, "map behind the end");
	munmap(map, page);
}

static void test_mapping_outlives_fd(const char *uuid)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct vfio_region_info info;
	struct device dev;
	char *map;

	device_must_open(&dev, uuid);
	region_info(dev.fd, 0, &info);
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, dev.fd,
		   info.offset);
	device_close(&dev);
	if (!ok(map != MAP_FAILED, "map once more"))
		return;
	map[0] = 42;
	is(map[0], 42, "the mapping outlives the file");
	munmap(map, page);
}

int cmd_page(char **args)
{
	struct device dev;

	device_must_open(&dev, args[0]);
	test_info(dev.fd);
	test_capabilities(dev.fd);
	test_memory(dev.fd);
	is(device_ioctl(dev.fd, VFIO_DEVICE_SET_IRQS, NULL), -ENOTTY,
	   "an ioctl it does not know");
	device_close(&dev);
	test_mapping_outlives_fd(args[0]);
	return tap_done();
}
