// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: a device as VFIO's users see it: regions, information, reset.
 *
 * Touches user memory, and the device through config, memory, rom, irq, edu, display
 * and migrate.
 *
 * A BAR can be accessed whatever the command register says: it is for the user,
 * who maps the BAR, to heed the decode bits. Parts of a memory BAR may be served
 * otherwise than as memory: registers at the beginning, and the MSI-X table at the
 * end. None of these parts can be mapped.
 *
 * Nothing here writes to the log: all of it can be reached by a guest.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mdev.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/pci_regs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>
#include <linux/vfio_mdev_feature.h>

#include <asm/byteorder.h>

#include "sim.h"

/* Bytes of configuration space taken at a time */
#define CHUNK_SIZE	64

enum sim_part_kind {
	SIM_PART_MEMORY,
	SIM_PART_EDU,
	SIM_PART_MSIX,
};

/* A part of an area, from an offset on. */
struct sim_part {
	enum sim_part_kind kind;
	u64 len;
};

static struct sim_part sim_device_part_at(const struct sim_type *type, u32 area,
					  u64 offset)
{
	u64 size = sim_memory_size(type, area);
	u64 msix = sim_memory_mappable_end(type, area);

	if (type->settings.edu && !area && offset < SIM_EDU_SIZE)
		return (struct sim_part) { SIM_PART_EDU,
					   SIM_EDU_SIZE - offset };
	if (offset >= msix)
		return (struct sim_part) { SIM_PART_MSIX, size - offset };
	return (struct sim_part) { SIM_PART_MEMORY, msix - offset };
}

static u64 sim_device_region_size(const struct sim_type *type, u64 index)
{
	u32 area = sim_memory_area_of(index);

	if (area < SIM_NR_AREAS)
		return sim_memory_size(type, area);
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return type->layout.size;
	if (index == VFIO_PCI_ROM_REGION_INDEX && type->settings.rom)
		return type->settings.rom->size;
	if (index == SIM_EDID_REGION && type->settings.display.width)
		return sizeof(struct sim_edid_region);
	return 0;
}

/*
 * How much of an access is served. As with a real PCI device behind VFIO,
 * what runs past the end of a BAR or of the ROM is served up to there, and what
 * runs past the end of another region is refused.
 */
static ssize_t sim_device_access_len(const struct sim_type *type, u64 pos,
				     size_t count)
{
	u64 index = pos >> SIM_REGION_SHIFT;
	u64 offset = pos & SIM_REGION_MASK;
	u64 size = sim_device_region_size(type, index);

	if (offset >= size)
		return -EINVAL;
	if (count <= size - offset)
		return count;
	if (sim_memory_area_of(index) < SIM_NR_AREAS ||
	    index == VFIO_PCI_ROM_REGION_INDEX)
		return size - offset;
	return -EINVAL;
}

/* Registers have 4 bytes, some 8: one is read or written by one access. */
static size_t sim_device_register_len(u64 offset, size_t count)
{
	if (count == 8 && !(offset & 7))
		return 8;
	return min_t(size_t, count, 4 - (offset & 3));
}

static ssize_t sim_device_edu_read(struct sim_instance *instance, u64 offset,
				   char __user *buf, size_t count)
{
	size_t len;
	__le64 data;
	u64 value;

	for (; count; count -= len, offset += len, buf += len) {
		len = sim_device_register_len(offset, count);
		spin_lock(&instance->lock);
		value = sim_edu_read(instance, offset, len);
		sim_irq_update(instance);
		spin_unlock(&instance->lock);
		data = cpu_to_le64(value);
		if (copy_to_user(buf, &data, len))
			return -EFAULT;
	}
	return 0;
}

static ssize_t sim_device_edu_write(struct sim_instance *instance, u64 offset,
				    const char __user *buf, size_t count)
{
	size_t len;
	__le64 data;

	for (; count; count -= len, offset += len, buf += len) {
		len = sim_device_register_len(offset, count);
		data = 0;
		if (copy_from_user(&data, buf, len))
			return -EFAULT;
		spin_lock(&instance->lock);
		sim_edu_write(instance, offset, len, le64_to_cpu(data));
		sim_irq_update(instance);
		spin_unlock(&instance->lock);
		sim_edu_run(instance);
	}
	return 0;
}

/* Only the user accesses the table, so no lock is needed. */
static ssize_t sim_device_msix_read(struct sim_instance *instance, u32 bar,
				    u64 offset, char __user *buf, size_t count)
{
	u64 pos = offset - sim_memory_mappable_end(instance->type, bar);

	return copy_to_user(buf, instance->msix + pos, count) ? -EFAULT : 0;
}

/* Pending bits can't be written, nor what is behind them. */
static ssize_t sim_device_msix_write(struct sim_instance *instance, u32 bar,
				     u64 offset, const char __user *buf,
				     size_t count)
{
	u64 pos = offset - sim_memory_mappable_end(instance->type, bar);
	u64 table = instance->type->settings.msix * PCI_MSIX_ENTRY_SIZE;

	if (pos >= table)
		return 0;
	count = min_t(u64, count, table - pos);
	return copy_from_user(instance->msix + pos, buf, count) ? -EFAULT : 0;
}

static ssize_t sim_device_area_read(struct sim_instance *instance, u32 area,
				    u64 offset, char __user *buf, size_t count)
{
	struct sim_part part;
	ssize_t ret = 0;
	size_t len;

	for (; count && !ret; count -= len, offset += len, buf += len) {
		part = sim_device_part_at(instance->type, area, offset);
		len = min_t(u64, count, part.len);
		switch (part.kind) {
		case SIM_PART_EDU:
			ret = sim_device_edu_read(instance, offset, buf, len);
			break;
		case SIM_PART_MSIX:
			ret = sim_device_msix_read(instance, area, offset, buf,
						   len);
			break;
		case SIM_PART_MEMORY:
			ret = sim_memory_read(instance, area, offset, buf, len);
			break;
		}
	}
	return ret;
}

static ssize_t sim_device_area_write(struct sim_instance *instance, u32 area,
				     u64 offset, const char __user *buf,
				     size_t count)
{
	struct sim_part part;
	ssize_t ret = 0;
	size_t len;

	for (; count && !ret; count -= len, offset += len, buf += len) {
		part = sim_device_part_at(instance->type, area, offset);
		len = min_t(u64, count, part.len);
		switch (part.kind) {
		case SIM_PART_EDU:
			ret = sim_device_edu_write(instance, offset, buf, len);
			break;
		case SIM_PART_MSIX:
			ret = sim_device_msix_write(instance, area, offset, buf,
						    len);
			break;
		case SIM_PART_MEMORY:
			ret = sim_memory_write(instance, area, offset, buf, len);
			break;
		}
	}
	return ret;
}

static ssize_t sim_device_config_read(struct sim_instance *instance,
				      u64 offset, char __user *buf,
				      size_t count)
{
	u8 data[CHUNK_SIZE];
	size_t len;

	for (; count; count -= len, offset += len, buf += len) {
		len = min_t(size_t, count, sizeof(data));
		spin_lock(&instance->lock);
		sim_config_read(instance, offset, data, len);
		spin_unlock(&instance->lock);
		if (copy_to_user(buf, data, len))
			return -EFAULT;
	}
	return 0;
}

static ssize_t sim_device_config_write(struct sim_instance *instance,
				       u64 offset, const char __user *buf,
				       size_t count)
{
	bool reset = false;
	u8 data[CHUNK_SIZE];
	size_t len;

	for (; count; count -= len, offset += len, buf += len) {
		len = min_t(size_t, count, sizeof(data));
		if (copy_from_user(data, buf, len))
			return -EFAULT;
		spin_lock(&instance->lock);
		reset |= sim_config_write(instance, offset, data, len);
		sim_irq_update(instance);
		spin_unlock(&instance->lock);
	}
	return reset ? sim_device_reset(instance) : 0;
}

static ssize_t sim_device_region_read(struct sim_instance *instance, u64 index,
				      u64 offset, char __user *buf,
				      size_t count)
{
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return sim_device_config_read(instance, offset, buf, count);
	if (index == VFIO_PCI_ROM_REGION_INDEX)
		return sim_rom_read(instance->type->settings.rom, offset, buf,
				    count);
	if (index == SIM_EDID_REGION)
		return sim_display_edid_read(instance, offset, buf, count);
	return sim_device_area_read(instance, sim_memory_area_of(index), offset,
				    buf, count);
}

static ssize_t sim_device_region_write(struct sim_instance *instance, u64 index,
				       u64 offset, const char __user *buf,
				       size_t count)
{
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return sim_device_config_write(instance, offset, buf, count);
	if (index == VFIO_PCI_ROM_REGION_INDEX)
		return -EINVAL;
	if (index == SIM_EDID_REGION)
		return sim_display_edid_write(instance, offset, buf, count);
	return sim_device_area_write(instance, sim_memory_area_of(index),
				     offset, buf, count);
}

static ssize_t sim_device_read(struct mdev_device *mdev, char __user *buf,
			       size_t count, loff_t *ppos)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);
	ssize_t len = sim_device_access_len(instance->type, *ppos, count);
	ssize_t ret;

	if (len <= 0)
		return len;
	ret = sim_device_region_read(instance, (u64)*ppos >> SIM_REGION_SHIFT,
				     *ppos & SIM_REGION_MASK, buf, len);
	if (ret)
		return ret;
	*ppos += len;
	return len;
}

static ssize_t sim_device_write(struct mdev_device *mdev,
				const char __user *buf, size_t count,
				loff_t *ppos)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);
	ssize_t len = sim_device_access_len(instance->type, *ppos, count);
	ssize_t ret;

	if (len <= 0)
		return len;
	ret = sim_device_region_write(instance, (u64)*ppos >> SIM_REGION_SHIFT,
				      *ppos & SIM_REGION_MASK, buf, len);
	if (ret)
		return ret;
	*ppos += len;
	return len;
}

static int sim_device_mmap(struct mdev_device *mdev,
			   struct vm_area_struct *vma)
{
	u32 area = sim_memory_area_of(sim_device_region_of_page(vma->vm_pgoff));

	if (area >= SIM_NR_AREAS)
		return -EINVAL;
	return sim_memory_mmap(mdev_get_drvdata(mdev), area, vma);
}

static long sim_device_get_info(struct sim_instance *instance,
				void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = instance->type->settings.display.width ?
			   SIM_NR_REGIONS : VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long sim_device_get_irq_info(struct sim_instance *instance,
				    void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;

	info.count = sim_irq_count(instance->type, info.index);
	info.flags = info.count ? sim_irq_flags(info.index) : 0;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/* There is at most an s32 of data for each interrupt of the index. */
static long sim_device_set_irqs(struct sim_instance *instance,
				void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set set;
	void *data = NULL;
	size_t len = 0;
	int ret;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	ret = vfio_set_irqs_validate_and_prepare(&set,
						 sim_irq_count(instance->type,
							       set.index),
						 VFIO_PCI_NUM_IRQS, &len);
	if (ret)
		return ret;
	if (len) {
		data = memdup_user(arg + minsz, len);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}
	ret = sim_irq_set(instance, &set, data);
	kfree(data);
	return ret;
}

static long sim_device_reset_by_user(struct sim_instance *instance)
{
	int ret = sim_faults_check(instance->card->faults, SIM_FAIL_RESET);

	return ret ? ret : sim_migrate_reset(instance);
}

static long sim_device_ioctl(struct mdev_device *mdev, unsigned int cmd,
			     unsigned long arg)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return sim_device_get_info(instance, (void __user *)arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return sim_device_get_irq_info(instance, (void __user *)arg);
	case VFIO_DEVICE_SET_IRQS:
		return sim_device_set_irqs(instance, (void __user *)arg);
	case VFIO_DEVICE_RESET:
		return sim_device_reset_by_user(instance);
	case VFIO_DEVICE_QUERY_GFX_PLANE:
		return sim_display_query_plane(instance, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* Says which part of a BAR can be mapped, where that is not all of it. */
static int sim_device_add_sparse_mmap(struct vfio_info_cap *caps, u64 begin,
				      u64 end)
{
	struct vfio_region_info_cap_sparse_mmap *sparse;
	size_t size = struct_size(sparse, areas, 1);
	int ret;

	sparse = kzalloc(size, GFP_KERNEL);
	if (!sparse)
		return -ENOMEM;
	sparse->header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	sparse->header.version = 1;
	sparse->nr_areas = 1;
	sparse->areas[0].offset = begin;
	sparse->areas[0].size = end - begin;
	ret = vfio_info_add_capability(caps, &sparse->header, size);
	kfree(sparse);
	return ret;
}

static int sim_device_add_mmap(const struct sim_type *type, u32 area,
			       struct vfio_region_info *info,
			       struct vfio_info_cap *caps)
{
	u64 begin = sim_memory_first_mappable(type, area);
	u64 end = sim_memory_mappable_end(type, area);

	if (!sim_memory_is_mappable(type, area))
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (!begin && end == info->size)
		return 0;
	return sim_device_add_sparse_mmap(caps, begin, end);
}

/* A PCI device has all regions up to config space; some are empty. */
static int sim_device_get_region_info(struct mdev_device *mdev,
				      struct vfio_region_info *info,
				      struct vfio_info_cap *caps)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);
	const struct sim_type *type = instance->type;
	u32 area = sim_memory_area_of(info->index);

	info->size = sim_device_region_size(type, info->index);
	if (!info->size && info->index > VFIO_PCI_CONFIG_REGION_INDEX)
		return -EINVAL;

	info->offset = (u64)info->index << SIM_REGION_SHIFT;
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ : 0;
	if (info->size && info->index != VFIO_PCI_ROM_REGION_INDEX)
		info->flags |= VFIO_REGION_INFO_FLAG_WRITE;
	if (area < SIM_NR_AREAS)
		return sim_device_add_mmap(type, area, info, caps);
	if (info->index == SIM_EDID_REGION)
		return sim_display_add_edid_type(caps);
	return 0;
}

static void sim_device_dma_unmap(struct mdev_device *mdev, u64 iova, u64 length)
{
	sim_edu_unmap(mdev_get_drvdata(mdev));
}

static int sim_device_request(struct mdev_device *mdev, unsigned int count)
{
	return sim_irq_request(mdev_get_drvdata(mdev));
}

static int sim_device_open(struct mdev_device *mdev)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);

	return sim_faults_check(instance->card->faults, SIM_FAIL_OPEN);
}

/* The next user finds the device as the first one did. */
static void sim_device_release(struct mdev_device *mdev)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);

	sim_migrate_release(instance);
	sim_irq_release(instance);
	sim_memory_free(instance);
	sim_display_init(instance);
	sim_device_reset(instance);
}

#define SIM_DEVICE_OPS						\
	.open = sim_device_open,				\
	.release = sim_device_release,				\
	.read = sim_device_read,				\
	.write = sim_device_write,				\
	.ioctl = sim_device_ioctl,				\
	.mmap = sim_device_mmap,				\
	.get_region_info = sim_device_get_region_info,		\
	.dma_unmap = sim_device_dma_unmap,			\
	.request = sim_device_request

static const struct vfio_mdev_device_ops sim_device_ops_plain = {
	SIM_DEVICE_OPS,
};

static const struct vfio_mdev_device_ops sim_device_ops_migratable = {
	SIM_DEVICE_OPS,
	.migration_flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
			   VFIO_MIGRATION_PRE_COPY,
	.migration_set_state = sim_migrate_set_state,
	.migration_get_state = sim_migrate_get_state,
	.migration_get_data_size = sim_migrate_get_data_size,
};

/**
 * sim_device_ops() - the ops of devices of a type
 * @type:	the type
 *
 * Context: any.
 * Return: those for mdev_set_class().
 */
const struct vfio_mdev_device_ops *sim_device_ops(const struct sim_type *type)
{
	return type->settings.migration ? &sim_device_ops_migratable : &sim_device_ops_plain;
}

/* All vectors are masked, and none is pending. */
static void sim_device_reset_msix(struct sim_instance *instance)
{
	u32 i;

	memset(instance->msix, 0, instance->type->layout.msix_size);
	for (i = 0; i < instance->type->settings.msix; i++)
		instance->msix[i * PCI_MSIX_ENTRY_SIZE +
			       PCI_MSIX_ENTRY_VECTOR_CTRL] =
			PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

/**
 * sim_device_end_reset() - as after power-on
 * @instance:	the device, after sim_edu_begin_reset()
 *
 * The user's side stays: eventfds, the mask of INTx, and the display's monitor.
 * Memory is zero, and the display shows the test picture.
 *
 * Context: process; sleeps.
 */
void sim_device_end_reset(struct sim_instance *instance)
{
	spin_lock(&instance->lock);
	sim_config_reset(instance);
	sim_edu_end_reset(instance);
	sim_irq_update(instance);
	if (instance->msix)
		sim_device_reset_msix(instance);
	spin_unlock(&instance->lock);
	sim_memory_reset(instance);
}

/**
 * sim_device_reset() - as after power-on, whoever uses it
 * @instance:	the device, which no transfer to another one uses
 *
 * A transfer by DMA is waited for or does not begin.
 *
 * Context: process; sleeps.
 * Return: 0; -EINTR if the task is killed while it waits for DMA, and then nothing
 * has changed. It can't fail while no DMA can run.
 */
int sim_device_reset(struct sim_instance *instance)
{
	int ret = sim_edu_begin_reset(instance);

	if (!ret)
		sim_device_end_reset(instance);
	return ret;
}

/**
 * sim_device_init() - a new device
 * @instance:	all zero but for its card and type
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int sim_device_init(struct sim_instance *instance)
{
	u32 msix_size = instance->type->layout.msix_size;
	int ret;

	spin_lock_init(&instance->lock);
	ret = sim_irq_init(instance);
	if (ret)
		return ret;
	if (msix_size) {
		instance->msix = kvzalloc(msix_size, GFP_KERNEL_ACCOUNT);
		if (!instance->msix) {
			sim_irq_destroy(instance);
			return -ENOMEM;
		}
	}
	sim_memory_init(instance);
	sim_edu_init(instance);
	sim_display_init(instance);
	sim_migrate_init(instance);
	sim_device_reset(instance);
	return 0;
}

/**
 * sim_device_destroy() - undo sim_device_init()
 * @instance:	a device that nobody uses any more
 *
 * Context: process; sleeps.
 */
void sim_device_destroy(struct sim_instance *instance)
{
	sim_migrate_destroy(instance);
	sim_memory_free(instance);
	kvfree(instance->msix);
	sim_irq_destroy(instance);
}
