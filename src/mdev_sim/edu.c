// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: the registers of the educational device that QEMU's documentation
 * describes in docs/specs/edu. They are at the beginning of BAR 0.
 *
 * Touches struct sim_edu under the device's lock; for DMA memory of BAR 0, and the
 * user's memory.
 *
 * What differs from QEMU's: a factorial is there at once; a DMA transfer is over
 * when the write that begins it returns; addresses have 64 bits; the buffer is
 * memory of BAR 0 like the rest of it, which can be read, written and mapped.
 *
 * A transfer to memory pins the user's pages, as a card with DMA of its own has to;
 * one from memory goes by the bridge's own copy. So both of a driver's ways to the
 * user's memory can be seen here, and tested from a VM.
 *
 * A transfer runs in the user's own task, and holds no lock while it copies. What is
 * behind the user's memory may keep a task waiting for ever: that one can be killed,
 * and so can each that waits for the transfer. Its registers can't be written
 * meanwhile, but by a reset, which waits for it. While the device is quiescent, or
 * being reset, a transfer that is asked for does not begin, but looks as if it ran.
 *
 * Nothing here writes to the log: all of it can be reached by a guest.
 */
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mdev.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/vfio_mdev.h>
#include <linux/wait.h>

#include <asm/byteorder.h>

#include "sim.h"

/* Registers of 4 bytes */
#define EDU_IDENTIFICATION	0x00
#define EDU_LIVENESS		0x04
#define EDU_FACTORIAL		0x08
#define EDU_STATUS		0x20
#define EDU_IRQ_STATUS		0x24
#define EDU_IRQ_RAISE		0x60
#define EDU_IRQ_ACK		0x64

/* Registers of 4 or 8 bytes */
#define EDU_DMA_SOURCE		0x80
#define EDU_DMA_DESTINATION	0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_COMMAND		0x98

#define EDU_VERSION		0x010000ed
#define EDU_STATUS_IRQ		0x80

#define EDU_DMA_START		0x1
#define EDU_DMA_TO_MEMORY	0x2
#define EDU_DMA_IRQ		0x4
#define EDU_DMA_COMMAND_BITS	0x7

#define EDU_IRQ_FACTORIAL	0x1
#define EDU_IRQ_DMA		0x100

#define EDU_BUFFER		0x40000
#define EDU_BUFFER_SIZE		(SIM_EDU_END - EDU_BUFFER)

/* From the 34th on it is 0 in 32 bits. */
static u32 sim_edu_factorial(u32 n)
{
	u32 result = 1;

	for (; n > 1 && result; n--)
		result *= n;
	return result;
}

static void sim_edu_request_irq(struct sim_instance *instance, u32 bits)
{
	lockdep_assert_held(&instance->lock);
	instance->edu.irq_status |= bits;
	if (instance->edu.irq_status)
		sim_irq_raise(instance);
}

static bool sim_edu_is_in_buffer(u64 address, u64 count)
{
	return address >= EDU_BUFFER && count <= EDU_BUFFER_SIZE &&
	       address - EDU_BUFFER <= EDU_BUFFER_SIZE - count;
}

/* @len bytes of one page of the user's, as a card does that writes by itself. */
static int sim_edu_write_page(struct sim_instance *instance, u64 iova,
			      const void *from, size_t len)
{
	struct device *dev = mdev_dev(instance->mdev);
	unsigned long phys_pfn, pfn = iova >> PAGE_SHIFT;
	struct sim_edu *edu = &instance->edu;
	struct scatterlist page;
	int ret;

	if (pfn != iova >> PAGE_SHIFT)
		return -EINVAL;
	ret = vfio_mdev_pin_pages(dev, &pfn, 1, IOMMU_WRITE, &phys_pfn);
	if (ret < 0)
		return ret;
	/* An unmap may have asked before: then it asks again. */
	WRITE_ONCE(edu->dma_writes, true);
	ret = -EFAULT;
	/* Registers of another device have none. */
	if (pfn_valid(phys_pfn)) {
		sg_init_table(&page, 1);
		sg_set_page(&page, pfn_to_page(phys_pfn), len,
			    offset_in_page(iova));
		sg_copy_from_buffer(&page, 1, from, len);
		ret = 0;
	}
	/* pairs with sim_edu_unmap() */
	smp_store_release(&edu->dma_writes, false);
	wake_up_all(&edu->dma_over);
	vfio_mdev_unpin_pages(dev, &pfn, 1);
	return ret;
}

/**
 * sim_edu_unmap() - the user unmaps memory
 * @instance:	the device, open
 *
 * A transfer unpins the page that it writes by itself. Only its copying is waited
 * for: unpinning may have to wait for VFIO, and VFIO waits for this.
 *
 * Context: process; sleeps.
 */
void sim_edu_unmap(struct sim_instance *instance)
{
	struct sim_edu *edu = &instance->edu;

	wait_event(edu->dma_over,
		   /* pairs with sim_edu_write_page() */
		   !smp_load_acquire(&edu->dma_writes));
}

/*
 * Copies between the buffer, at @offset in BAR 0, and the user's memory, at most to
 * the end of a page on either side. What is written is written to pinned pages; what
 * is read is read by the bridge. Errors end the transfer, and the guest is not told,
 * as it is with the real device.
 */
static void sim_edu_copy(struct sim_instance *instance, u64 offset, u64 iova,
			 u64 count, bool to_memory)
{
	size_t begin, len;
	char *page;
	int ret;

	if (!sim_edu_is_in_buffer(offset, count) || iova + count < iova)
		return;
	for (; count; count -= len, offset += len, iova += len) {
		begin = offset_in_page(offset);
		len = min_t(u64, count, PAGE_SIZE - begin);
		len = min_t(u64, len, PAGE_SIZE - offset_in_page(iova));
		page = sim_memory_page(instance, 0, offset >> PAGE_SHIFT, true);
		if (!page)
			return;
		if (to_memory)
			ret = sim_edu_write_page(instance, iova, page + begin,
						 len);
		else
			ret = vfio_mdev_dma_rw(mdev_dev(instance->mdev), iova,
					       page + begin, len, false);
		/* After an error a part may have been copied. */
		if (!to_memory)
			sim_memory_set_dirty(instance, 0, offset >> PAGE_SHIFT);
		if (ret)
			return;
	}
}

/* Whether the caller is to carry out a transfer. */
static bool sim_edu_begin(struct sim_instance *instance)
{
	struct sim_edu *edu = &instance->edu;

	lockdep_assert_held(&instance->lock);
	if (!(edu->dma_command & EDU_DMA_START) || edu->dma_runs ||
	    edu->resets || instance->quiescent)
		return false;
	edu->dma_runs = true;
	return true;
}

/* Its registers don't change meanwhile. */
static void sim_edu_transfer(struct sim_instance *instance)
{
	struct sim_edu *edu = &instance->edu;

	if (edu->dma_command & EDU_DMA_TO_MEMORY)
		sim_edu_copy(instance, edu->dma_source, edu->dma_destination,
			     edu->dma_count, true);
	else
		sim_edu_copy(instance, edu->dma_destination, edu->dma_source,
			     edu->dma_count, false);
}

/**
 * sim_edu_run() - carry out a transfer that has been asked for, if one has
 * @instance:	the device
 *
 * For whatever may have asked, or let the device go on.
 *
 * Context: process, a user's; sleeps.
 */
void sim_edu_run(struct sim_instance *instance)
{
	struct sim_edu *edu = &instance->edu;
	bool begins, allowed;

	spin_lock(&instance->lock);
	begins = sim_edu_begin(instance);
	allowed = sim_config_is_master(instance);
	spin_unlock(&instance->lock);
	if (!begins)
		return;

	if (allowed)
		sim_edu_transfer(instance);
	spin_lock(&instance->lock);
	/* pairs with sim_edu_wait(), for what was copied */
	smp_store_release(&edu->dma_runs, false);
	edu->dma_command &= ~EDU_DMA_START;
	if (edu->dma_command & EDU_DMA_IRQ)
		sim_edu_request_irq(instance, EDU_IRQ_DMA);
	spin_unlock(&instance->lock);
	wake_up_all(&edu->dma_over);
}

/**
 * sim_edu_init() - a new device
 * @instance:	the device
 *
 * Context: process; does not sleep.
 */
void sim_edu_init(struct sim_instance *instance)
{
	init_waitqueue_head(&instance->edu.dma_over);
}

/**
 * sim_edu_wait() - until no transfer runs
 * @instance:	the device, quiescent or being reset: no other one begins
 *
 * Context: process; sleeps.
 * Return: 0; -EINTR if the task is killed, but not if there is nothing to wait for.
 */
int sim_edu_wait(struct sim_instance *instance)
{
	struct sim_edu *edu = &instance->edu;
	int ret;

	ret = wait_event_killable(edu->dma_over,
				  /* pairs with sim_edu_run() */
				  !smp_load_acquire(&edu->dma_runs));
	return ret ? -EINTR : 0;
}

/**
 * sim_edu_begin_reset() - wait for a transfer, and let no other one begin
 * @instance:	the device
 *
 * Pairs with sim_edu_end_reset(), if it succeeds.
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR as sim_edu_wait() does.
 */
int sim_edu_begin_reset(struct sim_instance *instance)
{
	int ret;

	spin_lock(&instance->lock);
	instance->edu.resets++;
	spin_unlock(&instance->lock);
	ret = sim_edu_wait(instance);
	if (ret) {
		spin_lock(&instance->lock);
		instance->edu.resets--;
		spin_unlock(&instance->lock);
	}
	return ret;
}

/**
 * sim_edu_end_reset() - as after power-on
 * @instance:	the device, after sim_edu_begin_reset()
 *
 * A transfer that has been asked for in between does not begin.
 *
 * Context: under the device's lock.
 */
void sim_edu_end_reset(struct sim_instance *instance)
{
	struct sim_edu *edu = &instance->edu;

	lockdep_assert_held(&instance->lock);
	edu->resets--;
	edu->liveness = 0;
	edu->factorial = 0;
	edu->status = 0;
	edu->irq_status = 0;
	edu->dma_source = 0;
	edu->dma_destination = 0;
	edu->dma_count = 0;
	edu->dma_command = 0;
}

static u64 sim_edu_read_dma(const struct sim_edu *edu, u32 offset)
{
	switch (offset) {
	case EDU_DMA_SOURCE:
		return edu->dma_source;
	case EDU_DMA_DESTINATION:
		return edu->dma_destination;
	case EDU_DMA_COUNT:
		return edu->dma_count;
	case EDU_DMA_COMMAND:
		return edu->dma_command;
	default:
		return ~0ULL;
	}
}

/**
 * sim_edu_read() - read a register
 * @instance:	the device
 * @offset:	in the BAR, below SIM_EDU_SIZE
 * @len:	how many bytes, at most 8
 *
 * Context: under the device's lock.
 * Return: the value; all ones if there is no such register.
 */
u64 sim_edu_read(struct sim_instance *instance, u32 offset, size_t len)
{
	const struct sim_edu *edu = &instance->edu;

	lockdep_assert_held(&instance->lock);
	if (len != 4 && len != 8)
		return ~0ULL;
	if (offset >= EDU_DMA_SOURCE)
		return sim_edu_read_dma(edu, offset);
	if (len != 4)
		return ~0ULL;
	switch (offset) {
	case EDU_IDENTIFICATION:
		return EDU_VERSION;
	case EDU_LIVENESS:
		return edu->liveness;
	case EDU_FACTORIAL:
		return edu->factorial;
	case EDU_STATUS:
		return edu->status;
	case EDU_IRQ_STATUS:
		return edu->irq_status;
	default:
		return ~0ULL;
	}
}

static void sim_edu_write_dma(struct sim_edu *edu, u32 offset, u64 value)
{
	if (edu->dma_command & EDU_DMA_START)
		return;
	switch (offset) {
	case EDU_DMA_SOURCE:
		edu->dma_source = value;
		break;
	case EDU_DMA_DESTINATION:
		edu->dma_destination = value;
		break;
	case EDU_DMA_COUNT:
		edu->dma_count = value;
		break;
	case EDU_DMA_COMMAND:
		if (!(value & EDU_DMA_START))
			break;
		edu->dma_command = value & EDU_DMA_COMMAND_BITS;
		break;
	}
}

/**
 * sim_edu_write() - write a register
 * @instance:	the device
 * @offset:	in the BAR, below SIM_EDU_SIZE
 * @len:	how many bytes, at most 8
 * @value:	the value
 *
 * Writes to anything but a register are ignored, and all writes while the device is
 * stopped. The caller calls sim_edu_run() afterwards.
 *
 * Context: under the device's lock.
 */
void sim_edu_write(struct sim_instance *instance, u32 offset, size_t len,
		   u64 value)
{
	struct sim_edu *edu = &instance->edu;

	lockdep_assert_held(&instance->lock);
	if (instance->stopped || (len != 4 && len != 8))
		return;
	if (offset >= EDU_DMA_SOURCE) {
		sim_edu_write_dma(edu, offset, value);
		return;
	}
	if (len != 4)
		return;
	switch (offset) {
	case EDU_LIVENESS:
		edu->liveness = ~value;
		break;
	case EDU_FACTORIAL:
		edu->factorial = sim_edu_factorial(value);
		if (edu->status & EDU_STATUS_IRQ)
			sim_edu_request_irq(instance, EDU_IRQ_FACTORIAL);
		break;
	case EDU_STATUS:
		edu->status = value & EDU_STATUS_IRQ;
		break;
	case EDU_IRQ_RAISE:
		sim_edu_request_irq(instance, value);
		break;
	case EDU_IRQ_ACK:
		edu->irq_status &= ~value;
		break;
	}
}

/**
 * sim_edu_save() - what another device needs
 * @instance:	the device
 * @image:	is filled in; zero if the device has no such registers
 *
 * Context: under the device's lock.
 */
void sim_edu_save(const struct sim_instance *instance,
		  struct sim_edu_image *image)
{
	const struct sim_edu *edu = &instance->edu;

	lockdep_assert_held(&instance->lock);
	*image = (struct sim_edu_image) {
		.liveness = cpu_to_le32(edu->liveness),
		.factorial = cpu_to_le32(edu->factorial),
		.status = cpu_to_le32(edu->status),
		.irq_status = cpu_to_le32(edu->irq_status),
		.dma_source = cpu_to_le64(edu->dma_source),
		.dma_destination = cpu_to_le64(edu->dma_destination),
		.dma_count = cpu_to_le64(edu->dma_count),
		.dma_command = cpu_to_le64(edu->dma_command),
	};
}

/**
 * sim_edu_is_possible() - can a device of a type have these registers?
 * @type:	the type
 * @image:	what may be anything
 *
 * Context: any.
 * Return: true if so.
 */
bool sim_edu_is_possible(const struct sim_type *type,
			 const struct sim_edu_image *image)
{
	if (!type->settings.edu)
		return !memchr_inv(image, 0, sizeof(*image));
	return !(le32_to_cpu(image->status) & ~EDU_STATUS_IRQ) &&
	       !(le64_to_cpu(image->dma_command) & ~EDU_DMA_COMMAND_BITS);
}

/**
 * sim_edu_load() - be as another device
 * @instance:	the device, stopped; no transfer runs
 * @image:	what sim_edu_is_possible() found possible
 *
 * Context: under the device's lock.
 */
void sim_edu_load(struct sim_instance *instance,
		  const struct sim_edu_image *image)
{
	struct sim_edu *edu = &instance->edu;

	lockdep_assert_held(&instance->lock);
	edu->liveness = le32_to_cpu(image->liveness);
	edu->factorial = le32_to_cpu(image->factorial);
	edu->status = le32_to_cpu(image->status);
	edu->irq_status = le32_to_cpu(image->irq_status);
	edu->dma_source = le64_to_cpu(image->dma_source);
	edu->dma_destination = le64_to_cpu(image->dma_destination);
	edu->dma_count = le64_to_cpu(image->dma_count);
	edu->dma_command = le64_to_cpu(image->dma_command);
}
