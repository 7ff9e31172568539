// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent driver and bus drivers for the tests that use the API in the ways
 * that its documentation forbids, and in those that it merely allows.
 *
 * The name of one, written to the parameter "do", does it; the write fails
 * with what the API said to it. What is done in a device's callback is asked
 * for by the device's type. "result" is what the API said there, "seen" what
 * a bus driver found.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vfio_mdev.h>

#define CLASS_SHARED	0x0102
#define CLASS_UNKNOWN	0xbeef

static DEFINE_MUTEX(do_lock);	/* one thing at a time */

static int result;
module_param(result, int, 0644);
MODULE_PARM_DESC(result, "what the API returned in a callback, last");

static bool in_use;
module_param(in_use, bool, 0644);
MODULE_PARM_DESC(in_use, "the bus drivers' in_use()");

static char seen[64] = "nothing";
module_param_string(seen, seen, sizeof(seen), 0444);
MODULE_PARM_DESC(seen, "the driver and the ops of the last probe()");

static struct platform_device *parent;
/* Neither on a bus nor of a class, so without a driver. */
static struct device *spare;
/* What a bus driver was given last, until it is taken away. */
static struct mdev_device *bound;

/* The devices: a type for each thing that can be done with their class. */

struct shared_ops {
	const char *name;
};

static const struct shared_ops first_ops = { "first" };
static const struct shared_ops second_ops = { "second" };

static bool type_is(struct kobject *kobj, const char *name)
{
	return !strcmp(kobject_name(kobj) + strlen("mdev_misuse_test-"), name);
}

static int set_class_late(struct mdev_device *mdev)
{
	result = mdev_set_class(mdev, CLASS_SHARED, &first_ops);
	return result;
}

static const struct vfio_mdev_device_ops late_ops = {
	.open = set_class_late,
};

/* All NULL: a device that can be opened, and nothing more. */
static const struct vfio_mdev_device_ops empty_ops;

static int use_drvdata(struct mdev_device *mdev)
{
	if (mdev_get_drvdata(mdev))
		return -EEXIST;
	mdev_set_drvdata(mdev, &result);
	if (mdev_get_drvdata(mdev) != &result)
		return -ENODATA;
	mdev_set_drvdata(mdev, NULL);
	if (mdev_get_drvdata(mdev))
		return -EEXIST;
	mdev_set_drvdata(mdev, mdev);
	return 0;
}

static int use_lookups(struct mdev_device *mdev)
{
	struct device *dev = mdev_dev(mdev);

	if (mdev_from_dev(dev) != mdev ||
	    mdev_parent_dev(mdev) != &parent->dev ||
	    mdev_get_dev_ops(mdev) || guid_is_null(mdev_uuid(mdev)))
		return -EINVAL;
	/* other devices: on another bus, on none */
	if (mdev_from_dev(&parent->dev) || mdev_from_dev(spare))
		return -EINVAL;
	return 0;
}

static int set_twice(struct mdev_device *mdev)
{
	int ret = mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &empty_ops);

	if (ret)
		return ret;
	result = mdev_set_class(mdev, CLASS_SHARED, &first_ops);
	/* the first one stays */
	return mdev_get_dev_ops(mdev) == &empty_ops ? result : -EINVAL;
}

static int choose_class(struct kobject *kobj, struct mdev_device *mdev)
{
	if (type_is(kobj, "zero"))
		return mdev_set_class(mdev, 0, &first_ops);
	if (type_is(kobj, "no-ops"))
		return mdev_set_class(mdev, CLASS_SHARED, NULL);
	if (type_is(kobj, "twice"))
		return set_twice(mdev);
	if (type_is(kobj, "twice-ignored"))
		return set_twice(mdev) == -EEXIST ? 0 : -EINVAL;
	if (type_is(kobj, "late"))
		return mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &late_ops);
	if (type_is(kobj, "empty"))
		return mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &empty_ops);
	if (type_is(kobj, "unknown"))
		return mdev_set_class(mdev, CLASS_UNKNOWN, &first_ops);
	if (type_is(kobj, "first"))
		return mdev_set_class(mdev, CLASS_SHARED, &first_ops);
	if (type_is(kobj, "second"))
		return mdev_set_class(mdev, CLASS_SHARED, &second_ops);
	return 0;	/* "default" */
}

static int misuse_create(struct kobject *kobj, struct mdev_device *mdev)
{
	int ret;

	ret = use_drvdata(mdev);
	if (ret)
		return ret;
	ret = use_lookups(mdev);
	if (ret)
		return ret;
	return choose_class(kobj, mdev);
}

static int misuse_remove(struct mdev_device *mdev)
{
	if (mdev_get_drvdata(mdev) != mdev)
		return -ENODATA;
	result = mdev_set_class(mdev, CLASS_SHARED, &first_ops);
	return 0;
}

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	return sprintf(buf, "1\n");
}
static MDEV_TYPE_ATTR_RO(available_instances);

static struct attribute *type_attrs[] = {
	&mdev_type_attr_available_instances.attr,
	NULL
};

/* For those who set no ops. */
static int misuse_open(struct mdev_device *mdev)
{
	return 0;
}

#define TYPE(_name) (&(struct attribute_group) {	\
	.name = (_name),				\
	.attrs = type_attrs,				\
})

static struct attribute_group *types[] = {
	TYPE("zero"), TYPE("no-ops"), TYPE("twice"), TYPE("twice-ignored"),
	TYPE("late"), TYPE("empty"), TYPE("unknown"), TYPE("first"),
	TYPE("second"), TYPE("default"), NULL
};

static const struct mdev_parent_ops parent_ops = {
	.owner = THIS_MODULE,
	.supported_type_groups = types,
	.create = misuse_create,
	.remove = misuse_remove,
	.open = misuse_open,
};

/* Parents */

static struct attribute *create_attrs[] = {
	&(struct attribute) { .name = "create", .mode = 0444 },
	NULL
};

static struct attribute_group *no_types[] = { NULL };
static struct attribute_group *nameless_types[] = { TYPE(NULL), NULL };
static struct attribute_group *twin_types[] = {
	TYPE("a"), TYPE("b"), TYPE("a"), NULL
};

static struct attribute_group *bare_types[] = {
	TYPE("a"), &(struct attribute_group) { .name = "b" }, NULL
};

static struct attribute_group *create_types[] = {
	&(struct attribute_group) { .name = "a", .attrs = create_attrs }, NULL
};

static int register_types(struct attribute_group **groups)
{
	static struct mdev_parent_ops ops;

	ops = parent_ops;
	ops.supported_type_groups = groups;
	return mdev_register_device(spare, &ops);
}

static int register_without(bool create)
{
	struct mdev_parent_ops ops = parent_ops;

	if (create)
		ops.create = NULL;
	else
		ops.remove = NULL;
	return mdev_register_device(spare, &ops);
}

static void release_nothing(struct device *dev)
{
}

static int register_unknown_device(void)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int ret;

	if (!dev)
		return -ENOMEM;
	dev->release = release_nothing;
	ret = mdev_register_device(dev, &parent_ops);
	kfree(dev);
	return ret;
}

/* A parent that comes and goes, with the name of one that stays. */
static int register_namesake(void)
{
	struct device *namesake = root_device_register(dev_name(&parent->dev));
	int ret;

	if (IS_ERR(namesake))
		return PTR_ERR(namesake);
	ret = mdev_register_device(namesake, &parent_ops);
	if (!ret)
		mdev_unregister_device(namesake);
	root_device_unregister(namesake);
	return ret;
}

static int do_with_parents(const char *what)
{
	if (!strcmp(what, "register-nothing"))
		return mdev_register_device(NULL, &parent_ops);
	if (!strcmp(what, "register-unknown-device"))
		return register_unknown_device();
	if (!strcmp(what, "register-without-ops"))
		return mdev_register_device(spare, NULL);
	if (!strcmp(what, "register-without-create"))
		return register_without(true);
	if (!strcmp(what, "register-without-remove"))
		return register_without(false);
	if (!strcmp(what, "register-without-types"))
		return register_types(NULL);
	if (!strcmp(what, "register-nameless-type"))
		return register_types(nameless_types);
	if (!strcmp(what, "register-bare-type"))
		return register_types(bare_types);
	if (!strcmp(what, "register-twin-types"))
		return register_types(twin_types);
	if (!strcmp(what, "register-create-attribute"))
		return register_types(create_types);
	if (!strcmp(what, "register-no-types"))
		return register_types(no_types);
	if (!strcmp(what, "namesake"))
		return register_namesake();
	if (!strcmp(what, "register-spare"))
		return mdev_register_device(spare, &parent_ops);
	if (!strcmp(what, "register-again"))
		return mdev_register_device(&parent->dev, &parent_ops);
	if (strcmp(what, "unregister-spare"))
		return -EOPNOTSUPP;
	mdev_unregister_device(spare);
	return 0;
}

/* Bus drivers */

static int note_probe(struct device *dev, const char *ops)
{
	bound = mdev_from_dev(dev);
	snprintf(seen, sizeof(seen), "%s %s", dev->driver->name, ops);
	return bound ? 0 : -EINVAL;
}

static int shared_probe(struct device *dev)
{
	const struct shared_ops *ops = mdev_get_dev_ops(mdev_from_dev(dev));

	return note_probe(dev, ops->name);
}

static int plain_probe(struct device *dev)
{
	return note_probe(dev, mdev_get_dev_ops(mdev_from_dev(dev)) ?
			  "ops" : "none");
}

static void shared_remove(struct device *dev)
{
	bound = NULL;
}

static bool shared_in_use(struct device *dev)
{
	return in_use;
}

static const struct mdev_class_id one_class[] = {
	{ CLASS_SHARED }, { }
};

static const struct mdev_class_id two_classes[] = {
	{ CLASS_UNKNOWN }, { CLASS_SHARED }, { }
};

static const struct mdev_class_id no_class[] = {
	{ }
};

static struct mdev_driver driver_one = {
	.name = "misuse_one",
	.probe = shared_probe,
	.remove = shared_remove,
	.in_use = shared_in_use,
	.id_table = one_class,
};

static struct mdev_driver driver_two = {
	.name = "misuse_two",
	.probe = shared_probe,
	.id_table = two_classes,
};

/* Without table it is for devices of class VFIO; without remove() it is fine */
static struct mdev_driver driver_plain = {
	.name = "misuse_plain",
	.probe = plain_probe,
};

static struct mdev_driver driver_taken = {
	.name = "vfio_mdev",
	.probe = plain_probe,
};

static struct mdev_driver driver_nameless = {
	.probe = plain_probe,
};

static struct mdev_driver driver_idle = {
	.name = "misuse_idle",
};

static struct mdev_driver driver_unclassed = {
	.name = "misuse_unclassed",
	.probe = plain_probe,
	.id_table = no_class,
};

static const struct {
	const char *name;
	struct mdev_driver *driver;
} drivers[] = {
	{ "one", &driver_one },
	{ "two", &driver_two },
	{ "plain", &driver_plain },
	{ "taken", &driver_taken },
	{ "nameless", &driver_nameless },
	{ "idle", &driver_idle },
	{ "unclassed", &driver_unclassed },
};

/* "+NAME" registers the driver of this name, "-NAME" unregisters it */
static int do_with_drivers(const char *what)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (strcmp(what + 1, drivers[i].name))
			continue;
		if (*what == '+')
			return mdev_register_driver(drivers[i].driver,
						    THIS_MODULE);
		mdev_unregister_driver(drivers[i].driver);
		return 0;
	}
	return -EOPNOTSUPP;
}

static int do_with_bound(bool open)
{
	if (!bound)
		return -ENXIO;
	if (open)
		return mdev_device_open(bound);
	mdev_device_close(bound);
	return 0;
}

static int do_set(const char *text, const struct kernel_param *kp)
{
	char what[32];
	int ret;

	strscpy(what, text, sizeof(what));
	strim(what);
	mutex_lock(&do_lock);
	if (!parent)
		ret = -ENODEV;
	else if (*what == '+' || *what == '-')
		ret = do_with_drivers(what);
	else if (!strcmp(what, "open") || !strcmp(what, "close"))
		ret = do_with_bound(*what == 'o');
	else
		ret = do_with_parents(what);
	mutex_unlock(&do_lock);
	return ret;
}

static const struct kernel_param_ops do_ops = { .set = do_set };
module_param_cb(do, &do_ops, NULL, 0200);
MODULE_PARM_DESC(do, "the name of something to do");

static struct platform_driver misuse_driver = {
	.driver.name = "mdev_misuse_test",
};

static int __init mdev_misuse_test_init(void)
{
	struct platform_device *device;
	int ret;

	ret = platform_driver_register(&misuse_driver);
	if (ret)
		return ret;
	spare = root_device_register("mdev_misuse_spare");
	if (IS_ERR(spare)) {
		ret = PTR_ERR(spare);
		goto unregister_driver;
	}
	device = platform_device_register_simple("mdev_misuse_test", -1, NULL,
						 0);
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto unregister_spare;
	}
	mutex_lock(&do_lock);
	parent = device;
	ret = mdev_register_device(&parent->dev, &parent_ops);
	mutex_unlock(&do_lock);
	if (ret)
		goto unregister_parent;
	return 0;

unregister_parent:
	platform_device_unregister(device);
unregister_spare:
	root_device_unregister(spare);
unregister_driver:
	platform_driver_unregister(&misuse_driver);
	return ret;
}
module_init(mdev_misuse_test_init);

static void __exit mdev_misuse_test_exit(void)
{
	mdev_unregister_device(&parent->dev);
	platform_device_unregister(parent);
	root_device_unregister(spare);
	platform_driver_unregister(&misuse_driver);
}
module_exit(mdev_misuse_test_exit);

MODULE_DESCRIPTION("Parent and bus drivers that use the mdev API wrongly");
MODULE_LICENSE("GPL");
