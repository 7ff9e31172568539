// SPDX-License-Identifier: GPL-2.0-only
/*
 * ccw: a device of the kernel's vfio_ccw, which is a channel subchannel of s390 with a
 * device that QEMU emulates. It is asked what it is, by a channel program in our
 * memory: SENSE ID.
 *
 * What a channel subsystem reads and writes is big-endian: the structures are those of
 * the z/Architecture Principles of Operation, as bytes or words of theirs.
 */
#include <endian.h>
#include <errno.h>
#include <linux/vfio.h>
#include <linux/vfio_ccw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "irq.h"
#include "tap.h"

#define IOVA		0x100000u
#define MEMORY_SIZE	(2 * 4096)
#define PROGRAM		IOVA
#define DATA		(IOVA + 4096)
#define NOWHERE		0x200000u

/* Operation-request block, its second word */
#define ORB_FORMAT_1	0x00800000u
#define ORB_PREFETCH	0x00400000u
#define ORB_IDAW_64	0x00020000u

/* Subchannel-status word, the first and the third of its words */
#define SCSW_START	0x00004000u
#define SCSW_ENDED	0x00000007u	/* status pending, secondary, primary */
#define SCSW_DEVICE	0xff000000u
#define SCSW_CHANNEL	0x00ff0000u
#define DEVICE_ENDED	0x0c000000u	/* channel end, device end */

#define SENSE_ID	0xe4
#define CCW_SUPPRESS_LENGTH 0x20	/* a shorter answer is no error */
#define ANSWER_MAX	16

/* A channel command word of format 1 */
struct ccw {
	uint8_t command;
	uint8_t flags;
	uint16_t count;
	uint32_t address;
};

/* The areas of struct ccw_io_region, in words */
struct io {
	uint32_t orb[ORB_AREA_SIZE / 4];
	uint32_t scsw[SCSW_AREA_SIZE / 4];
	uint32_t irb[IRB_AREA_SIZE / 4];
	uint32_t ret_code;
};

static uint64_t io_offset(int fd)
{
	struct vfio_region_info info;

	if (region_info(fd, VFIO_CCW_CONFIG_REGION_INDEX, &info))
		bail_out("no I/O region");
	return info.offset;
}

static void test_info(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_region_info region;
	struct vfio_irq_info irq = {
		.argsz = sizeof(irq),
		.index = VFIO_CCW_IO_IRQ_INDEX,
	};

	is(device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info), 0, "device info");
	is_hex(info.flags, VFIO_DEVICE_FLAGS_CCW | VFIO_DEVICE_FLAGS_RESET,
	       "a subchannel that can be reset");
	is(region_info(fd, VFIO_CCW_CONFIG_REGION_INDEX, &region), 0,
	   "the I/O region");
	is(region.size, sizeof(struct io), "its size");
	is_hex(region.flags, VFIO_REGION_INFO_FLAG_READ |
	       VFIO_REGION_INFO_FLAG_WRITE, "it can be read and written");
	is(device_ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &irq), 0,
	   "the I/O interrupt");
	is(irq.count, 1, "there is one");
}

/* START SUBCHANNEL: 0, or a negative errno. */
static int start(int fd, uint32_t program)
{
	struct io io = {
		.orb[1] = htobe32(ORB_FORMAT_1 | ORB_PREFETCH | ORB_IDAW_64),
		.orb[2] = htobe32(program),
		.scsw[0] = htobe32(SCSW_START),
	};
	ssize_t ret = device_write(fd, &io, sizeof(io), io_offset(fd));

	return ret == sizeof(io) ? 0 : ret < 0 ? ret : -EIO;
}

static void write_program(void *memory, uint32_t address)
{
	const struct ccw sense_id = {
		.command = SENSE_ID,
		.flags = CCW_SUPPRESS_LENGTH,
		.count = htobe16(ANSWER_MAX),
		.address = htobe32(address),
	};

	memcpy(memory, &sense_id, sizeof(sense_id));
}

/* @id: control unit and its model, as 383202 */
static void test_sense_id(int fd, uint8_t *memory, uint32_t id,
			  const char *when)
{
	const uint8_t *answer = memory + (DATA - PROGRAM);
	int event = irq_eventfd();
	uint32_t status;
	struct io io;

	memset(memory, 0, MEMORY_SIZE);
	write_program(memory, DATA);
	is(irq_set_eventfd(fd, VFIO_CCW_IO_IRQ_INDEX,
			   VFIO_IRQ_SET_ACTION_TRIGGER, event), 0,
	   "%s: the interrupt has an eventfd", when);
	is(start(fd, PROGRAM), 0, "%s: SENSE ID is started", when);
	is(irq_signals(event, true), 1, "%s: it ends with an interrupt", when);
	is(device_read(fd, &io, sizeof(io), io_offset(fd)), sizeof(io),
	   "%s: read the interruption-response block", when);
	is_hex(be32toh(io.irb[0]) & SCSW_ENDED, SCSW_ENDED,
	       "%s: the program has ended", when);
	status = be32toh(io.irb[2]);
	is_hex(status & SCSW_DEVICE, DEVICE_ENDED, "%s: so has the device",
	       when);
	is_hex(status & SCSW_CHANNEL, 0, "%s: no fault of the channel", when);
	diag("%s: answer %02x %02x%02x %02x", when, answer[0], answer[1],
	     answer[2], answer[3]);
	ok(answer[0] == 0xff && answer[1] == id >> 16 &&
	   answer[2] == (id >> 8 & 0xff) && answer[3] == (id & 0xff),
	   "%s: it is answered with ff %06x", when, id);
	irq_set_eventfd(fd, VFIO_CCW_IO_IRQ_INDEX, VFIO_IRQ_SET_ACTION_TRIGGER,
			-1);
	close(event);
}

static void test_faults(int fd, uint8_t *memory)
{
	struct io io = { 0 };
	uint64_t offset = io_offset(fd);
	int ret;

	ret = start(fd, NOWHERE);
	ok(ret < 0, "a program that is not in our memory: %s", errno_name(ret));
	write_program(memory, NOWHERE);
	ret = start(fd, PROGRAM);
	ok(ret < 0, "data that are not in our memory: %s", errno_name(ret));
	is(device_write(fd, &io, sizeof(io), offset + 4), -EINVAL,
	   "a request behind the region");
	is(device_read(fd, &io, sizeof(io), offset + 4), -EINVAL,
	   "reading behind it");
	is(device_write(fd, NULL, sizeof(io), offset), -EFAULT,
	   "null pointer");
}

/* args: the UUID, and the control unit with its model, as 383202 */
int cmd_ccw(char **args)
{
	uint32_t id = strtoul(args[1], NULL, 16);
	uint8_t *memory = new_memory(MEMORY_SIZE);
	struct device dev;

	device_must_open(&dev, args[0]);
	test_info(dev.fd);
	is(device_map(&dev, memory, IOVA, MEMORY_SIZE, MAP_RW), 0,
	   "map memory");
	test_sense_id(dev.fd, memory, id, "at first");
	test_faults(dev.fd, memory);
	test_sense_id(dev.fd, memory, id, "after faults");
	is(device_reset(dev.fd), 0, "reset");
	test_sense_id(dev.fd, memory, id, "after a reset");
	is(device_unmap(&dev, IOVA, MEMORY_SIZE), 0, "unmap memory");
	ok(start(dev.fd, PROGRAM) < 0, "then there is no program");
	device_close(&dev);
	munmap(memory, MEMORY_SIZE);
	return tap_done();
}
