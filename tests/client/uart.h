/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One port's 16550A behind a BAR. What it sends, it receives.
 */
#ifndef UART_H
#define UART_H

#include <linux/serial_reg.h>
#include <stdbool.h>
#include <stdint.h>

#define UART_DEPTH	16	/* of the FIFOs */
#define LSR_IDLE	(UART_LSR_THRE | UART_LSR_TEMT)
#define IIR_CAUSE	0x0f	/* pending or not, and which interrupt */

struct uart {
	int fd;
	uint64_t base;
	unsigned long accesses;
	unsigned long failures;	/* accesses that did not move one byte */
};

/* Ends the program if the device has no such port. */
void uart_must_find(struct uart *uart, int fd, unsigned int port);

/* Whether it has such a port: the BAR's size tells. */
bool uart_find(struct uart *uart, int fd, unsigned int port);

uint8_t uart_in(struct uart *uart, unsigned int reg);
void uart_out(struct uart *uart, unsigned int reg, uint8_t value);

/* Registers at rest, nothing pending, nothing received; FIFOs off; eight bits. */
void uart_quiesce(struct uart *uart);

/* Reads received data until there is none; returns how much it was. */
unsigned int uart_drain(struct uart *uart);

void uart_set_divisor(struct uart *uart, uint16_t divisor);
uint16_t uart_divisor(struct uart *uart);

/* Reads IIR until it gives @cause, for at most a second; returns the last. */
uint8_t uart_wait_cause(struct uart *uart, uint8_t cause);

#endif /* UART_H */
