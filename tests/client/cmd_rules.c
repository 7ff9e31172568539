// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules: what the chip's data sheet says of the registers, on one port.
 * count: something for its counters.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "device.h"
#include "rules.h"
#include "tap.h"
#include "uart.h"

static void port_reset(void *context)
{
	struct uart *uart = context;

	device_reset(uart->fd);
}

static uint8_t port_in(void *context, unsigned int reg)
{
	return uart_in(context, reg);
}

static void port_out(void *context, unsigned int reg, uint8_t value)
{
	uart_out(context, reg, value);
}

/* args: UUID, PORT, the plug that the card has */
int cmd_rules(char **args)
{
	struct device dev;
	struct uart uart;
	struct rules_port port = {
		.context = &uart,
		.reset = port_reset,
		.in = port_in,
		.out = port_out,
	};

	device_must_open(&dev, args[0]);
	uart_must_find(&uart, dev.fd, atoi(args[1]));
	rules_run(&port, strcmp(args[2], "wire") ? PLUG_FLOW : PLUG_WIRE);
	is(uart.failures, 0, "all of %lu accesses moved one byte",
	   uart.accesses);
	device_close(&dev);
	return tap_done();
}

/* args: UUID, PORT, BYTES */
int cmd_count(char **args)
{
	unsigned int bytes = atoi(args[2]);
	struct device dev;
	struct uart uart;

	device_must_open(&dev, args[0]);
	uart_must_find(&uart, dev.fd, atoi(args[1]));
	device_reset(dev.fd);
	uart_out(&uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	uart_out(&uart, UART_IER, UART_IER_RDI);
	while (bytes--)
		uart_out(&uart, UART_TX, 0);
	uart_out(&uart, UART_LCR, UART_LCR_SBC);
	device_close(&dev);
	return uart.failures ? 1 : 0;
}
