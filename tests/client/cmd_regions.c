// SPDX-License-Identifier: GPL-2.0-only
/*
 * regions: what the device says about itself, and reads and writes of every
 * size in, across and far outside its regions.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

#define CANARY		0xa5
#define MAX_ACCESS	4096
#define CONFIG_SIZE	256
#define PORT_SIZE	8

static const size_t sizes[] = { 1, 2, 4, 8, 3, 0, 5, 100, MAX_ACCESS };

#define SIZES (ARRAY_SIZE(sizes))

/* Device info */

static void test_device_info(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct {
		struct vfio_device_info info;
		unsigned char canary[64];
	} large;
	size_t minsz = offsetof(struct vfio_device_info, cap_offset);
	size_t i, touched = 0;
	int ret;

	ret = device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info);
	is(ret, 0, "GET_INFO");
	ok(info.flags & VFIO_DEVICE_FLAGS_PCI, "GET_INFO: is a PCI device");
	ok(info.flags & VFIO_DEVICE_FLAGS_RESET, "GET_INFO: can be reset");
	ok(info.num_regions >= VFIO_PCI_NUM_REGIONS, "GET_INFO: %u regions",
	   info.num_regions);
	ok(info.num_irqs > VFIO_PCI_MSI_IRQ_INDEX, "GET_INFO: %u irqs",
	   info.num_irqs);

	info.argsz = minsz;
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), 0,
	   "GET_INFO: argsz of the first version, %zu", minsz);
	info.argsz = minsz - 1;
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), -EINVAL,
	   "GET_INFO: argsz one too small");
	info.argsz = 0;
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), -EINVAL,
	   "GET_INFO: argsz 0");

	memset(&large, CANARY, sizeof(large));
	large.info.argsz = sizeof(large);
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &large), 0,
	   "GET_INFO: argsz larger than needed");
	for (i = 0; i < sizeof(large.canary); i++)
		touched += large.canary[i] != CANARY;
	ok(!touched || large.info.flags & VFIO_DEVICE_FLAGS_CAPS,
	   "GET_INFO: nothing written behind the structure");
	large.info.argsz = ~0u;
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &large), 0,
	   "GET_INFO: argsz 0xffffffff");
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, NULL), -EFAULT,
	   "GET_INFO: null pointer");
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, end_of_memory(8)), -EFAULT,
	   "GET_INFO: structure half outside of memory");
}

/* Region info */

static uint64_t expected_size(unsigned int index, unsigned int ports)
{
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return CONFIG_SIZE;
	return index < ports ? PORT_SIZE : 0;
}

static bool regions_overlap(const struct vfio_region_info *a,
			    const struct vfio_region_info *b)
{
	return a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size;
}

static void test_known_regions(int fd, unsigned int ports,
			       struct vfio_region_info *regions)
{
	const uint32_t rw = VFIO_REGION_INFO_FLAG_READ |
			    VFIO_REGION_INFO_FLAG_WRITE;
	unsigned int index, other, overlaps = 0;

	for (index = 0; index < VFIO_PCI_NUM_REGIONS; index++) {
		struct vfio_region_info *info = &regions[index];
		uint64_t size = expected_size(index, ports);
		int ret = region_info(fd, index, info);

		if (ret) {
			info->size = 0;
			ok(!size && ret == -EINVAL, "region %u: %s", index,
			   errno_name(ret));
			continue;
		}
		is(info->size, size, "region %u: size %llu at 0x%llx", index,
		   info->size, info->offset);
		is(info->index, index, "region %u: index kept", index);
		if (size)
			is_hex(info->flags & rw, rw,
			       "region %u: can be read and written", index);
	}
	for (index = 0; index < VFIO_PCI_NUM_REGIONS; index++)
		for (other = 0; other < index; other++)
			overlaps += regions_overlap(&regions[index],
						    &regions[other]);
	is(overlaps, 0, "no region overlaps another");
}

static void test_unknown_regions(int fd)
{
	static const unsigned int indexes[] = {
		VFIO_PCI_NUM_REGIONS, VFIO_PCI_NUM_REGIONS + 1, 63, 64, 0xffff,
		0x7fffffff, 0x80000000, 0xffffffff
	};
	struct vfio_region_info info;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indexes); i++)
		is(region_info(fd, indexes[i], &info), -EINVAL,
		   "region 0x%x is refused", indexes[i]);
}

static void test_region_info_argsz(int fd)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info) - 1,
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};

	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info), -EINVAL,
	   "GET_REGION_INFO: argsz one too small");
	info.argsz = 0;
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info), -EINVAL,
	   "GET_REGION_INFO: argsz 0");
	info.argsz = ~0u;
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info), 0,
	   "GET_REGION_INFO: argsz 0xffffffff");
	is(info.size, CONFIG_SIZE, "GET_REGION_INFO: and the answer is right");
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, NULL), -EFAULT,
	   "GET_REGION_INFO: null pointer");
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, end_of_memory(16)),
	   -EFAULT, "GET_REGION_INFO: structure half outside of memory");
	is(device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, (void *)-4096L),
	   -EFAULT, "GET_REGION_INFO: pointer into the kernel");
}

/* Reads and writes */

static uint64_t room(const struct vfio_region_info *regions, uint64_t pos)
{
	unsigned int index;

	for (index = 0; index < VFIO_PCI_NUM_REGIONS; index++) {
		uint64_t start = regions[index].offset;

		if (regions[index].size && pos >= start &&
		    pos - start < regions[index].size)
			return regions[index].size - (pos - start);
	}
	return 0;
}

static bool nothing_behind(const unsigned char *buf, size_t count, size_t size)
{
	size_t i;

	for (i = count; i < size; i++)
		if (buf[i] != CANARY)
			return false;
	return true;
}

/* One access: no more is moved than the region has there. */
static bool access_is_sane(int fd, const struct vfio_region_info *regions,
			   uint64_t pos, size_t count, bool is_write)
{
	static unsigned char buf[MAX_ACCESS + 64];
	uint64_t limit = room(regions, pos);
	ssize_t ret;

	memset(buf, CANARY, sizeof(buf));
	if (is_write) {
		memset(buf, 0, count);
		ret = device_write(fd, buf, count, pos);
	} else {
		ret = device_read(fd, buf, count, pos);
	}

	if (ret > (ssize_t)count || (ret > 0 && (uint64_t)ret > limit)) {
		diag("%s of %zu at 0x%llx gave %zd, there are %llu bytes",
		     is_write ? "write" : "read", count,
		     (unsigned long long)pos, ret, (unsigned long long)limit);
		return false;
	}
	if (!nothing_behind(buf, count, sizeof(buf))) {
		diag("read of %zu at 0x%llx wrote behind the buffer", count,
		     (unsigned long long)pos);
		return false;
	}
	/* A single byte can always be moved where there is one. */
	if (limit && count == 1 && ret != 1) {
		diag("%s of 1 at 0x%llx gave %zd (%s)",
		     is_write ? "write" : "read", (unsigned long long)pos, ret,
		     ret < 0 ? errno_name(ret) : "bytes");
		return false;
	}
	return true;
}

static void test_access_at(int fd, const struct vfio_region_info *regions,
			   uint64_t pos, const char *where, unsigned int index)
{
	unsigned int bad_reads = 0, bad_writes = 0;
	size_t i;

	for (i = 0; i < SIZES; i++)
		bad_reads += !access_is_sane(fd, regions, pos, sizes[i],
					     false);
	for (i = 0; i < SIZES; i++)
		bad_writes += !access_is_sane(fd, regions, pos, sizes[i],
					      true);
	ok(!bad_reads && !bad_writes,
	   "region %u: reads and writes of every size %s", index, where);
}

static void test_accesses_to_region(int fd,
				    const struct vfio_region_info *regions,
				    unsigned int index)
{
	uint64_t start = regions[index].offset;
	uint64_t size = regions[index].size;

	if (start)
		test_access_at(fd, regions, start - 1, "just before it",
			       index);
	test_access_at(fd, regions, start, "at its start", index);
	if (size) {
		test_access_at(fd, regions, start + size / 2 - 1,
			       "in the middle", index);
		test_access_at(fd, regions, start + size / 2,
			       "in the middle, aligned", index);
		test_access_at(fd, regions, start + size - 2,
			       "straddling its end", index);
		test_access_at(fd, regions, start + size - 1,
			       "at its last byte", index);
		test_access_at(fd, regions, start + size, "just behind it",
			       index);
	}
	test_access_at(fd, regions, start + size + 4096, "far behind it",
		       index);
	test_access_at(fd, regions, start + 0x10000, "64 KiB into it", index);
	test_access_at(fd, regions, start + 0x7fffffffffULL,
		       "half a terabyte into it", index);
}

static void test_absurd_offsets(int fd,
				const struct vfio_region_info *regions)
{
	static const unsigned int indexes[] = {
		9, 10, 15, 31, 63, 64, 127, 255, 256, 0xffff, 0x3fffff,
		0x7fffff
	};
	static const int64_t negative[] = {
		-1, -8, -4096, INT64_MIN, INT64_MIN + 1, INT64_MAX,
		INT64_MAX - 1, INT64_MAX - 4095
	};
	uint64_t stride = regions[1].offset - regions[0].offset;
	unsigned int i, bad;
	size_t s;

	if (!stride || stride > 1ULL << 40)
		stride = 1ULL << 40;

	for (i = 0; i < ARRAY_SIZE(indexes); i++) {
		bad = 0;
		for (s = 0; s < SIZES; s++) {
			uint64_t pos = indexes[i] * stride;

			bad += !access_is_sane(fd, regions, pos, sizes[s],
					       false);
			bad += !access_is_sane(fd, regions, pos, sizes[s],
					       true);
		}
		is(bad, 0, "nothing where region 0x%x would be", indexes[i]);
	}
	for (i = 0; i < ARRAY_SIZE(negative); i++) {
		bad = 0;
		for (s = 0; s < SIZES; s++) {
			bad += !access_is_sane(fd, regions, negative[i],
					       sizes[s], false);
			bad += !access_is_sane(fd, regions, negative[i],
					       sizes[s], true);
		}
		is(bad, 0, "nothing at offset %lld", (long long)negative[i]);
	}
}

static void test_bad_buffers(int fd, const struct vfio_region_info *regions)
{
	uint64_t config = regions[VFIO_PCI_CONFIG_REGION_INDEX].offset;
	char *half = end_of_memory(2);
	ssize_t ret;

	is(device_read(fd, NULL, 4, config), -EFAULT,
	   "read into a null pointer");
	is(device_write(fd, NULL, 4, config), -EFAULT,
	   "write from a null pointer");
	ret = device_read(fd, half, 4, config);
	ok(ret == -EFAULT || ret == 2,
	   "read into a buffer that ends too early: %s",
	   ret < 0 ? errno_name(ret) : "short");
	ret = device_write(fd, half, 4, config);
	ok(ret == -EFAULT || ret == 2,
	   "write from a buffer that ends too early: %s",
	   ret < 0 ? errno_name(ret) : "short");
}

static void test_unknown_ioctls(int fd)
{
	char buf[64] = { 64 };

	is(device_ioctl(fd, _IO(VFIO_TYPE, VFIO_BASE + 99), buf), -ENOTTY,
	   "an ioctl nobody knows");
	is(device_ioctl(fd, VFIO_GET_API_VERSION, NULL), -ENOTTY,
	   "an ioctl of the container");
}

int cmd_regions(char **args)
{
	struct vfio_region_info regions[VFIO_PCI_NUM_REGIONS];
	unsigned int ports = atoi(args[1]);
	struct device dev;
	unsigned int index;

	device_must_open(&dev, args[0]);
	device_reset(dev.fd);
	test_config_space(dev.fd, ports);
	test_device_info(dev.fd);
	test_known_regions(dev.fd, ports, regions);
	test_unknown_regions(dev.fd);
	test_region_info_argsz(dev.fd);
	for (index = 0; index < VFIO_PCI_NUM_REGIONS; index++)
		test_accesses_to_region(dev.fd, regions, index);
	test_absurd_offsets(dev.fd, regions);
	test_bad_buffers(dev.fd, regions);
	test_unknown_ioctls(dev.fd);
	is(device_reset(dev.fd), 0, "reset after all this");
	device_close(&dev);
	return tap_done();
}
