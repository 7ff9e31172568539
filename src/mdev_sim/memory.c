// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: memory areas: what is behind BARs, and the display's picture.
 *
 * Touches the pages of a device, and the card's count of them.
 *
 * A page comes when it is first written or mapped, is all zero, and stays until
 * the last user of the device has gone: only then sim_memory_free() runs, and no
 * mapping is left, as each keeps the device's file open. So a page that was found
 * can be used without a lock. Reading where no page is gives zeroes and makes
 * none. A page is accounted to the memory cgroup of the task that made it (not
 * before Linux 5.11) and counted against the card's memory_limit.
 *
 * A reset makes pages zero and keeps them, because they may be mapped.
 *
 * Where a page of a BAR is zero at first and after a reset, one of the picture is a
 * part of the test picture. It comes when it is read, too.
 *
 * A page is dirty if it may have been written since sim_memory_take_dirty() gave it
 * to be sent to another device. The mark comes after the write, and goes before the
 * page is copied, both under the area's xa_lock: so what is written is in the copy, or
 * the page is dirty again. Writes through a mapping are not seen. From its first
 * access by a mapping on the page is writable, for as long as somebody but us refers
 * to it: a mapping of it, or whoever has pinned it. Such a page is sent once while the
 * device runs, and once more when it is stopped. To have each first write fault, by
 * page_mkwrite(), would keep anybody from pinning the page for long (since Linux
 * 6.5): another device could not reach it. To take write access away again, for it to
 * fault once more, would need a list of all mappings, and their owners' mmap_lock,
 * before Linux 6.10 even for a mapping by the device's file: that one has no inode of
 * its own there.
 *
 * An I/O BAR has a page, too, of which it uses the beginning; it can't be mapped.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "compat.h"
#include "sim.h"

/**
 * sim_memory_charge() - count memory that a card takes
 * @card:	the card
 * @size:	how much, in bytes
 *
 * Context: any.
 * Return: whether it may have so much; if not, nothing is counted.
 */
bool sim_memory_charge(struct sim_card *card, u64 size)
{
	s64 limit = min_t(u64, card->settings.memory_limit, S64_MAX);

	if (atomic64_add_return(size, &card->memory) <= limit)
		return true;
	atomic64_sub(size, &card->memory);
	return false;
}

#define SIM_DIRTY	XA_MARK_0
#define SIM_WRITABLE	XA_MARK_1

static void sim_memory_free_page(struct sim_card *card, struct page *page)
{
	put_page(page);
	atomic64_sub(PAGE_SIZE, &card->memory);
}

/* Of two tasks that make the same page one gets the other's. */
static struct page *sim_memory_make(struct sim_instance *instance, u32 area,
				    unsigned long index)
{
	struct page *page, *old;

	if (!sim_memory_charge(instance->card, PAGE_SIZE))
		return NULL;
	page = alloc_page(SIM_GFP_PAGE);
	if (!page) {
		atomic64_sub(PAGE_SIZE, &instance->card->memory);
		return NULL;
	}
	if (area == SIM_DISPLAY_AREA)
		sim_display_draw(instance->type, page_address(page), index);
	old = xa_cmpxchg(&instance->area[area], index, NULL, page, GFP_KERNEL);
	if (!old) {
		atomic_long_inc(&instance->nr_pages);
		return page;
	}
	sim_memory_free_page(instance->card, page);
	return xa_is_err(old) ? NULL : old;
}

/* NULL if there is none and none is to be, or can be, made. */
static struct page *sim_memory_find(struct sim_instance *instance, u32 area,
				    unsigned long index, bool make)
{
	struct page *page = xa_load(&instance->area[area], index);

	if (page || !make)
		return page;
	return sim_memory_make(instance, area, index);
}

/**
 * sim_memory_page() - a page of an area
 * @instance:	the device, which is open until the caller is done
 * @area:	the number of the area
 * @index:	which page of it; there is such a one
 * @make:	make it if it has not been touched yet
 *
 * Context: process; sleeps if @make.
 * Return: its address; NULL if it has not been touched, or can't be made.
 */
void *sim_memory_page(struct sim_instance *instance, u32 area,
		      unsigned long index, bool make)
{
	struct page *page = sim_memory_find(instance, area, index, make);

	return page ? page_address(page) : NULL;
}

static void sim_memory_set_mark(struct xarray *pages, unsigned long index,
				xa_mark_t mark, atomic_long_t *count)
{
	lockdep_assert_held(&pages->xa_lock);
	if (xa_get_mark(pages, index, mark))
		return;
	__xa_set_mark(pages, index, mark);
	atomic_long_inc(count);
}

static void sim_memory_clear_mark(struct xarray *pages, unsigned long index,
				  xa_mark_t mark, atomic_long_t *count)
{
	lockdep_assert_held(&pages->xa_lock);
	if (!xa_get_mark(pages, index, mark))
		return;
	__xa_clear_mark(pages, index, mark);
	atomic_long_dec(count);
}

/**
 * sim_memory_set_dirty() - a page has been written
 * @instance:	the device
 * @area:	the number of the area
 * @index:	which page of it, one that is there
 *
 * Context: any.
 */
void sim_memory_set_dirty(struct sim_instance *instance, u32 area,
			  unsigned long index)
{
	struct xarray *pages = &instance->area[area];

	xa_lock(pages);
	sim_memory_set_mark(pages, index, SIM_DIRTY, &instance->nr_dirty);
	xa_unlock(pages);
}

/* @filter is a mark, or XA_PRESENT for all pages. */
static void sim_memory_set_dirty_if(struct sim_instance *instance,
				    xa_mark_t filter)
{
	unsigned long index;
	struct page *page;
	u32 area;

	for (area = 0; area < SIM_NR_AREAS; area++)
		xa_for_each_marked(&instance->area[area], index, page, filter) {
			sim_memory_set_dirty(instance, area, index);
			cond_resched();
		}
}

/**
 * sim_memory_set_all_dirty() - all pages are to be sent
 * @instance:	the device, which is open
 *
 * Context: process; sleeps.
 */
void sim_memory_set_all_dirty(struct sim_instance *instance)
{
	sim_memory_set_dirty_if(instance, XA_PRESENT);
}

/**
 * sim_memory_set_writable_dirty() - pages that a mapping may have written are to be sent
 * @instance:	the device, which is open, and whose user does not write any more
 *
 * Context: process; sleeps.
 */
void sim_memory_set_writable_dirty(struct sim_instance *instance)
{
	sim_memory_set_dirty_if(instance, SIM_WRITABLE);
}

static void sim_memory_clear_dirty(struct sim_instance *instance, u32 area,
				   unsigned long index, struct page *page)
{
	struct xarray *pages = &instance->area[area];

	xa_lock(pages);
	sim_memory_clear_mark(pages, index, SIM_DIRTY, &instance->nr_dirty);
	/* A fault takes its reference before it sets the mark. */
	if (page_count(page) == 1) {
		/* pairs with put_page() of a task that may have written it */
		smp_rmb();
		sim_memory_clear_mark(pages, index, SIM_WRITABLE,
				      &instance->nr_writable);
	}
	xa_unlock(pages);
}

/**
 * sim_memory_take_dirty() - the next page that is to be sent
 * @instance:	the device, which is open until the caller is done
 * @area:	where to begin, and where it is
 * @index:	likewise, in the area
 *
 * What is before that place comes last. The page is not dirty any more: the caller
 * copies it afterwards.
 *
 * Context: process; does not sleep.
 * Return: its address; NULL if there is none.
 */
void *sim_memory_take_dirty(struct sim_instance *instance, u32 *area,
			    unsigned long *index)
{
	struct page *page;
	u32 i;

	for (i = 0; i <= SIM_NR_AREAS; i++) {
		page = xa_find(&instance->area[*area], index, ULONG_MAX,
			       SIM_DIRTY);
		if (page) {
			sim_memory_clear_dirty(instance, *area, *index, page);
			return page_address(page);
		}
		*area = (*area + 1) % SIM_NR_AREAS;
		*index = 0;
	}
	return NULL;
}

/**
 * sim_memory_pages() - how many pages an area can have
 * @type:	the type
 * @area:	the number of an area
 *
 * Context: any.
 * Return: the number.
 */
u64 sim_memory_pages(const struct sim_type *type, u32 area)
{
	return PAGE_ALIGN(sim_memory_mappable_end(type, area)) >> PAGE_SHIFT;
}

/**
 * sim_memory_init() - a new device, without pages
 * @instance:	the device
 *
 * Context: process; does not sleep.
 */
void sim_memory_init(struct sim_instance *instance)
{
	u32 area;

	for (area = 0; area < SIM_NR_AREAS; area++)
		xa_init_flags(&instance->area[area], XA_FLAGS_ACCOUNT);
}

static void sim_memory_reset_page(struct sim_instance *instance, u32 area,
				  unsigned long index, struct page *page)
{
	if (area == SIM_DISPLAY_AREA)
		sim_display_draw(instance->type, page_address(page), index);
	else
		clear_page(page_address(page));
}

/**
 * sim_memory_reset() - make all memory as it was at first
 * @instance:	the device, which is open
 *
 * Context: process; sleeps.
 */
void sim_memory_reset(struct sim_instance *instance)
{
	unsigned long index;
	struct page *page;
	u32 area;

	for (area = 0; area < SIM_NR_AREAS; area++)
		xa_for_each(&instance->area[area], index, page) {
			sim_memory_reset_page(instance, area, index, page);
			sim_memory_set_dirty(instance, area, index);
			cond_resched();
		}
}

/**
 * sim_memory_free() - free all pages
 * @instance:	a device that nobody uses any more
 *
 * Context: process; sleeps.
 */
void sim_memory_free(struct sim_instance *instance)
{
	unsigned long index;
	struct page *page;
	u32 area;

	for (area = 0; area < SIM_NR_AREAS; area++) {
		xa_for_each(&instance->area[area], index, page) {
			sim_memory_free_page(instance->card, page);
			cond_resched();
		}
		xa_destroy(&instance->area[area]);
	}
	atomic_long_set(&instance->nr_pages, 0);
	atomic_long_set(&instance->nr_dirty, 0);
	atomic_long_set(&instance->nr_writable, 0);
}

/* An access goes page by page, and can be killed. */
static bool sim_memory_is_interrupted(void)
{
	cond_resched();
	return fatal_signal_pending(current);
}

/**
 * sim_memory_read() - read memory
 * @instance:	the device
 * @area:	the number of the area
 * @offset:	first byte
 * @buf:	the user's buffer
 * @count:	how many bytes; all of them are in the area
 *
 * Context: process; sleeps.
 * Return: 0; -EFAULT; -EINTR if the task is being killed; -ENOMEM if a page of the
 * picture can't be made.
 */
ssize_t sim_memory_read(struct sim_instance *instance, u32 area, u64 offset,
			char __user *buf, size_t count)
{
	bool make = area == SIM_DISPLAY_AREA;
	unsigned long left;
	size_t begin, len;
	char *page;

	for (; count; count -= len, offset += len, buf += len) {
		if (sim_memory_is_interrupted())
			return -EINTR;
		begin = offset_in_page(offset);
		len = min_t(size_t, count, PAGE_SIZE - begin);
		page = sim_memory_page(instance, area, offset >> PAGE_SHIFT,
				       make);
		if (make && !page)
			return -ENOMEM;
		left = page ? copy_to_user(buf, page + begin, len) :
			      clear_user(buf, len);
		if (left)
			return -EFAULT;
	}
	return 0;
}

/**
 * sim_memory_write() - write memory
 * @instance:	the device
 * @area:	the number of the area
 * @offset:	first byte
 * @buf:	the user's buffer
 * @count:	how many bytes; all of them are in the area
 *
 * Context: process; sleeps.
 * Return: 0; -EFAULT; -EINTR if the task is being killed; -ENOMEM, also if the
 * card may have no more memory. A part may have been written then.
 */
ssize_t sim_memory_write(struct sim_instance *instance, u32 area, u64 offset,
			 const char __user *buf, size_t count)
{
	unsigned long left;
	size_t begin, len;
	char *page;

	for (; count; count -= len, offset += len, buf += len) {
		if (sim_memory_is_interrupted())
			return -EINTR;
		begin = offset_in_page(offset);
		len = min_t(size_t, count, PAGE_SIZE - begin);
		page = sim_memory_page(instance, area, offset >> PAGE_SHIFT,
				       true);
		if (!page)
			return -ENOMEM;
		left = copy_from_user(page + begin, buf, len);
		sim_memory_set_dirty(instance, area, offset >> PAGE_SHIFT);
		if (left)
			return -EFAULT;
	}
	return 0;
}

/**
 * sim_memory_area_of() - the area that a region of VFIO is
 * @region:	any number
 *
 * Context: any.
 * Return: the area's number; SIM_NR_AREAS if the region is not memory.
 */
u32 sim_memory_area_of(u64 region)
{
	if (region < SIM_NR_BARS)
		return array_index_nospec((size_t)region, SIM_NR_BARS);
	return region == SIM_DISPLAY_REGION ? SIM_DISPLAY_AREA : SIM_NR_AREAS;
}

/**
 * sim_memory_size() - how large an area is
 * @type:	the type
 * @area:	the number of the area
 *
 * Context: any.
 * Return: the size in bytes; 0 if there is none.
 */
u64 sim_memory_size(const struct sim_type *type, u32 area)
{
	return area == SIM_DISPLAY_AREA ? sim_display_size(type) :
					  type->settings.bar[area].size;
}

/**
 * sim_memory_is_mappable() - can an area, or a part of it, be mapped?
 * @type:	the type
 * @area:	the number of the area
 *
 * Context: any.
 * Return: true if so.
 */
bool sim_memory_is_mappable(const struct sim_type *type, u32 area)
{
	bool io = area < SIM_NR_BARS && type->settings.bar[area].io;

	return sim_memory_size(type, area) && !io &&
	       sim_memory_first_mappable(type, area) <
	       sim_memory_mappable_end(type, area);
}

/**
 * sim_memory_first_mappable() - where the part begins that can be mapped
 * @type:	the type
 * @area:	the number of an area
 *
 * Context: any.
 * Return: the offset: behind the page with registers, if there are any.
 */
u64 sim_memory_first_mappable(const struct sim_type *type, u32 area)
{
	return type->settings.edu && !area ? PAGE_SIZE : 0;
}

/**
 * sim_memory_mappable_end() - where the part that can be mapped ends
 * @type:	the type
 * @area:	the number of an area
 *
 * Context: any.
 * Return: the offset: that of the MSI-X table, if it is there.
 */
u64 sim_memory_mappable_end(const struct sim_type *type, u32 area)
{
	u64 size = sim_memory_size(type, area);

	if (type->settings.msix && area == type->layout.msix_bar)
		size -= type->layout.msix_size;
	return size;
}

/* Also if it is only read now: no other fault comes before it is written. */
static void sim_memory_make_writable(struct sim_instance *instance, u32 area,
				     unsigned long index)
{
	struct xarray *pages = &instance->area[area];

	xa_lock(pages);
	sim_memory_set_mark(pages, index, SIM_WRITABLE,
			    &instance->nr_writable);
	sim_memory_set_mark(pages, index, SIM_DIRTY, &instance->nr_dirty);
	xa_unlock(pages);
}

/* The region's number stands in the mapping's offset, as in that of the file. */
static vm_fault_t sim_memory_fault(struct vm_fault *vmf)
{
	struct sim_instance *instance = vmf->vma->vm_private_data;
	const struct sim_type *type = instance->type;
	u32 area = sim_memory_area_of(sim_device_region_of_page(vmf->pgoff));
	unsigned long index = sim_device_page_in_region(vmf->pgoff);
	struct page *page;

	/* A mapping may have been moved and made larger. */
	if (area >= SIM_NR_AREAS || !sim_memory_is_mappable(type, area) ||
	    index < sim_memory_first_mappable(type, area) >> PAGE_SHIFT ||
	    index >= sim_memory_mappable_end(type, area) >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;
	page = sim_memory_find(instance, area, index, true);
	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	if (vmf->vma->vm_flags & VM_MAYWRITE)
		sim_memory_make_writable(instance, area, index);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct sim_memory_vm_ops = {
	.fault = sim_memory_fault,
};

/**
 * sim_memory_mmap() - map memory
 * @instance:	the device
 * @area:	the number of an area
 * @vma:	the mapping
 *
 * Context: process, under the lock of the mapping; does not sleep.
 * Return: 0; -EINVAL if not all of it can be mapped, or not so.
 */
int sim_memory_mmap(struct sim_instance *instance, u32 area,
		    struct vm_area_struct *vma)
{
	const struct sim_type *type = instance->type;
	u64 begin = sim_device_page_in_region(vma->vm_pgoff);
	u64 end = begin + vma_pages(vma);

	if (!sim_memory_is_mappable(type, area) ||
	    !(vma->vm_flags & VM_SHARED) ||
	    begin < sim_memory_first_mappable(type, area) >> PAGE_SHIFT ||
	    end > sim_memory_mappable_end(type, area) >> PAGE_SHIFT)
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = instance;
	vma->vm_ops = &sim_memory_vm_ops;
	return 0;
}
