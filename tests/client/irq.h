/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFIO_DEVICE_SET_IRQS and the eventfds that are signalled.
 */
#ifndef IRQ_H
#define IRQ_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>

#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define MSI VFIO_PCI_MSI_IRQ_INDEX
#define REQ VFIO_PCI_REQ_IRQ_INDEX	/* "let go of the device" */

/* Any request at all, with @size bytes of @data behind the header. */
int irq_set_raw(int fd, const struct vfio_irq_set *header, const void *data,
		size_t size);

/* A well-formed one for interrupt 0 of @index. */
int irq_set_none(int fd, unsigned int index, uint32_t action);
int irq_set_bool(int fd, unsigned int index, uint32_t action, bool value);
int irq_set_eventfd(int fd, unsigned int index, uint32_t action, int eventfd);

/* Gives all of @index back. */
int irq_disable(int fd, unsigned int index);

int irq_mask(int fd);	/* INTx */
int irq_unmask(int fd);

/* A new eventfd that never blocks; ends the program if there is none. */
int irq_eventfd(void);

/* How often it was signalled since the last time. Waits a while for the first
 * signal if one is expected.
 */
unsigned int irq_signals(int eventfd, bool expected);

void irq_signal(int eventfd);

/* With the line up, has INTx unmasked many times by @unmask, as KVM does it for
 * a guest, and tests that @eventfd is told as often. @access, unless NULL, is
 * what the user does in between. Returns the seconds it took.
 */
double irq_resample(int eventfd, int unmask, void (*access)(void *arg),
		    void *arg);

#endif /* IRQ_H */
