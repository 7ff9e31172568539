// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqs: every request that VFIO_DEVICE_SET_IRQS can be made, then real
 * interrupts. GET_INFO is never called: none of this may depend on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "device.h"
#include "irq.h"
#include "tap.h"
#include "uart.h"

#define MASK	VFIO_IRQ_SET_ACTION_MASK
#define UNMASK	VFIO_IRQ_SET_ACTION_UNMASK
#define TRIGGER	VFIO_IRQ_SET_ACTION_TRIGGER
#define NONE	VFIO_IRQ_SET_DATA_NONE
#define BOOL	VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD	VFIO_IRQ_SET_DATA_EVENTFD

/* IRQ info */

static int irq_info(int fd, unsigned int index, struct vfio_irq_info *info)
{
	*info = (struct vfio_irq_info){ .argsz = sizeof(*info),
					.index = index };
	return device_ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, info);
}

static void test_info(int fd)
{
	static const unsigned int unknown[] = { 5, 6, 0xff, 0x7fffffff, ~0u };
	const uint32_t intx = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
			      VFIO_IRQ_INFO_AUTOMASKED;
	struct vfio_irq_info info;
	unsigned int i;
	int ret;

	is(irq_info(fd, INTX, &info), 0, "INTx: info without GET_INFO");
	is(info.count, 1, "INTx: there is one");
	is_hex(info.flags, intx, "INTx: eventfd, maskable, automasked");
	is(irq_info(fd, MSI, &info), 0, "MSI: info");
	is(info.count, 1, "MSI: there is one");
	is_hex(info.flags & ~VFIO_IRQ_INFO_NORESIZE, VFIO_IRQ_INFO_EVENTFD,
	       "MSI: eventfd");
	is(irq_info(fd, REQ, &info), 0, "request: info");
	is(info.count, 1, "request: there is one");
	is_hex(info.flags, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE,
	       "request: eventfd");
	for (i = VFIO_PCI_MSIX_IRQ_INDEX; i < VFIO_PCI_NUM_IRQS; i++) {
		ret = irq_info(fd, i, &info);
		ok(ret == -EINVAL || (!ret && info.count <= 1),
		   "irq index %u: %s, count %u", i, errno_name(ret),
		   ret ? 0 : info.count);
	}
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		is(irq_info(fd, unknown[i], &info), -EINVAL,
		   "irq index 0x%x is refused", unknown[i]);

	info.index = INTX;
	info.argsz = sizeof(info) - 1;
	is(device_ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info), -EINVAL,
	   "GET_IRQ_INFO: argsz one too small");
	info.argsz = ~0u;
	is(device_ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info), 0,
	   "GET_IRQ_INFO: argsz 0xffffffff");
	is(device_ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, NULL), -EFAULT,
	   "GET_IRQ_INFO: null pointer");
}

/* Every combination of flags, index, range and argsz */

static const struct {
	uint32_t flag;
	const char *name;
	unsigned int size;
} datas[] = {
	{ NONE, "NONE", 0 }, { BOOL, "BOOL", 1 }, { EVENTFD, "EVENTFD", 4 },
};

static const struct {
	uint32_t flag;
	const char *name;
} actions[] = {
	{ MASK, "MASK" }, { UNMASK, "UNMASK" }, { TRIGGER, "TRIGGER" },
};

static const struct {
	uint32_t start, count;
} ranges[] = {
	{ 0, 0 }, { 0, 1 }, { 0, 2 }, { 0, 16 }, { 1, 0 }, { 1, 1 }, { 2, 1 },
	{ 0, 0x40000001 }, { 0, 0x80000000 }, { 0, 0xffffffff },
	{ 1, 0xffffffff }, { 0xffffffff, 0 }, { 0xffffffff, 1 },
	{ 0xffffffff, 2 }, { 0xffffffff, 0xffffffff },
	{ 0x80000000, 0x80000000 }, { 0x80000000, 0x80000001 },
};

enum expectation { MUST_FAIL, MUST_PASS, MAY_PASS };

struct request {
	unsigned int index, data, action, range;
	uint32_t argsz;
};

static uint32_t full_argsz(unsigned int data, unsigned int range)
{
	return sizeof(struct vfio_irq_set) +
	       ranges[range].count * datas[data].size;
}

static bool has_index(unsigned int index)
{
	return index == INTX || index == MSI || index == REQ;
}

static enum expectation expectation_of(const struct request *request)
{
	uint32_t start = ranges[request->range].start;
	uint32_t count = ranges[request->range].count;
	uint32_t data = datas[request->data].flag;
	uint32_t action = actions[request->action].flag;
	uint64_t size = (uint64_t)count * datas[request->data].size;

	if (request->argsz < sizeof(struct vfio_irq_set) ||
	    request->index >= VFIO_PCI_NUM_IRQS ||
	    (uint64_t)start + count > 1 ||
	    request->argsz - sizeof(struct vfio_irq_set) < size)
		return MUST_FAIL;

	if (start == 0 && count == 1) {
		if (request->index == INTX &&
		    (data != EVENTFD || action == TRIGGER))
			return MUST_PASS;
		if (has_index(request->index) && action == TRIGGER)
			return MUST_PASS;
	}
	if (!start && !count && data == NONE && action == TRIGGER &&
	    has_index(request->index))
		return MUST_PASS;
	return MAY_PASS;
}

static bool is_clean_errno(int ret, uint32_t count)
{
	switch (-ret) {
	case EINVAL:
	case ENOTTY:
	case ENODEV:
	case EOPNOTSUPP:
		return true;
	case E2BIG:
	case ENOMEM:
	case ENOSPC:
	case EFAULT:	/* the data are not as long as that */
		return count > 1;
	default:
		return false;
	}
}

/* One request, on a device with only interrupt @index in use. */
static bool request_is_answered(int fd, const struct request *request,
				const int *events)
{
	struct vfio_irq_set header = {
		.argsz = request->argsz,
		.flags = datas[request->data].flag |
			 actions[request->action].flag,
		.index = request->index,
		.start = ranges[request->range].start,
		.count = ranges[request->range].count,
	};
	int32_t payload[16];
	bool good;
	int ret, i;

	for (i = 0; i < 16; i++)
		payload[i] = datas[request->data].flag == BOOL ? 0x01010101 :
			     events[i & 1];

	irq_disable(fd, INTX);
	irq_disable(fd, MSI);
	irq_disable(fd, REQ);
	if (has_index(request->index))
		irq_set_eventfd(fd, request->index, TRIGGER, events[0]);
	ret = irq_set_raw(fd, &header, payload, sizeof(payload));

	switch (expectation_of(request)) {
	case MUST_PASS:
		good = ret == 0;
		break;
	case MUST_FAIL:
		good = is_clean_errno(ret, header.count);
		break;
	default:
		good = ret == 0 || is_clean_errno(ret, header.count);
		break;
	}
	if (!good)
		diag("index %u, start 0x%x, count 0x%x, argsz %u: %s",
		     header.index, header.start, header.count, header.argsz,
		     errno_name(ret));
	return good;
}

static void test_requests(int fd, unsigned int index, unsigned int data,
			  unsigned int action, const int *events)
{
	unsigned int range, i, bad = 0;

	for (range = 0; range < ARRAY_SIZE(ranges); range++) {
		const uint32_t full = full_argsz(data, range);
		const uint32_t argszs[] = {
			full, full + 100, ~0u, full - 1,
			sizeof(struct vfio_irq_set),
			sizeof(struct vfio_irq_set) - 1, 0,
		};

		for (i = 0; i < ARRAY_SIZE(argszs); i++) {
			struct request request = {
				index, data, action, range, argszs[i]
			};

			bad += !request_is_answered(fd, &request, events);
		}
	}
	is(bad, 0, "SET_IRQS: index %u, %s, %s: every range and argsz", index,
	   actions[action].name, datas[data].name);
}

static void test_all_requests(int fd)
{
	const int events[2] = { irq_eventfd(), irq_eventfd() };
	unsigned int index, data, action;

	for (index = 0; index <= VFIO_PCI_NUM_IRQS; index++)
		for (action = 0; action < ARRAY_SIZE(actions); action++)
			for (data = 0; data < ARRAY_SIZE(datas); data++)
				test_requests(fd, index, data, action, events);
	irq_disable(fd, INTX);
	irq_disable(fd, MSI);
	irq_disable(fd, REQ);
	close(events[0]);
	close(events[1]);
}

static void test_malformed_flags(int fd)
{
	static const uint32_t flags[] = {
		0, NONE, BOOL, EVENTFD, MASK, UNMASK, TRIGGER,
		NONE | BOOL | TRIGGER, BOOL | EVENTFD | TRIGGER,
		NONE | EVENTFD | TRIGGER, NONE | BOOL | EVENTFD | TRIGGER,
		NONE | MASK | UNMASK, NONE | MASK | TRIGGER,
		NONE | UNMASK | TRIGGER, NONE | MASK | UNMASK | TRIGGER,
		NONE | TRIGGER | 1u << 6, NONE | TRIGGER | 1u << 31, ~0u,
	};
	int32_t payload[16] = { -1 };
	unsigned int index, i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		unsigned int taken = 0;

		for (index = 0; index < VFIO_PCI_NUM_IRQS; index++) {
			struct vfio_irq_set header = {
				.argsz = sizeof(header) + sizeof(payload),
				.flags = flags[i],
				.index = index,
				.count = 1,
			};

			taken += irq_set_raw(fd, &header, payload,
					     sizeof(payload)) >= 0;
		}
		is(taken, 0, "SET_IRQS: flags 0x%x are refused", flags[i]);
	}
}

static void test_bad_pointers(int fd)
{
	const struct vfio_irq_set header = {
		.argsz = sizeof(header) + 4, .flags = EVENTFD | TRIGGER,
		.count = 1,
	};
	void *without_data = end_of_memory(sizeof(header));

	is(device_ioctl(fd, VFIO_DEVICE_SET_IRQS, NULL), -EFAULT,
	   "SET_IRQS: null pointer");
	is(device_ioctl(fd, VFIO_DEVICE_SET_IRQS, end_of_memory(8)), -EFAULT,
	   "SET_IRQS: header half outside of memory");
	memcpy(without_data, &header, sizeof(header));
	is(device_ioctl(fd, VFIO_DEVICE_SET_IRQS, without_data), -EFAULT,
	   "SET_IRQS: data outside of memory");
}

static void test_bad_fds(int fd, unsigned int index, const char *name)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), ret;

	ret = irq_set_eventfd(fd, index, TRIGGER, 9999);
	ok(ret == -EBADF || ret == -EINVAL, "%s: an fd that is not open: %s",
	   name, errno_name(ret));
	ret = irq_set_eventfd(fd, index, TRIGGER, null);
	ok(ret == -EBADF || ret == -EINVAL, "%s: an fd of another kind: %s",
	   name, errno_name(ret));
	ret = irq_set_eventfd(fd, index, TRIGGER, fd);
	ok(ret == -EBADF || ret == -EINVAL, "%s: the device's own fd: %s",
	   name, errno_name(ret));
	ret = irq_set_eventfd(fd, index, TRIGGER, -2);
	ok(ret == -EBADF || ret == -EINVAL, "%s: fd -2: %s", name,
	   errno_name(ret));
	close(null);
	irq_disable(fd, index);
}

/* Real interrupts */

struct line {
	int fd;		/* of the device */
	int event;
	struct uart uart;
};

static void raise_line(struct line *line)
{
	uart_out(&line->uart, UART_TX, 'i');
}

static void drop_line(struct line *line)
{
	uart_drain(&line->uart);
}

static void prepare_port(struct uart *uart)
{
	uart_quiesce(uart);
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_1);
	uart_out(uart, UART_MCR, UART_MCR_OUT2 | UART_MCR_RTS | UART_MCR_DTR);
	uart_in(uart, UART_MSR);
	uart_out(uart, UART_IER, UART_IER_RDI);
}

/* The line down, unmasked, nothing signalled. */
static void settle(struct line *line)
{
	drop_line(line);
	irq_unmask(line->fd);
	irq_signals(line->event, false);
}

static void test_intx_delivery(struct line *line)
{
	is(irq_set_eventfd(line->fd, INTX, TRIGGER, line->event), 0,
	   "INTx: eventfd set");
	is(irq_signals(line->event, false), 0, "INTx: quiet at rest");
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: a received byte signals");
	raise_line(line);
	is(irq_signals(line->event, false), 0,
	   "INTx: masked itself: another byte does not");
	is(irq_unmask(line->fd), 0, "INTx: unmask");
	is(irq_signals(line->event, true), 1,
	   "INTx: signals again, the line is still up");
	drop_line(line);
	is(irq_signals(line->event, false), 0,
	   "INTx: reading the bytes drops the line");
	is(irq_unmask(line->fd), 0, "INTx: unmask");
	is(irq_signals(line->event, false), 0, "INTx: quiet, the line is down");
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: the next byte signals");
	settle(line);
}

static void test_intx_repeated(struct line *line)
{
	unsigned int i, signals = 0;

	for (i = 0; i < 200; i++) {
		raise_line(line);
		signals += irq_signals(line->event, true);
		drop_line(line);
		irq_unmask(line->fd);
	}
	is(signals, 200, "INTx: one signal for each of 200 bytes");
	settle(line);
}

static void test_intx_mask(struct line *line)
{
	is(irq_mask(line->fd), 0, "INTx: mask");
	is(irq_mask(line->fd), 0, "INTx: mask twice");
	raise_line(line);
	is(irq_signals(line->event, false), 0, "INTx: quiet while masked");
	is(irq_unmask(line->fd), 0, "INTx: unmask");
	is(irq_signals(line->event, true), 1, "INTx: told when unmasked");
	settle(line);

	irq_mask(line->fd);
	raise_line(line);
	drop_line(line);
	irq_unmask(line->fd);
	is(irq_signals(line->event, false), 0,
	   "INTx: what came and went while masked is not told");
	settle(line);

	is(irq_set_bool(line->fd, INTX, MASK, false), 0,
	   "INTx: mask by BOOL 0");
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: does not mask");
	settle(line);
	is(irq_set_bool(line->fd, INTX, MASK, true), 0, "INTx: mask by BOOL 1");
	raise_line(line);
	is(irq_signals(line->event, false), 0, "INTx: does mask");
	is(irq_set_bool(line->fd, INTX, UNMASK, false), 0,
	   "INTx: unmask by BOOL 0");
	is(irq_signals(line->event, false), 0, "INTx: does not unmask");
	is(irq_set_bool(line->fd, INTX, UNMASK, true), 0,
	   "INTx: unmask by BOOL 1");
	is(irq_signals(line->event, true), 1, "INTx: does unmask");
	settle(line);
}

static void test_intx_unmask_eventfd(struct line *line)
{
	int unmask = irq_eventfd();
	int ret = irq_set_eventfd(line->fd, INTX, UNMASK, unmask);

	if (ret) {
		diag("INTx: unmask by eventfd: %s", errno_name(ret));
		ok(ret == -ENOTTY || ret == -EINVAL,
		   "INTx: unmask by eventfd is refused cleanly");
		goto out;
	}
	raise_line(line);
	is(irq_signals(line->event, true), 1,
	   "INTx: with an unmask eventfd, a byte signals");
	irq_signal(unmask);
	is(irq_signals(line->event, true), 1,
	   "INTx: the eventfd unmasks, the line is still up");
	drop_line(line);
	irq_signal(unmask);
	is(irq_signals(line->event, false), 0,
	   "INTx: the eventfd unmasks, the line is down");
	is(irq_set_eventfd(line->fd, INTX, UNMASK, -1), 0,
	   "INTx: unmask eventfd taken away");
out:
	close(unmask);
	settle(line);
}

static void read_lsr(void *uart)
{
	uart_in(uart, UART_LSR);
}

static void test_intx_resample(struct line *line)
{
	int unmask = irq_eventfd();
	double accessed, alone;
	unsigned int i;

	if (irq_set_eventfd(line->fd, INTX, UNMASK, unmask)) {
		skip("no unmasking by eventfd", "INTx: resampling");
		close(unmask);
		return;
	}
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: a byte signals");
	accessed = irq_resample(line->event, unmask, read_lsr, &line->uart);
	alone = irq_resample(line->event, unmask, NULL, NULL);
	ok(accessed < alone / 2,
	   "INTx: a user who accesses the device is told at once: %.2f s, who does not, slowly: %.2f s",
	   accessed, alone);

	/* What the user says last counts, also when the eventfd is slow. */
	irq_signal(unmask);
	usleep(1000);
	irq_mask(line->fd);
	irq_signals(line->event, false);
	usleep(30000);
	is(irq_signals(line->event, false), 0,
	   "INTx: masked after the eventfd has unmasked it, quiet");
	is(irq_unmask(line->fd), 0, "INTx: unmask");
	is(irq_signals(line->event, true), 1, "INTx: told");
	for (i = 0; i < 20; i++) {
		irq_signal(unmask);
		irq_signals(line->event, true);
	}
	irq_signal(unmask);
	is(irq_set_eventfd(line->fd, INTX, UNMASK, -1), 0,
	   "INTx: unmask eventfd taken away");
	is(irq_signals(line->event, true), 1, "INTx: what it unmasked is told");
	close(unmask);
	settle(line);
}

/* Interrupts of the device that were delivered so far, or -1. */
static long count_interrupts(const char *uuid)
{
	char path[128];
	long count = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s/vendor/statistics",
		 uuid);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fscanf(file, "card interrupts:%ld", &count) != 1)
		count = -1;
	fclose(file);
	return count;
}

/* For how long all CPUs together have been busy. */
static double busy_seconds(void)
{
	unsigned long long user, nice, system, idle, iowait, irq, softirq;
	FILE *file = fopen("/proc/stat", "r");

	if (!file || fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu",
			    &user, &nice, &system, &idle, &iowait, &irq,
			    &softirq) != 7)
		bail_out("cannot read /proc/stat");
	fclose(file);
	return (double)(user + nice + system + irq + softirq) /
	       sysconf(_SC_CLK_TCK);
}

static void watch_loop(const char *uuid, const char *what)
{
	double busy = busy_seconds();
	long before = count_interrupts(uuid), middle;

	usleep(500000);
	middle = count_interrupts(uuid);
	usleep(500000);
	busy = busy_seconds() - busy;
	ok(count_interrupts(uuid) > middle, "%s: goes on being told", what);
	ok(count_interrupts(uuid) - before <= 300,
	   "%s: but not too often: %ld times in a second", what,
	   count_interrupts(uuid) - before);
	ok(busy < 0.5, "%s: without burning a CPU: %.2f s", what, busy);
}

static void test_intx_own_loop(struct line *line, const char *uuid)
{
	long count;

	if (count_interrupts(uuid) < 0 ||
	    irq_set_eventfd(line->fd, INTX, UNMASK, line->event)) {
		skip("no unmasking by eventfd, or no count of interrupts",
		     "INTx: unmasked by its own signal");
		return;
	}
	raise_line(line);
	watch_loop(uuid, "INTx unmasked by its own signal");
	drop_line(line);
	usleep(50000);
	count = count_interrupts(uuid);
	usleep(50000);
	is(count_interrupts(uuid) - count, 0, "INTx: quiet, the line is down");
	raise_line(line);
	usleep(50000);
	ok(count_interrupts(uuid) > count, "INTx: the next byte signals");
	is(irq_set_eventfd(line->fd, INTX, UNMASK, -1), 0,
	   "INTx: unmask eventfd taken away");
	settle(line);
}

/* Each of two devices unmasks the other one by its signal. */
static void test_intx_loop_of_two(struct line *line, const char *uuid,
				  const char *uuid2)
{
	struct line second = { .event = irq_eventfd() };
	struct device dev;

	device_must_open(&dev, uuid2);
	second.fd = dev.fd;
	uart_must_find(&second.uart, second.fd, 0);
	prepare_port(&second.uart);
	irq_set_eventfd(second.fd, INTX, TRIGGER, second.event);
	raise_line(&second);
	raise_line(line);
	if (count_interrupts(uuid) < 0 ||
	    irq_set_eventfd(line->fd, INTX, UNMASK, second.event) ||
	    irq_set_eventfd(second.fd, INTX, UNMASK, line->event)) {
		skip("no unmasking by eventfd, or no count of interrupts",
		     "INTx: two devices that unmask each other");
	} else {
		irq_unmask(line->fd);
		watch_loop(uuid, "INTx of two that unmask each other");
	}
	irq_set_eventfd(line->fd, INTX, UNMASK, -1);
	device_close(&dev);
	close(second.event);
	settle(line);
}

static void test_intx_disable_bit(struct line *line)
{
	uint64_t config = config_base(line->fd);

	is(device_out(line->fd, PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE, 2,
		      config + PCI_COMMAND), 2,
	   "INTx: disabled in the command register");
	raise_line(line);
	is(irq_signals(line->event, false), 0, "INTx: quiet while disabled");
	diag("status while the line is up: 0x%04x",
	     (unsigned int)device_in(line->fd, 2, config + PCI_STATUS));
	device_out(line->fd, PCI_COMMAND_IO, 2, config + PCI_COMMAND);
	is(irq_signals(line->event, true), 1, "INTx: told when enabled again");
	settle(line);
}

static void test_loopback(struct line *line, unsigned int index,
			  const char *name)
{
	is(irq_set_none(line->fd, index, TRIGGER), 0, "%s: trigger", name);
	is(irq_signals(line->event, true), 1, "%s: the eventfd fires", name);
	is(irq_set_bool(line->fd, index, TRIGGER, true), 0,
	   "%s: trigger by BOOL 1", name);
	is(irq_signals(line->event, true), 1, "%s: the eventfd fires", name);
	is(irq_set_bool(line->fd, index, TRIGGER, false), 0,
	   "%s: trigger by BOOL 0", name);
	is(irq_signals(line->event, false), 0, "%s: the eventfd does not",
	   name);
}

static void test_intx_replace(struct line *line)
{
	int other = irq_eventfd();

	is(irq_set_eventfd(line->fd, INTX, TRIGGER, other), 0,
	   "INTx: another eventfd takes its place");
	raise_line(line);
	is(irq_signals(other, true), 1, "INTx: the new one is signalled");
	is(irq_signals(line->event, false), 0, "INTx: the old one is not");
	drop_line(line);
	irq_unmask(line->fd);

	is(irq_set_eventfd(line->fd, INTX, TRIGGER, -1), 0,
	   "INTx: eventfd -1 takes it away");
	raise_line(line);
	is(irq_signals(other, false), 0, "INTx: nobody is signalled");
	irq_disable(line->fd, INTX);
	is(irq_set_eventfd(line->fd, INTX, TRIGGER, line->event), 0,
	   "INTx: set with the line up");
	is(irq_signals(line->event, true), 1, "INTx: signals at once");
	settle(line);
	close(other);
}

static void test_intx_disable(struct line *line)
{
	is(irq_disable(line->fd, INTX), 0, "INTx: disable");
	is(irq_disable(line->fd, INTX), 0, "INTx: disable twice");
	raise_line(line);
	is(irq_signals(line->event, false), 0, "INTx: quiet when disabled");
	drop_line(line);
	is(irq_set_eventfd(line->fd, INTX, TRIGGER, line->event), 0,
	   "INTx: enable again");
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: a byte signals");
	settle(line);
}

static void test_intx_shared(struct line *line)
{
	struct uart second;

	if (!uart_find(&second, line->fd, 1)) {
		skip("one port only", "INTx: two ports share the line");
		return;
	}
	prepare_port(&second);
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: the first port signals");
	uart_out(&second, UART_TX, '2');
	drop_line(line);
	irq_unmask(line->fd);
	is(irq_signals(line->event, true), 1,
	   "INTx: the second port keeps the line up");
	uart_drain(&second);
	irq_unmask(line->fd);
	is(irq_signals(line->event, false), 0, "INTx: both are served");
	uart_quiesce(&second);
	settle(line);
}

static void test_intx_reset(struct line *line)
{
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: line up");
	is(device_reset(line->fd), 0, "reset");
	irq_unmask(line->fd);
	is(irq_signals(line->event, false), 0, "INTx: down after the reset");
	irq_disable(line->fd, INTX);
	irq_set_eventfd(line->fd, INTX, TRIGGER, line->event);
	prepare_port(&line->uart);
	raise_line(line);
	is(irq_signals(line->event, true), 1,
	   "INTx: set up again after the reset, a byte signals");
	settle(line);
}

static void test_closed_eventfd(struct line *line)
{
	int event = irq_eventfd();

	is(irq_set_eventfd(line->fd, INTX, TRIGGER, event), 0,
	   "INTx: an eventfd that is then closed");
	close(event);
	raise_line(line);
	ok(uart_in(&line->uart, UART_LSR) & UART_LSR_DR,
	   "INTx: signalling it does no harm");
	irq_disable(line->fd, INTX);
	settle(line);
}

static void test_msi_delivery(struct line *line)
{
	int ret;

	irq_disable(line->fd, INTX);
	is(irq_set_eventfd(line->fd, MSI, TRIGGER, line->event), 0,
	   "MSI: eventfd set");
	is(irq_signals(line->event, false), 0, "MSI: quiet at rest");
	raise_line(line);
	is(irq_signals(line->event, true), 1, "MSI: a received byte signals");
	drop_line(line);
	is(irq_signals(line->event, false), 0, "MSI: reading it does not");
	raise_line(line);
	is(irq_signals(line->event, true), 1,
	   "MSI: the next one signals, without unmasking");
	drop_line(line);
	test_loopback(line, MSI, "MSI");
	ret = irq_set_eventfd(line->fd, MSI, TRIGGER, line->event);
	is(ret, 0, "MSI: the same eventfd once more");
	is(irq_disable(line->fd, MSI), 0, "MSI: disable");
	raise_line(line);
	is(irq_signals(line->event, false), 0, "MSI: quiet when disabled");
	drop_line(line);
}

/* While MSI is on there is no INTx, whichever way the device refuses both. */
static void test_msi_excludes_intx(struct line *line)
{
	int msi = irq_eventfd(), ret;

	is(irq_set_eventfd(line->fd, INTX, TRIGGER, line->event), 0,
	   "INTx: back after MSI");
	ret = irq_set_eventfd(line->fd, MSI, TRIGGER, msi);
	ok(!ret || ret == -EINVAL || ret == -EBUSY,
	   "MSI while INTx is on: %s", errno_name(ret));
	raise_line(line);
	is(irq_signals(msi, !ret) + irq_signals(line->event, !!ret), 1,
	   "one byte signals one of them");
	irq_disable(line->fd, MSI);
	irq_disable(line->fd, INTX);
	drop_line(line);
	close(msi);
}

/* Beside the others, whatever they do: it is no interrupt of the guest's. */
static void test_request(struct line *line)
{
	int request = irq_eventfd();

	is(irq_set_none(line->fd, REQ, TRIGGER), -EINVAL,
	   "request: nothing to trigger");
	is(irq_set_eventfd(line->fd, INTX, TRIGGER, line->event), 0,
	   "INTx: eventfd set");
	is(irq_set_eventfd(line->fd, REQ, TRIGGER, request), 0,
	   "request: eventfd set, beside INTx");
	test_loopback(&(struct line){ line->fd, request, line->uart }, REQ,
		      "request");
	raise_line(line);
	is(irq_signals(line->event, true), 1, "INTx: a byte signals");
	is(irq_signals(request, false), 0, "request: does not");
	settle(line);
	is(irq_set_none(line->fd, REQ, MASK), -ENOTTY,
	   "request: can't be masked");
	is(device_reset(line->fd), 0, "reset");
	is(irq_set_none(line->fd, REQ, TRIGGER), 0,
	   "request: survives a reset");
	is(irq_signals(request, true), 1, "request: the eventfd fires");
	is(irq_set_eventfd(line->fd, REQ, TRIGGER, -1), 0,
	   "request: eventfd -1 takes it away");
	is(irq_set_none(line->fd, REQ, TRIGGER), -EINVAL,
	   "request: nothing to trigger any more");
	irq_disable(line->fd, INTX);
	is(irq_set_eventfd(line->fd, MSI, TRIGGER, line->event), 0,
	   "MSI: eventfd set");
	is(irq_set_eventfd(line->fd, REQ, TRIGGER, request), 0,
	   "request: eventfd set, beside MSI");
	is(irq_disable(line->fd, REQ), 0, "request: disable");
	is(irq_disable(line->fd, REQ), 0, "request: disable twice");
	irq_disable(line->fd, MSI);
	prepare_port(&line->uart);
	close(request);
}

static void test_delivery(int fd, const char *uuid, const char *uuid2)
{
	struct line line = { .fd = fd, .event = irq_eventfd() };

	uart_must_find(&line.uart, fd, 0);
	prepare_port(&line.uart);

	test_intx_delivery(&line);
	test_intx_repeated(&line);
	test_intx_mask(&line);
	test_intx_unmask_eventfd(&line);
	test_intx_resample(&line);
	test_intx_own_loop(&line, uuid);
	if (uuid2)
		test_intx_loop_of_two(&line, uuid, uuid2);
	test_intx_disable_bit(&line);
	test_loopback(&line, INTX, "INTx");
	settle(&line);
	test_intx_replace(&line);
	test_intx_disable(&line);
	test_intx_shared(&line);
	test_intx_reset(&line);
	test_closed_eventfd(&line);
	test_msi_delivery(&line);
	test_msi_excludes_intx(&line);
	test_request(&line);

	/* Closed with everything still set up. */
	irq_set_eventfd(fd, INTX, TRIGGER, line.event);
	irq_set_eventfd(fd, REQ, TRIGGER, line.event);
	raise_line(&line);
	close(line.event);
}

int cmd_irqs(char **args)
{
	struct device dev;

	device_must_open(&dev, args[0]);
	test_delivery(dev.fd, args[0], args[1]);
	device_close(&dev);

	device_must_open(&dev, args[0]);
	test_info(dev.fd);
	test_all_requests(dev.fd);
	test_malformed_flags(dev.fd);
	test_bad_pointers(dev.fd);
	test_bad_fds(dev.fd, INTX, "INTx");
	test_bad_fds(dev.fd, MSI, "MSI");
	test_bad_fds(dev.fd, REQ, "request");
	is(device_reset(dev.fd), 0, "reset after all this");
	device_close(&dev);
	return tap_done();
}
