/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second 16550A, made of the data sheet's rules and of docs/mtty.md's choices, and
 * of nothing that mtty_uart.c has: to compare the two.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

struct model_char {
	uint8_t data;
	uint8_t errors;		/* LSR bits */
};

struct model {
	bool wire;
	bool fifos;
	bool low;		/* a break is on the pin */
	bool had_errors;	/* of LSR7: since LSR was read */
	bool thr_told;		/* THRE's interrupt is due */
	unsigned int trigger;
	uint8_t ier, lcr, mcr, scr, dll, dlm;
	uint8_t errors;		/* LSR's, until it is read */
	uint8_t lines, deltas;	/* MSR's */
	uint8_t rbr;
	struct model_char rx[16];
	uint8_t tx[16];
	unsigned int rx_count, tx_count;
	unsigned long sent, received, lost, overruns, breaks;
};

void model_reset(struct model *model, bool wire);
uint8_t model_read(struct model *model, unsigned int reg);
void model_write(struct model *model, unsigned int reg, uint8_t value);

/* Which interrupt IIR names; 1 is none. */
uint8_t model_interrupt(const struct model *model);

#endif /* MODEL_H */
