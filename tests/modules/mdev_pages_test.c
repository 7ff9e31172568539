// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent driver for the tests that does with its user's memory what it is
 * told to, right or wrong. It is written as a driver of Linux 5.10 is: the
 * names of <linux/vfio.h> and <linux/mdev.h> of that time, and no others but
 * for the type "op", whose devices have device ops, with dma_unmap().
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mdev.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/random.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/xarray.h>

#include "mdev_pages_test.h"
#include "test_parent.h"

#define MAX_LIST	(VFIO_PIN_PAGES_MAX_ENTRIES + 1)
#define POLLERS		16
#define POLL_SIZE	(64 * PAGE_SIZE)

/**
 * struct pages_device - a mediated device
 * @mdev:	the device
 * @lock:	one request at a time
 * @state:	counters, and the request
 * @user_pfn:	a list for the calls
 * @phys_pfn:	a list for the calls
 * @first:	the first page that is pinned, and should be unpinned when its
 *		memory goes
 * @pinned:	how many there are from there
 * @leave:	do not do so
 * @has_word:	@state.word is its own
 * @in_use:	open() has returned, and release() was not called
 * @use:	from open() to release(): what an op uses that runs later was freed
 * @held_lock:	protects @held
 * @pins_locked: @held_lock is held while pages are pinned, as in some real
 *		drivers
 * @held:	struct held_page, by the number of the page
 * @iommu_nb:	for memory that goes
 * @group_nb:	for the VM
 * @pollers:	threads that read the user's memory again and again, whatever comes
 *		of it, from the request to do so until the device is removed
 * @poll_iova:	where
 * @poll_buf:	what they read, which nobody looks at
 * @poll_refused: one has got ENODEV
 */
struct pages_device {
	struct mdev_device *mdev;
	struct mutex lock;	/* protects all but the counters */
	struct pages_request state;
	unsigned long *user_pfn;
	unsigned long *phys_pfn;
	unsigned long first;
	int pinned;
	bool leave;
	bool has_word;
	bool in_use;
	struct pages_use *use;
	struct mutex held_lock;	/* protects held */
	bool pins_locked;
	struct xarray held;
	struct notifier_block iommu_nb;
	struct notifier_block group_nb;
	struct task_struct *pollers[POLLERS];
	u64 poll_iova;
	void *poll_buf;
	bool poll_refused;
};

static unsigned int unmap_delay_ms;
module_param(unmap_delay_ms, uint, 0644);
MODULE_PARM_DESC(unmap_delay_ms, "how long it takes to let go of memory");

/* KASAN knows whoever uses it too late. */
struct pages_use {
	unsigned long unmaps;
};

/**
 * struct held_page - a page in the table
 * @phys_pfn:	where it is
 * @token:	what the device has written to its word there
 */
struct held_page {
	unsigned long phys_pfn;
	u64 token;
};

/* Of all devices, also those that are removed by now: what must never be */
static atomic_t nr_outside, nr_spoilt;

/* Words that devices have. With more devices than words the rest share the first. */
static DECLARE_BITMAP(words, PAGES_USER_WORD);

static struct device *pages_dev(struct pages_device *device)
{
	return mdev_dev(device->mdev);
}

static int unpin_own(struct pages_device *device)
{
	unsigned long *list = kcalloc(MAX_LIST, sizeof(*list), GFP_KERNEL);
	int i, ret;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < device->pinned; i++)
		list[i] = device->first + i;
	ret = vfio_unpin_pages(pages_dev(device), list, device->pinned);
	device->pinned = 0;
	kfree(list);
	return ret;
}

/* The table. All but held_pin() need its lock. */

static u64 *held_words(const struct held_page *held)
{
	return page_address(pfn_to_page(held->phys_pfn));
}

/* Into memory that is somebody else's by now, if the page was let go. */
static void held_check(struct pages_device *device, struct held_page *held)
{
	u64 *word = &held_words(held)[device->state.word];

	if (READ_ONCE(*word) != held->token)
		atomic_inc(&nr_spoilt);
}

/* A page that is in the table already stays pinned once. */
static int held_add(struct pages_device *device, unsigned long user_pfn,
		    unsigned long phys_pfn)
{
	struct held_page *held = kzalloc(sizeof(*held), GFP_KERNEL);
	int ret = -ENOMEM;

	if (held) {
		held->phys_pfn = phys_pfn;
		get_random_bytes(&held->token, sizeof(held->token));
		ret = xa_insert(&device->held, user_pfn, held, GFP_KERNEL);
	}
	if (ret) {
		kfree(held);
		vfio_unpin_pages(pages_dev(device), &user_pfn, 1);
		return 0;
	}
	WRITE_ONCE(held_words(held)[device->state.word], held->token);
	return 1;
}

static int held_drop(struct pages_device *device, unsigned long first,
		     unsigned long last)
{
	struct held_page *held;
	unsigned long pfn;
	int dropped = 0;

	xa_for_each_range(&device->held, pfn, held, first, last) {
		held_check(device, held);
		xa_erase(&device->held, pfn);
		kfree(held);
		if (vfio_unpin_pages(pages_dev(device), &pfn, 1) != 1)
			atomic_inc(&nr_spoilt);
		dropped++;
	}
	return dropped;
}

/* The driver's mistake: it leaves them pinned. */
static void held_forget(struct pages_device *device)
{
	struct held_page *held;
	unsigned long pfn;

	xa_for_each(&device->held, pfn, held) {
		xa_erase(&device->held, pfn);
		kfree(held);
	}
}

static int held_count(struct pages_device *device, unsigned long first,
		      unsigned long last)
{
	struct held_page *held;
	unsigned long pfn;
	int count = 0;

	xa_for_each_range(&device->held, pfn, held, first, last)
		count++;
	return count;
}

/* What the user says that it has written, and what the device has. */
static int held_look(struct pages_device *device, unsigned long pfn,
		     struct pages_request *request)
{
	struct held_page *held = xa_load(&device->held, pfn);

	if (!held)
		return -ENOENT;
	held_check(device, held);
	if (READ_ONCE(held_words(held)[PAGES_USER_WORD]) != request->data)
		return -EILSEQ;
	request->data = held->token;
	return 0;
}

static int held_pin(struct pages_device *device, unsigned long first,
		    int npage, int prot)
{
	bool locked = READ_ONCE(device->pins_locked);
	unsigned long *user_pfn, *phys_pfn;
	int i, ret, added = 0;

	user_pfn = kcalloc(2 * npage, sizeof(*user_pfn), GFP_KERNEL);
	if (!user_pfn)
		return -ENOMEM;
	phys_pfn = user_pfn + npage;
	for (i = 0; i < npage; i++)
		user_pfn[i] = first + i;

	if (locked)
		mutex_lock(&device->held_lock);
	ret = vfio_pin_pages(pages_dev(device), user_pfn, npage, prot,
			     phys_pfn);
	if (!locked) {
		/* time for the user to unmap what is not in the table yet */
		cond_resched();
		mutex_lock(&device->held_lock);
	}
	for (i = 0; i < ret; i++)
		added += held_add(device, user_pfn[i], phys_pfn[i]);
	mutex_unlock(&device->held_lock);
	kfree(user_pfn);
	return ret < 0 ? ret : added;
}

static int held_request(struct pages_device *device,
			struct pages_request *request)
{
	unsigned long first = request->iova >> PAGE_SHIFT;
	unsigned long last;
	int ret;

	if (request->npage <= 0 || request->npage > VFIO_PIN_PAGES_MAX_ENTRIES)
		return -EINVAL;
	last = first + request->npage - 1;
	if (request->op == PAGES_HOLD)
		return held_pin(device, first, request->npage, request->prot);

	mutex_lock(&device->held_lock);
	if (request->op == PAGES_DROP)
		ret = held_drop(device, first, last);
	else if (request->op == PAGES_LOOK)
		ret = held_look(device, first, request);
	else
		ret = held_count(device, first, last);
	mutex_unlock(&device->held_lock);
	return ret;
}

static void memory_goes(struct pages_device *device, u64 iova, u64 size)
{
	u64 first = (u64)device->first << PAGE_SHIFT;
	struct pages_use *use = READ_ONCE(device->use);

	if (!READ_ONCE(device->in_use)) {
		atomic_inc(&nr_outside);
		return;
	}
	WRITE_ONCE(use->unmaps, use->unmaps + 1);
	device->state.unmap_iova = iova;
	device->state.unmap_size = size;
	if (unmap_delay_ms)
		msleep(unmap_delay_ms);
	if (!device->leave) {
		mutex_lock(&device->held_lock);
		held_drop(device, iova >> PAGE_SHIFT,
			  (iova + size - 1) >> PAGE_SHIFT);
		mutex_unlock(&device->held_lock);
		if (device->pinned && first >= iova && first - iova < size)
			unpin_own(device);
	}
	WRITE_ONCE(use->unmaps, use->unmaps + 1);
	if (!READ_ONCE(device->in_use))
		atomic_inc(&nr_outside);
}

static int iommu_event(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	struct pages_device *device =
		container_of(nb, struct pages_device, iommu_nb);
	struct vfio_iommu_type1_dma_unmap *unmap = data;

	if (event != VFIO_IOMMU_NOTIFY_DMA_UNMAP)
		return NOTIFY_DONE;
	device->state.unmaps++;
	memory_goes(device, unmap->iova, unmap->size);
	return NOTIFY_OK;
}

static int group_event(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	struct pages_device *device =
		container_of(nb, struct pages_device, group_nb);

	if (event == VFIO_GROUP_NOTIFY_SET_KVM) {
		device->state.kvm_calls++;
		device->state.has_kvm = !!data;
	}
	return NOTIFY_OK;
}

static int register_notifiers(struct pages_device *device)
{
	unsigned long events = VFIO_IOMMU_NOTIFY_DMA_UNMAP;
	int ret;

	ret = vfio_register_notifier(pages_dev(device), VFIO_IOMMU_NOTIFY,
				     &events, &device->iommu_nb);
	if (ret)
		return ret;
	events = VFIO_GROUP_NOTIFY_SET_KVM;
	return vfio_register_notifier(pages_dev(device), VFIO_GROUP_NOTIFY,
				      &events, &device->group_nb);
}

static int unregister_notifiers(struct pages_device *device)
{
	int ret;

	ret = vfio_unregister_notifier(pages_dev(device), VFIO_IOMMU_NOTIFY,
				       &device->iommu_nb);
	return vfio_unregister_notifier(pages_dev(device), VFIO_GROUP_NOTIFY,
					&device->group_nb) ?: ret;
}

/* The requests, each with the result of the one call that it is about. */

static int do_pin(struct pages_device *device, struct pages_request *request)
{
	int i, ret;

	for (i = 0; i < clamp_t(int, request->npage, 0, MAX_LIST); i++)
		device->user_pfn[i] = (request->iova >> PAGE_SHIFT) + i;
	if (request->op == PAGES_UNPIN)
		return vfio_unpin_pages(pages_dev(device), device->user_pfn,
					request->npage);
	ret = vfio_pin_pages(pages_dev(device), device->user_pfn,
			     request->npage, request->prot, device->phys_pfn);
	if (ret > 0) {
		device->first = device->user_pfn[0];
		device->pinned = ret;
	}
	return ret;
}

/* To or from the first of the pages that were pinned last. */
static int do_touch(struct pages_device *device, struct pages_request *request)
{
	struct page *page = pfn_to_page(device->phys_pfn[0]);
	u64 *memory;

	if (!device->pinned)
		return -ENXIO;
	memory = page_address(page);
	if (request->op == PAGES_POKE)
		*memory = request->data;
	else
		request->data = *memory;
	return 0;
}

static int do_rw(struct pages_device *device, struct pages_request *request)
{
	bool write = request->op == PAGES_WRITE;
	struct vfio_group *group;
	u64 *buf;
	int ret;

	/* longer than the buffer only where that is refused at once */
	if (request->len > PAGE_SIZE &&
	    request->iova <= U64_MAX - (request->len - 1))
		return -E2BIG;
	buf = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	*buf = request->data;
	group = vfio_group_get_external_user_from_dev(pages_dev(device));
	if (IS_ERR_OR_NULL(group)) {
		kfree(buf);
		return group ? PTR_ERR(group) : -ENODEV;
	}
	ret = vfio_dma_rw(group, request->iova, buf, request->len, write);
	vfio_group_put_external_user(group);
	request->data = *buf;
	kfree(buf);
	return ret;
}

/*
 * The driver's design: it does not stop them in release(). They read so much that
 * nearly always one of them is waiting for VFIO's lock.
 */
static int poll_thread(void *data)
{
	struct pages_device *device = data;
	struct vfio_group *group;

	group = vfio_group_get_external_user_from_dev(pages_dev(device));
	while (!kthread_should_stop()) {
		if (vfio_dma_rw(group, device->poll_iova, device->poll_buf,
				POLL_SIZE, false) == -ENODEV) {
			WRITE_ONCE(device->poll_refused, true);
			msleep(20);
		}
		cond_resched();
	}
	vfio_group_put_external_user(group);
	return 0;
}

static void poll_stop(struct pages_device *device)
{
	int i;

	for (i = 0; i < POLLERS; i++)
		if (device->pollers[i])
			kthread_stop(device->pollers[i]);
	kvfree(device->poll_buf);
}

static int poll_start(struct pages_device *device, u64 iova)
{
	int i;

	if (device->poll_buf)
		return -EBUSY;
	device->poll_buf = kvmalloc(POLL_SIZE, GFP_KERNEL);
	if (!device->poll_buf)
		return -ENOMEM;
	device->poll_iova = iova;
	for (i = 0; i < POLLERS; i++) {
		struct task_struct *task = kthread_run(poll_thread, device,
						       "pages_poll/%d", i);

		if (IS_ERR(task))
			return PTR_ERR(task);
		device->pollers[i] = task;
	}
	return 0;
}

static int do_register_wrong(struct pages_device *device)
{
	unsigned long events = VFIO_IOMMU_NOTIFY_DMA_UNMAP | BIT(5);
	struct notifier_block nb = { .notifier_call = iommu_event };

	return vfio_register_notifier(pages_dev(device), VFIO_IOMMU_NOTIFY,
				      &events, &nb);
}

static int do_request(struct pages_device *device,
		      struct pages_request *request)
{
	switch (request->op) {
	case PAGES_NOTHING:
		return 0;
	case PAGES_PIN:
	case PAGES_UNPIN:
		return do_pin(device, request);
	case PAGES_PIN_NULL:
		return vfio_pin_pages(pages_dev(device), NULL, 1, IOMMU_READ,
				      NULL);
	case PAGES_UNPIN_NULL:
		return vfio_unpin_pages(pages_dev(device), NULL, 1);
	case PAGES_PEEK:
	case PAGES_POKE:
		return do_touch(device, request);
	case PAGES_READ:
	case PAGES_WRITE:
		return do_rw(device, request);
	case PAGES_REGISTER:
		return register_notifiers(device);
	case PAGES_REGISTER_WRONG:
		return do_register_wrong(device);
	case PAGES_UNREGISTER:
		return unregister_notifiers(device);
	case PAGES_LEAVE:
		device->leave = true;
		return 0;
	case PAGES_LOCK:
		WRITE_ONCE(device->pins_locked, request->npage);
		return 0;
	case PAGES_HOLD:
	case PAGES_DROP:
	case PAGES_LOOK:
	case PAGES_COUNT:
		return held_request(device, request);
	case PAGES_POLL:
		return poll_start(device, request->iova);
	case PAGES_POLL_REFUSED:
		return READ_ONCE(device->poll_refused);
	default:
		return -EINVAL;
	}
}

/* The device's callbacks */

/* A device that nobody has open yet has no memory. */
static int pin_too_early(struct mdev_device *mdev)
{
	unsigned long user_pfn = 0, phys_pfn;

	return vfio_pin_pages(mdev_dev(mdev), &user_pfn, 1, IOMMU_READ,
			      &phys_pfn);
}

static int pages_open(struct mdev_device *mdev)
{
	struct pages_device *device = mdev_get_drvdata(mdev);
	int ret;

	device->state.unmaps = 0;
	device->state.op_unmaps = 0;
	device->state.in_open = pin_too_early(mdev);
	device->pinned = 0;
	device->leave = false;
	device->use = kzalloc(sizeof(*device->use), GFP_KERNEL);
	if (!device->use)
		return -ENOMEM;
	ret = register_notifiers(device);
	if (ret)
		kfree(device->use);
	/* Only "return" comes after it. */
	WRITE_ONCE(device->in_use, !ret);
	return ret;
}

static void pages_release(struct mdev_device *mdev)
{
	struct pages_device *device = mdev_get_drvdata(mdev);

	WRITE_ONCE(device->in_use, false);
	if (!device->leave && device->pinned)
		unpin_own(device);
	if (!device->leave)
		unregister_notifiers(device);
	mutex_lock(&device->held_lock);
	if (device->leave)
		held_forget(device);
	else
		held_drop(device, 0, ULONG_MAX);
	mutex_unlock(&device->held_lock);
	kfree(device->use);
}

static ssize_t pages_read(struct mdev_device *mdev, char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct pages_device *device = mdev_get_drvdata(mdev);
	ssize_t ret;

	mutex_lock(&device->lock);
	device->state.outside = atomic_read(&nr_outside);
	device->state.spoilt = atomic_read(&nr_spoilt);
	ret = simple_read_from_buffer(buf, count, ppos, &device->state,
				      sizeof(device->state));
	mutex_unlock(&device->lock);
	return ret;
}

static ssize_t pages_write(struct mdev_device *mdev, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	struct pages_device *device = mdev_get_drvdata(mdev);
	struct pages_request request;

	if (*ppos || count != sizeof(request))
		return -EINVAL;
	if (copy_from_user(&request, buf, sizeof(request)))
		return -EFAULT;
	mutex_lock(&device->lock);
	device->state.result = do_request(device, &request);
	device->state.data = request.data;
	mutex_unlock(&device->lock);
	return count;
}

static long pages_ioctl(struct mdev_device *mdev, unsigned int cmd,
			unsigned long arg)
{
	struct pages_device *device = mdev_get_drvdata(mdev);
	struct pages_request request;

	if (cmd != PAGES_DO)
		return -ENOTTY;
	if (copy_from_user(&request, (void __user *)arg, sizeof(request)))
		return -EFAULT;
	if (request.op < PAGES_LEAVE && request.op != PAGES_NOTHING)
		return -EINVAL;
	request.result = do_request(device, &request);
	request.unmaps = device->state.unmaps;
	request.op_unmaps = device->state.op_unmaps;
	request.outside = atomic_read(&nr_outside);
	request.spoilt = atomic_read(&nr_spoilt);
	request.word = device->state.word;
	return copy_to_user((void __user *)arg, &request, sizeof(request)) ?
	       -EFAULT : 0;
}

/* The op takes the memory, if there is one, before the notifier is called. */
static void pages_dma_unmap(struct mdev_device *mdev, u64 iova, u64 length)
{
	struct pages_device *device = mdev_get_drvdata(mdev);

	device->state.op_unmaps++;
	memory_goes(device, iova, length);
}

static const struct vfio_mdev_device_ops pages_ops = {
	.open = pages_open,
	.release = pages_release,
	.read = pages_read,
	.write = pages_write,
	.ioctl = pages_ioctl,
	.dma_unmap = pages_dma_unmap,
};

static void take_word(struct pages_device *device)
{
	unsigned int word;

	for (word = 0; word < PAGES_USER_WORD; word++)
		if (!test_and_set_bit(word, words)) {
			device->state.word = word;
			device->has_word = true;
			return;
		}
}

static void free_device(struct pages_device *device)
{
	if (device->has_word)
		clear_bit(device->state.word, words);
	kfree(device->user_pfn);
	kfree(device->phys_pfn);
	kfree(device);
}

static int pages_create(struct kobject *kobj, struct mdev_device *mdev)
{
	struct pages_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int ret;

	if (!device)
		return -ENOMEM;
	device->user_pfn = kcalloc(MAX_LIST, sizeof(long), GFP_KERNEL);
	device->phys_pfn = kcalloc(MAX_LIST, sizeof(long), GFP_KERNEL);
	if (!device->user_pfn || !device->phys_pfn) {
		free_device(device);
		return -ENOMEM;
	}
	mutex_init(&device->lock);
	mutex_init(&device->held_lock);
	xa_init(&device->held);
	take_word(device);
	device->mdev = mdev;
	device->iommu_nb.notifier_call = iommu_event;
	device->group_nb.notifier_call = group_event;
	device->state.before_open = pin_too_early(mdev);
	mdev_set_drvdata(mdev, device);
	if (strcmp(kobject_name(kobj), "mdev_pages_test-op"))
		return 0;
	ret = mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &pages_ops);
	if (ret)
		free_device(device);
	return ret;
}

static int pages_remove(struct mdev_device *mdev)
{
	struct pages_device *device = mdev_get_drvdata(mdev);

	poll_stop(device);
	free_device(device);
	return 0;
}

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	return sprintf(buf, "8\n");
}
static MDEV_TYPE_ATTR_RO(available_instances);

static ssize_t device_api_show(struct kobject *kobj, struct device *dev,
			       char *buf)
{
	return sprintf(buf, "vfio-platform\n");
}
static MDEV_TYPE_ATTR_RO(device_api);

static struct attribute *pages_type_attrs[] = {
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	NULL
};

static struct attribute_group pages_type_notifier = {
	.name = "notifier",
	.attrs = pages_type_attrs,
};

static struct attribute_group pages_type_op = {
	.name = "op",
	.attrs = pages_type_attrs,
};

static struct attribute_group *pages_types[] = {
	&pages_type_notifier,
	&pages_type_op,
	NULL
};

static const struct mdev_parent_ops pages_parent_ops = {
	.owner = THIS_MODULE,
	.supported_type_groups = pages_types,
	.create = pages_create,
	.remove = pages_remove,
	.open = pages_open,
	.release = pages_release,
	.read = pages_read,
	.write = pages_write,
	.ioctl = pages_ioctl,
};

static struct test_parent parent = {
	.driver.driver.name = "mdev_pages_test",
};

static int __init pages_test_init(void)
{
	return test_parent_register(&parent, &pages_parent_ops);
}
module_init(pages_test_init);

static void __exit pages_test_exit(void)
{
	test_parent_unregister(&parent);
}
module_exit(pages_test_exit);

MODULE_DESCRIPTION("Parent driver for testing the memory of a device's user");
MODULE_LICENSE("GPL");
