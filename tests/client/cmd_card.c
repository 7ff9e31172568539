// SPDX-License-Identifier: GPL-2.0-only
/*
 * card: any PCI device of any driver: what it says about itself, a little of
 * its config space, its first BAR, what it can map. Nothing is asked for that
 * the kernel's own sample drivers can't stand.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

/* Behind every region of every driver there is. */
#define NOWHERE		(1ULL << 50)

static void test_info(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), 0, "GET_INFO");
	ok(info.flags & VFIO_DEVICE_FLAGS_PCI, "it is a PCI device");
	ok(info.num_regions >= VFIO_PCI_NUM_REGIONS, "it has %u regions",
	   info.num_regions);
	info.argsz = 0;
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), -EINVAL,
	   "GET_INFO: argsz 0");
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, NULL), -EFAULT,
	   "GET_INFO: null pointer");
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, end_of_memory(8)), -EFAULT,
	   "GET_INFO: structure half outside of memory");
	is(device_ioctl(fd, _IO(VFIO_TYPE, VFIO_BASE + 99), NULL), -ENOTTY,
	   "an ioctl that nobody knows");
	is(device_reset(fd), 0, "reset");
}

static void test_region_info(int fd)
{
	struct vfio_region_info info;
	unsigned int i;

	for (i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		int ret = region_info(fd, i, &info);

		/* there need not be a VGA region */
		if (ret == -EINVAL && i == VFIO_PCI_VGA_REGION_INDEX)
			continue;
		is(ret, 0, "region %u: %llu bytes at 0x%llx, flags 0x%x", i,
		   info.size, info.offset, info.flags);
	}
	is(region_info(fd, 1000, &info), -EINVAL, "no region 1000");
	is(region_info(fd, ~0u, &info), -EINVAL, "no region 0xffffffff");
	info.argsz = 8;
	info.index = 0;
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info), -EINVAL,
	   "region info: argsz too small");
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, NULL), -EFAULT,
	   "region info: null pointer");
}

static void test_config_header(int fd, const char *id)
{
	struct vfio_region_info info;
	uint32_t got = 0;

	region_info(fd, VFIO_PCI_CONFIG_REGION_INDEX, &info);
	is(device_read(fd, &got, 4, info.offset), 4, "config: read 4 bytes");
	got = le32toh(got);
	is_hex(got, strtoul(id, NULL, 16), "config: device and vendor");
	is_hex(device_in(fd, 2, info.offset + 2), got >> 16,
	       "config: 2 bytes at offset 2");
	is_hex(device_in(fd, 1, info.offset + 3), got >> 24,
	       "config: 1 byte at offset 3");

	/* as a VM sizes a BAR */
	is(device_out(fd, ~0u, 4, info.offset + 0x10), 4,
	   "config: write all ones to BAR 0");
	got = device_in(fd, 4, info.offset + 0x10);
	region_info(fd, VFIO_PCI_BAR0_REGION_INDEX, &info);
	is_hex(~(got & (got & 1 ? ~3u : ~15u)) + 1, info.size,
	       "config: BAR 0 tells its size");
}

static void test_hostile_accesses(int fd)
{
	struct vfio_region_info info;
	char byte = 0;

	region_info(fd, VFIO_PCI_CONFIG_REGION_INDEX, &info);
	is(device_read(fd, &byte, 0, info.offset), 0, "read no bytes");
	is(device_write(fd, &byte, 0, info.offset), 0, "write no bytes");
	is(device_read(fd, NULL, 1, info.offset), -EFAULT,
	   "read to a null pointer");
	is(device_write(fd, NULL, 1, info.offset), -EFAULT,
	   "write from a null pointer");
	is(device_read(fd, &byte, 1, NOWHERE), -EFAULT, "read where nothing is");
	is(device_write(fd, &byte, 1, NOWHERE), -EFAULT,
	   "write where nothing is");
	is(device_read(fd, &byte, 1, 1ULL << 63), -EINVAL,
	   "read at a negative offset");
}

static void test_map(int fd, const struct vfio_region_info *info)
{
	const long page = sysconf(_SC_PAGESIZE);
	const int rw = PROT_READ | PROT_WRITE;
	char *map = mmap(NULL, info->size, rw, MAP_SHARED, fd, info->offset);
	char *again;

	if (!ok(map != MAP_FAILED, "map all of region %u", info->index))
		return;
	again = mmap(NULL, page, rw, MAP_SHARED, fd, info->offset);
	if (ok(again != MAP_FAILED, "map its first page once more")) {
		strcpy(map + 100, "mapped");
		ok(!strcmp(again + 100, "mapped"),
		   "what is written here is seen there");
		munmap(again, page);
	}
	map[info->size - 1] = 42;
	is(map[info->size - 1], 42, "the last byte is there");
	munmap(map, info->size);

	ok(mmap(NULL, info->size + page, rw, MAP_SHARED, fd, info->offset) ==
	   MAP_FAILED, "map more than there is");
	ok(mmap(NULL, page, rw, MAP_PRIVATE, fd, info->offset) == MAP_FAILED,
	   "map it for oneself only");
	ok(mmap(NULL, page, rw, MAP_SHARED, fd, NOWHERE) == MAP_FAILED,
	   "map where nothing is");
}

static void test_memory(int fd)
{
	uint32_t value = 0x12345678, got = 0;
	struct vfio_region_info info;

	region_info(fd, VFIO_PCI_BAR0_REGION_INDEX, &info);
	if (!(info.flags & VFIO_REGION_INFO_FLAG_MMAP)) {
		ok(mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd,
			info.offset) == MAP_FAILED, "BAR 0 can't be mapped");
		return;
	}
	is(device_write(fd, &value, 4, info.offset), 4, "write to BAR 0");
	is(device_read(fd, &got, 4, info.offset), 4, "read from BAR 0");
	is_hex(got, value, "what was written is read");
	test_map(fd, &info);
}

int cmd_card(char **args)
{
	struct device dev;

	device_must_open(&dev, args[0]);
	test_info(dev.fd);
	test_region_info(dev.fd);
	test_config_header(dev.fd, args[1]);
	test_hostile_accesses(dev.fd);
	test_memory(dev.fd);
	device_close(&dev);
	return tap_done();
}
