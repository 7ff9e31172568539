// SPDX-License-Identifier: GPL-2.0-only
/*
 * For "make bench": mediated devices that do nothing. Against those of bench_vfio
 * they tell what our core and our bridge add to VFIO.
 */
#include <linux/device.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include <linux/vfio_mdev.h>

/* For a CPU each. */
static struct device *bench_parents[2];

static ssize_t device_api_show(struct kobject *kobj, struct device *dev,
			       char *buf)
{
	return sysfs_emit(buf, "vfio-pci\n");
}
static MDEV_TYPE_ATTR_RO(device_api);

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	return sysfs_emit(buf, "65536\n");
}
static MDEV_TYPE_ATTR_RO(available_instances);

static struct attribute *bench_type_attrs[] = {
	&mdev_type_attr_device_api.attr,
	&mdev_type_attr_available_instances.attr,
	NULL
};

static struct attribute_group bench_type = {
	.name = "1",
	.attrs = bench_type_attrs,
};

static struct attribute_group *bench_types[] = {
	&bench_type,
	NULL
};

static int bench_create(struct kobject *kobj, struct mdev_device *mdev)
{
	return 0;
}

static int bench_remove(struct mdev_device *mdev)
{
	return 0;
}

static ssize_t bench_read(struct mdev_device *mdev, char __user *buf,
			  size_t count, loff_t *ppos)
{
	return count;
}

static ssize_t bench_write(struct mdev_device *mdev, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	return count;
}

static long bench_ioctl(struct mdev_device *mdev, unsigned int cmd,
			unsigned long arg)
{
	return -ENOTTY;
}

static int bench_open(struct mdev_device *mdev)
{
	return 0;
}

static void bench_release(struct mdev_device *mdev)
{
}

static const struct mdev_parent_ops bench_ops = {
	.owner = THIS_MODULE,
	.supported_type_groups = bench_types,
	.create = bench_create,
	.remove = bench_remove,
	.open = bench_open,
	.release = bench_release,
	.read = bench_read,
	.write = bench_write,
	.ioctl = bench_ioctl,
};

static struct device *bench_add_parent(const char *name)
{
	struct device *parent = root_device_register(name);
	int ret;

	if (IS_ERR(parent))
		return parent;
	ret = mdev_register_device(parent, &bench_ops);
	if (!ret)
		return parent;
	root_device_unregister(parent);
	return ERR_PTR(ret);
}

static void bench_remove_parent(struct device *parent)
{
	mdev_unregister_device(parent);
	root_device_unregister(parent);
}

static int __init bench_init(void)
{
	bench_parents[0] = bench_add_parent("bench");
	if (IS_ERR(bench_parents[0]))
		return PTR_ERR(bench_parents[0]);
	bench_parents[1] = bench_add_parent("bench2");
	if (!IS_ERR(bench_parents[1]))
		return 0;
	bench_remove_parent(bench_parents[0]);
	return PTR_ERR(bench_parents[1]);
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	bench_remove_parent(bench_parents[1]);
	bench_remove_parent(bench_parents[0]);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Mediated devices that do nothing, to count");
MODULE_LICENSE("GPL");
