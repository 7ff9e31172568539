// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: failing on purpose.
 *
 * Touches struct sim_faults and nothing else. A fault that is off costs one read of
 * a variable that is rarely written.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "sim.h"

/**
 * sim_faults_init() - nothing fails
 * @faults:	all zero
 *
 * Context: process; does not sleep.
 */
void sim_faults_init(struct sim_faults *faults)
{
	spin_lock_init(&faults->lock);
	init_waitqueue_head(&faults->ended);
}

/**
 * sim_faults_check() - shall this call fail?
 * @faults:	the card's
 * @kind:	what kind of call it is
 *
 * Context: process; does not sleep.
 * Return: 0, or the negative errno to fail with.
 */
int sim_faults_check(struct sim_faults *faults, enum sim_fault_kind kind)
{
	struct sim_fault *fault = &faults->fault[kind];
	int ret = 0;

	if (likely(!READ_ONCE(fault->error)))
		return 0;
	spin_lock(&faults->lock);
	if (!fault->nth) {
		ret = -(int)fault->error;
	} else if (!--fault->nth) {
		ret = -(int)fault->error;
		WRITE_ONCE(fault->error, 0);
	}
	spin_unlock(&faults->lock);
	return ret;
}

/**
 * sim_faults_set() - say which calls fail
 * @faults:	the card's
 * @kind:	the kind of call
 * @fault:	which of them, and how
 *
 * Context: process; does not sleep.
 */
void sim_faults_set(struct sim_faults *faults, enum sim_fault_kind kind,
		    const struct sim_fault *fault)
{
	spin_lock(&faults->lock);
	faults->fault[kind].nth = fault->nth;
	WRITE_ONCE(faults->fault[kind].error, fault->error);
	spin_unlock(&faults->lock);
}

/**
 * sim_faults_get() - tell which calls will fail
 * @faults:	the card's
 * @kind:	the kind of call
 *
 * Context: process; does not sleep.
 * Return: what was set, counted down.
 */
struct sim_fault sim_faults_get(struct sim_faults *faults,
				enum sim_fault_kind kind)
{
	struct sim_fault fault;

	spin_lock(&faults->lock);
	fault = faults->fault[kind];
	spin_unlock(&faults->lock);
	return fault;
}

/**
 * sim_faults_lose_interrupt() - shall this interrupt get lost?
 * @faults:	the card's
 *
 * Context: any.
 * Return: true if so; then one fewer of the next ones will.
 */
bool sim_faults_lose_interrupt(struct sim_faults *faults)
{
	if (likely(!atomic_read(&faults->lose_interrupts)))
		return false;
	return atomic_dec_if_positive(&faults->lose_interrupts) >= 0;
}

/**
 * sim_faults_delay() - take a while
 * @faults:	the card's
 * @ms:		how long
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR if the task is being killed, which ends the wait.
 */
int sim_faults_delay(struct sim_faults *faults, u32 ms)
{
	if (likely(!ms))
		return 0;
	wait_event_killable_timeout(faults->ended, READ_ONCE(faults->hurry),
				    msecs_to_jiffies(ms));
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * sim_faults_hurry() - end all delays, for ever
 * @faults:	the card's
 *
 * Context: any; does not sleep.
 */
void sim_faults_hurry(struct sim_faults *faults)
{
	WRITE_ONCE(faults->hurry, true);
	wake_up_all(&faults->ended);
}
