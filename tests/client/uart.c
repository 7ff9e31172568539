// SPDX-License-Identifier: GPL-2.0-only
#include <linux/vfio.h>
#include <unistd.h>

#include "device.h"
#include "tap.h"
#include "uart.h"

bool uart_find(struct uart *uart, int fd, unsigned int port)
{
	struct vfio_region_info info;

	if (region_info(fd, VFIO_PCI_BAR0_REGION_INDEX + port, &info) ||
	    info.size < 8)
		return false;

	*uart = (struct uart){ .fd = fd, .base = info.offset };
	return true;
}

void uart_must_find(struct uart *uart, int fd, unsigned int port)
{
	if (!uart_find(uart, fd, port))
		bail_out("no port %u", port);
}

static void account(struct uart *uart, ssize_t ret, const char *what,
		    unsigned int reg)
{
	uart->accesses++;
	if (ret == 1)
		return;
	if (!uart->failures++)
		diag("%s of register %u: %zd (%s)", what, reg, ret,
		     ret < 0 ? errno_name(ret) : "bytes");
}

uint8_t uart_in(struct uart *uart, unsigned int reg)
{
	uint8_t value = 0xff;

	account(uart, device_read(uart->fd, &value, 1, uart->base + reg),
		"read", reg);
	return value;
}

void uart_out(struct uart *uart, unsigned int reg, uint8_t value)
{
	account(uart, device_write(uart->fd, &value, 1, uart->base + reg),
		"write", reg);
}

unsigned int uart_drain(struct uart *uart)
{
	unsigned int count = 0;

	while ((uart_in(uart, UART_LSR) & UART_LSR_DR) && count < 100000) {
		uart_in(uart, UART_RX);
		count++;
	}
	return count;
}

void uart_quiesce(struct uart *uart)
{
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	uart_out(uart, UART_IER, 0);
	uart_out(uart, UART_MCR, 0);
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR |
		 UART_FCR_CLEAR_XMIT);
	uart_out(uart, UART_FCR, 0);
	uart_drain(uart);
	uart_in(uart, UART_MSR);
	uart_in(uart, UART_IIR);
}

void uart_set_divisor(struct uart *uart, uint16_t divisor)
{
	uint8_t lcr = uart_in(uart, UART_LCR);

	uart_out(uart, UART_LCR, lcr | UART_LCR_DLAB);
	uart_out(uart, UART_DLL, divisor & 0xff);
	uart_out(uart, UART_DLM, divisor >> 8);
	uart_out(uart, UART_LCR, lcr);
}

uint16_t uart_divisor(struct uart *uart)
{
	uint8_t lcr = uart_in(uart, UART_LCR);
	uint16_t divisor;

	uart_out(uart, UART_LCR, lcr | UART_LCR_DLAB);
	divisor = uart_in(uart, UART_DLL);
	divisor |= uart_in(uart, UART_DLM) << 8;
	uart_out(uart, UART_LCR, lcr);
	return divisor;
}

uint8_t uart_wait_cause(struct uart *uart, uint8_t cause)
{
	uint8_t got = 0;
	int i;

	for (i = 0; i < 100; i++) {
		got = uart_in(uart, UART_IIR) & IIR_CAUSE;
		if (got == cause)
			break;
		usleep(10000);
	}
	return got;
}
