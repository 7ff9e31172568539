// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "model.h"

static bool in_loop(const struct model *model)
{
	return model->mcr & 0x10;
}

static unsigned int depth(const struct model *model)
{
	return model->fifos ? 16 : 1;
}

/* The receiver */

static void arrive(struct model *model, uint8_t data, uint8_t errors)
{
	struct model_char arrived = { data, errors };

	/* Without FIFOs there is no place for errors but LSR. */
	if (!model->fifos)
		arrived.errors = 0;
	if (model->rx_count < depth(model)) {
		model->received++;
		model->rx[model->rx_count++] = arrived;
	} else {
		model->overruns++;
		model->lost++;
		model->errors |= 0x02;
		if (!model->fifos)
			model->rx[0] = arrived;
	}
	if (!model->fifos)
		model->errors |= errors;
}

static uint8_t shown_errors(const struct model *model)
{
	return model->errors | (model->rx_count ? model->rx[0].errors : 0);
}

static bool has_errors(const struct model *model)
{
	unsigned int i;

	for (i = 0; i < model->rx_count; i++)
		if (model->rx[i].errors)
			return true;
	return false;
}

/* What LSR has shown stays there, whatever becomes of the character. */
static void keep_errors(struct model *model)
{
	model->had_errors |= has_errors(model);
	model->errors = shown_errors(model);
}

static void clear_receiver(struct model *model)
{
	keep_errors(model);
	model->rx_count = 0;
	model->rbr = 0;
}

/* The transmitter, and the line */

static bool transmitter_waits(const struct model *model)
{
	return !model->wire && !in_loop(model) &&
	       model->rx_count == depth(model);
}

static void transmit(struct model *model)
{
	uint8_t mask = (1 << (5 + (model->lcr & 3))) - 1;
	uint8_t data;

	while (model->tx_count && !transmitter_waits(model)) {
		data = model->tx[0];
		memmove(model->tx, model->tx + 1, --model->tx_count);
		model->sent++;
		if (!model->low)
			arrive(model, data & mask, 0);
		if (!model->tx_count)
			model->thr_told = true;
	}
}

static void clear_transmitter(struct model *model)
{
	if (model->tx_count)
		model->thr_told = true;
	model->tx_count = 0;
}

/* The parity bit that a receiver expects of a character of zeroes */
static bool wants_parity_1(const struct model *model)
{
	bool enabled = model->lcr & 0x08;
	bool even = model->lcr & 0x10;

	/* Odd parity makes the number of ones odd; stick parity is its opposite. */
	return enabled && !even;
}

static void line_changed(struct model *model)
{
	bool low = model->lcr & 0x40 && !in_loop(model);

	if (low && !model->low) {
		model->breaks++;
		model->low = true;
		arrive(model, 0, wants_parity_1(model) ? 0x1c : 0x18);
	}
	model->low = low;
}

static void modem_changed(struct model *model)
{
	static const uint8_t loop[] = { 0x20, 0x10, 0x40, 0x80 };
	static const uint8_t plug[] = { 0xa0, 0x10, 0, 0 };
	const uint8_t *inputs = in_loop(model) ? loop : plug;
	uint8_t before = model->lines, i;

	model->lines = 0;
	for (i = 0; i < 4; i++)
		if (model->mcr & 1 << i)
			model->lines |= inputs[i];
	model->deltas |= (before ^ model->lines) >> 4 & 0x0b;
	/* The trailing edge of the ring indicator */
	if (before & ~model->lines & 0x40)
		model->deltas |= 0x04;
}

uint8_t model_interrupt(const struct model *model)
{
	if (model->ier & 4 && shown_errors(model))
		return 6;
	if (model->ier & 1 && model->rx_count)
		return !model->fifos || model->rx_count >= model->trigger ?
		       4 : 0xc;
	if (model->ier & 2 && model->thr_told)
		return 2;
	if (model->ier & 8 && model->deltas)
		return 0;
	return 1;
}

static uint8_t read_data(struct model *model)
{
	if (model->lcr & 0x80)
		return model->dll;
	if (!model->rx_count)
		return model->fifos ? 0 : model->rbr;
	keep_errors(model);
	model->rbr = model->rx[0].data;
	memmove(model->rx, model->rx + 1,
		--model->rx_count * sizeof(model->rx[0]));
	/* The character goes before what waits for its place comes. */
	transmit(model);
	return model->rbr;
}

static uint8_t read_iir(struct model *model)
{
	uint8_t id = model_interrupt(model);

	if (id == 2)
		model->thr_told = false;
	return model->fifos ? id | 0xc0 : id;
}

static uint8_t read_lsr(struct model *model)
{
	uint8_t lsr = shown_errors(model);

	if (model->rx_count)
		lsr |= 0x01;
	if (!model->tx_count)
		lsr |= 0x60;
	if (model->had_errors || has_errors(model))
		lsr |= 0x80;
	model->had_errors = false;
	model->errors = 0;
	model->rx[0].errors = 0;
	return lsr;
}

static uint8_t read_msr(struct model *model)
{
	uint8_t msr = model->lines | model->deltas;

	model->deltas = 0;
	return msr;
}

uint8_t model_read(struct model *model, unsigned int reg)
{
	switch (reg) {
	case 0:
		return read_data(model);
	case 1:
		return model->lcr & 0x80 ? model->dlm : model->ier;
	case 2:
		return read_iir(model);
	case 3:
		return model->lcr;
	case 4:
		return model->mcr;
	case 5:
		return read_lsr(model);
	case 6:
		return read_msr(model);
	default:
		return model->scr;
	}
}

static void write_data(struct model *model, uint8_t value)
{
	if (model->lcr & 0x80) {
		model->dll = value;
		return;
	}
	model->thr_told = false;
	if (model->tx_count == depth(model)) {
		model->lost++;
		return;
	}
	model->tx[model->tx_count++] = value;
	transmit(model);
}

static void write_ier(struct model *model, uint8_t value)
{
	if (model->lcr & 0x80) {
		model->dlm = value;
		return;
	}
	if (value & ~model->ier & 2 && !model->tx_count)
		model->thr_told = true;
	model->ier = value & 0x0f;
}

static void write_fcr(struct model *model, uint8_t value)
{
	static const uint8_t triggers[] = { 1, 4, 8, 14 };
	bool fifos = value & 1, changes = fifos != model->fifos;

	if (!fifos && !changes)
		return;
	if (changes || value & 2)
		clear_receiver(model);
	if (changes || value & 4)
		clear_transmitter(model);
	if (changes) {
		model->had_errors = false;
		model->thr_told = true;
	}
	model->fifos = fifos;
	model->trigger = triggers[value >> 6];
	transmit(model);
}

void model_write(struct model *model, unsigned int reg, uint8_t value)
{
	switch (reg) {
	case 0:
		write_data(model, value);
		break;
	case 1:
		write_ier(model, value);
		break;
	case 2:
		write_fcr(model, value);
		break;
	case 3:
		model->lcr = value;
		line_changed(model);
		break;
	case 4:
		model->mcr = value & 0x1f;
		modem_changed(model);
		line_changed(model);
		transmit(model);
		break;
	case 7:
		model->scr = value;
		break;
	}
}

void model_reset(struct model *model, bool wire)
{
	*model = (struct model){ .wire = wire, .dll = 12 };
}
