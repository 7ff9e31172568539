// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent driver for the tests whose devices write to their user's memory as
 * they are told to, for DMA logging. The type "pins" leaves the log to the
 * bridge, "own" has log ops, "iommu" has none and an IOMMU device when the bridge is
 * bound; the others have ops that don't fit together.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio_mdev.h>
#include <linux/vfio_mdev_feature.h>

#include "mdev_dirty_test.h"
#include "test_parent.h"

/**
 * struct dirty_device - a mediated device
 * @mdev:	the device
 * @lock:	one request at a time; not held in the log ops
 * @log_lock:	protects the rest; under @lock
 * @state:	what is told
 * @mark_iova:	what was written, if any
 * @mark_length: how much
 * @fail_start:	log_start() is to fail
 * @fail_read:	log_read_and_clear() is to fail
 */
struct dirty_device {
	struct mdev_device *mdev;
	struct mutex lock;	/* see above */
	struct mutex log_lock;	/* see above */
	struct dirty_request state;
	u64 mark_iova;
	u64 mark_length;
	bool fail_start;
	bool fail_read;
};

static int do_pin(struct dirty_device *device, u64 iova, int prot)
{
	unsigned long user_pfn = iova >> PAGE_SHIFT, phys_pfn;
	struct device *dev = mdev_dev(device->mdev);

	if (!prot)
		return vfio_mdev_unpin_pages(dev, &user_pfn, 1);
	return vfio_mdev_pin_pages(dev, &user_pfn, 1, prot, &phys_pfn);
}

static int do_rw(struct dirty_device *device, u64 iova, u64 length, bool write)
{
	void *data;
	int ret;

	if (length > PAGE_SIZE)
		return -E2BIG;
	data = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = vfio_mdev_dma_rw(mdev_dev(device->mdev), iova, data, length,
			       write);
	kfree(data);
	return ret;
}

static int do_mark(struct dirty_device *device, u64 iova, u64 length)
{
	mutex_lock(&device->log_lock);
	device->mark_iova = iova;
	device->mark_length = length;
	mutex_unlock(&device->log_lock);
	return 0;
}

static int do_fail(struct dirty_device *device, bool start, bool read)
{
	mutex_lock(&device->log_lock);
	device->fail_start = start;
	device->fail_read = read;
	mutex_unlock(&device->log_lock);
	return 0;
}

static int do_request(struct dirty_device *device,
		      const struct dirty_request *request)
{
	switch (request->op) {
	case DIRTY_NOTHING:
		return 0;
	case DIRTY_PIN_READ:
		return do_pin(device, request->iova, IOMMU_READ);
	case DIRTY_PIN_WRITE:
		return do_pin(device, request->iova, IOMMU_READ | IOMMU_WRITE);
	case DIRTY_UNPIN:
		return do_pin(device, request->iova, 0);
	case DIRTY_READ:
	case DIRTY_WRITE:
		return do_rw(device, request->iova, request->length,
			     request->op == DIRTY_WRITE);
	case DIRTY_MARK:
		return do_mark(device, request->iova, request->length);
	case DIRTY_FAIL:
		return do_fail(device, request->length, request->iova);
	default:
		return -EINVAL;
	}
}

/* The device ops */

static int dirty_open(struct mdev_device *mdev)
{
	struct dirty_device *device = mdev_get_drvdata(mdev);

	memset(&device->state, 0, sizeof(device->state));
	device->mark_length = 0;
	device->fail_start = false;
	device->fail_read = false;
	return 0;
}

static ssize_t dirty_read(struct mdev_device *mdev, char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct dirty_device *device = mdev_get_drvdata(mdev);
	struct dirty_request state;

	mutex_lock(&device->log_lock);
	state = device->state;
	mutex_unlock(&device->log_lock);
	return simple_read_from_buffer(buf, count, ppos, &state, sizeof(state));
}

static ssize_t dirty_write(struct mdev_device *mdev, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	struct dirty_device *device = mdev_get_drvdata(mdev);
	struct dirty_request request;
	int ret;

	if (*ppos || count != sizeof(request))
		return -EINVAL;
	if (copy_from_user(&request, buf, sizeof(request)))
		return -EFAULT;
	mutex_lock(&device->lock);
	ret = do_request(device, &request);
	mutex_lock(&device->log_lock);
	device->state.result = ret;
	mutex_unlock(&device->log_lock);
	mutex_unlock(&device->lock);
	return count;
}

static struct file *dirty_set_state(struct mdev_device *mdev, u32 state)
{
	return ERR_PTR(-EINVAL);
}

static int dirty_get_state(struct mdev_device *mdev, u32 *state)
{
	*state = VFIO_DEVICE_STATE_RUNNING;
	return 0;
}

static int dirty_get_data_size(struct mdev_device *mdev, unsigned long *size)
{
	*size = 0;
	return 0;
}

static int dirty_log_start(struct mdev_device *mdev,
			   const struct vfio_mdev_dma_range *ranges,
			   unsigned int nr_ranges, u64 page_size)
{
	struct dirty_device *device = mdev_get_drvdata(mdev);
	int ret = 0;

	mutex_lock(&device->log_lock);
	device->state.starts++;
	device->state.nr_ranges = nr_ranges;
	device->state.page_size = page_size;
	device->state.first_iova = ranges[0].iova;
	device->state.last_length = ranges[nr_ranges - 1].length;
	if (device->fail_start)
		ret = -EIO;
	mutex_unlock(&device->log_lock);
	return ret;
}

static void dirty_log_stop(struct mdev_device *mdev)
{
	struct dirty_device *device = mdev_get_drvdata(mdev);

	mutex_lock(&device->log_lock);
	device->state.stops++;
	mutex_unlock(&device->log_lock);
}

static int dirty_log_read_and_clear(struct mdev_device *mdev, u64 iova,
				    u64 length, struct vfio_mdev_dirty *dirty)
{
	struct dirty_device *device = mdev_get_drvdata(mdev);
	int ret = 0;

	mutex_lock(&device->log_lock);
	if (device->fail_read)
		ret = -EIO;
	else
		vfio_mdev_dirty_set(dirty, device->mark_iova,
				    device->mark_length);
	device->mark_length = 0;
	mutex_unlock(&device->log_lock);
	return ret;
}

#define BASE_OPS						\
	.open = dirty_open,					\
	.read = dirty_read,					\
	.write = dirty_write

#define MIGRATION_OPS						\
	.migration_flags = VFIO_MIGRATION_STOP_COPY,		\
	.migration_set_state = dirty_set_state,			\
	.migration_get_state = dirty_get_state,			\
	.migration_get_data_size = dirty_get_data_size

#define LOG_OPS							\
	.log_start = dirty_log_start,				\
	.log_stop = dirty_log_stop,				\
	.log_read_and_clear = dirty_log_read_and_clear

static const struct {
	const char *type;
	struct vfio_mdev_device_ops ops;
} kinds[] = {
	{ "mdev_dirty_test-pins", { BASE_OPS, MIGRATION_OPS, } },
	{ "mdev_dirty_test-own", { BASE_OPS, MIGRATION_OPS, LOG_OPS, } },
	{ "mdev_dirty_test-none", { BASE_OPS, } },
	{ "mdev_dirty_test-iommu", { BASE_OPS, MIGRATION_OPS, } },
	{ "mdev_dirty_test-log_only", { BASE_OPS, LOG_OPS, } },
	{ "mdev_dirty_test-start_only", {
		BASE_OPS, MIGRATION_OPS, .log_start = dirty_log_start,
	} },
};

/* The parent */

static int dirty_create(struct kobject *kobj, struct mdev_device *mdev)
{
	struct dirty_device *device;
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kobject_name(kobj), kinds[i].type))
			break;
	if (i == ARRAY_SIZE(kinds))
		return -EINVAL;
	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	mutex_init(&device->lock);
	mutex_init(&device->log_lock);
	device->mdev = mdev;
	mdev_set_drvdata(mdev, device);
	ret = mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &kinds[i].ops);
	if (!ret && !strcmp(kinds[i].type, "mdev_dirty_test-iommu"))
		ret = mdev_set_iommu_device(mdev_dev(mdev),
					    mdev_parent_dev(mdev));
	if (ret)
		kfree(device);
	return ret;
}

static int dirty_remove(struct mdev_device *mdev)
{
	kfree(mdev_get_drvdata(mdev));
	return 0;
}

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	return sprintf(buf, "1\n");
}
static MDEV_TYPE_ATTR_RO(available_instances);

static ssize_t device_api_show(struct kobject *kobj, struct device *dev,
			       char *buf)
{
	return sprintf(buf, "vfio-platform\n");
}
static MDEV_TYPE_ATTR_RO(device_api);

static struct attribute *dirty_type_attrs[] = {
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	NULL
};

#define TYPE(_name)					\
static struct attribute_group dirty_type_##_name = {	\
	.name = #_name,					\
	.attrs = dirty_type_attrs,			\
}

TYPE(pins);
TYPE(own);
TYPE(none);
TYPE(iommu);
TYPE(log_only);
TYPE(start_only);

static struct attribute_group *dirty_types[] = {
	&dirty_type_pins,
	&dirty_type_own,
	&dirty_type_none,
	&dirty_type_iommu,
	&dirty_type_log_only,
	&dirty_type_start_only,
	NULL
};

/* The parent has no IOMMU: VFIO could not open the device with it. */
static ssize_t no_iommu_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	int ret = mdev_set_iommu_device(dev, NULL);

	return ret ? ret : count;
}
static DEVICE_ATTR_WO(no_iommu);

static struct attribute *dirty_attrs[] = {
	&dev_attr_no_iommu.attr,
	NULL
};
ATTRIBUTE_GROUPS(dirty);

static const struct mdev_parent_ops dirty_parent_ops = {
	.owner = THIS_MODULE,
	.mdev_attr_groups = dirty_groups,
	.supported_type_groups = dirty_types,
	.create = dirty_create,
	.remove = dirty_remove,
};

static struct test_parent parent = {
	.driver.driver.name = "mdev_dirty_test",
};

static int __init dirty_test_init(void)
{
	return test_parent_register(&parent, &dirty_parent_ops);
}
module_init(dirty_test_init);

static void __exit dirty_test_exit(void)
{
	test_parent_unregister(&parent);
}
module_exit(dirty_test_exit);

MODULE_DESCRIPTION("Parent driver for testing DMA logging");
MODULE_LICENSE("GPL");
