// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent driver for the tests with a type for each way to have, or not to
 * have, the ops device_feature and migration_*.
 *
 * Its devices do nothing but write down to which state they were led. And it
 * compares vfio_mdev_mig_get_next_state() with the function of VFIO, for all
 * states and flags that the kernel's VFIO knows.
 */
#include <linux/anon_inodes.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>
#include <linux/vfio_mdev_feature.h>

#include "../../src/compat/have.h"
#include "test_parent.h"

#define TEST_FEATURE	0xfff0	/* eight bytes, to be got and set */
#define MAX_VISITS	256

static uint compared;
module_param(compared, uint, 0444);
MODULE_PARM_DESC(compared, "ways from a state to a state that VFIO was asked for");

static uint different;
module_param(different, uint, 0444);
MODULE_PARM_DESC(different, "those of which VFIO says something else");

static uint refuse;
module_param(refuse, uint, 0644);
MODULE_PARM_DESC(refuse, "a state that can't be reached; 0: none");

/**
 * struct test_device - a mediated device
 * @lock:	protects the others
 * @state:	where it is
 * @visits:	to which states it was led
 * @nr_visits:	how often
 * @value:	of the feature
 */
struct test_device {
	struct mutex lock;	/* see above */
	u32 state;
	u8 visits[MAX_VISITS];
	unsigned int nr_visits;
	u64 value;
};

static int test_feature(struct mdev_device *mdev, u32 flags, void __user *arg,
			size_t argsz)
{
	struct test_device *device = mdev_get_drvdata(mdev);
	u64 value;
	int ret;

	if ((flags & VFIO_DEVICE_FEATURE_MASK) != TEST_FEATURE)
		return -ENOTTY;
	ret = vfio_mdev_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET |
				      VFIO_DEVICE_FEATURE_SET, sizeof(value));
	if (ret != 1)
		return ret;

	if (flags & VFIO_DEVICE_FEATURE_SET) {
		if (copy_from_user(&value, arg, sizeof(value)))
			return -EFAULT;
		mutex_lock(&device->lock);
		device->value = value;
		mutex_unlock(&device->lock);
		return 0;
	}
	mutex_lock(&device->lock);
	value = device->value;
	mutex_unlock(&device->lock);
	return copy_to_user(arg, &value, sizeof(value)) ? -EFAULT : 0;
}

static ssize_t data_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	return 0;
}

static const struct file_operations data_fops = {
	.owner = THIS_MODULE,
	.read = data_read,
};

static struct file *data_file(void)
{
	return anon_inode_getfile("[mdev_migration_test]", &data_fops, NULL,
				  O_RDONLY);
}

static int visit(struct mdev_device *mdev, u32 state, u32 *from)
{
	struct test_device *device = mdev_get_drvdata(mdev);
	int ret = 0;

	mutex_lock(&device->lock);
	*from = device->state;
	if (state == READ_ONCE(refuse) || device->nr_visits == MAX_VISITS) {
		ret = -EIO;
	} else {
		device->visits[device->nr_visits++] = state;
		device->state = state;
	}
	mutex_unlock(&device->lock);
	return ret;
}

/* A transfer begins, but between two states that are part of the same one. */
static struct file *test_set_state(struct mdev_device *mdev, u32 state)
{
	u32 from;
	int ret = visit(mdev, state, &from);

	if (ret)
		return ERR_PTR(ret);
	switch (state) {
	case VFIO_DEVICE_STATE_PRE_COPY:
	case VFIO_DEVICE_STATE_PRE_COPY_P2P:
	case VFIO_DEVICE_STATE_STOP_COPY:
		if (from == VFIO_DEVICE_STATE_PRE_COPY ||
		    from == VFIO_DEVICE_STATE_PRE_COPY_P2P)
			return NULL;
		return data_file();
	case VFIO_DEVICE_STATE_RESUMING:
		return data_file();
	default:
		return NULL;
	}
}

/* Always with a file, right or wrong. */
static struct file *test_set_state_lavish(struct mdev_device *mdev, u32 state)
{
	u32 from;
	int ret = visit(mdev, state, &from);

	return ret ? ERR_PTR(ret) : data_file();
}

static int test_get_state(struct mdev_device *mdev, u32 *state)
{
	struct test_device *device = mdev_get_drvdata(mdev);

	*state = READ_ONCE(device->state);
	return 0;
}

/* Not even an error. */
static int test_get_state_nonsense(struct mdev_device *mdev, u32 *state)
{
	*state = 0x80000000;
	return 0;
}

static int test_get_data_size(struct mdev_device *mdev, unsigned long *size)
{
	*size = 4711;
	return 0;
}

static void test_release(struct mdev_device *mdev)
{
	struct test_device *device = mdev_get_drvdata(mdev);

	WRITE_ONCE(device->state, VFIO_DEVICE_STATE_RUNNING);
}

#define MIGRATION_OPS						\
	.release = test_release,				\
	.migration_set_state = test_set_state,			\
	.migration_get_state = test_get_state,			\
	.migration_get_data_size = test_get_data_size

static const struct variant {
	const char *name;
	struct vfio_mdev_device_ops ops;
} variants[] = {
	{ "none", { .release = test_release } },
	{ "feature", { .device_feature = test_feature } },
	{ "stop_copy", { MIGRATION_OPS, .migration_flags = 1 } },
	{ "p2p", { MIGRATION_OPS, .migration_flags = 3 } },
	{ "pre_copy", { MIGRATION_OPS, .migration_flags = 5 } },
	{ "all", { MIGRATION_OPS, .migration_flags = 7,
		   .device_feature = test_feature } },
	{ "lavish", {
		.release = test_release,
		.migration_flags = 1,
		.migration_set_state = test_set_state_lavish,
		.migration_get_state = test_get_state,
		.migration_get_data_size = test_get_data_size,
	} },
	{ "nonsense", {
		.release = test_release,
		.migration_flags = 1,
		.migration_set_state = test_set_state,
		.migration_get_state = test_get_state_nonsense,
		.migration_get_data_size = test_get_data_size,
	} },
	/* Those below are refused. */
	{ "no_flags", { MIGRATION_OPS } },
	{ "other_flags", { MIGRATION_OPS, .migration_flags = 2 } },
	{ "odd_flags", { MIGRATION_OPS, .migration_flags = 1 | BIT_ULL(40) } },
	{ "flags_only", { .migration_flags = 1 } },
	{ "no_set", {
		.migration_flags = 1,
		.migration_get_state = test_get_state,
		.migration_get_data_size = test_get_data_size,
	} },
	{ "no_get", {
		.migration_flags = 1,
		.migration_set_state = test_set_state,
		.migration_get_data_size = test_get_data_size,
	} },
	{ "no_size", {
		.migration_flags = 1,
		.migration_set_state = test_set_state,
		.migration_get_state = test_get_state,
	} },
};

/* A type's name is the driver's name, a dash, and that of its group. */
static const struct vfio_mdev_device_ops *ops_of(struct kobject *kobj)
{
	const char *name = strchr(kobject_name(kobj), '-') + 1;
	size_t i = 0;

	while (strcmp(variants[i].name, name))
		i++;
	return &variants[i].ops;
}

static int test_create(struct kobject *kobj, struct mdev_device *mdev)
{
	struct test_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int ret;

	if (!device)
		return -ENOMEM;
	mutex_init(&device->lock);
	device->state = VFIO_DEVICE_STATE_RUNNING;
	mdev_set_drvdata(mdev, device);
	ret = mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, ops_of(kobj));
	if (ret)
		kfree(device);
	return ret;
}

static int test_remove(struct mdev_device *mdev)
{
	kfree(mdev_get_drvdata(mdev));
	return 0;
}

/* The states since they were last asked for. */
static ssize_t visits_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct test_device *device = mdev_get_drvdata(mdev_from_dev(dev));
	unsigned int i;
	int len = 0;

	mutex_lock(&device->lock);
	for (i = 0; i < device->nr_visits; i++)
		len += sysfs_emit_at(buf, len, "%s%u", i ? " " : "",
				     device->visits[i]);
	device->nr_visits = 0;
	mutex_unlock(&device->lock);
	return len + sysfs_emit_at(buf, len, "\n");
}
static DEVICE_ATTR_RO(visits);

static struct attribute *device_attrs[] = {
	&dev_attr_visits.attr,
	NULL
};
ATTRIBUTE_GROUPS(device);

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	return sysfs_emit(buf, "1\n");
}
static MDEV_TYPE_ATTR_RO(available_instances);

static ssize_t device_api_show(struct kobject *kobj, struct device *dev,
			       char *buf)
{
	return sysfs_emit(buf, "vfio-platform\n");
}
static MDEV_TYPE_ATTR_RO(device_api);

static struct attribute *type_attrs[] = {
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	NULL
};

static struct attribute_group types[ARRAY_SIZE(variants)];
static struct attribute_group *type_list[ARRAY_SIZE(variants) + 1];

static const struct mdev_parent_ops parent_ops = {
	.owner = THIS_MODULE,
	.mdev_attr_groups = device_groups,
	.supported_type_groups = type_list,
	.create = test_create,
	.remove = test_remove,
};

#ifdef HAVE_vfio_alloc_device

/* A VFIO that does not know the size of the data does not know PRE_COPY. */
#ifdef HAVE_vfio_migration_get_data_size
#define THEIR_FLAGS	7
#define THEIR_STATES	8
#else
#define THEIR_FLAGS	3
#define THEIR_STATES	6
#endif

static void compare_way(struct vfio_device *vdev, u32 state, u32 target)
{
	enum vfio_device_mig_state theirs = VFIO_DEVICE_STATE_ERROR;
	u32 ours = VFIO_DEVICE_STATE_ERROR;
	int our_error, their_error;

	our_error = vfio_mdev_mig_get_next_state(vdev->migration_flags, state,
						 target, &ours);
	their_error = vfio_mig_get_next_state(vdev, state, target, &theirs);
	compared++;
	if (our_error == their_error && (our_error || ours == theirs))
		return;
	different++;
	pr_info("flags %u, from %u to %u: %d %u, but VFIO says %d %u\n",
		vdev->migration_flags, state, target, our_error, ours,
		their_error, theirs);
}

static int compare(void)
{
	struct vfio_device *vdev = kzalloc(sizeof(*vdev), GFP_KERNEL);
	u32 flags, state, target, next;

	if (!vdev)
		return -ENOMEM;
	for (flags = 1; flags <= THEIR_FLAGS; flags += 2) {
		vdev->migration_flags = flags;
		for (state = 0; state < THEIR_STATES; state++) {
			/* VFIO warns of a driver in a state that it has not. */
			if (vfio_mdev_mig_get_next_state(flags, state, state,
							 &next))
				continue;
			for (target = 0; target <= THEIR_STATES; target++)
				compare_way(vdev, state, target);
		}
	}
	kfree(vdev);
	return 0;
}

#else

static int compare(void)
{
	return 0;
}

#endif

static struct test_parent parent = {
	.driver.driver.name = "mdev_migration_test",
};

static int __init migration_test_init(void)
{
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(variants); i++) {
		types[i].name = variants[i].name;
		types[i].attrs = type_attrs;
		type_list[i] = &types[i];
	}
	ret = compare();
	if (ret)
		return ret;
	return test_parent_register(&parent, &parent_ops);
}
module_init(migration_test_init);

static void __exit migration_test_exit(void)
{
	test_parent_unregister(&parent);
}
module_exit(migration_test_exit);

MODULE_DESCRIPTION("Parent driver for testing device features and migration");
MODULE_LICENSE("GPL");
