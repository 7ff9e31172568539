// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: interrupts, INTx, MSI and MSI-X, the report of an error, the request
 * to the user to let go of the device, and VFIO_DEVICE_SET_IRQS.
 *
 * Touches the interrupt state of a device; looks at its configuration space and
 * at the registers that request interrupts.
 *
 * INTx is a level: signalled while the device requests it and nothing masks it,
 * and masked by being signalled. MSI and MSI-X are edges: vector 0 is signalled
 * each time when the device requests an interrupt. Of the three one is in use, for
 * as long as an eventfd is set for it. The vectors of an index can be set and
 * taken away one by one, and in any order.
 *
 * Unmasking by an eventfd signals INTx again if it is still pending; that is how
 * KVM tells the end of an interrupt. A user may connect the eventfd that is
 * signalled with the one that unmasks, or use the same one for both, which makes
 * a loop inside the kernel for as long as the device is open. A guest that handles
 * interrupts accesses the device in between. Without such an access, unmasking is
 * delayed after a few times, but never omitted.
 *
 * Nothing here writes to the log: all of it can be reached by a guest.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "compat.h"
#include "sim.h"

/*
 * How many signals more than accesses by the user an eventfd may bring about at
 * full speed. It is not 0, because a guest may end an interrupt before it
 * accesses the device. From then on each one is delayed.
 */
#define MAX_REPEATS	8
#define UNMASK_DELAY_MS	10

/**
 * sim_irq_count() - how many interrupts an index has
 * @type:	the type of the device
 * @index:	VFIO_PCI_*_IRQ_INDEX
 *
 * Context: any.
 * Return: the number.
 */
u32 sim_irq_count(const struct sim_type *type, u32 index)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return type->settings.intx;
	case VFIO_PCI_MSI_IRQ_INDEX:
		return type->settings.msi;
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return type->settings.msix;
	case VFIO_PCI_ERR_IRQ_INDEX:
	case VFIO_PCI_REQ_IRQ_INDEX:
		return 1;
	default:
		return 0;
	}
}

/**
 * sim_irq_flags() - what an index can do
 * @index:	VFIO_PCI_*_IRQ_INDEX
 *
 * Context: any.
 * Return: VFIO_IRQ_INFO_*.
 */
u32 sim_irq_flags(u32 index)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
		       VFIO_IRQ_INFO_AUTOMASKED;
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return VFIO_IRQ_INFO_EVENTFD;
	default:
		return VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
	}
}

static bool sim_irq_is_vectors(u32 index)
{
	return index == VFIO_PCI_MSI_IRQ_INDEX ||
	       index == VFIO_PCI_MSIX_IRQ_INDEX;
}

/* Where the eventfd of an interrupt is. */
static struct eventfd_ctx **sim_irq_place(struct sim_instance *instance,
					  u32 index, u32 nr)
{
	struct sim_irqs *irqs = &instance->irqs;

	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return &irqs->intx;
	case VFIO_PCI_ERR_IRQ_INDEX:
		return &irqs->error;
	case VFIO_PCI_REQ_IRQ_INDEX:
		return &irqs->request;
	default:
		nr = array_index_nospec(nr, sim_irq_count(instance->type,
							  index));
		return &irqs->vectors[nr];
	}
}

/* Whether the eventfds of vectors are those of this index. */
static bool sim_irq_is_in_use(const struct sim_irqs *irqs, u32 index)
{
	return irqs->nr_set && irqs->index == index;
}

/* Of INTx, MSI and MSI-X: whether one of the other two is in use. */
static bool sim_irq_has_other(const struct sim_irqs *irqs, u32 index)
{
	if (index == VFIO_PCI_INTX_IRQ_INDEX)
		return irqs->nr_set;
	if (!sim_irq_is_vectors(index))
		return false;
	return irqs->intx || (irqs->nr_set && irqs->index != index);
}

static void sim_irq_signal_vector(struct sim_instance *instance, u32 nr)
{
	struct eventfd_ctx *trigger = instance->irqs.vectors[nr];

	lockdep_assert_held(&instance->lock);
	if (trigger && !sim_faults_lose_interrupt(instance->card->faults))
		eventfd_signal(trigger);
}

static bool sim_irq_intx_is_enabled(const struct sim_instance *instance)
{
	return instance->irqs.intx && !instance->stopped &&
	       !sim_config_intx_disabled(instance);
}

static bool sim_irq_intx_is_due(const struct sim_instance *instance)
{
	return instance->irqs.pending && !instance->irqs.lost &&
	       sim_irq_intx_is_enabled(instance);
}

static void sim_irq_signal_intx(struct sim_instance *instance)
{
	instance->irqs.masked = true;
	eventfd_signal(instance->irqs.intx);
}

static void sim_irq_deliver_intx(struct sim_instance *instance)
{
	struct sim_irqs *irqs = &instance->irqs;

	lockdep_assert_held(&instance->lock);
	if (irqs->masked || !sim_irq_intx_is_due(instance))
		return;
	if (sim_faults_lose_interrupt(instance->card->faults))
		irqs->lost = true;
	else
		sim_irq_signal_intx(instance);
}

/* An access by the user allows one more signal that an eventfd brings about. */
static void sim_irq_allow_repeat(struct sim_irqs *irqs)
{
	if (irqs->repeats)
		irqs->repeats--;
}

/**
 * sim_irq_update() - deliver what an access by the user brings about
 * @instance:	the device
 *
 * Context: under the device's lock.
 */
void sim_irq_update(struct sim_instance *instance)
{
	bool pending = instance->edu.irq_status;

	lockdep_assert_held(&instance->lock);
	sim_irq_allow_repeat(&instance->irqs);
	if (pending != instance->irqs.pending) {
		instance->irqs.pending = pending;
		instance->irqs.lost = false;
		sim_config_set_intx(instance, pending);
	}
	sim_irq_deliver_intx(instance);
}

/**
 * sim_irq_raise() - the device requests an interrupt, maybe once more
 * @instance:	the device
 *
 * Context: under the device's lock.
 */
void sim_irq_raise(struct sim_instance *instance)
{
	if (instance->irqs.nr_set)
		sim_irq_signal_vector(instance, 0);
	sim_irq_update(instance);
}

/**
 * sim_irq_resume() - deliver what the device requests as another one
 * @instance:	the device, which goes on as another one
 *
 * What has been requested is requested once more, as the first time may not have
 * been heard. INTx is signalled once in any case: the user of the other device may
 * have raised the guest's line, which is high in the guest that comes with it. The
 * user here lowers it only after a signal from this device. INTx is shared, so a
 * signal that the device does not request does no harm.
 *
 * Context: under the device's lock.
 */
void sim_irq_resume(struct sim_instance *instance)
{
	if (instance->edu.irq_status)
		sim_irq_raise(instance);
	if (!instance->irqs.masked && sim_irq_intx_is_enabled(instance))
		sim_irq_signal_intx(instance);
}

/* Takes precedence over a delayed unmasking, which is cancelled. */
static void sim_irq_set_masked(struct sim_instance *instance, bool masked)
{
	spin_lock(&instance->lock);
	sim_irq_allow_repeat(&instance->irqs);
	instance->irqs.unmask_late = false;
	instance->irqs.masked = masked;
	sim_irq_deliver_intx(instance);
	spin_unlock(&instance->lock);
}

static void sim_irq_put_triggers(struct eventfd_ctx **triggers, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (triggers[i])
			eventfd_ctx_put(triggers[i]);
}

/* Those of -1 are left NULL. On an error nothing is held. */
static int sim_irq_get_triggers(struct eventfd_ctx **triggers, const s32 *fds,
				u32 count)
{
	struct eventfd_ctx *trigger;
	u32 i;

	for (i = 0; i < count; i++) {
		if (fds[i] == -1)
			continue;
		trigger = eventfd_ctx_fdget(fds[i]);
		if (IS_ERR(trigger)) {
			sim_irq_put_triggers(triggers, i);
			return PTR_ERR(trigger);
		}
		triggers[i] = trigger;
	}
	return 0;
}

static void sim_irq_swap_trigger(struct sim_instance *instance, u32 index,
				 u32 nr, struct eventfd_ctx **trigger)
{
	struct eventfd_ctx **place = sim_irq_place(instance, index, nr);
	struct sim_irqs *irqs = &instance->irqs;

	if (sim_irq_is_vectors(index)) {
		irqs->nr_set += !!*trigger;
		irqs->nr_set -= !!*place;
		irqs->index = index;
	}
	swap(*place, *trigger);
}

/* The device gets @triggers, the caller those that it had. */
static int sim_irq_swap_triggers(struct sim_instance *instance, u32 index,
				 u32 start, u32 count,
				 struct eventfd_ctx **triggers)
{
	int ret = 0;
	u32 i;

	spin_lock(&instance->lock);
	if (sim_irq_has_other(&instance->irqs, index)) {
		ret = -EINVAL;
	} else {
		for (i = 0; i < count; i++)
			sim_irq_swap_trigger(instance, index, start + i,
					     &triggers[i]);
		sim_irq_deliver_intx(instance);
	}
	spin_unlock(&instance->lock);
	return ret;
}

static int sim_irq_set_triggers(struct sim_instance *instance, u32 index,
				u32 start, u32 count, const s32 *fds)
{
	struct eventfd_ctx **triggers;
	int ret;

	triggers = kvcalloc(count, sizeof(*triggers), GFP_KERNEL);
	if (!triggers)
		return -ENOMEM;
	ret = sim_irq_get_triggers(triggers, fds, count);
	if (!ret) {
		ret = sim_irq_swap_triggers(instance, index, start, count,
					    triggers);
		sim_irq_put_triggers(triggers, count);
	}
	kvfree(triggers);
	return ret;
}

/* Whether there is a trigger, so that it makes sense to fire it. */
static bool sim_irq_can_fire(struct sim_instance *instance, u32 index)
{
	if (sim_irq_is_vectors(index))
		return sim_irq_is_in_use(&instance->irqs, index);
	return *sim_irq_place(instance, index, 0);
}

static void sim_irq_fire_one(struct sim_instance *instance, u32 index, u32 nr)
{
	struct eventfd_ctx *trigger = *sim_irq_place(instance, index, nr);
	bool is_interrupt = index == VFIO_PCI_INTX_IRQ_INDEX ||
			    sim_irq_is_vectors(index);

	if (!trigger || (is_interrupt &&
			 sim_faults_lose_interrupt(instance->card->faults)))
		return;
	eventfd_signal(trigger);
}

/* As if the device had raised them: @which says which, NULL: all. */
static int sim_irq_fire(struct sim_instance *instance, u32 index, u32 start,
			u32 count, const u8 *which)
{
	int ret = 0;
	u32 i;

	spin_lock(&instance->lock);
	if (!sim_irq_can_fire(instance, index)) {
		ret = -EINVAL;
	} else {
		for (i = 0; i < count; i++)
			if (!which || which[i])
				sim_irq_fire_one(instance, index, start + i);
	}
	spin_unlock(&instance->lock);
	return ret;
}

/*
 * VFIO runs it from a work item, not from the eventfd's wakeup: that one holds
 * the eventfd's lock, which is taken under ours to signal.
 */
static void sim_irq_unmask_by_eventfd(void *opaque, void *unused)
{
	struct sim_instance *instance = opaque;
	struct sim_irqs *irqs = &instance->irqs;
	bool signals;

	spin_lock(&instance->lock);
	signals = irqs->masked && sim_irq_intx_is_due(instance);
	if (signals && irqs->repeats >= MAX_REPEATS) {
		irqs->unmask_late = true;
		schedule_delayed_work(&irqs->unmask_work,
				      msecs_to_jiffies(UNMASK_DELAY_MS));
	} else {
		irqs->repeats += signals;
		irqs->unmask_late = false;
		irqs->masked = false;
		sim_irq_deliver_intx(instance);
	}
	spin_unlock(&instance->lock);
}

static void sim_irq_unmask_later(struct work_struct *work)
{
	struct sim_instance *instance =
		container_of(to_delayed_work(work), struct sim_instance,
			     irqs.unmask_work);

	spin_lock(&instance->lock);
	if (instance->irqs.unmask_late) {
		instance->irqs.unmask_late = false;
		instance->irqs.masked = false;
		sim_irq_deliver_intx(instance);
	}
	spin_unlock(&instance->lock);
}

static void sim_irq_drop_unmask_eventfd(struct sim_irqs *irqs)
{
	/* If it was never used there is no need to wait for VFIO's workqueue. */
	if (!IS_ENABLED(CONFIG_VFIO_VIRQFD) || !READ_ONCE(irqs->unmask_used))
		return;

	mutex_lock(&irqs->unmask_lock);
	vfio_virqfd_disable(&irqs->unmask);
	/* VFIO does not call any more: no new work comes. */
	flush_delayed_work(&irqs->unmask_work);
	WRITE_ONCE(irqs->unmask_used, false);
	mutex_unlock(&irqs->unmask_lock);
}

static int sim_irq_set_unmask_eventfd(struct sim_instance *instance, int fd)
{
	struct sim_irqs *irqs = &instance->irqs;
	int ret;

	if (!IS_ENABLED(CONFIG_VFIO_VIRQFD))
		return -ENOTTY;
	if (fd == -1) {
		sim_irq_drop_unmask_eventfd(irqs);
		return 0;
	}

	mutex_lock(&irqs->unmask_lock);
	ret = vfio_virqfd_enable(instance, NULL, sim_irq_unmask_by_eventfd,
				 NULL, &irqs->unmask, fd);
	if (!ret)
		WRITE_ONCE(irqs->unmask_used, true);
	mutex_unlock(&irqs->unmask_lock);
	return ret;
}

static struct eventfd_ctx *sim_irq_take_trigger(struct sim_instance *instance,
						u32 index, u32 nr)
{
	struct eventfd_ctx *trigger = NULL;

	spin_lock(&instance->lock);
	if (!sim_irq_is_vectors(index) ||
	    sim_irq_is_in_use(&instance->irqs, index))
		sim_irq_swap_trigger(instance, index, nr, &trigger);
	spin_unlock(&instance->lock);
	return trigger;
}

static void sim_irq_disable(struct sim_instance *instance, u32 index)
{
	u32 i, count = sim_irq_count(instance->type, index);
	struct eventfd_ctx *trigger;

	if (index == VFIO_PCI_INTX_IRQ_INDEX)
		sim_irq_drop_unmask_eventfd(&instance->irqs);
	for (i = 0; i < count; i++) {
		trigger = sim_irq_take_trigger(instance, index, i);
		if (trigger)
			eventfd_ctx_put(trigger);
	}
	if (index == VFIO_PCI_INTX_IRQ_INDEX)
		sim_irq_set_masked(instance, false);
}

static int sim_irq_action_trigger(struct sim_instance *instance,
				  const struct vfio_irq_set *set,
				  const void *data)
{
	u32 type = set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK;

	if (type == VFIO_IRQ_SET_DATA_NONE && !set->count) {
		sim_irq_disable(instance, set->index);
		return 0;
	}
	if (!set->count)
		return -EINVAL;

	switch (type) {
	case VFIO_IRQ_SET_DATA_NONE:
	case VFIO_IRQ_SET_DATA_BOOL:
		return sim_irq_fire(instance, set->index, set->start,
				    set->count, data);
	default:
		return sim_irq_set_triggers(instance, set->index, set->start,
					    set->count, data);
	}
}

/* Only INTx can be masked, and only the unmasking by an eventfd. */
static int sim_irq_action_mask(struct sim_instance *instance,
			       const struct vfio_irq_set *set,
			       const void *data, bool masked)
{
	if (set->index != VFIO_PCI_INTX_IRQ_INDEX)
		return -ENOTTY;
	if (set->count != 1)
		return -EINVAL;

	switch (set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) {
	case VFIO_IRQ_SET_DATA_NONE:
		sim_irq_set_masked(instance, masked);
		return 0;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (*(const u8 *)data)
			sim_irq_set_masked(instance, masked);
		return 0;
	default:
		return masked ? -ENOTTY :
				sim_irq_set_unmask_eventfd(instance,
							   *(const s32 *)data);
	}
}

/**
 * sim_irq_set() - VFIO_DEVICE_SET_IRQS
 * @instance:	the device
 * @set:	the request, which vfio_set_irqs_validate_and_prepare() found valid
 *		for sim_irq_count() interrupts
 * @data:	what followed it: an array of u8 or s32, or NULL
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL for a count that makes no sense, an eventfd while another
 * kind of interrupt has one, or firing without one; -ENOTTY for what the kind of
 * interrupt can't do; -EBADF, -EINVAL or -EBUSY for the eventfd; -ENOMEM.
 */
int sim_irq_set(struct sim_instance *instance, const struct vfio_irq_set *set,
		const void *data)
{
	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_MASK:
		return sim_irq_action_mask(instance, set, data, true);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return sim_irq_action_mask(instance, set, data, false);
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return sim_irq_action_trigger(instance, set, data);
	default:
		return -ENOTTY;
	}
}

/**
 * sim_irq_request() - ask the user to let go of the device
 * @instance:	the device
 *
 * Context: process; does not sleep.
 * Return: 0, or -EBUSY if the user has set no eventfd for it.
 */
int sim_irq_request(struct sim_instance *instance)
{
	return sim_irq_fire(instance, VFIO_PCI_REQ_IRQ_INDEX, 0, 1, NULL) ?
	       -EBUSY : 0;
}

/**
 * sim_irq_report_error() - tell the user that the device has failed
 * @instance:	the device
 *
 * Does nothing if nobody has set an eventfd for it.
 *
 * Context: process; does not sleep.
 */
void sim_irq_report_error(struct sim_instance *instance)
{
	sim_irq_fire(instance, VFIO_PCI_ERR_IRQ_INDEX, 0, 1, NULL);
}

/**
 * sim_irq_init() - a new device, without a user
 * @instance:	the device, all zero but for the type and the lock
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int sim_irq_init(struct sim_instance *instance)
{
	const struct sim_type_settings *settings = &instance->type->settings;
	u32 nr = max3(settings->msi, settings->msix, 1u);
	struct sim_irqs *irqs = &instance->irqs;

	irqs->vectors = kvcalloc(nr, sizeof(*irqs->vectors),
				 GFP_KERNEL_ACCOUNT);
	if (!irqs->vectors)
		return -ENOMEM;
	mutex_init(&irqs->unmask_lock);
	INIT_DELAYED_WORK(&irqs->unmask_work, sim_irq_unmask_later);
	return 0;
}

/**
 * sim_irq_destroy() - undo sim_irq_init()
 * @instance:	a device without a user
 *
 * Context: process; sleeps.
 */
void sim_irq_destroy(struct sim_instance *instance)
{
	mutex_destroy(&instance->irqs.unmask_lock);
	kvfree(instance->irqs.vectors);
}

/**
 * sim_irq_release() - forget everything that the user has set up
 * @instance:	the device
 *
 * Context: process; sleeps.
 */
void sim_irq_release(struct sim_instance *instance)
{
	u32 index;

	for (index = 0; index < VFIO_PCI_NUM_IRQS; index++)
		sim_irq_disable(instance, index);
}
