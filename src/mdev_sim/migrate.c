// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: migration: the states that VFIO's users set, and the files by which a
 * device's own state is read and written.
 *
 * Touches the device through device, config, memory, irq and edu, and user memory.
 *
 * What is transferred is a sequence of records: first one that tells how devices of
 * the type look, by which another one finds out whether it is of the same kind; then
 * pages of BARs and of the display's picture, any number of them, also the same one
 * again; pages of the MSI-X table; and as the last one registers and configuration
 * space. In PRE_COPY all pages that have been touched are sent, and those that have
 * become dirty since. In STOP_COPY the rest follows. Pages that nobody has touched are
 * as after a reset, and are not sent. Eventfds, the mask of INTx and the display's
 * monitor belong to the user, and are set up anew on the other side. A ROM does not
 * travel: the other device has its own, of the same size.
 *
 * While the device is stopped, writes to its registers have no effect. In the P2P
 * states no transfer by DMA begins or goes on, as it can't be told which of them is
 * to another device.
 *
 * What is received may be anything. Each record is checked when it is there. A page
 * goes to the device's memory at once: there may be more of them than can be kept
 * elsewhere. That is memory as any, for which the card's limit counts, of a device
 * that was reset before, and does not run until all has come. If what comes is
 * wrong, the device is in the state ERROR, which only a reset ends, and with it
 * everything that has come.
 *
 * A stream outlives the device, if its file does. It points to the device until it
 * is cut off, and uses it under &sim_stream.lock only.
 *
 * Locks, outermost first:
 *   sim_migration.lock		the state; streams come and go under it
 *   sim_stream.user_lock	one user at a time
 *   sim_stream.lock		the stream's end at the device
 *   sim_instance.lock		the device
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
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>
#include <linux/vfio_mdev_feature.h>

#include <asm/byteorder.h>

#include "sim.h"

#define STREAM_MAGIC	0x7473646d	/* "mdst" */
#define STREAM_VERSION	1

/* Kinds of records, in the order in which they are sent */
enum sim_record_kind {
	SIM_RECORD_LAYOUT,
	SIM_RECORD_PAGE,	/* of a memory area */
	SIM_RECORD_MSIX,	/* a page of the table */
	SIM_RECORD_STATE,
	SIM_NR_RECORDS,
};

struct sim_record {
	__le32 kind;
	__le32 area;
	__le64 index;		/* of the page */
};

/* Another version has another number, and may be longer from here on. */
struct sim_layout_record {
	__le32 magic;
	__le32 version;
	__le32 page_size;
	__le32 edu;
	__le32 width;		/* of the display */
	__le32 height;
	u8 reset[PCI_CFG_SPACE_SIZE];
	u8 writable[PCI_CFG_SPACE_SIZE];
};

struct sim_state_record {
	u8 config[PCI_CFG_SPACE_SIZE];
	struct sim_edu_image edu;
};

static_assert(sizeof(struct sim_record) == 16);
static_assert(sizeof(struct sim_layout_record) == 24 + 2 * PCI_CFG_SPACE_SIZE);
static_assert(sizeof(struct sim_state_record) == PCI_CFG_SPACE_SIZE + 48);
static_assert(sizeof(struct sim_layout_record) <= PAGE_SIZE);
static_assert(sizeof(struct sim_state_record) <= PAGE_SIZE);

/**
 * struct sim_stream - a transfer
 * @ref:	of the device and of the file
 * @user_lock:	see above
 * @lock:	see above
 * @instance:	the device; NULL when it has nothing to do with it any more; under
 *		@lock
 * @stopped:	the device sends all that there is; under @lock
 * @wrong:	what was written does not fit the device; under @lock
 * @next:	the kind of the next record to be sent, SIM_NR_RECORDS at the end; or
 *		the lowest that may be received; under @lock
 * @area:	where to look for the next page; under @lock
 * @index:	likewise
 * @len:	how much of @record is there; under @user_lock, as the following
 * @pos:	how much of that has been read
 * @record:	what is being read or written. When the last one has been received it
 *		does not change any more.
 * @data:	what belongs to it: a page at most
 */
struct sim_stream {
	struct kref ref;
	struct mutex user_lock;	/* see above */
	struct mutex lock;	/* see above */
	struct sim_instance *instance;
	bool stopped;
	bool wrong;
	u32 next;
	u32 area;
	unsigned long index;
	size_t len;
	size_t pos;
	struct sim_record record;
	u8 data[];
};

static_assert(offsetof(struct sim_stream, data) ==
	      offsetofend(struct sim_stream, record));

/* With what belongs to it. */
static size_t sim_record_size(u32 kind)
{
	switch (kind) {
	case SIM_RECORD_LAYOUT:
		return sizeof(struct sim_record) +
		       sizeof(struct sim_layout_record);
	case SIM_RECORD_STATE:
		return sizeof(struct sim_record) +
		       sizeof(struct sim_state_record);
	default:
		return sizeof(struct sim_record) + PAGE_SIZE;
	}
}

static struct sim_layout_record
sim_migrate_layout(const struct sim_type *type)
{
	struct sim_layout_record layout = {
		.magic = cpu_to_le32(STREAM_MAGIC),
		.version = cpu_to_le32(STREAM_VERSION),
		.page_size = cpu_to_le32(PAGE_SIZE),
		.edu = cpu_to_le32(type->settings.edu),
		.width = cpu_to_le32(type->settings.display.width),
		.height = cpu_to_le32(type->settings.display.height),
	};

	/* Sizes of BARs and of the MSI-X table are in them, too. */
	memcpy(layout.reset, type->layout.reset, sizeof(layout.reset));
	memcpy(layout.writable, type->layout.writable,
	       sizeof(layout.writable));
	return layout;
}

static unsigned long sim_migrate_msix_pages(const struct sim_type *type)
{
	return type->layout.msix_size >> PAGE_SHIFT;
}

/* Streams: sending */

static void sim_stream_put_record(struct sim_stream *stream, u32 kind,
				  u32 area, unsigned long index,
				  const void *data)
{
	stream->record = (struct sim_record) {
		.kind = cpu_to_le32(kind),
		.area = cpu_to_le32(area),
		.index = cpu_to_le64(index),
	};
	stream->len = sim_record_size(kind);
	stream->pos = 0;
	memcpy(stream->data, data, stream->len - sizeof(stream->record));
}

static void sim_stream_put_layout(struct sim_stream *stream)
{
	struct sim_layout_record layout =
		sim_migrate_layout(stream->instance->type);

	sim_stream_put_record(stream, SIM_RECORD_LAYOUT, 0, 0, &layout);
}

static bool sim_stream_put_page(struct sim_stream *stream)
{
	void *page = sim_memory_take_dirty(stream->instance, &stream->area,
					   &stream->index);

	if (!page)
		return false;
	sim_stream_put_record(stream, SIM_RECORD_PAGE, stream->area,
			      stream->index, page);
	stream->index++;
	return true;
}

static bool sim_stream_put_msix(struct sim_stream *stream)
{
	struct sim_instance *instance = stream->instance;

	if (stream->index >= sim_migrate_msix_pages(instance->type))
		return false;
	sim_stream_put_record(stream, SIM_RECORD_MSIX, 0, stream->index,
			      instance->msix + (stream->index << PAGE_SHIFT));
	stream->index++;
	return true;
}

static void sim_stream_put_state(struct sim_stream *stream)
{
	struct sim_instance *instance = stream->instance;
	struct sim_state_record state;

	spin_lock(&instance->lock);
	sim_config_read(instance, 0, state.config, sizeof(state.config));
	sim_edu_save(instance, &state.edu);
	spin_unlock(&instance->lock);
	sim_stream_put_record(stream, SIM_RECORD_STATE, 0, 0, &state);
}

/* Puts the next record where the last one was, which has been read. */
static bool sim_stream_fill(struct sim_stream *stream)
{
	lockdep_assert_held(&stream->lock);
	switch (stream->next) {
	case SIM_RECORD_LAYOUT:
		sim_stream_put_layout(stream);
		stream->next++;
		return true;
	case SIM_RECORD_PAGE:
		if (sim_stream_put_page(stream))
			return true;
		if (!stream->stopped)
			return false;
		stream->next++;
		stream->index = 0;
		fallthrough;
	case SIM_RECORD_MSIX:
		if (sim_stream_put_msix(stream))
			return true;
		stream->next++;
		fallthrough;
	case SIM_RECORD_STATE:
		sim_stream_put_state(stream);
		stream->next++;
		return true;
	default:
		return false;
	}
}

/* How much of a record is there to be read, or an error. */
static ssize_t sim_stream_begin_read(struct sim_stream *stream)
{
	ssize_t ret;

	mutex_lock(&stream->lock);
	if (!stream->instance)
		ret = -ENODEV;
	else if (stream->pos < stream->len || sim_stream_fill(stream))
		ret = stream->len - stream->pos;
	else
		ret = stream->next == SIM_NR_RECORDS ? 0 : -ENOMSG;
	mutex_unlock(&stream->lock);
	return ret;
}

/* Of one record. */
static ssize_t sim_stream_read_some(struct sim_stream *stream,
				    char __user *buf, size_t count)
{
	ssize_t ret = sim_stream_begin_read(stream);

	if (ret <= 0)
		return ret;
	ret = min_t(size_t, ret, count);
	if (copy_to_user(buf, (u8 *)&stream->record + stream->pos, ret))
		return -EFAULT;
	stream->pos += ret;
	return ret;
}

/* A call goes record by record, and can be killed in between. */
static bool sim_stream_is_interrupted(void)
{
	cond_resched();
	return fatal_signal_pending(current);
}

/* Returns -ENOMSG for the end of what PRE_COPY has, 0 for the end of all. */
static ssize_t sim_stream_read(struct file *file, char __user *buf,
			       size_t count, loff_t *ppos)
{
	struct sim_stream *stream = file->private_data;
	ssize_t done = 0, ret = 1;

	if (mutex_lock_interruptible(&stream->user_lock))
		return -ERESTARTSYS;
	while (ret > 0 && done < count) {
		ret = sim_stream_is_interrupted() ? -EINTR :
		      sim_stream_read_some(stream, buf + done, count - done);
		if (ret > 0)
			done += ret;
	}
	mutex_unlock(&stream->user_lock);
	return done ? done : min_t(ssize_t, ret, 0);
}

/* The layout is what another device wants to have before it is stopped. */
static int sim_stream_precopy_info(struct sim_stream *stream,
				   struct vfio_precopy_info *info)
{
	u64 rest = stream->len - stream->pos;
	int ret = 0;

	info->flags = 0;
	info->initial_bytes = 0;
	info->dirty_bytes = 0;
	mutex_lock(&stream->lock);
	if (!stream->instance) {
		ret = -ENODEV;
	} else if (stream->stopped) {
		ret = -EINVAL;
	} else {
		if (stream->next == SIM_RECORD_LAYOUT)
			rest = sim_record_size(SIM_RECORD_LAYOUT);
		if (stream->record.kind == cpu_to_le32(SIM_RECORD_LAYOUT))
			info->initial_bytes = rest;
		else
			info->dirty_bytes = rest;
		info->dirty_bytes +=
			(u64)atomic_long_read(&stream->instance->nr_dirty) *
			sim_record_size(SIM_RECORD_PAGE);
	}
	mutex_unlock(&stream->lock);
	return ret;
}

static long sim_stream_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	const size_t minsz = offsetofend(struct vfio_precopy_info, dirty_bytes);
	struct sim_stream *stream = file->private_data;
	void __user *uarg = (void __user *)arg;
	struct vfio_precopy_info info;
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, uarg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	if (mutex_lock_interruptible(&stream->user_lock))
		return -ERESTARTSYS;
	ret = sim_stream_precopy_info(stream, &info);
	mutex_unlock(&stream->user_lock);
	if (ret)
		return ret;
	return copy_to_user(uarg, &info, minsz) ? -EFAULT : 0;
}

/* Streams: receiving */

/* Whether such a record may come, by what is known before its data has come. */
static bool sim_stream_wants(const struct sim_stream *stream)
{
	const struct sim_type *type = stream->instance->type;
	u32 kind = le32_to_cpu(stream->record.kind);
	u32 area = le32_to_cpu(stream->record.area);
	u64 index = le64_to_cpu(stream->record.index);
	bool is_first = stream->next == SIM_RECORD_LAYOUT;
	bool is_layout = kind == SIM_RECORD_LAYOUT;

	lockdep_assert_held(&stream->lock);
	if (is_first != is_layout)
		return false;
	switch (kind) {
	case SIM_RECORD_LAYOUT:
	case SIM_RECORD_STATE:
		return !area && !index;
	case SIM_RECORD_PAGE:
		return area < SIM_NR_AREAS &&
		       index < sim_memory_pages(type,
						array_index_nospec(area, SIM_NR_AREAS));
	case SIM_RECORD_MSIX:
		return !area && index < sim_migrate_msix_pages(type);
	default:
		return false;
	}
}

static int sim_stream_take_layout(struct sim_stream *stream)
{
	struct sim_layout_record layout =
		sim_migrate_layout(stream->instance->type);

	if (memcmp(stream->data, &layout, sizeof(layout)))
		return -EINVAL;
	stream->next = SIM_RECORD_PAGE;
	return 0;
}

static int sim_stream_take_page(struct sim_stream *stream)
{
	u32 area = array_index_nospec(le32_to_cpu(stream->record.area),
				     SIM_NR_AREAS);
	unsigned long index = le64_to_cpu(stream->record.index);
	void *page = sim_memory_page(stream->instance, area, index, true);

	if (!page)
		return -ENOMEM;
	memcpy(page, stream->data, PAGE_SIZE);
	return 0;
}

/* What is behind the table can't be written. */
static void sim_stream_take_msix(struct sim_stream *stream)
{
	struct sim_instance *instance = stream->instance;
	u64 offset = le64_to_cpu(stream->record.index) << PAGE_SHIFT;
	u64 table = instance->type->settings.msix * PCI_MSIX_ENTRY_SIZE;

	if (offset < table)
		memcpy(instance->msix + offset, stream->data,
		       min_t(u64, PAGE_SIZE, table - offset));
}

static int sim_stream_take_record(struct sim_stream *stream)
{
	lockdep_assert_held(&stream->lock);
	switch (le32_to_cpu(stream->record.kind)) {
	case SIM_RECORD_LAYOUT:
		return sim_stream_take_layout(stream);
	case SIM_RECORD_PAGE:
		return sim_stream_take_page(stream);
	case SIM_RECORD_MSIX:
		sim_stream_take_msix(stream);
		return 0;
	default:
		/* used when all has come: sim_migrate_load() */
		stream->next = SIM_NR_RECORDS;
		return 0;
	}
}

/* How much is wanted until there is something to look at, or an error. */
static ssize_t sim_stream_begin_write(struct sim_stream *stream)
{
	size_t end = stream->len < sizeof(stream->record) ?
		     sizeof(stream->record) :
		     sim_record_size(le32_to_cpu(stream->record.kind));
	ssize_t ret = end - stream->len;

	mutex_lock(&stream->lock);
	if (stream->next == SIM_NR_RECORDS)
		stream->wrong = true;
	if (!stream->instance)
		ret = -ENODEV;
	else if (stream->wrong)
		ret = -EINVAL;
	mutex_unlock(&stream->lock);
	return ret;
}

/* Looks at what has come if it is a record, or its head. */
static int sim_stream_end_write(struct sim_stream *stream)
{
	u32 kind = le32_to_cpu(stream->record.kind);
	int ret = 0;

	mutex_lock(&stream->lock);
	if (!stream->instance) {
		ret = -ENODEV;
	} else if (stream->len == sizeof(stream->record)) {
		ret = sim_stream_wants(stream) ? 0 : -EINVAL;
	} else if (stream->len > sizeof(stream->record) &&
		   stream->len == sim_record_size(kind)) {
		ret = sim_stream_take_record(stream);
		stream->len = 0;
	}
	if (ret)
		stream->wrong = true;
	mutex_unlock(&stream->lock);
	return ret;
}

/* Of one record, or of its head. */
static ssize_t sim_stream_write_some(struct sim_stream *stream,
				     const char __user *buf, size_t count)
{
	ssize_t len = sim_stream_begin_write(stream);
	int ret;

	if (len < 0)
		return len;
	len = min_t(size_t, len, count);
	if (copy_from_user((u8 *)&stream->record + stream->len, buf, len))
		return -EFAULT;
	stream->len += len;
	ret = sim_stream_end_write(stream);
	return ret ? ret : len;
}

/* What is wrong is told at once; what could not be read can be written again. */
static ssize_t sim_stream_write(struct file *file, const char __user *buf,
				size_t count, loff_t *ppos)
{
	struct sim_stream *stream = file->private_data;
	ssize_t done = 0, ret = 0;

	if (mutex_lock_interruptible(&stream->user_lock))
		return -ERESTARTSYS;
	while (ret >= 0 && done < count) {
		ret = sim_stream_is_interrupted() ? -EINTR :
		      sim_stream_write_some(stream, buf + done, count - done);
		if (ret > 0)
			done += ret;
	}
	mutex_unlock(&stream->user_lock);
	if (done && (ret == -EFAULT || ret == -EINTR))
		return done;
	return ret < 0 ? ret : done;
}

/* Streams: beginning and end */

static void sim_stream_free(struct kref *ref)
{
	struct sim_stream *stream = container_of(ref, struct sim_stream, ref);

	mutex_destroy(&stream->user_lock);
	mutex_destroy(&stream->lock);
	kvfree(stream);
}

static int sim_stream_release(struct inode *inode, struct file *file)
{
	struct sim_stream *stream = file->private_data;

	kref_put(&stream->ref, sim_stream_free);
	return 0;
}

static const struct file_operations saving_fops = {
	.owner = THIS_MODULE,
	.read = sim_stream_read,
	.unlocked_ioctl = sim_stream_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = sim_stream_release,
};

static const struct file_operations resuming_fops = {
	.owner = THIS_MODULE,
	.write = sim_stream_write,
	.release = sim_stream_release,
};

/* The device and its stream, under sim_migration.lock */

static struct file *sim_migrate_begin(struct sim_instance *instance,
				      const struct file_operations *fops,
				      int flags)
{
	struct sim_stream *stream;
	struct file *file;

	lockdep_assert_held(&instance->migration.lock);
	stream = kvzalloc(struct_size(stream, data, PAGE_SIZE),
			  GFP_KERNEL_ACCOUNT);
	if (!stream)
		return ERR_PTR(-ENOMEM);
	kref_init(&stream->ref);
	mutex_init(&stream->user_lock);
	mutex_init(&stream->lock);
	stream->instance = instance;

	file = anon_inode_getfile("[mdev_sim]", fops, stream, flags);
	if (IS_ERR(file)) {
		kref_put(&stream->ref, sim_stream_free);
		return file;
	}
	stream_open(file_inode(file), file);
	kref_get(&stream->ref);
	instance->migration.stream = stream;
	return file;
}

static void sim_migrate_end(struct sim_instance *instance)
{
	struct sim_stream *stream = instance->migration.stream;

	lockdep_assert_held(&instance->migration.lock);
	if (!stream)
		return;
	instance->migration.stream = NULL;
	mutex_lock(&stream->lock);
	stream->instance = NULL;
	mutex_unlock(&stream->lock);
	kref_put(&stream->ref, sim_stream_free);
}

static struct file *sim_migrate_begin_saving(struct sim_instance *instance)
{
	struct file *file = sim_migrate_begin(instance, &saving_fops, O_RDONLY);

	if (!IS_ERR(file))
		sim_memory_set_all_dirty(instance);
	return file;
}

static void sim_migrate_save_the_rest(struct sim_instance *instance)
{
	struct sim_stream *stream = instance->migration.stream;

	sim_memory_set_writable_dirty(instance);
	mutex_lock(&stream->lock);
	stream->stopped = true;
	mutex_unlock(&stream->lock);
}

/* What does not come is as after a reset. */
static struct file *sim_migrate_begin_resuming(struct sim_instance *instance)
{
	struct file *file = sim_migrate_begin(instance, &resuming_fops,
					      O_WRONLY);

	if (!IS_ERR(file)) {
		instance->migration.loaded = false;
		sim_device_reset(instance);
	}
	return file;
}

static int sim_migrate_load_state(struct sim_instance *instance,
				  const struct sim_state_record *state)
{
	const struct sim_type *type = instance->type;

	if (!sim_config_is_possible(type, state->config) ||
	    !sim_edu_is_possible(type, &state->edu))
		return -EINVAL;
	spin_lock(&instance->lock);
	sim_config_write(instance, 0, state->config, sizeof(state->config));
	sim_edu_load(instance, &state->edu);
	sim_irq_update(instance);
	spin_unlock(&instance->lock);
	return 0;
}

/* If not all has come yet, -EINVAL; the rest may still come. */
static int sim_migrate_load(struct sim_instance *instance)
{
	struct sim_migration *migration = &instance->migration;
	struct sim_stream *stream = migration->stream;
	bool wrong, complete;

	mutex_lock(&stream->lock);
	wrong = stream->wrong;
	complete = stream->next == SIM_NR_RECORDS;
	mutex_unlock(&stream->lock);
	if (!wrong && !complete)
		return -EINVAL;
	if (wrong || sim_migrate_load_state(instance, (void *)stream->data))
		WRITE_ONCE(migration->state, VFIO_DEVICE_STATE_ERROR);
	else
		migration->loaded = true;
	sim_migrate_end(instance);
	return migration->loaded ? 0 : -EINVAL;
}

static void sim_migrate_set_quiescent(struct sim_instance *instance,
				      bool quiescent)
{
	spin_lock(&instance->lock);
	instance->quiescent = quiescent;
	spin_unlock(&instance->lock);
}

static int sim_migrate_quiesce(struct sim_instance *instance)
{
	int ret;

	sim_migrate_set_quiescent(instance, true);
	ret = sim_edu_wait(instance);
	if (ret)
		sim_migrate_set_quiescent(instance, false);
	return ret;
}

static void sim_migrate_stop(struct sim_instance *instance)
{
	spin_lock(&instance->lock);
	instance->stopped = true;
	spin_unlock(&instance->lock);
}

static void sim_migrate_run(struct sim_instance *instance)
{
	spin_lock(&instance->lock);
	instance->stopped = false;
	if (instance->migration.loaded)
		sim_irq_resume(instance);
	else
		sim_irq_update(instance);
	spin_unlock(&instance->lock);
	instance->migration.loaded = false;
}

#define ARC(from, to) (VFIO_DEVICE_STATE_##from << 4 | VFIO_DEVICE_STATE_##to)

static struct file *sim_migrate_arc(struct sim_instance *instance, u32 from,
				    u32 to)
{
	struct file *file;

	switch (from << 4 | to) {
	case ARC(RUNNING, RUNNING_P2P):
	case ARC(PRE_COPY, PRE_COPY_P2P):
		return ERR_PTR(sim_migrate_quiesce(instance));
	case ARC(RUNNING_P2P, RUNNING):
	case ARC(PRE_COPY_P2P, PRE_COPY):
		sim_migrate_set_quiescent(instance, false);
		return NULL;
	case ARC(RUNNING_P2P, STOP):
		sim_migrate_stop(instance);
		return NULL;
	case ARC(STOP, RUNNING_P2P):
		sim_migrate_run(instance);
		return NULL;
	case ARC(RUNNING, PRE_COPY):
	case ARC(RUNNING_P2P, PRE_COPY_P2P):
		return sim_migrate_begin_saving(instance);
	case ARC(PRE_COPY_P2P, STOP_COPY):
		sim_migrate_stop(instance);
		sim_migrate_save_the_rest(instance);
		return NULL;
	case ARC(STOP, STOP_COPY):
		file = sim_migrate_begin_saving(instance);
		if (!IS_ERR(file))
			sim_migrate_save_the_rest(instance);
		return file;
	case ARC(PRE_COPY, RUNNING):
	case ARC(PRE_COPY_P2P, RUNNING_P2P):
	case ARC(STOP_COPY, STOP):
		sim_migrate_end(instance);
		return NULL;
	case ARC(STOP, RESUMING):
		return sim_migrate_begin_resuming(instance);
	case ARC(RESUMING, STOP):
		return ERR_PTR(sim_migrate_load(instance));
	default:
		return ERR_PTR(-EINVAL);
	}
}

/**
 * sim_migrate_set_state() - lead the device along one arc
 * @mdev:	the device
 * @state:	where to
 *
 * Context: process; sleeps.
 * Return: NULL, the file of a transfer that has begun, or an ERR_PTR(): -EINVAL
 * for an arc that does not exist, or if what was received is not of a device like
 * this one; -ENOMEM; -EINTR if the task is killed; or the error that the card is to
 * fail with.
 */
struct file *sim_migrate_set_state(struct mdev_device *mdev, u32 state)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);
	struct sim_migration *migration = &instance->migration;
	struct file *file;
	int ret;

	ret = sim_faults_check(instance->card->faults, SIM_FAIL_MIGRATION);
	if (ret)
		return ERR_PTR(ret);
	if (mutex_lock_killable(&migration->lock))
		return ERR_PTR(-EINTR);
	file = sim_migrate_arc(instance, migration->state, state);
	if (!IS_ERR(file))
		WRITE_ONCE(migration->state, state);
	mutex_unlock(&migration->lock);
	/* what was asked for while it was quiescent */
	sim_edu_run(instance);
	return file;
}

/**
 * sim_migrate_get_state() - where the device is
 * @mdev:	the device
 * @state:	set to VFIO_DEVICE_STATE_*
 *
 * Context: any.
 * Return: 0.
 */
int sim_migrate_get_state(struct mdev_device *mdev, u32 *state)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);

	*state = READ_ONCE(instance->migration.state);
	return 0;
}

/* Pages that there would be to send if the device were stopped now. */
static u64 sim_migrate_pages(struct sim_instance *instance)
{
	u64 pages = atomic_long_read(&instance->nr_pages);
	u64 rest = atomic_long_read(&instance->nr_dirty) +
		   atomic_long_read(&instance->nr_writable);

	lockdep_assert_held(&instance->migration.lock);
	return instance->migration.stream ? min(pages, rest) : pages;
}

/**
 * sim_migrate_get_data_size() - about how much there is to transfer in STOP_COPY
 * @mdev:	the device
 * @size:	set to the number of bytes
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR if the task is killed.
 */
int sim_migrate_get_data_size(struct mdev_device *mdev, unsigned long *size)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);
	u64 pages = sim_migrate_msix_pages(instance->type);

	if (mutex_lock_killable(&instance->migration.lock))
		return -EINTR;
	pages += sim_migrate_pages(instance);
	mutex_unlock(&instance->migration.lock);
	*size = sim_record_size(SIM_RECORD_LAYOUT) +
		sim_record_size(SIM_RECORD_STATE) +
		pages * sim_record_size(SIM_RECORD_PAGE);
	return 0;
}

/* The device runs afterwards, whatever it was doing. The caller resets it. */
static void sim_migrate_cut_off(struct sim_instance *instance)
{
	struct sim_migration *migration = &instance->migration;

	sim_migrate_end(instance);
	migration->loaded = false;
	spin_lock(&instance->lock);
	instance->quiescent = false;
	instance->stopped = false;
	spin_unlock(&instance->lock);
	WRITE_ONCE(migration->state, VFIO_DEVICE_STATE_RUNNING);
}

/**
 * sim_migrate_reset() - as after power-on, whatever the device was doing
 * @instance:	the device
 *
 * Context: process; sleeps.
 * Return: 0, or -EINTR if the task is killed while it waits; then nothing has
 * changed.
 */
int sim_migrate_reset(struct sim_instance *instance)
{
	int ret;

	if (mutex_lock_killable(&instance->migration.lock))
		return -EINTR;
	ret = sim_edu_begin_reset(instance);
	if (!ret) {
		/* what still comes must not be found in memory */
		sim_migrate_cut_off(instance);
		sim_device_end_reset(instance);
	}
	mutex_unlock(&instance->migration.lock);
	return ret;
}

/**
 * sim_migrate_release() - the last user has gone
 * @instance:	the device, which the caller resets then
 *
 * When it returns, no stream uses the device any more.
 *
 * Context: process; sleeps.
 */
void sim_migrate_release(struct sim_instance *instance)
{
	mutex_lock(&instance->migration.lock);
	sim_migrate_cut_off(instance);
	mutex_unlock(&instance->migration.lock);
}

/**
 * sim_migrate_init() - a new device
 * @instance:	the device
 *
 * Context: process; does not sleep.
 */
void sim_migrate_init(struct sim_instance *instance)
{
	mutex_init(&instance->migration.lock);
	instance->migration.state = VFIO_DEVICE_STATE_RUNNING;
}

/**
 * sim_migrate_destroy() - undo sim_migrate_init()
 * @instance:	a device that nobody uses any more
 *
 * Context: process; does not sleep.
 */
void sim_migrate_destroy(struct sim_instance *instance)
{
	mutex_destroy(&instance->migration.lock);
}
