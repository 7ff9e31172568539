// SPDX-License-Identifier: GPL-2.0-only
/*
 * reset: VFIO_DEVICE_RESET in the middle of traffic brings back the state of
 * power-on, and everything works afterwards.
 */
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "irq.h"
#include "tap.h"
#include "traffic.h"

#define CONFIG_SIZE 256

/* What can be seen of the state without changing it. */
struct state {
	uint8_t iir, ier, lcr, mcr, lsr, msr, scr;
	uint16_t divisor;
	uint8_t config[CONFIG_SIZE];
};

static void take_state(struct state *state, struct uart *uart)
{
	memset(state, 0, sizeof(*state));
	state->iir = uart_in(uart, UART_IIR);
	state->ier = uart_in(uart, UART_IER);
	state->lcr = uart_in(uart, UART_LCR);
	state->mcr = uart_in(uart, UART_MCR);
	state->lsr = uart_in(uart, UART_LSR);
	uart_in(uart, UART_MSR);
	state->msr = uart_in(uart, UART_MSR);
	state->scr = uart_in(uart, UART_SCR);
	state->divisor = uart_divisor(uart);
	device_read(uart->fd, state->config, CONFIG_SIZE,
		    config_base(uart->fd));
}

static void compare_state(const struct state *got, const struct state *want)
{
	is_hex(got->iir, 0x01, "IIR: nothing pending, FIFOs off");
	is_hex(got->ier, 0, "IER: all off");
	is_hex(got->lcr, 0, "LCR: zero");
	is_hex(got->mcr, 0, "MCR: zero");
	is_hex(got->lsr, LSR_IDLE, "LSR: idle, nothing received");
	is_hex(got->msr, want->msr, "MSR: as before");
	is_hex(got->scr, want->scr, "SCR: as before");
	is_hex(got->divisor, want->divisor, "divisor: as before");
	ok(!memcmp(got->config, want->config, CONFIG_SIZE),
	   "config space: as before");
	is_hex(got->config[PCI_INTERRUPT_LINE], 0, "interrupt line: zero");
	is_hex(got->config[PCI_BASE_ADDRESS_0] |
	       got->config[PCI_BASE_ADDRESS_0 + 1], PCI_BASE_ADDRESS_SPACE_IO,
	       "BAR 0: no address");
}

/* Everything away from its default, data waiting, an interrupt pending. */
static void disturb(struct uart *uart)
{
	uint64_t config = config_base(uart->fd);
	int i;

	device_out(uart->fd, 0xc150, 4, config + PCI_BASE_ADDRESS_0);
	device_out(uart->fd, 10, 1, config + PCI_INTERRUPT_LINE);
	uart_set_divisor(uart, 0x1234);
	uart_out(uart, UART_SCR, 0x77);
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_4);
	uart_out(uart, UART_IER, UART_IER_RDI | UART_IER_RLSI | UART_IER_MSI);
	for (i = 0; i < 255; i++)
		uart_out(uart, UART_TX, i);
	uart_out(uart, UART_MCR, UART_MCR_OUT2 | UART_MCR_RTS | UART_MCR_LOOP);
	uart_out(uart, UART_LCR, UART_LCR_WLEN8 | UART_LCR_DLAB);
	device_out(uart->fd, PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE, 2,
		   config + PCI_COMMAND);
}

static void make_pending(struct uart *uart)
{
	uart_out(uart, UART_MCR, UART_MCR_OUT2);
	uart_out(uart, UART_IER, UART_IER_RDI);
	uart_out(uart, UART_TX, '!');
}

static void test_registers(struct uart *uart)
{
	struct state before, after;

	is(device_reset(uart->fd), 0, "reset");
	take_state(&before, uart);
	disturb(uart);
	is(device_reset(uart->fd), 0, "reset with everything disturbed");
	take_state(&after, uart);
	compare_state(&after, &before);
}

static void test_pending_line(struct uart *uart)
{
	int event = irq_eventfd();
	int ret;

	is(irq_set_eventfd(uart->fd, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, event),
	   0, "INTx: eventfd set");
	make_pending(uart);
	is(irq_signals(event, true), 1, "INTx: a byte signals");
	is(device_reset(uart->fd), 0, "reset with the line up");
	is(irq_signals(event, false), 0, "INTx: the reset itself does not");
	ret = irq_unmask(uart->fd);
	diag("unmask after the reset: %s", errno_name(ret));
	is(irq_signals(event, false), 0, "INTx: the line is down");

	irq_disable(uart->fd, INTX);
	is(irq_set_eventfd(uart->fd, INTX, VFIO_IRQ_SET_ACTION_TRIGGER, event),
	   0, "INTx: eventfd set again");
	is(irq_signals(event, false), 0, "INTx: and the line is down");
	make_pending(uart);
	is(irq_signals(event, true), 1, "INTx: a byte signals again");
	irq_disable(uart->fd, INTX);
	close(event);
	is(device_reset(uart->fd), 0, "reset");
}

static void test_traffic(struct uart *uart, const char *when)
{
	struct traffic traffic;

	ok(traffic_run(&traffic, uart, 2000), "2000 bytes %s", when);
	if (traffic.sent != traffic.received || traffic.wrong)
		diag("sent %lu, received %lu, wrong %lu", traffic.sent,
		     traffic.received, traffic.wrong);
}

static void test_many(struct uart *uart)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < 100; i++) {
		disturb(uart);
		wrong += device_reset(uart->fd) != 0;
		wrong += uart_in(uart, UART_LSR) != LSR_IDLE;
	}
	is(wrong, 0, "100 resets");
}

int cmd_reset(char **args)
{
	unsigned int port = atoi(args[1]);
	struct device dev;
	struct uart uart;

	device_must_open(&dev, args[0]);
	uart_must_find(&uart, dev.fd, port);

	test_registers(&uart);
	test_traffic(&uart, "after a reset");
	test_pending_line(&uart);
	test_many(&uart);
	test_traffic(&uart, "after 100 resets");
	is(uart.failures, 0, "all of %lu accesses moved one byte",
	   uart.accesses);
	device_close(&dev);
	return tap_done();
}
