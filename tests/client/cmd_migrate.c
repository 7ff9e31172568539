// SPDX-License-Identifier: GPL-2.0-only
/*
 * migrate, pending, stream, migraterace: the state of one card to another, what
 * can be wrong with it, and the file that it goes by.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "irq.h"
#include "migration.h"
#include "tap.h"
#include "traffic.h"

#define MAX_IMAGE	65536
#define HEAD_SIZE	16	/* what there is of the image in PRE_COPY */
#define CONFIG_SIZE	64
#define CARD_SIZE	(HEAD_SIZE + CONFIG_SIZE + 4)	/* what is before the ports */
#define MTTY_VENDOR	0x4348
#define PORT_SIZE	50
#define MAX_PORTS	2

struct image {
	size_t len;
	unsigned char data[MAX_IMAGE];
};

/* Ports and config space away from their defaults, with data and a break. */
static void fill_port(struct uart *uart, unsigned int number)
{
	int i;

	uart_set_divisor(uart, 0x1234 + number);
	uart_out(uart, UART_SCR, 0x51 + number);
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
	/* So that the data does not begin at the front of the FIFO. */
	for (i = 0; i < 5; i++)
		uart_out(uart, UART_TX, i);
	uart_drain(uart);
	uart_out(uart, UART_TX, 'a');
	uart_out(uart, UART_LCR, UART_LCR_WLEN8 | UART_LCR_SBC);
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	for (i = 0; i < 20 + (int)number; i++)
		uart_out(uart, UART_TX, 'A' + i + number);
	uart_out(uart, UART_MCR, UART_MCR_OUT2 | UART_MCR_RTS);
	uart_out(uart, UART_IER, UART_IER_RDI | UART_IER_RLSI | UART_IER_MSI);
}

static void fill_config(int fd)
{
	uint64_t config = config_base(fd);

	device_out(fd, 0xc150, 4, config + PCI_BASE_ADDRESS_0);
	device_out(fd, 11, 1, config + PCI_INTERRUPT_LINE);
}

static void fill(int fd, unsigned int ports)
{
	struct uart uart;
	unsigned int i;

	device_reset(fd);
	fill_config(fd);
	for (i = 0; i < ports; i++) {
		uart_must_find(&uart, fd, i);
		fill_port(&uart, i);
	}
}

/* What can be read of a stopped card. */
struct look {
	uint8_t ports[MAX_PORTS][8];
	uint8_t config[CONFIG_SIZE];
};

static void look(struct look *look, int fd, unsigned int ports)
{
	struct uart uart;
	unsigned int i, reg;

	memset(look, 0, sizeof(*look));
	for (i = 0; i < ports; i++) {
		uart_must_find(&uart, fd, i);
		for (reg = 0; reg < 8; reg++)
			look->ports[i][reg] = uart_in(&uart, reg);
	}
	device_read(fd, look->config, CONFIG_SIZE, config_base(fd));
}

static void write_all(int fd, unsigned int ports, uint8_t value)
{
	struct uart uart;
	unsigned int i, reg;

	for (i = 0; i < ports; i++) {
		uart_must_find(&uart, fd, i);
		for (reg = 0; reg < 8; reg++)
			uart_out(&uart, reg, value);
	}
}

/* What is received, with the line's state at each byte. */
struct received {
	size_t len;
	uint8_t lsr[64];
	uint8_t data[64];
};

static void receive(struct received *received, int fd, unsigned int port)
{
	struct uart uart;
	uint8_t lsr;

	memset(received, 0, sizeof(*received));
	uart_must_find(&uart, fd, port);
	while ((lsr = uart_in(&uart, UART_LSR)) & UART_LSR_DR &&
	       received->len < 64) {
		received->lsr[received->len] = lsr;
		received->data[received->len++] = uart_in(&uart, UART_RX);
	}
}

static void read_image(struct image *image, int data_fd)
{
	ssize_t ret;

	image->len = 0;
	do {
		ret = read(data_fd, image->data + image->len,
			   MAX_IMAGE - image->len < 13 ?
			   MAX_IMAGE - image->len : 13);
		if (ret > 0)
			image->len += ret;
	} while (ret > 0);
	if (ret < 0)
		bail_out("reading the data: %s", errno_name(errno));
}

static void save(struct image *image, int fd)
{
	int data_fd = state_must_set(fd, VFIO_DEVICE_STATE_STOP_COPY);

	read_image(image, data_fd);
	close(data_fd);
}

/* By way of a file, as "virsh save" would. */
static void by_file(struct image *image)
{
	int fd = open("card.state", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, image->data, image->len) != (ssize_t)image->len)
		bail_out("can't write card.state");
	memset(image, 0, sizeof(*image));
	lseek(fd, 0, SEEK_SET);
	image->len = read(fd, image->data, MAX_IMAGE);
	close(fd);
}

/* In pieces of @piece bytes; 0, or the first error. */
static int write_image(const struct image *image, int data_fd, size_t piece)
{
	size_t done, n;
	ssize_t ret;

	for (done = 0; done < image->len; done += n) {
		n = image->len - done < piece ? image->len - done : piece;
		ret = write(data_fd, image->data + done, n);
		if (ret != (ssize_t)n)
			return ret < 0 ? -errno : -EIO;
	}
	return 0;
}

/* @write_error is what writing gave; returns what leaving RESUMING gives. */
static int resume(const struct image *image, int fd, uint32_t state,
		  int *write_error)
{
	int data_fd, error;

	if (state_get(fd) != VFIO_DEVICE_STATE_RUNNING)
		bail_out("it is not running");
	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_RESUMING);
	error = write_image(image, data_fd, 7);
	if (write_error)
		*write_error = error;
	close(data_fd);
	return state_set(fd, state, NULL);
}

/* The cards have a wire for a plug: what finds the receiver full is lost. */
static bool wire;

static void compare_ports(int from, int to, unsigned int port)
{
	struct received sent, got;

	receive(&sent, from, port);
	receive(&got, to, port);
	is(got.len, sent.len, "port %u: as many bytes", port);
	ok(wire ? sent.len == UART_DEPTH : sent.len > UART_DEPTH,
	   "port %u: %s one FIFO holds: %zu", port, wire ? "what" : "more than",
	   sent.len);
	ok(!memcmp(got.data, sent.data, sizeof(sent.data)),
	   "port %u: the same bytes", port);
	ok(!memcmp(got.lsr, sent.lsr, sizeof(sent.lsr)),
	   "port %u: the same line status at each of them", port);
	ok(sent.lsr[1] & UART_LSR_BI, "port %u: a break before the second",
	   port);
}

static void test_works(int fd, unsigned int ports, const char *when)
{
	struct traffic traffic;
	struct uart uart;
	unsigned int i;

	for (i = 0; i < ports; i++) {
		uart_must_find(&uart, fd, i);
		ok(traffic_run(&traffic, &uart, 500), "port %u works %s", i,
		   when);
	}
}

/* From one card to another, and on on both. */
static void test_whole(int from, int to, unsigned int ports)
{
	struct look before, after, other;
	int event = irq_eventfd(), other_event = irq_eventfd();
	struct image image;
	unsigned int i;

	fill(from, ports);
	device_reset(to);
	irq_set_eventfd(from, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	irq_set_eventfd(to, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, other_event);
	is(irq_signals(event, true), 1, "the first card signals its interrupt");

	state_must_set(from, VFIO_DEVICE_STATE_STOP);
	look(&before, from, ports);
	write_all(from, ports, 0xff);
	look(&after, from, ports);
	ok(!memcmp(&before, &after, sizeof(before)),
	   "a stopped card is not changed by reading and writing its ports");
	is(irq_unmask(from), 0, "its interrupt can be unmasked");
	is(irq_signals(event, false), 0, "but does not come");

	save(&image, from);
	by_file(&image);
	is(image.len, CARD_SIZE + ports * PORT_SIZE,
	   "the card in a file of %zu bytes", image.len);
	is(resume(&image, to, VFIO_DEVICE_STATE_STOP, NULL), 0,
	   "another is made like it");
	look(&other, to, ports);
	ok(!memcmp(&before, &other, sizeof(before)),
	   "all registers and config space are the same");
	is(irq_signals(other_event, false), 0,
	   "it does not signal while it is stopped");
	state_must_set(to, VFIO_DEVICE_STATE_RUNNING);
	is(irq_signals(other_event, true), 1, "but when it runs");
	state_must_set(from, VFIO_DEVICE_STATE_RUNNING);
	is(irq_signals(event, true), 1, "and the first one, too");

	for (i = 0; i < ports; i++)
		compare_ports(from, to, i);
	irq_disable(from, INTX);
	irq_disable(to, INTX);
	close(event);
	close(other_event);
	if (wire)
		return;
	test_works(from, ports, "on the first card");
	test_works(to, ports, "on the other one");
}

static void test_msi(int from, int to)
{
	int event = irq_eventfd();
	struct image image;

	fill(from, 1);
	device_reset(to);
	save(&image, from);
	irq_set_eventfd(to, MSI, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	is(resume(&image, to, VFIO_DEVICE_STATE_STOP, NULL), 0, "MSI: resumed");
	is(irq_signals(event, false), 0, "MSI: none while it is stopped");
	state_must_set(to, VFIO_DEVICE_STATE_RUNNING);
	is(irq_signals(event, true), 1, "MSI: what may not have been heard");
	irq_disable(to, MSI);
	close(event);
	device_reset(from);
	device_reset(to);
}

static void test_precopy(int from, int to, unsigned int ports)
{
	struct vfio_precopy_info info = { .argsz = 4 };
	unsigned char byte[MAX_IMAGE];
	uint64_t initial, dirty;
	struct look before, other;
	struct image image;
	int data_fd;

	device_reset(from);
	data_fd = state_must_set(from, VFIO_DEVICE_STATE_PRE_COPY);
	is(precopy_info(data_fd, &initial, &dirty), 0, "PRE_COPY: information");
	is(initial, HEAD_SIZE, "PRE_COPY: the head of the image");
	is(dirty, 0, "PRE_COPY: nothing dirty");
	is(device_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info), -EINVAL,
	   "PRE_COPY: no room for the information");
	is(device_ioctl(data_fd, VFIO_DEVICE_RESET, NULL), -ENOTTY,
	   "PRE_COPY: another ioctl");
	is(device_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, NULL), -EFAULT,
	   "PRE_COPY: no memory for it");
	is(device_read(data_fd, byte, 1, 0), -ESPIPE,
	   "PRE_COPY: no reading at a place");
	is(write(data_fd, byte, 1), -1, "PRE_COPY: no writing");
	is(errno, EBADF, "PRE_COPY: but EBADF");
	is(read(data_fd, end_of_memory(HEAD_SIZE - 1), HEAD_SIZE), -1,
	   "PRE_COPY: no memory for the last byte");
	is(errno, EFAULT, "PRE_COPY: but EFAULT");
	is(read(data_fd, image.data, MAX_IMAGE), HEAD_SIZE,
	   "PRE_COPY: that took nothing away");
	is(read(data_fd, byte, 0), 0, "PRE_COPY: no bytes can be read");
	is(read(data_fd, byte, MAX_IMAGE), -1, "PRE_COPY: there is no more");
	is(errno, ENOMSG, "PRE_COPY: for the time being");
	precopy_info(data_fd, &initial, &dirty);
	is(initial, 0, "PRE_COPY: which the information says, too");
	test_works(from, ports, "in PRE_COPY");
	fill(from, 0);
	is(state_get(from), VFIO_DEVICE_STATE_RUNNING, "a reset ends it");
	is(read(data_fd, byte, 1), -1, "and the transfer");
	is(errno, ENODEV, "with an error");
	is(precopy_info(data_fd, &initial, &dirty), -ENODEV,
	   "for the information, too");
	close(data_fd);

	data_fd = state_must_set(from, VFIO_DEVICE_STATE_PRE_COPY);
	is(read(data_fd, image.data, HEAD_SIZE), HEAD_SIZE, "the head once more");
	state_must_set(from, VFIO_DEVICE_STATE_PRE_COPY_P2P);
	state_must_set(from, VFIO_DEVICE_STATE_PRE_COPY);
	test_works(from, ports, "after PRE_COPY_P2P");
	fill_config(from);
	state_must_set(from, VFIO_DEVICE_STATE_STOP_COPY);
	is(precopy_info(data_fd, &initial, &dirty), -EINVAL,
	   "STOP_COPY: no more information");
	is(read(data_fd, image.data + HEAD_SIZE, MAX_IMAGE - HEAD_SIZE),
	   CARD_SIZE - HEAD_SIZE + ports * PORT_SIZE,
	   "STOP_COPY: the rest of the image");
	is(read(data_fd, byte, MAX_IMAGE), 0, "STOP_COPY: that is all");
	image.len = CARD_SIZE + ports * PORT_SIZE;
	look(&before, from, ports);
	device_reset(to);
	is(resume(&image, to, VFIO_DEVICE_STATE_STOP, NULL), 0,
	   "another card takes it");
	look(&other, to, ports);
	ok(!memcmp(&before, &other, sizeof(before)), "and is the same");
	state_must_set(from, VFIO_DEVICE_STATE_STOP);
	is(read(data_fd, byte, 1), -1, "leaving STOP_COPY ends the transfer");
	is(errno, ENODEV, "with an error");
	close(data_fd);
	device_reset(from);
	device_reset(to);
}

/* No room for one more file. */
static void test_no_fd(int fd)
{
	struct rlimit limit, none;
	int data_fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	is(state_set(fd, VFIO_DEVICE_STATE_STOP_COPY, &data_fd), -EMFILE,
	   "no room for a file descriptor");
	setrlimit(RLIMIT_NOFILE, &limit);
	is(state_get(fd), VFIO_DEVICE_STATE_STOP_COPY, "the state is reached");
	is(state_set(fd, VFIO_DEVICE_STATE_RUNNING, NULL), 0,
	   "and can be left");
}

/* What is in the card after a refusal is what was in it before. */
static void refused(int fd, unsigned int ports, const struct image *image,
		    int want_write, const char *what)
{
	struct look before, after;
	int error;

	fill(fd, ports);
	state_must_set(fd, VFIO_DEVICE_STATE_STOP);
	look(&before, fd, ports);
	state_must_set(fd, VFIO_DEVICE_STATE_RUNNING);
	is(resume(image, fd, VFIO_DEVICE_STATE_STOP, &error), -EINVAL,
	   "%s: refused", what);
	is(error, want_write, "%s: writing it", what);
	is(state_get(fd), VFIO_DEVICE_STATE_ERROR, "%s: ERROR", what);
	look(&after, fd, ports);
	ok(!memcmp(&before, &after, sizeof(before)), "%s: nothing has changed",
	   what);
	is(state_set(fd, VFIO_DEVICE_STATE_RUNNING, NULL), -EINVAL,
	   "%s: no way out", what);
	is(device_reset(fd), 0, "%s: but a reset", what);
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "%s: RUNNING", what);
}

static void test_lengths(int fd, unsigned int ports, const struct image *image)
{
	struct image wrong = *image;
	int data_fd;

	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_RESUMING);
	is(read(data_fd, wrong.data, 1), -1, "RESUMING: no reading");
	is(errno, EBADF, "RESUMING: but EBADF");
	is(device_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, NULL), -ENOTTY,
	   "RESUMING: no information");
	is(write(data_fd, end_of_memory(4), 5), -1, "RESUMING: what is not in memory");
	is(errno, EFAULT, "RESUMING: gives EFAULT");
	is(write(data_fd, image->data, image->len - 1), image->len - 1,
	   "short: written");
	is(state_set(fd, VFIO_DEVICE_STATE_STOP, NULL), -EINVAL,
	   "short: refused");
	is(state_get(fd), VFIO_DEVICE_STATE_RESUMING, "short: still RESUMING");
	is(write(data_fd, image->data + image->len - 1, 1), 1,
	   "short: the missing byte");
	is(state_set(fd, VFIO_DEVICE_STATE_STOP, NULL), 0, "short: taken");
	is(write(data_fd, image->data, 1), -1, "no writing afterwards");
	is(errno, ENODEV, "but ENODEV");
	close(data_fd);
	device_reset(fd);

	wrong = *image;
	wrong.len++;
	refused(fd, ports, &wrong, -EINVAL, "one byte more");
	wrong.len = MAX_IMAGE;
	refused(fd, ports, &wrong, -EINVAL, "many bytes more");

	data_fd = state_must_set(fd, VFIO_DEVICE_STATE_RESUMING);
	is(write(data_fd, wrong.data, MAX_IMAGE), -1, "many at once: refused");
	is(errno, EINVAL, "many at once: with EINVAL");
	is(write(data_fd, image->data, image->len), -1,
	   "many at once: nothing is taken after that");
	is(device_reset(fd), 0, "a reset ends RESUMING");
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "it runs");
	is(write(data_fd, image->data, 1), -1, "and ends the transfer");
	is(errno, ENODEV, "with an error");
	close(data_fd);
}

/* Bytes that no card would have there. */
static void test_fields(int fd, unsigned int ports, const struct image *image)
{
	static const struct {
		const char *what;
		size_t offset;
		unsigned char value;
		bool in_port;
	} fields[] = {
		{ "another magic number", 0, 'M', false },
		{ "an older version", 4, 1, false },
		{ "an older one, which says nothing of INTx", 4, 2, false },
		{ "a newer version", 4, 4, false },
		{ "no ports", 6, 0, false },
		{ "another plug", 7, 1, false },
		{ "a longer config space", 8, 65, false },
		{ "a longer port", 12, 51, false },
		{ "another vendor", 16, 0x49, false },
		{ "memory space", 16 + PCI_COMMAND, PCI_COMMAND_MEMORY, false },
		{ "a capability", 16 + PCI_CAPABILITY_LIST, 0x40, false },
		{ "a third BAR", 16 + PCI_BASE_ADDRESS_2, 1, false },
		{ "a line that is neither", CARD_SIZE - 4, 2, false },
		{ "a reserved byte", CARD_SIZE - 1, 1, false },
		{ "an IER with other bits", 0, 0x10, true },
		{ "an FCR without FIFOs", 1, 0x80, true },
		{ "an FCR with other bits", 1, 0x03, true },
		{ "an MCR with other bits", 3, 0x80, true },
		{ "an MCR in which the transmitter does not wait", 3, 0x12, true },
		{ "an MSR without the modem", 4, 0xf0, true },
		{ "an error that is none", 9, 0x20, true },
		{ "a THRE with data", 10, 1, true },
		{ "a THRE that is neither", 10, 2, true },
		{ "reserved bits", 11, 1, true },
		{ "a transmitter with 17 bytes", 12, 17, true },
		{ "a receiver with 17 bytes", 13, 17, true },
		{ "a receiver with 255 bytes", 13, 255, true },
		{ "a transmitter that waits for nothing", 13, 3, true },
		{ "a wrong parity without a break", 16, 1, true },
	};
	struct image wrong;
	size_t i, offset;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		offset = fields[i].offset;
		if (fields[i].in_port)
			offset += CARD_SIZE + (ports - 1) * PORT_SIZE;
		wrong = *image;
		wrong.data[offset] = fields[i].value;
		refused(fd, ports, &wrong, offset < HEAD_SIZE ? -EINVAL : 0,
			fields[i].what);
	}
}

/* Anything: the card is made like that, or it is not. */
static void test_garbage(int fd, unsigned int ports, const struct image *image)
{
	unsigned int taken = 0, refusals = 0, other = 0, i, j;
	struct image wrong;

	srandom(1);
	for (i = 0; i < 300; i++) {
		wrong = *image;
		for (j = 0; j < 1 + i % 4; j++)
			wrong.data[random() % wrong.len] = random();
		switch (resume(&wrong, fd, VFIO_DEVICE_STATE_RUNNING, NULL)) {
		case 0:
			taken++;
			write_all(fd, ports, random());
			break;
		case -EINVAL:
			refusals++;
			break;
		default:
			other++;
		}
		device_reset(fd);
	}
	ok(taken && refusals && !other,
	   "%u images with changes were taken, %u refused, %u anything else",
	   taken, refusals, other);
	for (i = 0; i < 100; i++) {
		for (j = i % 2 ? 0 : HEAD_SIZE; j < wrong.len; j++)
			wrong.data[j] = random();
		resume(&wrong, fd, VFIO_DEVICE_STATE_RUNNING, NULL);
		device_reset(fd);
	}
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "random images");
}

/* args: two cards with PORTS ports, one with another number of them, PORTS */
int cmd_migrate(char **args)
{
	unsigned int ports = atoi(args[3]);
	struct device from, to, different;
	struct image image;

	device_must_open(&from, args[0]);
	device_must_open(&to, args[1]);
	device_must_open(&different, args[2]);

	test_ways(from.fd);
	test_whole(from.fd, to.fd, ports);
	test_msi(from.fd, to.fd);
	test_precopy(from.fd, to.fd, ports);
	test_no_fd(from.fd);

	fill(from.fd, ports);
	save(&image, from.fd);
	refused(different.fd, 3 - ports, &image, -EINVAL,
		"a card of another kind");
	test_lengths(to.fd, ports, &image);
	test_fields(to.fd, ports, &image);
	test_garbage(to.fd, ports, &image);
	test_works(to.fd, ports, "after all that");
	is(resume(&image, to.fd, VFIO_DEVICE_STATE_RUNNING, NULL), 0,
	   "and can be made like another once more");

	device_close(&from);
	device_close(&to);
	device_close(&different);
	return tap_done();
}

/* args: two cards with two ports whose plug is a wire, one with flow control */
int cmd_migratewire(char **args)
{
	struct device from, to, flow;
	struct image image;

	wire = true;
	device_must_open(&from, args[0]);
	device_must_open(&to, args[1]);
	device_must_open(&flow, args[2]);
	test_whole(from.fd, to.fd, 2);
	fill(from.fd, 2);
	save(&image, from.fd);
	refused(flow.fd, 2, &image, -EINVAL, "a card with another plug");
	device_close(&from);
	device_close(&to);
	device_close(&flow);
	return tap_done();
}

/*
 * A byte has come, whose interrupt is not enabled yet. Only when the card is
 * elsewhere the guest enables it: @moved is where, or -1 for a card that stays.
 */
static void test_enabled_later(int fd, int moved, unsigned int port,
			       unsigned int index, const char *what)
{
	int event = irq_eventfd(), there = moved < 0 ? fd : moved;
	struct image image;
	struct uart uart;

	device_reset(fd);
	uart_must_find(&uart, fd, port);
	uart_out(&uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	uart_out(&uart, UART_TX, 'p');
	irq_set_eventfd(there, index, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	if (moved >= 0) {
		device_reset(moved);
		save(&image, fd);
		by_file(&image);
		is(resume(&image, moved, VFIO_DEVICE_STATE_RUNNING, NULL), 0,
		   "%s: moved", what);
	}
	uart_must_find(&uart, there, port);
	is(irq_signals(event, false), 0, "%s: not enabled", what);
	uart_out(&uart, UART_IER, UART_IER_RDI | UART_IER_THRI);
	is(irq_signals(event, true), 1, "%s: comes when it is", what);
	is(uart_in(&uart, UART_IIR) & IIR_CAUSE, UART_IIR_RDI,
	   "%s: and says why", what);
	irq_disable(there, index);
	close(event);
	device_reset(fd);
	if (moved >= 0)
		device_reset(moved);
}

/*
 * INTx was delivered, and the guest has made the port stop to request it before
 * its user has heard of that, who has put its line to the VM high meanwhile, and
 * saves it so. On the other side nobody would ever put it low: a user does that
 * after the signal of its own card only.
 */
static void test_line_is_high(int from, int to, bool masked)
{
	int event = irq_eventfd(), other = irq_eventfd();
	struct image image;
	struct uart uart;

	device_reset(from);
	device_reset(to);
	irq_set_eventfd(from, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	uart_must_find(&uart, from, 0);
	uart_out(&uart, UART_IER, UART_IER_RDI);
	uart_out(&uart, UART_TX, 'p');
	uart_out(&uart, UART_IER, 0);
	is(irq_signals(event, true), 1, "line: the guest was interrupted");
	irq_set_eventfd(to, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, other);
	save(&image, from);
	by_file(&image);
	is(resume(&image, to, VFIO_DEVICE_STATE_STOP, NULL), 0, "line: moved");
	is(irq_signals(other, false), 0, "line: no signal while it is stopped");
	if (masked)
		irq_mask(to);
	state_must_set(to, VFIO_DEVICE_STATE_RUNNING);
	if (masked) {
		is(irq_signals(other, false), 0, "line: nor while it is masked");
		irq_unmask(to);
	}
	is(irq_signals(other, true), 1, "line: one when it runs");
	is(irq_unmask(to), 0, "line: the user puts it low");
	is(irq_signals(other, false), 0, "line: there is nothing more");
	irq_disable(from, INTX);
	irq_disable(to, INTX);
	close(event);
	close(other);
	device_reset(from);
	device_reset(to);
}

/* args: two cards with PORTS ports, PORTS */
int cmd_pending(char **args)
{
	unsigned int ports = atoi(args[2]), port;
	struct device from, to;

	device_must_open(&from, args[0]);
	device_must_open(&to, args[1]);
	for (port = 0; port < ports; port++) {
		test_enabled_later(from.fd, -1, port, INTX, "INTx, stays");
		test_enabled_later(from.fd, to.fd, port, INTX, "INTx, moves");
		test_enabled_later(from.fd, -1, port, MSI, "MSI, stays");
		test_enabled_later(from.fd, to.fd, port, MSI, "MSI, moves");
	}
	test_line_is_high(from.fd, to.fd, false);
	test_line_is_high(from.fd, to.fd, true);
	device_close(&from);
	device_close(&to);
	return tap_done();
}

static void wait_for_sigterm(void)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	printf("closed\n");
	sigwait(&set, &number);
}

/*
 * Keeps the file of a transfer when the device is closed, and tries it when it
 * gets SIGTERM.
 */
int cmd_stream(char **args)
{
	uint32_t state = state_by_name(args[1]);
	struct device dev;
	char byte = 'm';
	int data_fd;
	ssize_t ret;

	device_must_open(&dev, args[0]);
	data_fd = state_must_set(dev.fd, state);
	device_close(&dev);
	wait_for_sigterm();
	ret = state == VFIO_DEVICE_STATE_RESUMING ? write(data_fd, &byte, 1) :
						    read(data_fd, &byte, 1);
	printf("%s\n", ret < 0 ? errno_name(errno) : "it can still be used");
	close(data_fd);
	return 0;
}

#define RACERS 6
#define SLOTS 4
#define PATIENCE 300	/* seconds, for an emulator that has no time */

struct racer {
	pthread_t thread;
	int number;
	int fd;
	const struct image *image;
	const struct racer *all;
	time_t end;
	unsigned long calls;
	unsigned long succeeded;
};

/* Files of transfers, which any of the threads may use and replace. */
static int slots[SLOTS] = { -1, -1, -1, -1 };

static void put_in_slot(int data_fd, unsigned int slot)
{
	int old = __atomic_exchange_n(&slots[slot % SLOTS], data_fd,
				      __ATOMIC_SEQ_CST);

	if (old >= 0)
		close(old);
}

static long race_states(struct racer *racer, unsigned int *seed)
{
	int data_fd;
	int ret = state_set(racer->fd, rand_r(seed) % (STATES + 1), &data_fd);

	if (data_fd >= 0)
		put_in_slot(data_fd, rand_r(seed));
	if (rand_r(seed) % 8 == 0)
		ret = state_get(racer->fd);
	if (ret == -EINVAL && rand_r(seed) % 2)
		ret = device_reset(racer->fd);
	return ret;
}

static long race_data(struct racer *racer, unsigned int *seed)
{
	int data_fd = slots[rand_r(seed) % SLOTS];
	unsigned char data[64];
	uint64_t initial, dirty;

	switch (rand_r(seed) % 4) {
	case 0:
		return read(data_fd, data, rand_r(seed) % sizeof(data));
	case 1:
		return precopy_info(data_fd, &initial, &dirty);
	case 2:
		return write(data_fd, racer->image->data, racer->image->len);
	default:
		return write(data_fd, racer->image->data, rand_r(seed) % 20);
	}
}

/* Whole and undisturbed now and then. */
static long race_resume(struct racer *racer, unsigned int *seed)
{
	int data_fd;
	long ret = state_set(racer->fd, VFIO_DEVICE_STATE_RESUMING, &data_fd);

	if (data_fd < 0)
		return ret;
	ret = write_image(racer->image, data_fd, 1 + rand_r(seed) % 200);
	close(data_fd);
	return state_set(racer->fd, VFIO_DEVICE_STATE_RUNNING, NULL);
}

static bool is_mtty(int fd)
{
	return device_in(fd, 2, config_base(fd) + PCI_VENDOR_ID) ==
	       MTTY_VENDOR;
}

/* A device with memory: written by its file and by a mapping, and reset. */
static long race_memory(struct racer *racer, unsigned int *seed)
{
	struct vfio_region_info info;
	uint64_t page;
	char *map;

	if (rand_r(seed) % 64 == 0)
		return device_reset(racer->fd);
	if (region_info(racer->fd, rand_r(seed) % 6, &info) || !info.size)
		return -1;
	page = info.offset + (rand_r(seed) % info.size & ~4095ULL);
	if (rand_r(seed) % 2)
		return device_write(racer->fd, seed, 4, page);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, racer->fd,
		   page);
	if (map == MAP_FAILED)
		return -1;
	map[rand_r(seed) % 4096]++;
	return munmap(map, 4096);
}

static long race_card(struct racer *racer, unsigned int *seed)
{
	struct uart uart;

	if (!is_mtty(racer->fd))
		return race_memory(racer, seed);
	if (!uart_find(&uart, racer->fd, 0))
		return -1;
	uart_out(&uart, rand_r(seed) % 8, rand_r(seed));
	uart_in(&uart, rand_r(seed) % 8);
	if (rand_r(seed) % 16 == 0)
		irq_unmask(racer->fd);
	if (rand_r(seed) % 64 == 0)
		return device_reset(racer->fd);
	return 0;
}

/* The time is over, and each of them had some success, or never will. */
static bool is_over(const struct racer *racer)
{
	time_t now = time(NULL);
	int i;

	for (i = 0; i < RACERS && now < racer->end + PATIENCE; i++)
		if (!__atomic_load_n(&racer->all[i].succeeded,
				     __ATOMIC_RELAXED))
			return false;
	return now >= racer->end;
}

static void *run_racer(void *arg)
{
	static long (*const races[RACERS])(struct racer *, unsigned int *) = {
		race_states, race_states, race_data, race_data, race_resume,
		race_card,
	};
	struct racer *racer = arg;
	unsigned int seed = racer->number;

	do {
		if (races[racer->number](racer, &seed) >= 0)
			__atomic_fetch_add(&racer->succeeded, 1,
					   __ATOMIC_RELAXED);
		racer->calls++;
	} while (racer->calls % 16 || !is_over(racer));
	return NULL;
}

/* Whatever is answered is right, as long as the kernel lives. */
int cmd_migraterace(char **args)
{
	struct racer racers[RACERS] = { 0 };
	unsigned int i, lazy = 0;
	struct image image;
	struct device dev;

	device_must_open(&dev, args[0]);
	if (is_mtty(dev.fd))
		fill(dev.fd, 1);
	save(&image, dev.fd);
	for (i = 0; i < RACERS; i++) {
		racers[i].number = i;
		racers[i].fd = dev.fd;
		racers[i].image = &image;
		racers[i].all = racers;
		racers[i].end = time(NULL) + atoi(args[1]);
		pthread_create(&racers[i].thread, NULL, run_racer, &racers[i]);
	}
	for (i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		diag("thread %u: %lu calls, %lu succeeded", i, racers[i].calls,
		     racers[i].succeeded);
		lazy += !racers[i].succeeded;
	}
	is(lazy, 0, "each thread had some success");
	is(device_reset(dev.fd), 0, "the card can be reset");
	is(state_get(dev.fd), VFIO_DEVICE_STATE_RUNNING, "and runs");
	is(resume(&image, dev.fd, VFIO_DEVICE_STATE_RUNNING, NULL), 0,
	   "and takes an image");
	device_reset(dev.fd);
	if (is_mtty(dev.fd))
		test_works(dev.fd, 1, "after the race");
	for (i = 0; i < SLOTS; i++)
		put_in_slot(-1, i);
	device_close(&dev);
	return tap_done();
}
