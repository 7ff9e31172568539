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

static struct device *bench_parent;

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

static int __init bench_init(void)
{
	int ret;

	bench_parent = root_device_register("bench");
	if (IS_ERR(bench_parent))
		return PTR_ERR(bench_parent);
	ret = mdev_register_device(bench_parent, &bench_ops);
	if (ret)
		root_device_unregister(bench_parent);
	return ret;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	mdev_unregister_device(bench_parent);
	root_device_unregister(bench_parent);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Mediated devices that do nothing, to count");
MODULE_LICENSE("GPL");
