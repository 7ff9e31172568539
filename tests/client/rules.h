/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the data sheet of the PC16550D (National Semiconductor, June 1995) says of
 * the registers, as programs with the values that they must read.
 */
#ifndef RULES_H
#define RULES_H

#include <stdint.h>

/* A port that is wired to itself, by whatever way it is reached. */
struct rules_port {
	void *context;
	void (*reset)(void *context);
	uint8_t (*in)(void *context, unsigned int reg);
	void (*out)(void *context, unsigned int reg, uint8_t value);
};

/*
 * What the plug does while the receiver is full: makes the transmitter wait, or
 * nothing.
 */
enum rules_plug { PLUG_FLOW = 1, PLUG_WIRE = 2 };

/* One result for each rule that holds with this plug. */
void rules_run(const struct rules_port *port, enum rules_plug plug);

#endif /* RULES_H */
