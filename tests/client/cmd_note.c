// SPDX-License-Identifier: GPL-2.0-only
/*
 * note: a device of the driver that docs/api.md shows: 16 bytes.
 */
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

#define NOTE_SIZE 16

static void test_info(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_region_info region;

	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), 0, "GET_INFO");
	is(info.flags, VFIO_DEVICE_FLAGS_PLATFORM, "a platform device");
	is(info.num_regions, 1, "one region");
	is(info.num_irqs, 0, "no interrupts");
	info.argsz = 8;
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), -EINVAL,
	   "argsz too small");
	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, NULL), -EFAULT,
	   "null pointer");

	is(region_info(fd, 0, &region), 0, "region info");
	is(region.size, NOTE_SIZE, "it has 16 bytes");
	is(region.offset, 0, "at offset 0");
	is(region.flags, VFIO_REGION_INFO_FLAG_READ |
	   VFIO_REGION_INFO_FLAG_WRITE, "to read and to write");
	is(region_info(fd, 1, &region), -EINVAL, "no region 1");
}

static void test_bytes(int fd)
{
	char buf[NOTE_SIZE + 4] = "";

	is(device_write(fd, "sixteen bytes...", NOTE_SIZE, 0), NOTE_SIZE,
	   "write");
	is(device_read(fd, buf, NOTE_SIZE, 0), NOTE_SIZE, "read");
	ok(!memcmp(buf, "sixteen bytes...", NOTE_SIZE),
	   "what was written is read");
	is(device_write(fd, "seven", 5, 8), 5, "write in the middle");
	is(device_read(fd, buf, sizeof(buf), 4), NOTE_SIZE - 4,
	   "read across the end is short");
	ok(!memcmp(buf, "een seven...", NOTE_SIZE - 4),
	   "just those bytes have changed");
	is(device_read(fd, buf, 1, NOTE_SIZE), 0, "nothing behind the end");
	is(device_write(fd, buf, 1, NOTE_SIZE), 0, "nor to be written");
}

int cmd_note(char **args)
{
	struct device dev;
	char byte = 0;

	device_must_open(&dev, args[0]);
	test_info(dev.fd);
	test_bytes(dev.fd);
	is(device_reset(dev.fd), -ENOTTY, "an ioctl it does not know");
	device_close(&dev);

	device_must_open(&dev, args[0]);
	is(device_read(dev.fd, &byte, 1, 8), 1, "open and read it once more");
	is(byte, 's', "it has kept its bytes");
	device_close(&dev);
	return tap_done();
}
