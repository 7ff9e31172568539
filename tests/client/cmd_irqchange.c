// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqchange: bytes through a port by INTx, one after the other: each is served when
 * the eventfd is signalled, as by a guest's handler. Meanwhile another thread changes
 * one thing about the interrupt for each byte: it replaces or removes the trigger, sets
 * or removes the eventfd that unmasks, masks and unmasks, or turns INTx off and on in
 * config space. No interrupt may get lost by that: none that comes later would bring
 * the byte.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "irq.h"
#include "tap.h"
#include "uart.h"

#define TRIGGER		VFIO_IRQ_SET_ACTION_TRIGGER
#define UNMASK		VFIO_IRQ_SET_ACTION_UNMASK
#define STALL_MS	10000	/* an emulated machine may be busy */

static int device, event, unmask;
static uint64_t command;
static atomic_bool stop;
static atomic_ulong bytes, changes;

static void set_command(uint16_t value)
{
	device_out(device, value, 2, command);
}

/* Each leaves INTx as it was: with a trigger, and not masked for long. */
static void change_trigger(void)
{
	irq_set_eventfd(device, INTX, TRIGGER, event);
}

static void remove_trigger(void)
{
	irq_disable(device, INTX);
	irq_set_eventfd(device, INTX, TRIGGER, event);
}

static void set_unmask(void)
{
	irq_set_eventfd(device, INTX, UNMASK, unmask);
	irq_signal(unmask);
}

static void remove_unmask(void)
{
	irq_set_eventfd(device, INTX, UNMASK, -1);
}

static void mask(void)
{
	irq_mask(device);
	irq_unmask(device);
}

static void turn_off(void)
{
	set_command(PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE);
	set_command(PCI_COMMAND_IO);
}

static void *run_changes(void *arg)
{
	static void (*const change[])(void) = {
		change_trigger, remove_trigger, set_unmask,
		remove_unmask,	mask,		turn_off,
	};
	unsigned int seed = 1;

	while (!stop) {
		if (changes == bytes) {
			sched_yield();
			continue;
		}
		change[rand_r(&seed) % ARRAY_SIZE(change)]();
		changes++;
	}
	return arg;
}

/* Returns whether the byte came back before there was silence for too long. */
static bool serve(struct uart *uart, uint8_t byte)
{
	struct pollfd ready = { .fd = event, .events = POLLIN };
	bool came = false;

	bytes++;
	uart_out(uart, UART_TX, byte);
	while (!came) {
		if (poll(&ready, 1, STALL_MS) != 1)
			return false;
		irq_signals(event, false);
		/* one signal may have been for a byte that was served before */
		while ((uart_in(uart, UART_IIR) & IIR_CAUSE) == UART_IIR_RDI)
			came |= uart_in(uart, UART_RX) == byte;
		irq_unmask(device);
	}
	return true;
}

/* args: UUID, PORT, SECONDS */
int cmd_irqchange(char **args)
{
	time_t end = time(NULL) + atoi(args[2]);
	unsigned long served = 0;
	struct device dev;
	bool lost = false;
	pthread_t changer;
	struct uart uart;

	device_must_open(&dev, args[0]);
	device = dev.fd;
	command = config_base(device) + PCI_COMMAND;
	uart_must_find(&uart, device, atoi(args[1]));
	uart_quiesce(&uart);
	event = irq_eventfd();
	unmask = irq_eventfd();
	is(irq_set_eventfd(device, INTX, TRIGGER, event), 0, "a trigger");
	uart_out(&uart, UART_IER, UART_IER_RDI);
	pthread_create(&changer, NULL, run_changes, NULL);
	while (time(NULL) < end && !lost) {
		lost = !serve(&uart, served);
		served += !lost;
	}
	ok(!lost, "no interrupt is lost, with %lu bytes and %lu changes",
	   served, changes);
	stop = true;
	pthread_join(changer, NULL);
	ok(served && changes > served / 2, "there were both");
	irq_set_eventfd(device, INTX, UNMASK, -1);
	irq_disable(device, INTX);
	device_close(&dev);
	return tap_done();
}
