/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mtty: one serial port. Needs nothing of the card, nor of mediated devices.
 */
#ifndef MTTY_UART_H
#define MTTY_UART_H

#include <linux/serial_reg.h>
#include <linux/types.h>

#define MTTY_FIFO_SIZE		16

struct mtty_fifo {
	u8 head;
	u8 count;
	u8 data[MTTY_FIFO_SIZE];
};

/**
 * struct mtty_counters - what a port has done; survives a reset
 * @tx:		characters sent
 * @rx:		characters received, and not lost to an overrun; a break is one
 * @lost:	characters lost to an overrun, or written to a full transmitter
 * @overruns:	characters and breaks that found the receiver full
 * @breaks:	breaks on the plug
 * @interrupts:	how often the port has begun to request an interrupt
 */
struct mtty_counters {
	u64 tx;
	u64 rx;
	u64 lost;
	u64 overruns;
	u64 breaks;
	u64 interrupts;
};

/**
 * struct mtty_uart - the registers of a 16550A with a loopback plug
 * @ier:	interrupts enabled
 * @fcr:	FIFO control, as it took effect
 * @lcr:	line control
 * @mcr:	modem control
 * @msr:	modem status, with the deltas not read yet
 * @scr:	scratch
 * @dll:	divisor, low byte
 * @dlm:	divisor, high byte
 * @rbr:	what was read from @rx last
 * @errors:	UART_LSR_*: errors that belong to no character in a FIFO. That is
 *		an overrun, without FIFOs each error, and what a character that
 *		has gone brought with it.
 * @thr_emptied: the transmitter ran empty, and IIR has not told it yet
 * @wire:	the plug has no flow control; survives a reset
 * @rx_break:	which slots of @rx hold a break; none without FIFOs
 * @rx_parity:	which of these have a wrong parity bit
 * @tx:		written by the guest, no room in @rx yet
 * @rx:		to be read by the guest
 * @count:	see there
 */
struct mtty_uart {
	u8 ier;
	u8 fcr;
	u8 lcr;
	u8 mcr;
	u8 msr;
	u8 scr;
	u8 dll;
	u8 dlm;
	u8 rbr;
	u8 errors;
	bool thr_emptied;
	bool wire;
	u16 rx_break;
	u16 rx_parity;
	struct mtty_fifo tx;
	struct mtty_fifo rx;
	struct mtty_counters count;
};

/*
 * A port as it travels to another card: the fields of struct mtty_uart. Data
 * begins at the front, and bit 0 of rx_break and rx_parity is for rx[0].
 */
struct mtty_uart_image {
	u8 ier;
	u8 fcr;
	u8 lcr;
	u8 mcr;
	u8 msr;
	u8 scr;
	u8 dll;
	u8 dlm;
	u8 rbr;
	u8 errors;
	u8 thr_emptied;
	u8 zero;
	u8 tx_count;
	u8 rx_count;
	__le16 rx_break;
	__le16 rx_parity;
	u8 tx[MTTY_FIFO_SIZE];
	u8 rx[MTTY_FIFO_SIZE];
};

void mtty_uart_reset(struct mtty_uart *uart);
u8 mtty_uart_read(struct mtty_uart *uart, unsigned int reg);
void mtty_uart_write(struct mtty_uart *uart, unsigned int reg, u8 val);
u8 mtty_uart_interrupt_id(const struct mtty_uart *uart);
void mtty_uart_save(const struct mtty_uart *uart,
		    struct mtty_uart_image *image);
bool mtty_uart_is_possible(const struct mtty_uart *uart,
			   const struct mtty_uart_image *image);
void mtty_uart_load(struct mtty_uart *uart,
		    const struct mtty_uart_image *image);

/**
 * mtty_uart_interrupt() - does the port request an interrupt?
 * @uart:	the port
 *
 * Inline because it follows each access, mostly by users that poll.
 *
 * Context: any; the caller serializes.
 * Return: the level of its interrupt output.
 */
static inline bool mtty_uart_interrupt(const struct mtty_uart *uart)
{
	return uart->ier && mtty_uart_interrupt_id(uart) != UART_IIR_NO_INT;
}

#endif /* MTTY_UART_H */
