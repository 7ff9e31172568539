// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop: so many bytes through one port.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "commands.h"
#include "device.h"
#include "traffic.h"

int cmd_loop(char **args)
{
	unsigned long bytes = strtoul(args[2], NULL, 0);
	unsigned int port = atoi(args[1]);
	struct traffic traffic;
	struct device dev;
	struct uart uart;
	double start;
	bool whole;

	device_must_open(&dev, args[0]);
	uart_must_find(&uart, dev.fd, port);
	uart_quiesce(&uart);

	start = seconds();
	whole = traffic_run(&traffic, &uart, bytes);
	printf("port %u: sent %lu, received %lu, wrong %lu\n", port,
	       traffic.sent, traffic.received, traffic.wrong);
	printf("port %u: sum sent %08x, received %08x\n", port,
	       traffic.sent_sum, traffic.received_sum);
	printf("port %u: %lu accesses, %lu failed, line errors 0x%02x%s\n",
	       port, uart.accesses, uart.failures, traffic.errors,
	       traffic.stalled ? ", stalled" : "");
	printf("port %u: %s in %.2f s\n", port, whole ? "whole" : "NOT whole",
	       seconds() - start);
	device_close(&dev);
	return whole && !uart.failures ? 0 : 1;
}
