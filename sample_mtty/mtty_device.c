// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: the card as VFIO's users see it: regions, information, reset.
 *
 * Touches user memory, and the card through config, uart, irq and migration.
 *
 * Nothing here writes to the log: all of it can be reached by a guest.
 */
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mdev.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/pci_regs.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>
#include <linux/vfio_mdev_feature.h>

#include "mtty.h"

/* A file offset is a region's index and an offset in the region. */
#define MTTY_REGION_SHIFT	40
#define MTTY_REGION_MASK	((1ULL << MTTY_REGION_SHIFT) - 1)

/* Bytes taken at a time; one access reaches all registers of a port. */
#define CHUNK_SIZE	MTTY_BAR_SIZE

static u64 mtty_device_region_size(const struct mtty *mtty, u64 index)
{
	if (index < mtty->nr_ports)
		return MTTY_BAR_SIZE;
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return PCI_CFG_SPACE_SIZE;
	return 0;
}

/*
 * How much of an access is served. As with a real PCI device behind VFIO,
 * what runs past the end of a BAR is served up to there, and what runs past
 * the end of configuration space is refused.
 */
static ssize_t mtty_device_access_len(const struct mtty *mtty, u64 pos,
				      size_t count)
{
	u64 index = pos >> MTTY_REGION_SHIFT;
	u64 offset = pos & MTTY_REGION_MASK;
	u64 size = mtty_device_region_size(mtty, index);

	if (offset >= size)
		return -EINVAL;
	if (count <= size - offset)
		return count;
	return index == VFIO_PCI_CONFIG_REGION_INDEX ? -EINVAL : size - offset;
}

/* Which port a position below nr_ports belongs to, also under speculation. */
static size_t mtty_device_port_index(const struct mtty *mtty, u64 pos)
{
	size_t index = pos >> MTTY_REGION_SHIFT;

	return array_index_nospec(index, mtty->nr_ports);
}

/* While the card is stopped, reading a register has no side effects. */
static noinline u8 mtty_device_port_look(const struct mtty_uart *uart,
					 unsigned int reg)
{
	struct mtty_uart copy = *uart;

	return mtty_uart_read(&copy, reg);
}

static u8 mtty_device_port_read(struct mtty *mtty, size_t index,
				unsigned int reg)
{
	struct mtty_uart *uart = &mtty->uart[index];

	lockdep_assert_held(&mtty->lock);
	if (unlikely(mtty->stopped))
		return mtty_device_port_look(uart, reg);
	return mtty_uart_read(uart, reg);
}

static void mtty_device_port_write(struct mtty *mtty, size_t index,
				   unsigned int reg, u8 val)
{
	lockdep_assert_held(&mtty->lock);
	if (likely(!mtty->stopped))
		mtty_uart_write(&mtty->uart[index], reg, val);
}

/*
 * A BAR can be accessed whatever the command register says: it is for the
 * user, who maps the BAR, to heed the decode bits. Registers are bytes; wider
 * accesses reach them one after the other.
 */
static void mtty_device_region_read(struct mtty *mtty, u64 pos, u8 *data,
				    size_t len)
{
	size_t offset = pos & MTTY_REGION_MASK;
	size_t i, index;

	spin_lock(&mtty->lock);
	if (pos >> MTTY_REGION_SHIFT == VFIO_PCI_CONFIG_REGION_INDEX) {
		mtty_config_read(&mtty->config, offset, data, len);
	} else {
		index = mtty_device_port_index(mtty, pos);
		for (i = 0; i < len; i++)
			data[i] =
				mtty_device_port_read(mtty, index, offset + i);
		mtty_irq_update_port(mtty, index);
	}
	spin_unlock(&mtty->lock);
}

static void mtty_device_region_write(struct mtty *mtty, u64 pos, const u8 *data,
				     size_t len)
{
	size_t offset = pos & MTTY_REGION_MASK;
	size_t i, index;

	spin_lock(&mtty->lock);
	if (pos >> MTTY_REGION_SHIFT == VFIO_PCI_CONFIG_REGION_INDEX) {
		mtty_config_write(&mtty->config, offset, data, len);
		mtty_irq_update(mtty);
	} else {
		index = mtty_device_port_index(mtty, pos);
		for (i = 0; i < len; i++)
			mtty_device_port_write(mtty, index, offset + i,
					       data[i]);
		mtty_irq_update_port(mtty, index);
	}
	spin_unlock(&mtty->lock);
}

static noinline ssize_t mtty_device_read_chunks(struct mtty *mtty,
						char __user *buf, size_t count,
						loff_t *ppos)
{
	ssize_t len = mtty_device_access_len(mtty, *ppos, count);
	u8 data[CHUNK_SIZE];
	ssize_t done;
	size_t n;

	for (done = 0; done < len; done += n) {
		n = min_t(size_t, len - done, sizeof(data));
		mtty_device_region_read(mtty, *ppos + done, data, n);
		if (copy_to_user(buf + done, data, n))
			return -EFAULT;
	}
	*ppos += done;
	return len;
}

static noinline ssize_t mtty_device_write_chunks(struct mtty *mtty,
						 const char __user *buf,
						 size_t count, loff_t *ppos)
{
	ssize_t len = mtty_device_access_len(mtty, *ppos, count);
	u8 data[CHUNK_SIZE];
	ssize_t done;
	size_t n;

	for (done = 0; done < len; done += n) {
		n = min_t(size_t, len - done, sizeof(data));
		if (copy_from_user(data, buf + done, n))
			return -EFAULT;
		mtty_device_region_write(mtty, *ppos + done, data, n);
	}
	*ppos += done;
	return len;
}

/*
 * A guest's drivers access single registers, and configuration space mostly by
 * double words: those go without a buffer.
 */
static bool mtty_device_is_register(const struct mtty *mtty, u64 pos,
				    size_t count)
{
	return count == 1 && pos >> MTTY_REGION_SHIFT < mtty->nr_ports &&
	       (pos & MTTY_REGION_MASK) < MTTY_BAR_SIZE;
}

static bool mtty_device_is_header_dword(u64 pos, const char __user *buf,
					size_t count)
{
	return count == 4 && pos >> MTTY_REGION_SHIFT == VFIO_PCI_CONFIG_REGION_INDEX &&
	       (pos & MTTY_REGION_MASK) <= PCI_STD_HEADER_SIZEOF - 4 &&
	       IS_ALIGNED((unsigned long)buf, 4);
}

static ssize_t mtty_device_read_register(struct mtty *mtty, char __user *buf,
					 loff_t *ppos)
{
	u64 pos = *ppos;
	size_t index = mtty_device_port_index(mtty, pos);
	u8 val;

	spin_lock(&mtty->lock);
	val = mtty_device_port_read(mtty, index, pos & MTTY_REGION_MASK);
	mtty_irq_update_port(mtty, index);
	spin_unlock(&mtty->lock);

	if (put_user(val, (u8 __user *)buf))
		return -EFAULT;
	*ppos = pos + 1;
	return 1;
}

static ssize_t mtty_device_write_register(struct mtty *mtty,
					  const char __user *buf, loff_t *ppos)
{
	u64 pos = *ppos;
	size_t index = mtty_device_port_index(mtty, pos);
	u8 val;

	if (get_user(val, (const u8 __user *)buf))
		return -EFAULT;

	spin_lock(&mtty->lock);
	mtty_device_port_write(mtty, index, pos & MTTY_REGION_MASK, val);
	mtty_irq_update_port(mtty, index);
	spin_unlock(&mtty->lock);

	*ppos = pos + 1;
	return 1;
}

static ssize_t mtty_device_read_header_dword(struct mtty *mtty,
					     char __user *buf, loff_t *ppos)
{
	u64 pos = *ppos;
	u32 val;

	spin_lock(&mtty->lock);
	val = mtty_config_dword(&mtty->config, pos & MTTY_REGION_MASK);
	spin_unlock(&mtty->lock);

	if (put_user(val, (u32 __user *)buf))
		return -EFAULT;
	*ppos = pos + 4;
	return 4;
}

static ssize_t mtty_device_read(struct mdev_device *mdev, char __user *buf,
				size_t count, loff_t *ppos)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	if (mtty_device_is_register(mtty, *ppos, count))
		return mtty_device_read_register(mtty, buf, ppos);
	if (mtty_device_is_header_dword(*ppos, buf, count))
		return mtty_device_read_header_dword(mtty, buf, ppos);
	return mtty_device_read_chunks(mtty, buf, count, ppos);
}

static ssize_t mtty_device_write(struct mdev_device *mdev,
				 const char __user *buf, size_t count,
				 loff_t *ppos)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	if (mtty_device_is_register(mtty, *ppos, count))
		return mtty_device_write_register(mtty, buf, ppos);
	return mtty_device_write_chunks(mtty, buf, count, ppos);
}

static long mtty_device_get_info(void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/* The card is not PCI Express: there is no index for an error interrupt. */
static long mtty_device_get_irq_info(void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_PCI_NUM_IRQS ||
	    info.index == VFIO_PCI_ERR_IRQ_INDEX)
		return -EINVAL;

	info.flags = mtty_irq_flags(info.index);
	info.count = mtty_irq_count(info.index);
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/* No index has more than one interrupt, so there is at most an s32 of data. */
static long mtty_device_set_irqs(struct mtty *mtty, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set set;
	size_t len = 0;
	s32 data = 0;
	int ret;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	ret = vfio_set_irqs_validate_and_prepare(&set,
						 mtty_irq_count(set.index),
						 VFIO_PCI_NUM_IRQS, &len);
	if (ret)
		return ret;
	if (len > sizeof(data))
		return -EINVAL;
	if (len && copy_from_user(&data, arg + minsz, len))
		return -EFAULT;
	return mtty_irq_set(mtty, &set, &data);
}

static long mtty_device_ioctl(struct mdev_device *mdev, unsigned int cmd,
			      unsigned long arg)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return mtty_device_get_info((void __user *)arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return mtty_device_get_irq_info((void __user *)arg);
	case VFIO_DEVICE_SET_IRQS:
		return mtty_device_set_irqs(mtty, (void __user *)arg);
	case VFIO_DEVICE_RESET:
		mtty_migration_reset(mtty);
		return 0;
	default:
		return -ENOTTY;
	}
}

/* A PCI device has all regions up to config space; some are empty. */
static int mtty_device_get_region_info(struct mdev_device *mdev,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	if (info->index > VFIO_PCI_CONFIG_REGION_INDEX)
		return -EINVAL;

	info->offset = (u64)info->index << MTTY_REGION_SHIFT;
	info->size = mtty_device_region_size(mtty, info->index);
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ |
				   VFIO_REGION_INFO_FLAG_WRITE : 0;
	return 0;
}

static int mtty_device_request(struct mdev_device *mdev, unsigned int count)
{
	return mtty_irq_request(mdev_get_drvdata(mdev));
}

static void mtty_device_set_open(struct mtty *mtty, bool open)
{
	spin_lock(&mtty->lock);
	mtty->open = open;
	spin_unlock(&mtty->lock);
}

static int mtty_device_open(struct mdev_device *mdev)
{
	mtty_device_set_open(mdev_get_drvdata(mdev), true);
	return 0;
}

/* The next user finds the card as the first one did. */
static void mtty_device_release(struct mdev_device *mdev)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	mtty_irq_release(mtty);
	mtty_migration_reset(mtty);
	mtty_device_set_open(mtty, false);
}

const struct vfio_mdev_device_ops mtty_device_ops = {
	.open = mtty_device_open,
	.release = mtty_device_release,
	.read = mtty_device_read,
	.write = mtty_device_write,
	.ioctl = mtty_device_ioctl,
	.get_region_info = mtty_device_get_region_info,
	.request = mtty_device_request,
	.migration_flags = MTTY_MIGRATION_FLAGS,
	.migration_set_state = mtty_migration_set_state,
	.migration_get_state = mtty_migration_get_state,
	.migration_get_data_size = mtty_migration_get_data_size,
};

/**
 * mtty_device_reset() - as after power-on
 * @mtty:	the card
 *
 * The user's side of the interrupts stays: eventfds and the mask of INTx.
 *
 * Context: process; does not sleep.
 */
void mtty_device_reset(struct mtty *mtty)
{
	int i;

	spin_lock(&mtty->lock);
	mtty->stopped = false;
	mtty->line_high = false;
	mtty_config_reset(&mtty->config, mtty->nr_ports);
	for (i = 0; i < mtty->nr_ports; i++)
		mtty_uart_reset(&mtty->uart[i]);
	mtty_irq_update(mtty);
	spin_unlock(&mtty->lock);
}
