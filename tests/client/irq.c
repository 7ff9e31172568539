// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "device.h"
#include "irq.h"
#include "tap.h"

#define EXPECTED_MS	1000
#define UNEXPECTED_MS	20

int irq_set_raw(int fd, const struct vfio_irq_set *header, const void *data,
		size_t size)
{
	char buf[sizeof(*header) + 64];

	if (size > 64)
		bail_out("too much data for one request");
	memcpy(buf, header, sizeof(*header));
	if (size)
		memcpy(buf + sizeof(*header), data, size);
	return device_ioctl(fd, VFIO_DEVICE_SET_IRQS, buf);
}

static int irq_set(int fd, unsigned int index, uint32_t flags,
		   unsigned int count, const void *data, size_t size)
{
	struct vfio_irq_set header = {
		.argsz = sizeof(header) + size,
		.flags = flags,
		.index = index,
		.count = count,
	};

	return irq_set_raw(fd, &header, data, size);
}

int irq_set_none(int fd, unsigned int index, uint32_t action)
{
	return irq_set(fd, index, VFIO_IRQ_SET_DATA_NONE | action, 1, NULL, 0);
}

int irq_set_bool(int fd, unsigned int index, uint32_t action, bool value)
{
	uint8_t byte = value;

	return irq_set(fd, index, VFIO_IRQ_SET_DATA_BOOL | action, 1, &byte,
		       sizeof(byte));
}

int irq_set_eventfd(int fd, unsigned int index, uint32_t action, int eventfd)
{
	int32_t number = eventfd;

	return irq_set(fd, index, VFIO_IRQ_SET_DATA_EVENTFD | action, 1,
		       &number, sizeof(number));
}

int irq_disable(int fd, unsigned int index)
{
	return irq_set(fd, index, VFIO_IRQ_SET_DATA_NONE |
		       VFIO_IRQ_SET_ACTION_TRIGGER, 0, NULL, 0);
}

int irq_mask(int fd)
{
	return irq_set_none(fd, INTX, VFIO_IRQ_SET_ACTION_MASK);
}

int irq_unmask(int fd)
{
	return irq_set_none(fd, INTX, VFIO_IRQ_SET_ACTION_UNMASK);
}

int irq_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		bail_out("no eventfd");
	return fd;
}

unsigned int irq_signals(int eventfd, bool expected)
{
	struct pollfd pollfd = { .fd = eventfd, .events = POLLIN };
	uint64_t count;

	poll(&pollfd, 1, expected ? EXPECTED_MS : UNEXPECTED_MS);
	return read(eventfd, &count, sizeof(count)) == sizeof(count) ?
	       count : 0;
}

void irq_signal(int eventfd)
{
	const uint64_t one = 1;

	if (write(eventfd, &one, sizeof(one)) != sizeof(one))
		bail_out("cannot write the eventfd");
}

double irq_resample(int eventfd, int unmask, void (*access)(void *arg),
		    void *arg)
{
	unsigned int i, signals = 0;
	double start = seconds();

	for (i = 0; i < 60; i++) {
		if (access)
			access(arg);
		irq_signal(unmask);
		signals += irq_signals(eventfd, true);
	}
	is(signals, 60,
	   "INTx: unmasked 60 times by an eventfd, %s, told as often",
	   access ? "accessed in between" : "not accessed");
	return seconds() - start;
}
