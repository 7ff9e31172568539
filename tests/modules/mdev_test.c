// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent driver for the tests: several parents, two types, callbacks that
 * fail or dawdle on request and that count themselves.
 *
 * A device has one region, a page of memory that can be read, written and
 * mapped. Its ioctl() answers GET_REGION_INFO through the user's pointer, as
 * drivers of the stable API have always done.
 *
 * It keeps to the stable API: <linux/mdev.h> and <linux/vfio_mdev.h>. The
 * kernel's <linux/vfio.h> is there for the structures that user space sees
 * and for vfio_info_add_capability().
 */
#include <linux/async.h>
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mdev.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>

#include "../../sample_mtty/compat.h"

#define MAX_PARENTS	16
#define REGION_OFFSET	((loff_t)1 << 20)

static uint parents = 2;
module_param(parents, uint, 0444);
MODULE_PARM_DESC(parents, "number of parent devices, at most 16");

static uint max_instances = 8;
module_param(max_instances, uint, 0644);
MODULE_PARM_DESC(max_instances, "devices that one parent can have");

static uint create_error;
module_param(create_error, uint, 0644);
MODULE_PARM_DESC(create_error, "errno that create() returns; 0: success");

static uint remove_error;
module_param(remove_error, uint, 0644);
MODULE_PARM_DESC(remove_error, "errno that remove() returns; 0: success");

static uint open_error;
module_param(open_error, uint, 0644);
MODULE_PARM_DESC(open_error, "errno that open() returns; 0: success");

static uint open_delay_ms;
module_param(open_delay_ms, uint, 0644);
MODULE_PARM_DESC(open_delay_ms, "how long open() sleeps");

static uint create_delay_ms;
module_param(create_delay_ms, uint, 0644);
MODULE_PARM_DESC(create_delay_ms, "how long create() sleeps");

static uint remove_delay_ms;
module_param(remove_delay_ms, uint, 0644);
MODULE_PARM_DESC(remove_delay_ms, "how long remove() sleeps");

static ushort set_class;
module_param(set_class, ushort, 0644);
MODULE_PARM_DESC(set_class, "class of new devices; 0: set none");

static bool region_info_op;
module_param(region_info_op, bool, 0644);
MODULE_PARM_DESC(region_info_op,
		 "with set_class=1: answer by get_region_info, not by ioctl");

static bool request_op;
module_param(request_op, bool, 0644);
MODULE_PARM_DESC(request_op,
		 "with set_class=1: be asked to let go, by the op request");

enum test_counter {
	CREATES,	/* devices made */
	REMOVES,	/* devices destroyed */
	REFUSALS,	/* calls of remove() that were refused */
	OPENS,		/* calls of open() that succeeded */
	RELEASES,	/* calls of release() */
	REQUESTS,	/* calls of request() */
	COUNTERS
};

/**
 * struct test_parent - one parent device
 * @dev:	the parent device
 * @lock:	lets one at a time register and unregister it
 * @registered:	offered to the core; under @lock
 * @closing:	the module is being unloaded; under @lock
 * @instances_lock:	for creating and removing on several CPUs
 * @instances:	its devices
 * @used:	their number
 * @counters:	how often what happened
 */
struct test_parent {
	struct device *dev;
	struct mutex lock;	/* protects @registered and @closing */
	bool registered;
	bool closing;

	spinlock_t instances_lock;	/* protects @instances and @used */
	struct list_head instances;
	unsigned int used;

	atomic_t counters[COUNTERS];
};

/**
 * struct test_instance - one mediated device
 * @parent:	its parent
 * @entry:	in the parent's list
 * @page:	the memory of its region; a mapping can outlive the device
 * @type:	name of its type
 */
struct test_instance {
	struct test_parent *parent;
	struct list_head entry;
	struct page *page;
	char type[32];
};

/* Not a variable of this module: it may outlive the module for a moment. */
static struct class *test_class;

static struct test_parent test_parents[MAX_PARENTS];

static struct test_parent *parent_of(struct mdev_device *mdev)
{
	return dev_get_drvdata(mdev_parent_dev(mdev));
}

/* Instances */

static bool take_instance(struct test_parent *parent,
			  struct test_instance *instance)
{
	bool free;

	spin_lock(&parent->instances_lock);
	free = parent->used < READ_ONCE(max_instances);
	if (free) {
		parent->used++;
		list_add_tail(&instance->entry, &parent->instances);
	}
	spin_unlock(&parent->instances_lock);

	return free;
}

static void free_instance(struct test_instance *instance)
{
	struct test_parent *parent = instance->parent;

	spin_lock(&parent->instances_lock);
	list_del(&instance->entry);
	parent->used--;
	spin_unlock(&parent->instances_lock);

	put_page(instance->page);
	kfree(instance);
	atomic_inc(&parent->counters[REMOVES]);
}

/* Those that remove() refused to destroy although their parent went away. */
static void free_leftovers(struct test_parent *parent)
{
	struct test_instance *instance, *next;

	list_for_each_entry_safe(instance, next, &parent->instances, entry)
		free_instance(instance);
}

/* The VFIO device */

static int test_open(struct mdev_device *mdev)
{
	int error = READ_ONCE(open_error);

	msleep(READ_ONCE(open_delay_ms));
	if (error)
		return -error;

	atomic_inc(&parent_of(mdev)->counters[OPENS]);
	return 0;
}

static void test_release(struct mdev_device *mdev)
{
	atomic_inc(&parent_of(mdev)->counters[RELEASES]);
}

/* How much of an access lies in the region: an error, or a number of bytes. */
static ssize_t clamp_access(loff_t pos, size_t count)
{
	if (pos < REGION_OFFSET || pos >= REGION_OFFSET + PAGE_SIZE)
		return -EINVAL;

	return min_t(size_t, count, REGION_OFFSET + PAGE_SIZE - pos);
}

static ssize_t test_read(struct mdev_device *mdev, char __user *buf,
			 size_t count, loff_t *ppos)
{
	struct test_instance *instance = mdev_get_drvdata(mdev);
	ssize_t len = clamp_access(*ppos, count);

	if (len <= 0)
		return len;
	if (copy_to_user(buf, page_address(instance->page) +
			 (*ppos - REGION_OFFSET), len))
		return -EFAULT;

	*ppos += len;
	return len;
}

static ssize_t test_write(struct mdev_device *mdev, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct test_instance *instance = mdev_get_drvdata(mdev);
	ssize_t len = clamp_access(*ppos, count);

	if (len <= 0)
		return len;
	if (copy_from_user(page_address(instance->page) +
			   (*ppos - REGION_OFFSET), buf, len))
		return -EFAULT;

	*ppos += len;
	return len;
}

static int test_mmap(struct mdev_device *mdev, struct vm_area_struct *vma)
{
	struct test_instance *instance = mdev_get_drvdata(mdev);

	if (vma->vm_pgoff != REGION_OFFSET >> PAGE_SHIFT ||
	    vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;

	return vm_insert_page(vma, vma->vm_start, instance->page);
}

static long get_device_info(void __user *arg)
{
	size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	info.flags = VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = 1;
	info.num_irqs = 0;

	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/**
 * struct sparse_page - the capability that says the whole page can be mapped
 * @cap:	its head
 * @area:	its only area
 */
struct sparse_page {
	struct vfio_region_info_cap_sparse_mmap cap;
	struct vfio_region_sparse_mmap_area area;
};

static void fill_sparse_page(struct sparse_page *sparse)
{
	memset(sparse, 0, sizeof(*sparse));
	sparse->cap.header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	sparse->cap.header.version = 1;
	sparse->cap.nr_areas = 1;
	sparse->area.size = PAGE_SIZE;
}

/* @info has no flags yet. */
static int fill_region_info(struct vfio_region_info *info)
{
	if (info->index)
		return -EINVAL;

	info->flags |= VFIO_REGION_INFO_FLAG_READ |
		       VFIO_REGION_INFO_FLAG_WRITE |
		       VFIO_REGION_INFO_FLAG_MMAP;
	info->size = PAGE_SIZE;
	info->offset = REGION_OFFSET;
	return 0;
}

/* The way of the stable API: everything through the user's pointer. */
static long get_region_info(void __user *arg)
{
	size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	struct sparse_page sparse;
	int ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	info.flags = 0;
	ret = fill_region_info(&info);
	if (ret)
		return ret;

	info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
	if (info.argsz < sizeof(info) + sizeof(sparse)) {
		info.argsz = sizeof(info) + sizeof(sparse);
		info.cap_offset = 0;
	} else {
		fill_sparse_page(&sparse);
		if (copy_to_user(arg + sizeof(info), &sparse, sizeof(sparse)))
			return -EFAULT;
		info.cap_offset = sizeof(info);
	}

	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long test_ioctl(struct mdev_device *mdev, unsigned int cmd,
		       unsigned long arg)
{
	struct test_instance *instance = mdev_get_drvdata(mdev);

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return get_device_info((void __user *)arg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return get_region_info((void __user *)arg);
	case VFIO_DEVICE_RESET:
		clear_page(page_address(instance->page));
		return 0;
	default:
		return -ENOTTY;
	}
}

/* The same without a user pointer. */
static int test_get_region_info(struct mdev_device *mdev,
				struct vfio_region_info *info,
				struct vfio_info_cap *caps)
{
	struct sparse_page sparse;
	int ret;

	ret = fill_region_info(info);
	if (ret)
		return ret;

	fill_sparse_page(&sparse);
	return vfio_info_add_capability(caps, &sparse.cap.header,
					sizeof(sparse));
}

/* Without GET_REGION_INFO, so that only the op can answer it. */
static long test_ioctl_without_region(struct mdev_device *mdev,
				      unsigned int cmd, unsigned long arg)
{
	if (cmd == VFIO_DEVICE_GET_REGION_INFO)
		return -ENOTTY;

	return test_ioctl(mdev, cmd, arg);
}

static const struct vfio_mdev_device_ops test_device_ops = {
	.open = test_open,
	.release = test_release,
	.read = test_read,
	.write = test_write,
	.ioctl = test_ioctl,
	.mmap = test_mmap,
};

static const struct vfio_mdev_device_ops test_device_ops_region_info = {
	.open = test_open,
	.release = test_release,
	.read = test_read,
	.write = test_write,
	.ioctl = test_ioctl_without_region,
	.mmap = test_mmap,
	.get_region_info = test_get_region_info,
};

/* Says that it told the user, and leaves it to the test to be the user. */
static int test_request(struct mdev_device *mdev, unsigned int count)
{
	atomic_inc(&parent_of(mdev)->counters[REQUESTS]);
	return 0;
}

static const struct vfio_mdev_device_ops test_device_ops_request = {
	.open = test_open,
	.release = test_release,
	.read = test_read,
	.write = test_write,
	.ioctl = test_ioctl,
	.mmap = test_mmap,
	.request = test_request,
};

/* The devices' and the parents' attributes */

static ssize_t type_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct test_instance *instance = mdev_get_drvdata(mdev_from_dev(dev));

	return sysfs_emit(buf, "%s\n", instance->type);
}
static DEVICE_ATTR_RO(type);

static struct attribute *test_mdev_attrs[] = {
	&dev_attr_type.attr,
	NULL
};

static const struct attribute_group test_mdev_group = {
	.name = "test",
	.attrs = test_mdev_attrs,
};

static const struct attribute_group *test_mdev_groups[] = {
	&test_mdev_group,
	NULL
};

static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct dev_ext_attribute *counter =
		container_of(attr, struct dev_ext_attribute, attr);
	struct test_parent *parent = dev_get_drvdata(dev);
	atomic_t *counters = parent->counters;

	return sysfs_emit(buf, "%d\n",
			  atomic_read(&counters[(uintptr_t)counter->var]));
}

static struct dev_ext_attribute counter_attrs[] = {
	{ __ATTR(creates, 0444, counter_show, NULL), (void *)CREATES },
	{ __ATTR(removes, 0444, counter_show, NULL), (void *)REMOVES },
	{ __ATTR(refusals, 0444, counter_show, NULL), (void *)REFUSALS },
	{ __ATTR(opens, 0444, counter_show, NULL), (void *)OPENS },
	{ __ATTR(releases, 0444, counter_show, NULL), (void *)RELEASES },
	{ __ATTR(requests, 0444, counter_show, NULL), (void *)REQUESTS },
};

static struct attribute *test_counter_attrs[] = {
	&counter_attrs[CREATES].attr.attr,
	&counter_attrs[REMOVES].attr.attr,
	&counter_attrs[REFUSALS].attr.attr,
	&counter_attrs[OPENS].attr.attr,
	&counter_attrs[RELEASES].attr.attr,
	&counter_attrs[REQUESTS].attr.attr,
	NULL
};

static const struct attribute_group test_counter_group = {
	.name = "counters",
	.attrs = test_counter_attrs,
};

static const struct attribute_group *test_dev_groups[] = {
	&test_counter_group,
	NULL
};

/* The types */

static ssize_t name_show(struct kobject *kobj, struct device *dev, char *buf)
{
	return sysfs_emit(buf, "Test device %s\n", kobject_name(kobj));
}
static MDEV_TYPE_ATTR_RO(name);

static ssize_t description_show(struct kobject *kobj, struct device *dev,
				char *buf)
{
	return sysfs_emit(buf, "A page of memory\n");
}
static MDEV_TYPE_ATTR_RO(description);

static ssize_t device_api_show(struct kobject *kobj, struct device *dev,
			       char *buf)
{
	return sysfs_emit(buf, "vfio-platform\n");
}
static MDEV_TYPE_ATTR_RO(device_api);

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	struct test_parent *parent = dev_get_drvdata(dev);
	unsigned int max = READ_ONCE(max_instances);
	unsigned int used = READ_ONCE(parent->used);

	return sysfs_emit(buf, "%u\n", used < max ? max - used : 0);
}
static MDEV_TYPE_ATTR_RO(available_instances);

static struct attribute *test_type_attrs[] = {
	&mdev_type_attr_name.attr,
	&mdev_type_attr_description.attr,
	&mdev_type_attr_device_api.attr,
	&mdev_type_attr_available_instances.attr,
	NULL
};

static struct attribute_group test_type_a = {
	.name = "a",
	.attrs = test_type_attrs,
};

static struct attribute_group test_type_b = {
	.name = "b",
	.attrs = test_type_attrs,
};

static struct attribute_group *test_type_groups[] = {
	&test_type_a,
	&test_type_b,
	NULL
};

/* The parent's callbacks */

static int choose_class(struct mdev_device *mdev)
{
	unsigned short class = READ_ONCE(set_class);

	if (!class)
		return 0;
	if (READ_ONCE(region_info_op))
		return mdev_set_class(mdev, class,
				      &test_device_ops_region_info);
	if (READ_ONCE(request_op))
		return mdev_set_class(mdev, class, &test_device_ops_request);
	return mdev_set_class(mdev, class, &test_device_ops);
}

static int test_create(struct kobject *kobj, struct mdev_device *mdev)
{
	struct test_parent *parent = parent_of(mdev);
	int error = READ_ONCE(create_error);
	struct test_instance *instance;
	int ret;

	msleep(READ_ONCE(create_delay_ms));
	if (error)
		return -error;

	instance = kzalloc(sizeof(*instance), GFP_KERNEL);
	if (!instance)
		return -ENOMEM;
	instance->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!instance->page) {
		ret = -ENOMEM;
		goto err_free;
	}
	instance->parent = parent;
	strscpy(instance->type, kobject_name(kobj), sizeof(instance->type));

	ret = choose_class(mdev);
	if (ret)
		goto err_put_page;

	if (!take_instance(parent, instance)) {
		ret = -EUSERS;
		goto err_put_page;
	}

	mdev_set_drvdata(mdev, instance);
	atomic_inc(&parent->counters[CREATES]);
	return 0;

err_put_page:
	put_page(instance->page);
err_free:
	kfree(instance);
	return ret;
}

static int test_remove(struct mdev_device *mdev)
{
	int error = READ_ONCE(remove_error);

	msleep(READ_ONCE(remove_delay_ms));
	if (error) {
		atomic_inc(&parent_of(mdev)->counters[REFUSALS]);
		return -error;
	}

	free_instance(mdev_get_drvdata(mdev));
	return 0;
}

static const struct mdev_parent_ops test_parent_ops = {
	.owner = THIS_MODULE,
	.dev_attr_groups = test_dev_groups,
	.mdev_attr_groups = test_mdev_groups,
	.supported_type_groups = test_type_groups,
	.create = test_create,
	.remove = test_remove,
	.open = test_open,
	.release = test_release,
	.read = test_read,
	.write = test_write,
	.ioctl = test_ioctl,
	.mmap = test_mmap,
};

/* Registering: at load, at unload, and whenever a test wishes */

static int register_parent(struct test_parent *parent)
{
	int ret;

	ret = mdev_register_device(parent->dev, &test_parent_ops);
	if (!ret)
		parent->registered = true;
	return ret;
}

static void unregister_parent(struct test_parent *parent)
{
	if (!parent->registered)
		return;

	mdev_unregister_device(parent->dev);
	parent->registered = false;
	free_leftovers(parent);
}

/* 0 and 1 make it so, whatever it was; 2 registers even what is registered. */
/* As a driver does whose probe() is asynchronous. */
static void register_async(void *data, async_cookie_t cookie)
{
	register_parent(data);
}

static int change_registration(struct test_parent *parent, unsigned int what)
{
	if (parent->closing)
		return -ENODEV;

	switch (what) {
	case 0:
		unregister_parent(parent);
		return 0;
	case 1:
		return parent->registered ? 0 : register_parent(parent);
	case 2:
		return register_parent(parent);
	case 4:
		async_schedule(register_async, parent);
		async_synchronize_full();
		return parent->registered ? 0 : -EIO;
	default:
		return -EINVAL;
	}
}

static ssize_t register_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	struct test_parent *parent = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", READ_ONCE(parent->registered));
}

static ssize_t register_store(struct device *dev,
			      struct device_attribute *attr,
			      const char *buf, size_t count)
{
	struct test_parent *parent = dev_get_drvdata(dev);
	unsigned int what;
	int ret;

	ret = kstrtouint(buf, 0, &what);
	if (ret)
		return ret;

	mutex_lock(&parent->lock);
	ret = change_registration(parent, what);
	mutex_unlock(&parent->lock);

	return ret ? ret : count;
}
static DEVICE_ATTR_RW(register);

/* It stays while the parent is unregistered, unlike the counters. */
static struct attribute *test_control_attrs[] = {
	&dev_attr_register.attr,
	NULL
};
ATTRIBUTE_GROUPS(test_control);

/* Makes the file "register" harmless before the device goes. */
static void remove_parent(struct test_parent *parent)
{
	mutex_lock(&parent->lock);
	parent->closing = true;
	unregister_parent(parent);
	mutex_unlock(&parent->lock);

	device_unregister(parent->dev);
}

static int add_parent(struct test_parent *parent, unsigned int number)
{
	int ret;

	mutex_init(&parent->lock);
	spin_lock_init(&parent->instances_lock);
	INIT_LIST_HEAD(&parent->instances);

	/* Nothing can be stored in "register" before its device is known. */
	mutex_lock(&parent->lock);
	parent->dev = device_create_with_groups(test_class, NULL, 0, parent,
						test_control_groups,
						"mdev_test%u", number);
	ret = PTR_ERR_OR_ZERO(parent->dev);
	if (!ret)
		ret = register_parent(parent);
	mutex_unlock(&parent->lock);

	if (ret && !IS_ERR(parent->dev))
		remove_parent(parent);
	return ret;
}

static int __init mdev_test_init(void)
{
	unsigned int number;
	int ret;

	if (parents > MAX_PARENTS)
		return -EINVAL;

	test_class = class_create("mdev_test");
	if (IS_ERR(test_class))
		return PTR_ERR(test_class);

	for (number = 0; number < parents; number++) {
		ret = add_parent(&test_parents[number], number);
		if (ret)
			goto err_remove;
	}
	return 0;

err_remove:
	while (number--)
		remove_parent(&test_parents[number]);
	class_destroy(test_class);
	return ret;
}
module_init(mdev_test_init);

static void __exit mdev_test_exit(void)
{
	unsigned int number = parents;

	while (number--)
		remove_parent(&test_parents[number]);
	class_destroy(test_class);
}
module_exit(mdev_test_exit);

MODULE_DESCRIPTION("Parent driver for testing mediated devices");
MODULE_LICENSE("GPL");
