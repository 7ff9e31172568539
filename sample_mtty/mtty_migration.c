// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: migration: the states that VFIO's users set, and the files by which the
 * card's own state is read and written.
 *
 * What is transferred is struct mtty_image: all that the guest can see of the
 * card. Eventfds and the mask of INTx belong to the user, and are set up anew on
 * the other side. A port that requests an interrupt requests it again there, as
 * the first time may have been lost, and INTx that was signalled and not unmasked
 * again is signalled once more, see mtty_irq.c. The counters in sysfs stay with the
 * card that counted. The plug is the host's, and has to be the same on both sides,
 * because some states of a port are possible with one kind of plug only.
 *
 * While the card is stopped it does nothing, and accesses to its ports have no
 * effect. It is never a bus master, so the P2P states demand nothing of it. In
 * PRE_COPY it sends the head of its image, by which another card finds out early
 * whether it is of the same kind and has the same plug. The rest follows in
 * STOP_COPY.
 *
 * What is received may be anything. It is kept until it is complete, and checked
 * as a whole before any of it is used.
 *
 * A stream outlives the card, if its file does. It has no pointer to the card:
 * the card has one to its stream, and marks it when it is over.
 *
 * Locks, outermost first:
 *   mtty_migration.lock	the state; streams come and go under it
 *   mtty_stream.user_lock	one read() or write() at a time
 *   mtty_stream.lock		what is in the stream
 *   mtty.lock			the card
 * Only user_lock is held while user memory is accessed, and nobody waits for it
 * but other users of the same file.
 *
 * Nothing here writes to the log: all of it can be reached by a guest.
 */
#include <linux/anon_inodes.h>
#include <linux/build_bug.h>
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/lockdep.h>
#include <linux/mdev.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>
#include <linux/vfio_mdev_feature.h>

#include "mtty.h"

#define IMAGE_MAGIC	0x7974746d	/* "mtty" */
#define IMAGE_VERSION	3

/*
 * Another version has another number, and may be longer from here on. It is
 * refused. In version 1 a port had less state, and nothing was said of the plug; in
 * version 2 nothing was said of INTx.
 */
struct mtty_image_head {
	__le32 magic;
	__le16 version;
	u8 nr_ports;
	u8 wire;
	__le32 config_size;
	__le32 port_size;
};

struct mtty_image {
	struct mtty_image_head head;
	u8 config[PCI_STD_HEADER_SIZEOF];
	u8 line_high;
	u8 zero[3];
	struct mtty_uart_image port[MTTY_MAX_PORTS];
};

static_assert(sizeof(struct mtty_image) ==
	      16 + PCI_STD_HEADER_SIZEOF + 4 + MTTY_MAX_PORTS * 50);

/**
 * struct mtty_stream - a transfer
 * @ref:	of the card and of the file
 * @user_lock:	see above
 * @lock:	protects all below but the three that are constant
 * @nr_ports:	of the card
 * @wire:	the card's plug, which stays as it is while the card is open
 * @size:	of a whole image
 * @over:	the card has nothing to do with it any more
 * @wrong:	what was written is not an image for the card
 * @len:	how much of the image is there
 * @pos:	how much of that was read
 * @image:	the image
 */
struct mtty_stream {
	struct kref ref;
	struct mutex user_lock;	/* see above */
	spinlock_t lock;	/* see above */
	u8 nr_ports;
	bool wire;
	size_t size;
	bool over;
	bool wrong;
	size_t len;
	size_t pos;
	struct mtty_image image;
};

static size_t mtty_migration_image_size(unsigned int nr_ports)
{
	return offsetof(struct mtty_image, port) +
	       nr_ports * sizeof(struct mtty_uart_image);
}

static struct mtty_image_head
mtty_migration_image_head(const struct mtty_stream *stream)
{
	return (struct mtty_image_head) {
		.magic = cpu_to_le32(IMAGE_MAGIC),
		.version = cpu_to_le16(IMAGE_VERSION),
		.nr_ports = stream->nr_ports,
		.wire = stream->wire,
		.config_size = cpu_to_le32(PCI_STD_HEADER_SIZEOF),
		.port_size = cpu_to_le32(sizeof(struct mtty_uart_image)),
	};
}

/* Streams */

static void mtty_stream_free(struct kref *ref)
{
	struct mtty_stream *stream = container_of(ref, struct mtty_stream, ref);

	mutex_destroy(&stream->user_lock);
	kfree(stream);
}

static int mtty_stream_release(struct inode *inode, struct file *file)
{
	struct mtty_stream *stream = file->private_data;

	kref_put(&stream->ref, mtty_stream_free);
	return 0;
}

/* Copies the next bytes; returns how many, or an error. */
static ssize_t mtty_stream_peek(struct mtty_stream *stream, u8 *data,
				size_t count)
{
	ssize_t ret;

	spin_lock(&stream->lock);
	ret = min(count, stream->len - stream->pos);
	if (stream->over)
		ret = -ENODEV;
	else if (ret)
		memcpy(data, (u8 *)&stream->image + stream->pos, ret);
	else if (count && stream->len < stream->size)
		ret = -ENOMSG;
	spin_unlock(&stream->lock);
	return ret;
}

static void mtty_stream_advance(struct mtty_stream *stream, size_t count)
{
	spin_lock(&stream->lock);
	stream->pos += count;
	spin_unlock(&stream->lock);
}

/* Returns -ENOMSG for the end of what PRE_COPY has, 0 for the end of all. */
static ssize_t mtty_stream_read(struct file *file, char __user *buf,
				size_t count, loff_t *ppos)
{
	struct mtty_stream *stream = file->private_data;
	u8 data[sizeof(struct mtty_image)];
	ssize_t ret;

	if (mutex_lock_interruptible(&stream->user_lock))
		return -ERESTARTSYS;
	ret = mtty_stream_peek(stream, data, count);
	if (ret > 0) {
		if (copy_to_user(buf, data, ret))
			ret = -EFAULT;
		else
			mtty_stream_advance(stream, ret);
	}
	mutex_unlock(&stream->user_lock);
	return ret;
}

static bool mtty_stream_begins_right(const struct mtty_stream *stream)
{
	struct mtty_image_head head = mtty_migration_image_head(stream);

	return stream->len < sizeof(head) ||
	       !memcmp(&stream->image.head, &head, sizeof(head));
}

static int mtty_stream_append(struct mtty_stream *stream, const u8 *data,
			      size_t count)
{
	lockdep_assert_held(&stream->lock);
	if (stream->over)
		return -ENODEV;
	if (stream->wrong)
		return -EINVAL;
	if (count > stream->size - stream->len) {
		stream->wrong = true;
		return -EINVAL;
	}
	memcpy((u8 *)&stream->image + stream->len, data, count);
	stream->len += count;
	stream->wrong = !mtty_stream_begins_right(stream);
	return stream->wrong ? -EINVAL : 0;
}

static ssize_t mtty_stream_write(struct file *file, const char __user *buf,
				 size_t count, loff_t *ppos)
{
	struct mtty_stream *stream = file->private_data;
	/* One byte more than there is room for is enough to tell the error. */
	u8 data[sizeof(struct mtty_image) + 1];
	size_t len = min(count, sizeof(data));
	ssize_t ret;

	if (mutex_lock_interruptible(&stream->user_lock))
		return -ERESTARTSYS;
	if (copy_from_user(data, buf, len)) {
		ret = -EFAULT;
	} else {
		spin_lock(&stream->lock);
		ret = mtty_stream_append(stream, data, len);
		spin_unlock(&stream->lock);
	}
	mutex_unlock(&stream->user_lock);
	return ret ? ret : count;
}

/* The head is all that there is to send in PRE_COPY. */
static int mtty_stream_precopy_info(struct mtty_stream *stream,
				    struct vfio_precopy_info *info)
{
	int ret = 0;

	spin_lock(&stream->lock);
	if (stream->over)
		ret = -ENODEV;
	else if (stream->len == stream->size)
		ret = -EINVAL;
	info->flags = 0;
	info->initial_bytes = stream->len - stream->pos;
	info->dirty_bytes = 0;
	spin_unlock(&stream->lock);
	return ret;
}

static long mtty_stream_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	const size_t minsz = offsetofend(struct vfio_precopy_info, dirty_bytes);
	void __user *uarg = (void __user *)arg;
	struct vfio_precopy_info info;
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, uarg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	ret = mtty_stream_precopy_info(file->private_data, &info);
	if (ret)
		return ret;
	return copy_to_user(uarg, &info, minsz) ? -EFAULT : 0;
}

static const struct file_operations saving_fops = {
	.owner = THIS_MODULE,
	.read = mtty_stream_read,
	.unlocked_ioctl = mtty_stream_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = mtty_stream_release,
};

static const struct file_operations resuming_fops = {
	.owner = THIS_MODULE,
	.write = mtty_stream_write,
	.release = mtty_stream_release,
};

/* The card and its stream, under mtty_migration.lock */

static struct file *mtty_migration_begin(struct mtty *mtty,
					 const struct file_operations *fops,
					 int flags)
{
	struct mtty_stream *stream;
	struct file *file;

	lockdep_assert_held(&mtty->migration.lock);
	stream = kzalloc(sizeof(*stream), GFP_KERNEL_ACCOUNT);
	if (!stream)
		return ERR_PTR(-ENOMEM);
	kref_init(&stream->ref);
	mutex_init(&stream->user_lock);
	spin_lock_init(&stream->lock);
	stream->nr_ports = mtty->nr_ports;
	stream->wire = mtty->uart[0].wire;
	stream->size = mtty_migration_image_size(mtty->nr_ports);

	file = anon_inode_getfile("[mtty]", fops, stream, flags);
	if (IS_ERR(file)) {
		kref_put(&stream->ref, mtty_stream_free);
		return file;
	}
	stream_open(file_inode(file), file);
	kref_get(&stream->ref);
	mtty->migration.stream = stream;
	return file;
}

static void mtty_migration_end(struct mtty *mtty)
{
	struct mtty_stream *stream = mtty->migration.stream;

	lockdep_assert_held(&mtty->migration.lock);
	if (!stream)
		return;
	mtty->migration.stream = NULL;
	spin_lock(&stream->lock);
	stream->over = true;
	spin_unlock(&stream->lock);
	kref_put(&stream->ref, mtty_stream_free);
}

static void mtty_migration_save_head(struct mtty_stream *stream)
{
	spin_lock(&stream->lock);
	stream->image.head = mtty_migration_image_head(stream);
	stream->len = sizeof(stream->image.head);
	spin_unlock(&stream->lock);
}

static void mtty_migration_save_the_rest(struct mtty *mtty)
{
	struct mtty_stream *stream = mtty->migration.stream;
	int i;

	spin_lock(&stream->lock);
	spin_lock(&mtty->lock);
	mtty_config_read(&mtty->config, 0, stream->image.config,
			 sizeof(stream->image.config));
	stream->image.line_high = mtty->masked || mtty->line_high;
	for (i = 0; i < mtty->nr_ports; i++)
		mtty_uart_save(&mtty->uart[i], &stream->image.port[i]);
	spin_unlock(&mtty->lock);
	stream->len = stream->size;
	spin_unlock(&stream->lock);
}

static struct file *mtty_migration_begin_saving(struct mtty *mtty)
{
	struct file *file = mtty_migration_begin(mtty, &saving_fops, O_RDONLY);

	if (!IS_ERR(file))
		mtty_migration_save_head(mtty->migration.stream);
	return file;
}

static bool mtty_migration_is_possible(struct mtty *mtty,
				       const struct mtty_image *image)
{
	int i;

	lockdep_assert_held(&mtty->lock);
	if (!mtty_config_is_possible(&mtty->config, image->config) ||
	    image->line_high > 1 ||
	    memchr_inv(image->zero, 0, sizeof(image->zero)))
		return false;
	for (i = 0; i < mtty->nr_ports; i++)
		if (!mtty_uart_is_possible(&mtty->uart[i], &image->port[i]))
			return false;
	return true;
}

/* Nothing is pending then, so that each port's request counts as a new one. */
static void mtty_migration_load(struct mtty *mtty,
				const struct mtty_image *image)
{
	bool asserted = false;
	int i;

	lockdep_assert_held(&mtty->lock);
	mtty_config_write(&mtty->config, 0, image->config,
			  sizeof(image->config));
	for (i = 0; i < mtty->nr_ports; i++) {
		mtty_uart_load(&mtty->uart[i], &image->port[i]);
		asserted |= mtty_uart_interrupt(&mtty->uart[i]);
	}
	mtty->line_high = image->line_high;
	mtty->pending = 0;
	mtty_config_set_intx(&mtty->config, asserted);
}

/* Returns -EINVAL while the image is incomplete; it can still be completed. */
static int mtty_migration_load_image(struct mtty *mtty)
{
	struct mtty_stream *stream = mtty->migration.stream;
	int ret = 0;

	spin_lock(&stream->lock);
	if (!stream->wrong && stream->len < stream->size) {
		spin_unlock(&stream->lock);
		return -EINVAL;
	}
	spin_lock(&mtty->lock);
	if (!stream->wrong &&
	    mtty_migration_is_possible(mtty, &stream->image)) {
		mtty_migration_load(mtty, &stream->image);
	} else {
		WRITE_ONCE(mtty->migration.state, VFIO_DEVICE_STATE_ERROR);
		ret = -EINVAL;
	}
	spin_unlock(&mtty->lock);
	spin_unlock(&stream->lock);
	mtty_migration_end(mtty);
	return ret;
}

static void mtty_migration_stop(struct mtty *mtty)
{
	spin_lock(&mtty->lock);
	mtty->stopped = true;
	spin_unlock(&mtty->lock);
}

static void mtty_migration_run(struct mtty *mtty)
{
	spin_lock(&mtty->lock);
	mtty->stopped = false;
	mtty_irq_update(mtty);
	spin_unlock(&mtty->lock);
}

#define ARC(from, to) (VFIO_DEVICE_STATE_##from << 4 | VFIO_DEVICE_STATE_##to)

static struct file *mtty_migration_arc(struct mtty *mtty, u32 from, u32 to)
{
	struct file *file;

	switch (from << 4 | to) {
	case ARC(RUNNING, RUNNING_P2P):
	case ARC(RUNNING_P2P, RUNNING):
	case ARC(PRE_COPY, PRE_COPY_P2P):
	case ARC(PRE_COPY_P2P, PRE_COPY):
		return NULL;
	case ARC(RUNNING_P2P, STOP):
		mtty_migration_stop(mtty);
		return NULL;
	case ARC(STOP, RUNNING_P2P):
		mtty_migration_run(mtty);
		return NULL;
	case ARC(RUNNING, PRE_COPY):
	case ARC(RUNNING_P2P, PRE_COPY_P2P):
		return mtty_migration_begin_saving(mtty);
	case ARC(PRE_COPY_P2P, STOP_COPY):
		mtty_migration_stop(mtty);
		mtty_migration_save_the_rest(mtty);
		return NULL;
	case ARC(STOP, STOP_COPY):
		file = mtty_migration_begin_saving(mtty);
		if (!IS_ERR(file))
			mtty_migration_save_the_rest(mtty);
		return file;
	case ARC(PRE_COPY, RUNNING):
	case ARC(PRE_COPY_P2P, RUNNING_P2P):
	case ARC(STOP_COPY, STOP):
		mtty_migration_end(mtty);
		return NULL;
	case ARC(STOP, RESUMING):
		return mtty_migration_begin(mtty, &resuming_fops, O_WRONLY);
	case ARC(RESUMING, STOP):
		return ERR_PTR(mtty_migration_load_image(mtty));
	default:
		return ERR_PTR(-EINVAL);
	}
}

/**
 * mtty_migration_set_state() - lead the card along one arc
 * @mdev:	the card's device
 * @state:	where to
 *
 * Context: process; sleeps.
 * Return: NULL, the file of a transfer that has begun, or an ERR_PTR(): -EINVAL
 * for an arc that does not exist, or for an image that is not of a card like
 * this one.
 */
struct file *mtty_migration_set_state(struct mdev_device *mdev, u32 state)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);
	struct mtty_migration *migration = &mtty->migration;
	struct file *file;

	mutex_lock(&migration->lock);
	file = mtty_migration_arc(mtty, migration->state, state);
	if (!IS_ERR(file))
		WRITE_ONCE(migration->state, state);
	mutex_unlock(&migration->lock);
	return file;
}

/**
 * mtty_migration_get_state() - where the card is
 * @mdev:	the card's device
 * @state:	set to VFIO_DEVICE_STATE_*
 *
 * Context: any.
 * Return: 0.
 */
int mtty_migration_get_state(struct mdev_device *mdev, u32 *state)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	*state = READ_ONCE(mtty->migration.state);
	return 0;
}

/**
 * mtty_migration_get_data_size() - how much there is to transfer
 * @mdev:	the card's device
 * @size:	set to the number of bytes, which is always the same
 *
 * Context: any.
 * Return: 0.
 */
int mtty_migration_get_data_size(struct mdev_device *mdev,
				 unsigned long *size)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	*size = mtty_migration_image_size(mtty->nr_ports);
	return 0;
}

/**
 * mtty_migration_reset() - as after power-on, whatever the card was doing
 * @mtty:	the card
 *
 * Context: process; sleeps.
 */
void mtty_migration_reset(struct mtty *mtty)
{
	mutex_lock(&mtty->migration.lock);
	mtty_migration_end(mtty);
	mtty_device_reset(mtty);
	WRITE_ONCE(mtty->migration.state, VFIO_DEVICE_STATE_RUNNING);
	mutex_unlock(&mtty->migration.lock);
}

/**
 * mtty_migration_init() - a new card
 * @mtty:	the card
 *
 * Context: process; does not sleep.
 */
void mtty_migration_init(struct mtty *mtty)
{
	mutex_init(&mtty->migration.lock);
	mtty->migration.state = VFIO_DEVICE_STATE_RUNNING;
}

/**
 * mtty_migration_destroy() - a card that nobody has open
 * @mtty:	the card
 *
 * Context: process; does not sleep.
 */
void mtty_migration_destroy(struct mtty *mtty)
{
	mutex_destroy(&mtty->migration.lock);
}
