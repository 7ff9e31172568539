// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: interrupts, INTx and MSI, the request to the user to let go of the
 * card, and VFIO_DEVICE_SET_IRQS.
 *
 * Touches the interrupt state in struct mtty and the ports' count of interrupts;
 * looks at config and uarts.
 *
 * INTx is a level: signalled while a port requests it and nothing masks it,
 * and masked by being signalled. MSI is an edge: signalled once when a port
 * begins to request it. Masks and triggers may be set in any order. While the
 * card is stopped neither is signalled, unless the user fires it.
 *
 * A user that got INTx from a card which was migrated since may have raised the
 * guest's line, which is high in the guest that comes along. The user here does not
 * know that, and lowers the line only after a signal from this card: without one it
 * would stay high for ever. So INTx is signalled once then, though no port may
 * request it.
 *
 * Unmasking by an eventfd signals INTx again if it is still pending; that is how
 * KVM tells the end of an interrupt. A user may connect the eventfd that is
 * signalled with the one that unmasks, or use the same one for both, which makes
 * a loop inside the kernel for as long as the card is open. A guest that handles
 * interrupts accesses the card in between. Without such an access, unmasking is
 * delayed after a few times, but never omitted.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/vfio.h>

#include "compat.h"
#include "mtty.h"

/*
 * Serializes changes of unmask and unmask_used. One for all cards, which stay
 * smaller for it: it is rarely needed.
 */
static DEFINE_MUTEX(unmask_mutex);

/*
 * How many signals more than accesses by the user an eventfd may bring about at
 * full speed. It is not 0, because a guest may end an interrupt before it accesses
 * the card. From then on each one is delayed.
 */
#define MAX_REPEATS	8
#define UNMASK_DELAY_MS	10

/**
 * mtty_irq_count() - how many interrupts an index has
 * @index:	VFIO_PCI_*_IRQ_INDEX
 *
 * Context: any.
 * Return: the number.
 */
unsigned int mtty_irq_count(u32 index)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
	case VFIO_PCI_MSI_IRQ_INDEX:
	case VFIO_PCI_REQ_IRQ_INDEX:
		return 1;
	default:
		return 0;
	}
}

/**
 * mtty_irq_flags() - what an index can do
 * @index:	VFIO_PCI_*_IRQ_INDEX
 *
 * Context: any.
 * Return: VFIO_IRQ_INFO_*.
 */
u32 mtty_irq_flags(u32 index)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
		       VFIO_IRQ_INFO_AUTOMASKED;
	case VFIO_PCI_MSI_IRQ_INDEX:
	case VFIO_PCI_REQ_IRQ_INDEX:
		return VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
	default:
		return 0;
	}
}

static void mtty_irq_signal(struct mtty *mtty, u32 index)
{
	struct eventfd_ctx *trigger = mtty->trigger[index];

	lockdep_assert_held(&mtty->lock);
	if (!trigger)
		return;
	/* A request to let go is not an interrupt of the guest. */
	if (index != VFIO_PCI_REQ_IRQ_INDEX)
		mtty->interrupts++;
	eventfd_signal(trigger);
}

/* Whether INTx, if it is pending and not masked, is signalled. */
static bool mtty_irq_intx_is_enabled(const struct mtty *mtty)
{
	return !mtty->stopped && mtty->trigger[VFIO_PCI_INTX_IRQ_INDEX] &&
	       !mtty_config_intx_disabled(&mtty->config);
}

static bool mtty_irq_intx_is_due(const struct mtty *mtty)
{
	return (mtty->pending || mtty->line_high) &&
	       mtty_irq_intx_is_enabled(mtty);
}

static void mtty_irq_deliver_intx(struct mtty *mtty)
{
	if (mtty->masked || !mtty_irq_intx_is_due(mtty))
		return;
	mtty->masked = true;
	mtty->line_high = false;
	mtty_irq_signal(mtty, VFIO_PCI_INTX_IRQ_INDEX);
}

/* An access by the user allows one more signal that an eventfd brings about. */
static void mtty_irq_allow_repeat(struct mtty *mtty)
{
	if (mtty->repeats)
		mtty->repeats--;
}

/* Returns whether the port begins to request an interrupt. */
static bool mtty_irq_set_pending(struct mtty *mtty, size_t index, bool requests)
{
	bool requested = mtty->pending & BIT(index);

	if (requests == requested)
		return false;
	mtty->pending ^= BIT(index);
	mtty->uart[index].count.interrupts += requests;
	return requests;
}

static void mtty_irq_deliver(struct mtty *mtty, bool risen)
{
	mtty_config_set_intx(&mtty->config, mtty->pending);
	if (risen)
		mtty_irq_signal(mtty, VFIO_PCI_MSI_IRQ_INDEX);
	mtty_irq_deliver_intx(mtty);
}

/**
 * mtty_irq_update() - deliver what a change of uarts or config brings about
 * @mtty:	the card
 *
 * Context: under @mtty->lock.
 */
void mtty_irq_update(struct mtty *mtty)
{
	bool risen = false;
	int i;

	lockdep_assert_held(&mtty->lock);
	mtty_irq_allow_repeat(mtty);
	if (mtty->stopped)
		return;
	for (i = 0; i < mtty->nr_ports; i++)
		risen |= mtty_irq_set_pending(mtty, i,
					      mtty_uart_interrupt(&mtty->uart[i]));
	mtty_irq_deliver(mtty, risen);
}

/**
 * mtty_irq_port_changed() - for mtty_irq_update_port()
 * @mtty:	the card
 * @index:	which port
 * @requests:	whether the port requests an interrupt
 *
 * Context: under @mtty->lock.
 */
void mtty_irq_port_changed(struct mtty *mtty, size_t index, bool requests)
{
	lockdep_assert_held(&mtty->lock);
	mtty_irq_allow_repeat(mtty);
	if (!mtty->stopped)
		mtty_irq_deliver(mtty, mtty_irq_set_pending(mtty, index, requests));
}

/* Takes precedence over a delayed unmasking, which is cancelled. */
static void mtty_irq_set_masked(struct mtty *mtty, bool masked)
{
	spin_lock(&mtty->lock);
	mtty_irq_allow_repeat(mtty);
	mtty->unmask_late = false;
	mtty->masked = masked;
	mtty_irq_deliver_intx(mtty);
	spin_unlock(&mtty->lock);
}

/* A NULL @trigger removes the present one. Owns @trigger if it succeeds. */
static int mtty_irq_replace_trigger(struct mtty *mtty, u32 index,
				    struct eventfd_ctx *trigger)
{
	struct eventfd_ctx *old;

	spin_lock(&mtty->lock);
	if (trigger && index != VFIO_PCI_REQ_IRQ_INDEX &&
	    mtty->trigger[!index]) {
		spin_unlock(&mtty->lock);
		return -EINVAL;
	}
	old = mtty->trigger[index];
	mtty->trigger[index] = trigger;
	mtty_irq_deliver_intx(mtty);
	spin_unlock(&mtty->lock);

	if (old)
		eventfd_ctx_put(old);
	return 0;
}

static int mtty_irq_set_trigger(struct mtty *mtty, u32 index, int fd)
{
	struct eventfd_ctx *trigger;
	int ret;

	if (fd == -1)
		return mtty_irq_replace_trigger(mtty, index, NULL);

	trigger = eventfd_ctx_fdget(fd);
	if (IS_ERR(trigger))
		return PTR_ERR(trigger);
	ret = mtty_irq_replace_trigger(mtty, index, trigger);
	if (ret)
		eventfd_ctx_put(trigger);
	return ret;
}

/* As if the device had raised it: for users that test their handler. */
static int mtty_irq_fire(struct mtty *mtty, u32 index, bool really)
{
	int ret = 0;

	spin_lock(&mtty->lock);
	if (!mtty->trigger[index])
		ret = -EINVAL;
	else if (really)
		mtty_irq_signal(mtty, index);
	spin_unlock(&mtty->lock);
	return ret;
}

/*
 * VFIO runs it from a work item, not from the eventfd's wakeup: that one holds
 * the eventfd's lock, which mtty_irq_signal() takes under ours.
 */
static void mtty_irq_unmask_by_eventfd(void *opaque, void *unused)
{
	struct mtty *mtty = opaque;
	bool signals;

	spin_lock(&mtty->lock);
	signals = mtty->masked && mtty_irq_intx_is_due(mtty);
	if (signals && mtty->repeats >= MAX_REPEATS) {
		mtty->unmask_late = true;
		schedule_delayed_work(&mtty->unmask_work,
				      msecs_to_jiffies(UNMASK_DELAY_MS));
	} else {
		mtty->repeats += signals;
		mtty->unmask_late = false;
		mtty->masked = false;
		mtty_irq_deliver_intx(mtty);
	}
	spin_unlock(&mtty->lock);
}

static void mtty_irq_unmask_later(struct work_struct *work)
{
	struct mtty *mtty = container_of(to_delayed_work(work), struct mtty,
					 unmask_work);

	spin_lock(&mtty->lock);
	if (mtty->unmask_late) {
		mtty->unmask_late = false;
		mtty->masked = false;
		mtty_irq_deliver_intx(mtty);
	}
	spin_unlock(&mtty->lock);
}

static void mtty_irq_drop_unmask_eventfd(struct mtty *mtty)
{
	/* If it was never used there is no need to wait for VFIO's workqueue. */
	if (!IS_ENABLED(CONFIG_VFIO_VIRQFD) || !READ_ONCE(mtty->unmask_used))
		return;

	mutex_lock(&unmask_mutex);
	vfio_virqfd_disable(&mtty->unmask);
	/* VFIO does not call any more: no new work comes. */
	flush_delayed_work(&mtty->unmask_work);
	WRITE_ONCE(mtty->unmask_used, false);
	mutex_unlock(&unmask_mutex);
}

static int mtty_irq_set_unmask_eventfd(struct mtty *mtty, int fd)
{
	int ret;

	if (!IS_ENABLED(CONFIG_VFIO_VIRQFD))
		return -ENOTTY;
	if (fd == -1) {
		mtty_irq_drop_unmask_eventfd(mtty);
		return 0;
	}

	mutex_lock(&unmask_mutex);
	ret = vfio_virqfd_enable(mtty, NULL, mtty_irq_unmask_by_eventfd, NULL,
				 &mtty->unmask, fd);
	if (!ret)
		WRITE_ONCE(mtty->unmask_used, true);
	mutex_unlock(&unmask_mutex);
	return ret;
}

static void mtty_irq_disable(struct mtty *mtty, u32 index)
{
	if (index == VFIO_PCI_INTX_IRQ_INDEX)
		mtty_irq_drop_unmask_eventfd(mtty);
	mtty_irq_replace_trigger(mtty, index, NULL);
	if (index == VFIO_PCI_INTX_IRQ_INDEX)
		mtty_irq_set_masked(mtty, false);
}

static int mtty_irq_action_trigger(struct mtty *mtty,
				   const struct vfio_irq_set *set,
				   const void *data)
{
	u32 type = set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK;

	if (type == VFIO_IRQ_SET_DATA_NONE && !set->count) {
		mtty_irq_disable(mtty, set->index);
		return 0;
	}
	if (set->count != 1)
		return -EINVAL;

	switch (type) {
	case VFIO_IRQ_SET_DATA_NONE:
		return mtty_irq_fire(mtty, set->index, true);
	case VFIO_IRQ_SET_DATA_BOOL:
		return mtty_irq_fire(mtty, set->index, *(const u8 *)data);
	default:
		return mtty_irq_set_trigger(mtty, set->index,
					    *(const s32 *)data);
	}
}

/* Only INTx can be masked, and only the unmasking by an eventfd. */
static int mtty_irq_action_mask(struct mtty *mtty,
				const struct vfio_irq_set *set,
				const void *data, bool masked)
{
	if (set->index != VFIO_PCI_INTX_IRQ_INDEX)
		return -ENOTTY;
	if (set->count != 1)
		return -EINVAL;

	switch (set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		mtty_irq_set_masked(mtty, masked);
		return 0;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (*(const u8 *)data)
			mtty_irq_set_masked(mtty, masked);
		return 0;
	default:
		return masked ? -ENOTTY :
				mtty_irq_set_unmask_eventfd(mtty,
							    *(const s32 *)data);
	}
}

/**
 * mtty_irq_init() - initialize what interrupts need
 * @mtty:	a card that is all zero but for its lock
 *
 * Nothing has to be undone but what mtty_irq_release() does.
 *
 * Context: process; does not sleep.
 */
void mtty_irq_init(struct mtty *mtty)
{
	INIT_DELAYED_WORK(&mtty->unmask_work, mtty_irq_unmask_later);
}

/**
 * mtty_irq_set() - VFIO_DEVICE_SET_IRQS
 * @mtty:	the card
 * @set:	the request, which vfio_set_irqs_validate_and_prepare() found valid
 *		for mtty_irq_count() interrupts
 * @data:	what followed it: a u8, an s32 or nothing
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL for a count that is not 1, a trigger while the other kind
 * of interrupt has one, or firing without one; -ENOTTY for what the kind of
 * interrupt can't do; -EBADF, -EINVAL or -EBUSY for the eventfd.
 */
int mtty_irq_set(struct mtty *mtty, const struct vfio_irq_set *set,
		 const void *data)
{
	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_MASK:
		return mtty_irq_action_mask(mtty, set, data, true);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return mtty_irq_action_mask(mtty, set, data, false);
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return mtty_irq_action_trigger(mtty, set, data);
	default:
		return -ENOTTY;
	}
}

/**
 * mtty_irq_request() - ask the user to let go of the card
 * @mtty:	the card
 *
 * Context: process; does not sleep.
 * Return: 0, or -EBUSY if the user has set no eventfd for it.
 */
int mtty_irq_request(struct mtty *mtty)
{
	return mtty_irq_fire(mtty, VFIO_PCI_REQ_IRQ_INDEX, true) ? -EBUSY : 0;
}

/**
 * mtty_irq_release() - forget everything that the user has set up
 * @mtty:	the card
 *
 * Context: process; sleeps.
 */
void mtty_irq_release(struct mtty *mtty)
{
	mtty_irq_disable(mtty, VFIO_PCI_INTX_IRQ_INDEX);
	mtty_irq_disable(mtty, VFIO_PCI_MSI_IRQ_INDEX);
	mtty_irq_disable(mtty, VFIO_PCI_REQ_IRQ_INDEX);
}
