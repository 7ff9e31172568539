// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop: so many bytes through one port, or through both ports of a card at once.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "device.h"
#include "tap.h"
#include "traffic.h"

struct loop {
	pthread_t thread;
	unsigned int port;
	unsigned long bytes;
	struct uart uart;
	struct traffic traffic;
	bool whole;
};

static void loop_prepare(struct loop *loop, int fd, unsigned int port,
			 unsigned long bytes)
{
	loop->port = port;
	loop->bytes = bytes;
	uart_must_find(&loop->uart, fd, port);
	uart_quiesce(&loop->uart);
}

static void *loop_run(void *arg)
{
	struct loop *loop = arg;

	loop->whole = traffic_run(&loop->traffic, &loop->uart, loop->bytes);
	return NULL;
}

static void loop_report(const struct loop *loop, double duration)
{
	const struct traffic *traffic = &loop->traffic;
	unsigned int port = loop->port;

	printf("port %u: sent %lu, received %lu, wrong %lu\n", port,
	       traffic->sent, traffic->received, traffic->wrong);
	printf("port %u: sum sent %08x, received %08x\n", port,
	       traffic->sent_sum, traffic->received_sum);
	printf("port %u: %lu accesses, %lu failed, line errors 0x%02x%s\n",
	       port, loop->uart.accesses, loop->uart.failures, traffic->errors,
	       traffic->stalled ? ", stalled" : "");
	printf("port %u: %s in %.2f s\n", port,
	       loop->whole ? "whole" : "NOT whole", duration);
}

/* args: UUID, PORT or both, BYTES */
int cmd_loop(char **args)
{
	bool both = !strcmp(args[1], "both");
	unsigned long bytes = strtoul(args[2], NULL, 0);
	unsigned int count = both ? 2 : 1, i;
	struct loop loops[2];
	struct device dev;
	double start;
	int failed = 0;

	device_must_open(&dev, args[0]);
	for (i = 0; i < count; i++)
		loop_prepare(&loops[i], dev.fd,
			     both ? i : strtoul(args[1], NULL, 0), bytes);

	start = seconds();
	for (i = 1; i < count; i++)
		if (pthread_create(&loops[i].thread, NULL, loop_run, &loops[i]))
			bail_out("no thread");
	loop_run(&loops[0]);
	for (i = 1; i < count; i++)
		pthread_join(loops[i].thread, NULL);
	for (i = 0; i < count; i++) {
		loop_report(&loops[i], seconds() - start);
		failed |= !loops[i].whole || loops[i].uart.failures;
	}
	device_close(&dev);
	return failed;
}
