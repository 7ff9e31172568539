/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test results as TAP lines on stdout.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

#define PRINTF(n) __attribute__((format(printf, n, (n) + 1)))
#define NORETURN __attribute__((noreturn))

/* One result. Returns @passed. */
bool ok(bool passed, const char *title, ...) PRINTF(2);

/* One result: @got has to be @want. The values are shown if it is not. */
bool is(long got, long want, const char *title, ...) PRINTF(3);

/* The same for registers, shown in hexadecimal. */
bool is_hex(unsigned int got, unsigned int want, const char *title, ...)
	PRINTF(3);

/* A test that does not apply to this device, and why. */
void skip(const char *why, const char *title, ...) PRINTF(2);

/* A line for people. */
void diag(const char *text, ...) PRINTF(1);

/* Nothing more can be tested: ends the program. */
void bail_out(const char *why, ...) PRINTF(1) NORETURN;

/* Prints the plan. Returns the program's exit status. */
int tap_done(void);

#endif /* TAP_H */
