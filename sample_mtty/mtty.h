/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mtty: a PCI serial card made of software, the sample parent driver.
 *
 * Its files: main makes devices; device serves VFIO and calls config,
 * uart, irq and migration; migration calls config, uart and irq, and device for
 * a reset; irq calls config and uart, which call nothing.
 */
#ifndef MTTY_H
#define MTTY_H

#include <linux/mutex.h>
#include <linux/pci_regs.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <linux/workqueue.h>

#include "mtty_uart.h"

#define MTTY_BAR_SIZE		8	/* each port has a BAR of its own */
#define MTTY_MAX_PORTS		2

struct eventfd_ctx;
struct file;
struct mdev_device;
struct mtty_stream;
struct vfio_mdev_device_ops;
struct virqfd;

/* PCI configuration space: a type 0 header, and zeroes behind it. */
struct mtty_config {
	u8 nr_bars;
	u8 header[PCI_STD_HEADER_SIZEOF];
};

/**
 * struct mtty_migration - a card's migration
 * @lock:	held while the state changes; comes before &mtty.lock
 * @state:	VFIO_DEVICE_STATE_*; written under @lock, read without
 * @stream:	the transfer that the state is part of, if any; under @lock
 */
struct mtty_migration {
	struct mutex lock;	/* see above */
	u32 state;
	struct mtty_stream *stream;
};

/**
 * struct mtty - a card
 * @lock:	see below
 * @open:	has users; the plug stays as it is then
 * @stopped:	ports neither change nor request interrupts
 * @masked:	INTx is masked, by the user or by its own delivery
 * @line_high:	the card was made like another one whose user may have raised the
 *		guest's line: INTx is to be signalled once, see mtty_irq.c
 * @pending:	ports that request an interrupt, one bit each
 * @nr_ports:	constant
 * @unmask_late: INTx is to be unmasked by @unmask_work
 * @repeats:	how many signals more @unmask has brought about than there were
 *		accesses by the user, see mtty_irq.c
 * @unmask_used: @unmask has been set. VFIO clears that one by itself when the
 *		eventfd is closed, and may still be at work with it then.
 * @interrupts:	interrupts delivered; survives a reset
 * @trigger:	eventfds, by VFIO_PCI_*_IRQ_INDEX, for what has an interrupt: of
 *		INTx and MSI at most one is set; VFIO_PCI_REQ_IRQ_INDEX asks
 *		the user to let go of the card
 * @unmask:	eventfd that unmasks INTx
 * @unmask_work: does so later, if it has been too often
 * @migration:	see there
 * @config:	PCI configuration space
 * @uart:	the ports
 */
struct mtty {
	/*
	 * Protects all but what is constant, @unmask and @unmask_used, which
	 * have a lock of their own in mtty_irq.c, @unmask_work, and
	 * @migration. Taken in process context only. eventfds are signalled
	 * under it, so what an eventfd's wakeup calls must not take it.
	 */
	spinlock_t lock;
	bool open;
	bool stopped;
	bool masked;
	bool line_high;
	u8 pending;
	u8 nr_ports;
	bool unmask_late;
	u8 repeats;
	bool unmask_used;
	u64 interrupts;
	struct eventfd_ctx *trigger[VFIO_PCI_NUM_IRQS];
	struct virqfd *unmask;
	struct delayed_work unmask_work;
	struct mtty_migration migration;
	struct mtty_config config;
	struct mtty_uart uart[];
};

/* mtty_device.c */
extern const struct vfio_mdev_device_ops mtty_device_ops;
void mtty_device_reset(struct mtty *mtty);

/* mtty_config.c */
void mtty_config_reset(struct mtty_config *config, u8 nr_bars);

/**
 * mtty_config_dword() - read four bytes, any alignment
 * @config:	configuration space
 * @offset:	first byte, at most PCI_STD_HEADER_SIZEOF - 4
 *
 * Context: any; the caller serializes.
 * Return: the bytes in memory order, whatever the CPU's byte order is.
 */
static inline u32 mtty_config_dword(const struct mtty_config *config,
				    size_t offset)
{
	u32 dword;

	memcpy(&dword, config->header + offset, sizeof(dword));
	return dword;
}

void mtty_config_read(const struct mtty_config *config, size_t offset,
		      u8 *data, size_t len);
void mtty_config_write(struct mtty_config *config, size_t offset,
		       const u8 *data, size_t len);
void mtty_config_set_intx(struct mtty_config *config, bool asserted);
bool mtty_config_intx_disabled(const struct mtty_config *config);
bool mtty_config_is_possible(const struct mtty_config *config,
			     const u8 *header);

/* mtty_irq.c */
unsigned int mtty_irq_count(u32 index);
u32 mtty_irq_flags(u32 index);
int mtty_irq_set(struct mtty *mtty, const struct vfio_irq_set *set,
		 const void *data);
int mtty_irq_request(struct mtty *mtty);
void mtty_irq_init(struct mtty *mtty);
void mtty_irq_update(struct mtty *mtty);
void mtty_irq_release(struct mtty *mtty);
void mtty_irq_port_changed(struct mtty *mtty, size_t index, bool requests);

/**
 * mtty_irq_update_port() - mtty_irq_update() after an access to one port alone
 * @mtty:	the card
 * @index:	which port
 *
 * Inline because most accesses change no request: then there is nothing to
 * deliver, and nothing to do unless the access has to be counted.
 *
 * Context: under @mtty->lock.
 */
static inline void mtty_irq_update_port(struct mtty *mtty, size_t index)
{
	bool requests = mtty_uart_interrupt(&mtty->uart[index]);

	if (requests != (mtty->pending >> index & 1) || mtty->repeats)
		mtty_irq_port_changed(mtty, index, requests);
}

/* mtty_migration.c */
#define MTTY_MIGRATION_FLAGS (VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | \
			      VFIO_MIGRATION_PRE_COPY)

void mtty_migration_init(struct mtty *mtty);
void mtty_migration_destroy(struct mtty *mtty);
void mtty_migration_reset(struct mtty *mtty);
struct file *mtty_migration_set_state(struct mdev_device *mdev, u32 state);
int mtty_migration_get_state(struct mdev_device *mdev, u32 *state);
int mtty_migration_get_data_size(struct mdev_device *mdev,
				 unsigned long *size);

#endif /* MTTY_H */
