// SPDX-License-Identifier: GPL-2.0-only
/*
 * uart: the register file of a 16550A, one port at a time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "tap.h"
#include "uart.h"

#define FCR_RESET (UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | \
		   UART_FCR_CLEAR_XMIT)

static uint8_t cause(struct uart *uart)
{
	return uart_in(uart, UART_IIR) & IIR_CAUSE;
}

static void send(struct uart *uart, unsigned int count, uint8_t first)
{
	while (count--)
		uart_out(uart, UART_TX, first++);
}

/* Plain registers */

static void test_scratch(struct uart *uart)
{
	static const uint8_t values[] = { 0x00, 0x55, 0xaa, 0xff, 0x01 };
	unsigned int i, wrong = 0;

	for (i = 0; i < sizeof(values); i++) {
		uart_out(uart, UART_SCR, values[i]);
		wrong += uart_in(uart, UART_SCR) != values[i];
	}
	is(wrong, 0, "SCR keeps what is written");
}

static void test_divisor(struct uart *uart)
{
	uart_out(uart, UART_IER, UART_IER_RDI | UART_IER_RLSI);
	uart_out(uart, UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	is_hex(uart_in(uart, UART_LCR), UART_LCR_DLAB | UART_LCR_WLEN8,
	       "LCR keeps DLAB");
	uart_out(uart, UART_DLL, 0x34);
	uart_out(uart, UART_DLM, 0x12);
	is_hex(uart_in(uart, UART_DLL), 0x34, "DLL behind DLAB");
	is_hex(uart_in(uart, UART_DLM), 0x12, "DLM behind DLAB");
	uart_out(uart, UART_DLL, 0x01);
	uart_out(uart, UART_DLM, 0x00);
	is_hex(uart_in(uart, UART_DLL), 0x01, "DLL is replaced");
	is_hex(uart_in(uart, UART_DLM), 0x00, "DLM is replaced");
	uart_out(uart, UART_DLM, 0x56);
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	is_hex(uart_in(uart, UART_IER), UART_IER_RDI | UART_IER_RLSI,
	       "IER is another register than DLM");
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE,
	       "writing DLL sends nothing");
	is_hex(uart_divisor(uart), 0x5601, "the divisor stays");
	uart_out(uart, UART_IER, 0);
}

static void test_dlab_hides_data(struct uart *uart)
{
	uart_set_divisor(uart, 0x0c);
	uart_out(uart, UART_TX, 'x');
	uart_out(uart, UART_LCR, UART_LCR_DLAB);
	is_hex(uart_in(uart, UART_DLL), 0x0c,
	       "with DLAB, register 0 is not the received byte");
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	is_hex(uart_in(uart, UART_RX), 'x', "which is still there afterwards");
}

static void test_lcr(struct uart *uart)
{
	/* Not break: that sends something in loopback. */
	static const uint8_t values[] = { 0x1f, 0x3f, 0x83, 0x00, 0x03 };
	unsigned int i, wrong = 0;

	for (i = 0; i < sizeof(values); i++) {
		uart_out(uart, UART_LCR, values[i]);
		wrong += uart_in(uart, UART_LCR) != values[i];
	}
	is(wrong, 0, "LCR keeps what is written");
}

static void test_ier(struct uart *uart)
{
	uart_out(uart, UART_IER, 0xff);
	is_hex(uart_in(uart, UART_IER), 0x0f, "IER: upper bits are zero");
	uart_out(uart, UART_IER, 0);
	is_hex(uart_in(uart, UART_IER), 0, "IER: all off");
}

static void test_read_only(struct uart *uart)
{
	uart_out(uart, UART_LSR, 0x9f);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "LSR can't be written");
	uart_in(uart, UART_MSR);
	uart_out(uart, UART_MSR, 0xff);
	is_hex(uart_in(uart, UART_MSR) & UART_MSR_ANY_DELTA, 0,
	       "MSR: writing makes no deltas");
}

/* Data and FIFOs */

static void test_iir_fifo_bits(struct uart *uart)
{
	uart_out(uart, UART_FCR, 0);
	is_hex(uart_in(uart, UART_IIR), 0x01,
	       "IIR: nothing pending, FIFOs off");
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	is_hex(uart_in(uart, UART_IIR), 0xc1,
	       "IIR: nothing pending, FIFOs on");
	uart_out(uart, UART_FCR, UART_FCR_TRIGGER_14);
	is_hex(uart_in(uart, UART_IIR), 0x01, "IIR: FIFOs off again");
}

static void test_one_byte(struct uart *uart)
{
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "LSR: idle");
	uart_in(uart, UART_RX);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE,
	       "LSR: reading RBR while there is nothing changes nothing");
	uart_out(uart, UART_TX, 'A');
	ok(uart_in(uart, UART_LSR) & UART_LSR_DR, "LSR: data ready");
	is_hex(uart_in(uart, UART_LSR) & UART_LSR_BRK_ERROR_BITS, 0,
	       "LSR: no error");
	is_hex(uart_in(uart, UART_RX), 'A', "the byte comes back");
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "LSR: idle again");
}

static void test_fifo_reset(struct uart *uart)
{
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	send(uart, 3, 'a');
	uart_out(uart, UART_FCR, FCR_RESET);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "FCR: both FIFOs cleared");
	send(uart, 3, 'a');
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "FCR: receiver cleared");
	send(uart, 1, 'z');
	is_hex(uart_in(uart, UART_RX), 'z', "FCR: clearing is done once");
	send(uart, 3, 'a');
	uart_out(uart, UART_FCR, 0);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE,
	       "FCR: turning the FIFOs off clears them");
	uart_out(uart, UART_TX, 'b');
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE,
	       "FCR: turning them on does, too");
}

static void test_order(struct uart *uart)
{
	unsigned int i, wrong = 0;

	uart_out(uart, UART_FCR, FCR_RESET);
	send(uart, UART_DEPTH, 0xf0);
	for (i = 0; i < UART_DEPTH; i++) {
		wrong += !(uart_in(uart, UART_LSR) & UART_LSR_DR);
		wrong += uart_in(uart, UART_RX) != (uint8_t)(0xf0 + i);
	}
	is(wrong, 0, "FIFO: 16 bytes come back in order");
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "FIFO: empty afterwards");
}

#define MAX_PUSHED 4096

/* Sends as long as there is room by THRE's word, reading nothing. */
static unsigned int push_until_full(struct uart *uart, unsigned int burst,
				    uint8_t *errors)
{
	unsigned int pushed = 0;

	while (pushed < MAX_PUSHED) {
		uint8_t lsr = uart_in(uart, UART_LSR);

		*errors |= lsr & UART_LSR_BRK_ERROR_BITS;
		if (!(lsr & UART_LSR_THRE))
			break;
		send(uart, burst, pushed);
		pushed += burst;
	}
	return pushed;
}

static void test_thre(struct uart *uart, const char *mode, uint8_t fcr,
		      unsigned int burst)
{
	uint8_t errors = 0, lsr;
	unsigned int pushed, popped = 0, wrong = 0;

	uart_out(uart, UART_FCR, fcr);
	pushed = push_until_full(uart, burst, &errors);
	ok(pushed < MAX_PUSHED, "THRE, %s: clear after %u bytes", mode,
	   pushed);
	usleep(50000);
	is_hex(uart_in(uart, UART_LSR) & UART_LSR_THRE, 0,
	       "THRE, %s: stays clear while nothing is read", mode);
	while ((lsr = uart_in(uart, UART_LSR)) & UART_LSR_DR) {
		errors |= lsr & UART_LSR_BRK_ERROR_BITS;
		wrong += uart_in(uart, UART_RX) != (uint8_t)popped;
		if (++popped > MAX_PUSHED)
			break;
	}
	is(popped, pushed, "THRE, %s: no byte lost", mode);
	is(wrong, 0, "THRE, %s: every byte as sent", mode);
	is_hex(errors, 0, "THRE, %s: no overrun", mode);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "THRE, %s: idle at the end",
	       mode);
}

static void test_too_much(struct uart *uart)
{
	unsigned int kept;

	uart_out(uart, UART_FCR, FCR_RESET);
	send(uart, 255, 0);
	kept = uart_drain(uart);
	ok(kept >= UART_DEPTH && kept <= 255,
	   "255 bytes regardless of THRE: %u kept", kept);
	uart_in(uart, UART_LSR);
	is_hex(uart_in(uart, UART_LSR), LSR_IDLE, "and idle after that");
}

/* Modem lines */

static void test_mcr(struct uart *uart)
{
	uart_out(uart, UART_MCR, 0xff);
	is_hex(uart_in(uart, UART_MCR) & 0xdf, 0x1f,
	       "MCR: upper bits are zero (but for AFE)");
	uart_out(uart, UART_MCR, 0);
	is_hex(uart_in(uart, UART_MCR), 0, "MCR: all off");
	diag("MSR without MCR_LOOP: 0x%02x", uart_in(uart, UART_MSR));
}

static void test_loop_lines(struct uart *uart)
{
	static const struct {
		uint8_t out, in, delta;
		const char *name;
	} lines[] = {
		{ UART_MCR_RTS, UART_MSR_CTS, UART_MSR_DCTS, "RTS is CTS" },
		{ UART_MCR_DTR, UART_MSR_DSR, UART_MSR_DDSR, "DTR is DSR" },
		{ UART_MCR_OUT1, UART_MSR_RI, 0, "OUT1 is RI" },
		{ UART_MCR_OUT2, UART_MSR_DCD, UART_MSR_DDCD, "OUT2 is DCD" },
	};
	size_t i;

	uart_out(uart, UART_MCR, UART_MCR_LOOP);
	uart_in(uart, UART_MSR);
	is_hex(uart_in(uart, UART_MSR), 0, "loop: all lines off");
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		uint8_t falling = lines[i].in == UART_MSR_RI ?
				  UART_MSR_TERI : lines[i].delta;

		uart_out(uart, UART_MCR, UART_MCR_LOOP | lines[i].out);
		is_hex(uart_in(uart, UART_MSR), lines[i].in | lines[i].delta,
		       "loop: %s, and changed", lines[i].name);
		is_hex(uart_in(uart, UART_MSR), lines[i].in,
		       "loop: %s, the change is told once", lines[i].name);
		uart_out(uart, UART_MCR, UART_MCR_LOOP);
		is_hex(uart_in(uart, UART_MSR), falling,
		       "loop: %s, off again", lines[i].name);
		is_hex(uart_in(uart, UART_MSR), 0, "loop: %s, at rest",
		       lines[i].name);
	}
	uart_out(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
	uart_out(uart, UART_MCR, UART_MCR_LOOP);
	is_hex(uart_in(uart, UART_MSR), UART_MSR_DCTS,
	       "loop: there and back is a change, too");
	uart_out(uart, UART_TX, 'L');
	is_hex(uart_in(uart, UART_RX), 'L', "loop: data comes back");
}

/* Interrupts, as IIR tells them */

static void test_trigger_level(struct uart *uart, uint8_t fcr,
			       unsigned int level)
{
	uint8_t got;

	uart_out(uart, UART_IER, UART_IER_RDI);
	uart_out(uart, UART_FCR, FCR_RESET | fcr);
	is_hex(cause(uart), UART_IIR_NO_INT, "trigger %u: quiet when empty",
	       level);
	send(uart, level - 1, 0);
	got = cause(uart);
	ok(got == UART_IIR_NO_INT || (level > 1 && got == UART_IIR_RX_TIMEOUT),
	   "trigger %u: not reached by %u (0x%02x)", level, level - 1, got);
	if (level > 1)
		is_hex(uart_wait_cause(uart, UART_IIR_RX_TIMEOUT),
		       UART_IIR_RX_TIMEOUT,
		       "trigger %u: fewer are told by the timeout", level);
	send(uart, 1, 0);
	is_hex(cause(uart), UART_IIR_RDI, "trigger %u: reached", level);
	is_hex(cause(uart), UART_IIR_RDI,
	       "trigger %u: reading IIR does not clear it", level);
	uart_in(uart, UART_RX);
	got = cause(uart);
	ok(got == UART_IIR_NO_INT || (level > 1 && got == UART_IIR_RX_TIMEOUT),
	   "trigger %u: no more after one is read (0x%02x)", level, got);
	uart_drain(uart);
	is_hex(cause(uart), UART_IIR_NO_INT, "trigger %u: quiet at the end",
	       level);
	uart_out(uart, UART_IER, 0);
}

static void test_rdi_without_fifo(struct uart *uart)
{
	uart_out(uart, UART_FCR, 0);
	uart_out(uart, UART_IER, UART_IER_RDI);
	uart_out(uart, UART_TX, '1');
	is_hex(uart_in(uart, UART_IIR), UART_IIR_RDI, "RDI without FIFOs");
	uart_in(uart, UART_RX);
	is_hex(uart_in(uart, UART_IIR), UART_IIR_NO_INT,
	       "RDI without FIFOs: cleared by reading the byte");
	uart_out(uart, UART_IER, 0);
}

static void test_disabled_causes(struct uart *uart)
{
	uart_out(uart, UART_FCR, FCR_RESET);
	uart_out(uart, UART_IER, 0);
	send(uart, 1, 'd');
	is_hex(cause(uart), UART_IIR_NO_INT,
	       "IER: what is not enabled is not told");
	uart_out(uart, UART_IER, UART_IER_RDI);
	is_hex(cause(uart), UART_IIR_RDI,
	       "IER: what waits is told when enabled");
	uart_out(uart, UART_IER, 0);
	uart_drain(uart);
}

static void test_thri(struct uart *uart)
{
	uint8_t errors = 0;

	uart_out(uart, UART_FCR, FCR_RESET);
	uart_out(uart, UART_IER, UART_IER_THRI);
	is_hex(cause(uart), UART_IIR_THRI, "THRI: told when enabled");
	is_hex(cause(uart), UART_IIR_NO_INT, "THRI: cleared by reading IIR");
	uart_out(uart, UART_IER, 0);
	uart_out(uart, UART_IER, UART_IER_THRI);
	is_hex(cause(uart), UART_IIR_THRI, "THRI: told when enabled again");

	send(uart, 1, 't');
	uart_drain(uart);
	is_hex(cause(uart), UART_IIR_THRI, "THRI: told after sending");

	push_until_full(uart, UART_DEPTH, &errors);
	is_hex(cause(uart), UART_IIR_NO_INT, "THRI: quiet while full");
	uart_drain(uart);
	is_hex(cause(uart), UART_IIR_THRI, "THRI: told when there is room");
	is_hex(cause(uart), UART_IIR_NO_INT, "THRI: once");
	uart_out(uart, UART_IER, 0);
}

static void test_msi(struct uart *uart)
{
	uart_out(uart, UART_MCR, UART_MCR_LOOP);
	uart_in(uart, UART_MSR);
	uart_out(uart, UART_IER, UART_IER_MSI);
	is_hex(cause(uart), UART_IIR_NO_INT, "MSI: quiet at rest");
	uart_out(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
	is_hex(cause(uart), UART_IIR_MSI, "MSI: a line changed");
	is_hex(cause(uart), UART_IIR_MSI, "MSI: not cleared by reading IIR");
	uart_in(uart, UART_MSR);
	is_hex(cause(uart), UART_IIR_NO_INT, "MSI: cleared by reading MSR");
	uart_out(uart, UART_IER, 0);
	uart_out(uart, UART_MCR, 0);
	uart_in(uart, UART_MSR);
}

/* A break or an overrun: whichever this device can be made to see in its loop. */
static bool provoke_line_status(struct uart *uart)
{
	uart_out(uart, UART_LCR, UART_LCR_WLEN8 | UART_LCR_SBC);
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	if (cause(uart) == UART_IIR_RLSI)
		return true;
	send(uart, 255, 0);
	return cause(uart) == UART_IIR_RLSI;
}

static void test_rlsi(struct uart *uart)
{
	uint8_t lsr;

	uart_out(uart, UART_FCR, FCR_RESET);
	uart_out(uart, UART_MCR, UART_MCR_LOOP);
	uart_out(uart, UART_IER, UART_IER_RLSI);
	if (!provoke_line_status(uart)) {
		skip("neither break nor overrun can be provoked",
		     "RLSI: cleared by reading LSR");
		goto out;
	}
	lsr = uart_in(uart, UART_LSR);
	ok(lsr & UART_LSR_BRK_ERROR_BITS, "RLSI: LSR says why (0x%02x)", lsr);
	is_hex(cause(uart), UART_IIR_NO_INT, "RLSI: cleared by reading LSR");
out:
	uart_quiesce(uart);
}

static void test_priorities(struct uart *uart)
{
	bool rls;

	uart_out(uart, UART_FCR, FCR_RESET);
	uart_out(uart, UART_MCR, UART_MCR_LOOP);
	uart_in(uart, UART_MSR);
	uart_out(uart, UART_IER, UART_IER_RLSI);
	rls = provoke_line_status(uart);
	if (!rls)
		uart_out(uart, UART_FCR, FCR_RESET);
	send(uart, 1, 'p');
	uart_out(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_DTR);
	uart_out(uart, UART_IER, UART_IER_RLSI | UART_IER_RDI |
		 UART_IER_THRI | UART_IER_MSI);

	if (rls) {
		is_hex(cause(uart), UART_IIR_RLSI, "priority: line status");
		uart_in(uart, UART_LSR);
	} else {
		skip("cannot be provoked", "priority: line status");
	}
	is_hex(cause(uart), UART_IIR_RDI, "priority: then received data");
	uart_drain(uart);
	is_hex(cause(uart), UART_IIR_THRI, "priority: then transmitter empty");
	is_hex(cause(uart), UART_IIR_MSI, "priority: then modem status");
	uart_in(uart, UART_MSR);
	is_hex(cause(uart), UART_IIR_NO_INT, "priority: then nothing");
	uart_quiesce(uart);
}

/* Accesses of more than a byte: every byte in its register, or refused. */

static bool read_agrees(struct uart *uart, unsigned int reg, size_t size)
{
	uint8_t buf[8], want[8] = { 0 };
	ssize_t ret, i;

	for (i = 0; i < (ssize_t)size; i++)
		want[i] = uart_in(uart, reg + i);
	ret = device_read(uart->fd, buf, size, uart->base + reg);
	for (i = 0; i < ret; i++) {
		if (buf[i] == want[i])
			continue;
		diag("read of %zu at %u: register %zu is 0x%02x, not 0x%02x",
		     size, reg, reg + i, buf[i], want[i]);
		return false;
	}
	if (ret != (ssize_t)size)
		diag("read of %zu at %u: %s", size, reg,
		     ret < 0 ? errno_name(ret) : "short");
	return true;
}

static void test_wide_reads(struct uart *uart)
{
	static const size_t sizes[] = { 1, 2, 4, 8 };
	unsigned int reg, i, wrong;

	uart_quiesce(uart);
	uart_out(uart, UART_SCR, 0x5a);
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	for (i = 0; i < 4; i++) {
		wrong = 0;
		for (reg = 0; reg + sizes[i] <= 8; reg++)
			wrong += !read_agrees(uart, reg, sizes[i]);
		is(wrong, 0, "reads of %zu bytes", sizes[i]);
	}
}

static void test_wide_write(struct uart *uart, unsigned int reg, size_t size)
{
	/* As 8 registers: THR, IER, FCR, LCR, MCR, LSR, MSR, SCR */
	static const uint8_t image[8] = { 'w', 0x05, 0, 0x0b, 0x0b, 0, 0,
					  0xc3 };
	static const uint8_t rest[8] = { [UART_LCR] = UART_LCR_WLEN8 };
	static const uint8_t kept[] = { UART_IER, UART_LCR, UART_MCR,
					UART_SCR };
	unsigned int i, wrong = 0;
	ssize_t ret;

	uart_quiesce(uart);
	uart_out(uart, UART_SCR, 0);
	ret = device_write(uart->fd, image + reg, size, uart->base + reg);
	for (i = 0; i < sizeof(kept); i++) {
		bool written = kept[i] >= reg &&
			       (ssize_t)kept[i] < (ssize_t)reg + ret;

		wrong += uart_in(uart, kept[i]) !=
			 (written ? image : rest)[kept[i]];
	}
	if (!reg && ret > 0)
		wrong += uart_in(uart, UART_RX) != 'w';
	is(wrong, 0, "write of %zu bytes at register %u (%s)", size, reg,
	   ret < 0 ? errno_name(ret) : ret == (ssize_t)size ? "whole" :
	   "short");
}

static void test_wide_writes(struct uart *uart)
{
	unsigned int reg;
	size_t size;

	for (size = 1; size <= 8; size *= 2)
		for (reg = 0; reg + size <= 8; reg += size)
			test_wide_write(uart, reg, size);
	uart_quiesce(uart);
}

static void test_other_port(struct uart *uart, int fd, unsigned int port)
{
	struct uart other;

	if (!uart_find(&other, fd, !port)) {
		skip("one port only", "the other port is another");
		return;
	}
	uart_out(&other, UART_SCR, 0x11);
	uart_out(&other, UART_FCR, FCR_RESET);
	uart_out(uart, UART_SCR, 0x22);
	uart_out(uart, UART_TX, 'o');
	ok(uart_in(&other, UART_SCR) == 0x11 &&
	   !(uart_in(&other, UART_LSR) & UART_LSR_DR),
	   "the other port is another");
	uart_drain(uart);
}

int cmd_uart(char **args)
{
	unsigned int port = atoi(args[1]);
	struct device dev;
	struct uart uart;

	device_must_open(&dev, args[0]);
	uart_must_find(&uart, dev.fd, port);
	device_reset(dev.fd);
	uart_quiesce(&uart);

	test_scratch(&uart);
	test_divisor(&uart);
	test_dlab_hides_data(&uart);
	test_lcr(&uart);
	test_ier(&uart);
	test_read_only(&uart);

	test_iir_fifo_bits(&uart);
	test_one_byte(&uart);
	test_fifo_reset(&uart);
	test_order(&uart);
	test_thre(&uart, "FIFOs on", FCR_RESET, UART_DEPTH);
	test_thre(&uart, "FIFOs on, one by one", FCR_RESET, 1);
	test_thre(&uart, "FIFOs off", 0, 1);
	test_too_much(&uart);

	test_mcr(&uart);
	test_loop_lines(&uart);
	uart_quiesce(&uart);

	test_trigger_level(&uart, UART_FCR_TRIGGER_1, 1);
	test_trigger_level(&uart, UART_FCR_TRIGGER_4, 4);
	test_trigger_level(&uart, UART_FCR_TRIGGER_8, 8);
	test_trigger_level(&uart, UART_FCR_TRIGGER_14, 14);
	test_rdi_without_fifo(&uart);
	test_disabled_causes(&uart);
	test_thri(&uart);
	test_msi(&uart);
	test_rlsi(&uart);
	test_priorities(&uart);

	test_wide_reads(&uart);
	test_wide_writes(&uart);
	test_other_port(&uart, dev.fd, port);
	is(uart.failures, 0, "all of %lu accesses moved one byte",
	   uart.accesses);
	device_close(&dev);
	return tap_done();
}
