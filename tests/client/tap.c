// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

static int run, failed;

static void print_result(bool passed, const char *title, va_list args)
{
	run++;
	if (!passed)
		failed++;
	printf("%sok %d - ", passed ? "" : "not ", run);
	vprintf(title, args);
}

bool ok(bool passed, const char *title, ...)
{
	va_list args;

	va_start(args, title);
	print_result(passed, title, args);
	va_end(args);
	putchar('\n');
	return passed;
}

bool is(long got, long want, const char *title, ...)
{
	va_list args;

	va_start(args, title);
	print_result(got == want, title, args);
	va_end(args);
	putchar('\n');
	if (got != want)
		diag("got %ld, expected %ld", got, want);
	return got == want;
}

bool is_hex(unsigned int got, unsigned int want, const char *title, ...)
{
	va_list args;

	va_start(args, title);
	print_result(got == want, title, args);
	va_end(args);
	putchar('\n');
	if (got != want)
		diag("got 0x%02x, expected 0x%02x", got, want);
	return got == want;
}

void skip(const char *why, const char *title, ...)
{
	va_list args;

	va_start(args, title);
	print_result(true, title, args);
	va_end(args);
	printf(" # SKIP %s\n", why);
}

void diag(const char *text, ...)
{
	va_list args;

	printf("# ");
	va_start(args, text);
	vprintf(text, args);
	va_end(args);
	putchar('\n');
}

void bail_out(const char *why, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, why);
	vprintf(why, args);
	va_end(args);
	putchar('\n');
	exit(2);
}

int tap_done(void)
{
	printf("1..%d\n", run);
	if (failed)
		diag("%d of %d failed", failed, run);
	return failed ? 1 : 0;
}
