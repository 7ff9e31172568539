// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: a 16550A whose transmitter is wired to its own receiver.
 *
 * Touches struct mtty_uart and nothing else. The caller holds the card's lock,
 * and asks mtty_uart_interrupt() after each access.
 *
 * The registers are those of the PC16550D's data sheet. The line takes no time.
 * So the transmitter is busy only while something makes it wait, and that is the
 * plug, if it has flow control, while the receiver is full. A guest that writes
 * only when LSR.THRE is set then gets every byte back, however fast. A plug that
 * is a mere wire, and the chip's internal loop, wait for nothing: what finds the
 * receiver full is an overrun.
 *
 * Both ends of the line are the same port, with the same settings. So a character
 * has no parity or framing error, unless it is a break.
 */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "mtty_uart.h"

#define IER_BITS (UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI | UART_IER_MSI)
#define FCR_BITS (UART_FCR_ENABLE_FIFO | UART_FCR_DMA_SELECT | \
		  UART_FCR_TRIGGER_MASK)
#define MCR_BITS (UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT1 | \
		  UART_MCR_OUT2 | UART_MCR_LOOP)
#define IIR_FIFOS_ENABLED 0xc0
#define DIVISOR_AFTER_RESET 12	/* 9600 baud */

static bool mtty_uart_fifos_enabled(const struct mtty_uart *uart)
{
	return uart->fcr & UART_FCR_ENABLE_FIFO;
}

/* Without FIFOs there is one holding register each way. */
static unsigned int mtty_uart_fifo_depth(const struct mtty_uart *uart)
{
	return mtty_uart_fifos_enabled(uart) ? MTTY_FIFO_SIZE : 1;
}

/* UART_LCR_WLEN5 to UART_LCR_WLEN8 are 0 to 3. */
static u8 mtty_uart_word_mask(const struct mtty_uart *uart)
{
	return 0xff >> (UART_LCR_WLEN8 - (uart->lcr & UART_LCR_WLEN8));
}

static unsigned int mtty_uart_rx_trigger_level(const struct mtty_uart *uart)
{
	static const u8 levels[] = { 1, 4, 8, 14 };

	/* FCR is zero while the FIFOs are off: the level is 1 then. */
	return levels[UART_FCR_R_TRIG_BITS(uart->fcr)];
}

static unsigned int mtty_uart_fifo_push(struct mtty_fifo *fifo, u8 byte)
{
	unsigned int slot = (fifo->head + fifo->count++) % MTTY_FIFO_SIZE;

	fifo->data[slot] = byte;
	return slot;
}

static u8 mtty_uart_fifo_pop(struct mtty_fifo *fifo)
{
	u8 byte = fifo->data[fifo->head];

	fifo->head = (fifo->head + 1) % MTTY_FIFO_SIZE;
	fifo->count--;
	return byte;
}

/* The errors that the next character in a FIFO brings with it. */
static u8 mtty_uart_rx_errors(const struct mtty_uart *uart)
{
	u8 errors = 0;

	if (uart->rx_break & BIT(uart->rx.head))
		errors |= UART_LSR_BI | UART_LSR_FE;
	if (uart->rx_parity & BIT(uart->rx.head))
		errors |= UART_LSR_PE;
	return errors;
}

static void mtty_uart_clear_rx_errors(struct mtty_uart *uart)
{
	uart->rx_break &= ~BIT(uart->rx.head);
	uart->rx_parity &= ~BIT(uart->rx.head);
}

/*
 * Errors that LSR shows stay until LSR is read, also if the character goes, and so
 * does LSR7. Only breaks have any.
 */
static void mtty_uart_keep_rx_errors(struct mtty_uart *uart)
{
	if (!uart->rx_break)
		return;
	uart->errors |= mtty_uart_rx_errors(uart) | UART_LSR_FIFOE;
	mtty_uart_clear_rx_errors(uart);
}

/*
 * Makes room in a full receiver, if it can: the register takes the new character
 * and loses the one that it has, a FIFO does not.
 */
static bool mtty_uart_overrun(struct mtty_uart *uart)
{
	uart->errors |= UART_LSR_OE;
	uart->count.overruns++;
	uart->count.lost++;
	if (mtty_uart_fifos_enabled(uart))
		return false;
	mtty_uart_fifo_pop(&uart->rx);
	return true;
}

/* Returns the slot, or -1 for a character that is lost. */
static int mtty_uart_receive(struct mtty_uart *uart, u8 byte)
{
	if (uart->rx.count < mtty_uart_fifo_depth(uart))
		uart->count.rx++;
	else if (!mtty_uart_overrun(uart))
		return -1;
	return mtty_uart_fifo_push(&uart->rx, byte);
}

/* A NUL without a stop bit, whose parity bit is 0. */
static void mtty_uart_receive_break(struct mtty_uart *uart)
{
	/* Odd parity, or a parity bit that is always 1 */
	bool wrong = (uart->lcr & (UART_LCR_PARITY | UART_LCR_EPAR)) ==
		     UART_LCR_PARITY;
	int slot = mtty_uart_receive(uart, 0);

	uart->count.breaks++;
	if (slot < 0)
		return;
	if (mtty_uart_fifos_enabled(uart)) {
		uart->rx_break |= BIT(slot);
		uart->rx_parity |= wrong ? BIT(slot) : 0;
	} else {
		uart->errors |= UART_LSR_BI | UART_LSR_FE;
		uart->errors |= wrong ? UART_LSR_PE : 0;
	}
}

/* A break is on the pin, which the internal loop cuts off from the receiver. */
static bool mtty_uart_line_is_low(const struct mtty_uart *uart)
{
	return uart->lcr & UART_LCR_SBC && !(uart->mcr & UART_MCR_LOOP);
}

static bool mtty_uart_line_waits(const struct mtty_uart *uart)
{
	return !uart->wire && !(uart->mcr & UART_MCR_LOOP) &&
	       uart->rx.count >= mtty_uart_fifo_depth(uart);
}

/* During a break the transmitter goes on, but nothing gets onto the line. */
static void mtty_uart_send(struct mtty_uart *uart, u8 byte)
{
	uart->count.tx++;
	if (!mtty_uart_line_is_low(uart))
		mtty_uart_receive(uart, byte & mtty_uart_word_mask(uart));
}

static void mtty_uart_transmit(struct mtty_uart *uart)
{
	if (!uart->tx.count)
		return;
	while (uart->tx.count && !mtty_uart_line_waits(uart))
		mtty_uart_send(uart, mtty_uart_fifo_pop(&uart->tx));
	uart->thr_emptied = !uart->tx.count;
}

static void mtty_uart_clear_rx(struct mtty_uart *uart)
{
	mtty_uart_keep_rx_errors(uart);
	uart->rx.count = 0;
	uart->rx_break = 0;
	uart->rx_parity = 0;
	uart->rbr = 0;
}

static void mtty_uart_clear_tx(struct mtty_uart *uart)
{
	if (uart->tx.count)
		uart->thr_emptied = true;
	uart->tx.count = 0;
}

/* Without FIFOs the register keeps what was read; an empty FIFO gives zero. */
static u8 mtty_uart_read_rbr(struct mtty_uart *uart)
{
	if (!uart->rx.count)
		return mtty_uart_fifos_enabled(uart) ? 0 : uart->rbr;
	mtty_uart_keep_rx_errors(uart);
	uart->rbr = mtty_uart_fifo_pop(&uart->rx);
	mtty_uart_transmit(uart);
	return uart->rbr;
}

static void mtty_uart_write_thr(struct mtty_uart *uart, u8 byte)
{
	if (uart->tx.count >= mtty_uart_fifo_depth(uart)) {
		uart->count.lost++;
		return;
	}
	mtty_uart_fifo_push(&uart->tx, byte);
	mtty_uart_transmit(uart);
}

static void mtty_uart_write_ier(struct mtty_uart *uart, u8 val)
{
	/* Enabling it on an empty transmitter raises the interrupt at once. */
	if (val & ~uart->ier & UART_IER_THRI && !uart->tx.count)
		uart->thr_emptied = true;
	uart->ier = val & IER_BITS;
}

static u8 mtty_uart_line_errors(const struct mtty_uart *uart)
{
	return uart->errors | mtty_uart_rx_errors(uart);
}

/**
 * mtty_uart_interrupt_id() - the most urgent interrupt, as the data sheet ranks
 * @uart:	the port
 *
 * Context: any; the caller serializes.
 * Return: UART_IIR_*, without the bits for FIFOs.
 */
u8 mtty_uart_interrupt_id(const struct mtty_uart *uart)
{
	if (uart->ier & UART_IER_RLSI &&
	    mtty_uart_line_errors(uart) & UART_LSR_BRK_ERROR_BITS)
		return UART_IIR_RLSI;
	/*
	 * Less than the trigger level is a character timeout: a line that
	 * takes no time is always silent.
	 */
	if (uart->ier & UART_IER_RDI && uart->rx.count)
		return uart->rx.count >= mtty_uart_rx_trigger_level(uart) ?
		       UART_IIR_RDI : UART_IIR_RX_TIMEOUT;
	if (uart->ier & UART_IER_THRI && uart->thr_emptied)
		return UART_IIR_THRI;
	if (uart->ier & UART_IER_MSI && uart->msr & UART_MSR_ANY_DELTA)
		return UART_IIR_MSI;
	return UART_IIR_NO_INT;
}

static u8 mtty_uart_read_iir(struct mtty_uart *uart)
{
	u8 id = mtty_uart_interrupt_id(uart);

	if (id == UART_IIR_THRI)
		uart->thr_emptied = false;
	return mtty_uart_fifos_enabled(uart) ? id | IIR_FIFOS_ENABLED : id;
}

/* Both FIFOs are cleared, and the transmitter's interrupt is raised at once. */
static void mtty_uart_switch_fifos(struct mtty_uart *uart)
{
	mtty_uart_clear_rx(uart);
	mtty_uart_clear_tx(uart);
	uart->errors &= ~UART_LSR_FIFOE;
	uart->thr_emptied = true;
}

static void mtty_uart_write_fcr(struct mtty_uart *uart, u8 val)
{
	if ((val ^ uart->fcr) & UART_FCR_ENABLE_FIFO)
		mtty_uart_switch_fifos(uart);
	/* The other bits have no effect unless the FIFOs are enabled. */
	else if (!(val & UART_FCR_ENABLE_FIFO))
		return;

	if (val & UART_FCR_CLEAR_RCVR)
		mtty_uart_clear_rx(uart);
	if (val & UART_FCR_CLEAR_XMIT)
		mtty_uart_clear_tx(uart);
	uart->fcr = val & UART_FCR_ENABLE_FIFO ? val & FCR_BITS : 0;
	mtty_uart_transmit(uart);
}

/* However long a break is, it arrives once. */
static void mtty_uart_line_changed(struct mtty_uart *uart, bool was_low)
{
	if (!was_low && mtty_uart_line_is_low(uart))
		mtty_uart_receive_break(uart);
}

static void mtty_uart_write_lcr(struct mtty_uart *uart, u8 val)
{
	bool was_low = mtty_uart_line_is_low(uart);

	uart->lcr = val;
	mtty_uart_line_changed(uart, was_low);
}

/* Reading LSR resets the errors that it shows. */
static noinline u8 mtty_uart_take_line_errors(struct mtty_uart *uart)
{
	u8 errors = mtty_uart_line_errors(uart);

	if (uart->rx_break)
		errors |= UART_LSR_FIFOE;
	uart->errors = 0;
	mtty_uart_clear_rx_errors(uart);
	return errors;
}

static u8 mtty_uart_read_lsr(struct mtty_uart *uart)
{
	u8 lsr = 0;

	if (uart->rx.count)
		lsr |= UART_LSR_DR;
	if (!uart->tx.count)
		lsr |= UART_LSR_THRE | UART_LSR_TEMT;
	/* Only a break has a wrong parity bit. */
	if (unlikely(uart->errors || uart->rx_break))
		lsr |= mtty_uart_take_line_errors(uart);
	return lsr;
}

/*
 * The chip's own loopback brings each modem output to one input; the plug
 * crosses RTS with CTS, and DTR with DSR and DCD, like a null modem.
 */
static u8 mtty_uart_modem_inputs(u8 mcr)
{
	u8 inputs = 0;

	if (mcr & UART_MCR_RTS)
		inputs |= UART_MSR_CTS;
	if (mcr & UART_MCR_DTR)
		inputs |= UART_MSR_DSR;
	if (!(mcr & UART_MCR_LOOP))
		return mcr & UART_MCR_DTR ? inputs | UART_MSR_DCD : inputs;
	if (mcr & UART_MCR_OUT1)
		inputs |= UART_MSR_RI;
	if (mcr & UART_MCR_OUT2)
		inputs |= UART_MSR_DCD;
	return inputs;
}

static void mtty_uart_write_mcr(struct mtty_uart *uart, u8 val)
{
	bool was_low = mtty_uart_line_is_low(uart);
	u8 inputs = mtty_uart_modem_inputs(val);
	u8 changed = inputs ^ uart->msr;
	u8 deltas = uart->msr & UART_MSR_ANY_DELTA;

	if (changed & UART_MSR_CTS)
		deltas |= UART_MSR_DCTS;
	if (changed & UART_MSR_DSR)
		deltas |= UART_MSR_DDSR;
	if (changed & UART_MSR_DCD)
		deltas |= UART_MSR_DDCD;
	/* The ring indicator counts when it ends. */
	if (changed & ~inputs & UART_MSR_RI)
		deltas |= UART_MSR_TERI;

	uart->mcr = val & MCR_BITS;
	uart->msr = inputs | deltas;
	mtty_uart_line_changed(uart, was_low);
	mtty_uart_transmit(uart);
}

static u8 mtty_uart_read_msr(struct mtty_uart *uart)
{
	u8 msr = uart->msr;

	uart->msr &= ~UART_MSR_ANY_DELTA;
	return msr;
}

/**
 * mtty_uart_reset() - as after power-on
 * @uart:	the port
 *
 * The divisor is one that a driver can divide by: Linux's early consoles do, when
 * nobody has set a rate.
 *
 * Context: any; the caller serializes.
 */
void mtty_uart_reset(struct mtty_uart *uart)
{
	*uart = (struct mtty_uart) {
		.wire = uart->wire,
		.count = uart->count,
		.dll = DIVISOR_AFTER_RESET,
	};
}

/**
 * mtty_uart_read() - read a register, with the effects that reading has
 * @uart:	the port
 * @reg:	UART_*, below MTTY_BAR_SIZE
 *
 * Context: any; the caller serializes.
 * Return: its value.
 */
u8 mtty_uart_read(struct mtty_uart *uart, unsigned int reg)
{
	bool dlab = uart->lcr & UART_LCR_DLAB;

	switch (reg) {
	case UART_RX:
		return dlab ? uart->dll : mtty_uart_read_rbr(uart);
	case UART_IER:
		return dlab ? uart->dlm : uart->ier;
	case UART_IIR:
		return mtty_uart_read_iir(uart);
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return mtty_uart_read_lsr(uart);
	case UART_MSR:
		return mtty_uart_read_msr(uart);
	default:
		return uart->scr;
	}
}

static void mtty_uart_write_divisor_or_data(struct mtty_uart *uart, u8 val)
{
	if (uart->lcr & UART_LCR_DLAB)
		uart->dll = val;
	else
		mtty_uart_write_thr(uart, val);
}

static void mtty_uart_write_divisor_or_ier(struct mtty_uart *uart, u8 val)
{
	if (uart->lcr & UART_LCR_DLAB)
		uart->dlm = val;
	else
		mtty_uart_write_ier(uart, val);
}

/**
 * mtty_uart_write() - write a register
 * @uart:	the port
 * @reg:	UART_*, below MTTY_BAR_SIZE
 * @val:	the value; LSR and MSR ignore it
 *
 * Context: any; the caller serializes.
 */
void mtty_uart_write(struct mtty_uart *uart, unsigned int reg, u8 val)
{
	switch (reg) {
	case UART_TX:
		mtty_uart_write_divisor_or_data(uart, val);
		break;
	case UART_IER:
		mtty_uart_write_divisor_or_ier(uart, val);
		break;
	case UART_FCR:
		mtty_uart_write_fcr(uart, val);
		break;
	case UART_LCR:
		mtty_uart_write_lcr(uart, val);
		break;
	case UART_MCR:
		mtty_uart_write_mcr(uart, val);
		break;
	case UART_SCR:
		uart->scr = val;
		break;
	}
}

static void mtty_uart_fifo_save(const struct mtty_fifo *fifo, u8 *count,
				u8 *data)
{
	int i;

	*count = fifo->count;
	for (i = 0; i < fifo->count; i++)
		data[i] = fifo->data[(fifo->head + i) % MTTY_FIFO_SIZE];
}

static void mtty_uart_fifo_load(struct mtty_fifo *fifo, u8 count,
				const u8 *data)
{
	fifo->head = 0;
	fifo->count = count;
	memcpy(fifo->data, data, sizeof(fifo->data));
}

/**
 * mtty_uart_save() - make an image of the port
 * @uart:	the port
 * @image:	where to
 *
 * Context: any; the caller serializes.
 */
void mtty_uart_save(const struct mtty_uart *uart,
		    struct mtty_uart_image *image)
{
	*image = (struct mtty_uart_image) {
		.ier = uart->ier,
		.fcr = uart->fcr,
		.lcr = uart->lcr,
		.mcr = uart->mcr,
		.msr = uart->msr,
		.scr = uart->scr,
		.dll = uart->dll,
		.dlm = uart->dlm,
		.rbr = uart->rbr,
		.errors = uart->errors,
		.thr_emptied = uart->thr_emptied,
		.rx_break = cpu_to_le16(ror16(uart->rx_break, uart->rx.head)),
		.rx_parity = cpu_to_le16(ror16(uart->rx_parity, uart->rx.head)),
	};
	mtty_uart_fifo_save(&uart->tx, &image->tx_count, image->tx);
	mtty_uart_fifo_save(&uart->rx, &image->rx_count, image->rx);
}

static bool
mtty_uart_registers_are_possible(const struct mtty_uart_image *image)
{
	u8 fcr = image->fcr;

	return !(image->ier & ~IER_BITS) && !(fcr & ~FCR_BITS) &&
	       (!fcr || fcr & UART_FCR_ENABLE_FIFO) &&
	       !(image->mcr & ~MCR_BITS) &&
	       (image->msr & ~UART_MSR_ANY_DELTA) ==
		       mtty_uart_modem_inputs(image->mcr);
}

/* Both FIFOs have room for what they hold, and what is there can be there. */
static bool mtty_uart_data_is_possible(const struct mtty_uart *uart,
				       const struct mtty_uart_image *image)
{
	bool waits = !uart->wire && !(image->mcr & UART_MCR_LOOP);
	u8 depth = image->fcr ? MTTY_FIFO_SIZE : 1;

	if (image->tx_count > depth || image->rx_count > depth)
		return false;
	/* The transmitter holds something only while the line waits. */
	return !image->tx_count || (waits && image->rx_count == depth &&
				    !image->thr_emptied);
}

static bool mtty_uart_errors_are_possible(const struct mtty_uart_image *image)
{
	u16 rx_break = le16_to_cpu(image->rx_break);
	bool in_fifo = rx_break || image->errors & UART_LSR_FIFOE;

	return !(image->errors & ~(UART_LSR_BRK_ERROR_BITS | UART_LSR_FIFOE)) &&
	       (image->fcr || !in_fifo) && !(rx_break >> image->rx_count) &&
	       !(le16_to_cpu(image->rx_parity) & ~rx_break);
}

/**
 * mtty_uart_is_possible() - can a port be like that?
 * @uart:	the port, for its plug
 * @image:	from any source
 *
 * Context: any; the caller serializes.
 * Return: true if mtty_uart_load() may be called.
 */
bool mtty_uart_is_possible(const struct mtty_uart *uart,
			   const struct mtty_uart_image *image)
{
	return mtty_uart_registers_are_possible(image) &&
	       mtty_uart_data_is_possible(uart, image) &&
	       mtty_uart_errors_are_possible(image) &&
	       image->thr_emptied <= 1 && !image->zero;
}

/**
 * mtty_uart_load() - make the port like an image
 * @uart:	the port; its plug and its counters stay
 * @image:	a possible one
 *
 * Context: any; the caller serializes.
 */
void mtty_uart_load(struct mtty_uart *uart,
		    const struct mtty_uart_image *image)
{
	uart->ier = image->ier;
	uart->fcr = image->fcr;
	uart->lcr = image->lcr;
	uart->mcr = image->mcr;
	uart->msr = image->msr;
	uart->scr = image->scr;
	uart->dll = image->dll;
	uart->dlm = image->dlm;
	uart->rbr = image->rbr;
	uart->errors = image->errors;
	uart->thr_emptied = image->thr_emptied;
	uart->rx_break = le16_to_cpu(image->rx_break);
	uart->rx_parity = le16_to_cpu(image->rx_parity);
	mtty_uart_fifo_load(&uart->tx, image->tx_count, image->tx);
	mtty_uart_fifo_load(&uart->rx, image->rx_count, image->rx);
}
