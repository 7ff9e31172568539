// SPDX-License-Identifier: GPL-2.0-only
/*
 * For "make bench": devices in VFIO like mediated ones, on a bus of that name, but
 * without a core, a bridge or a vendor's driver. What it costs to create, open,
 * access and remove them is the driver core's own part, sysfs' and VFIO's.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/vfio.h>

#include "../../src/vfio_mdev/compat/vfio.h"

struct bench_vfio {
	struct vfio_device vdev;
};

/* For a CPU each. */
static struct device *bench_parents[2];

/* Answers at once. */

static ssize_t bench_read(struct vfio_device *vdev, char __user *buf,
			  size_t count, loff_t *ppos)
{
	return count;
}

static ssize_t bench_write(struct vfio_device *vdev, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	return count;
}

static long bench_ioctl(struct vfio_device *vdev, unsigned int cmd,
			unsigned long arg)
{
	return -ENOTTY;
}

static void bench_release(struct vfio_device *vdev)
{
	compat_vfio_free_device(vdev);
}

/* On a kernel with dma_unmap, VFIO wants it of whoever may pin pages. */
static void bench_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
}

static const struct vfio_device_ops bench_ops = {
	.name = "bench_vfio",
	.release = bench_release,
	.read = bench_read,
	.write = bench_write,
	.ioctl = bench_ioctl,
	.dma_unmap = bench_dma_unmap,
	COMPAT_IOMMUFD_OPS
};

static int bench_probe(struct device *dev)
{
	struct bench_vfio *bench;
	int ret;

	bench = vfio_alloc_device(bench_vfio, vdev, dev, &bench_ops);
	if (IS_ERR(bench))
		return PTR_ERR(bench);
	ret = vfio_register_emulated_iommu_dev(&bench->vdev);
	if (ret)
		vfio_put_device(&bench->vdev);
	else
		dev_set_drvdata(dev, bench);
	return ret;
}

static int bench_remove(struct device *dev)
{
	struct bench_vfio *bench = dev_get_drvdata(dev);

	vfio_unregister_group_dev(&bench->vdev);
	vfio_put_device(&bench->vdev);
	return 0;
}

static struct bus_type bench_bus = {
	.name = "mdev",
};

static struct device_driver bench_driver = {
	.name = "bench_vfio",
	.bus = &bench_bus,
	.owner = THIS_MODULE,
	.probe = bench_probe,
	.remove = bench_remove,
};

static ssize_t remove_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	if (device_remove_file_self(dev, attr))
		device_unregister(dev);
	return count;
}
static DEVICE_ATTR_WO(remove);

static struct attribute *bench_attrs[] = {
	&dev_attr_remove.attr,
	NULL
};
ATTRIBUTE_GROUPS(bench);

static void bench_free(struct device *dev)
{
	kfree(dev);
}

static ssize_t create_store(struct device *parent,
			    struct device_attribute *attr, const char *buf,
			    size_t count)
{
	struct device *dev;
	guid_t uuid;
	int ret;

	ret = guid_parse(buf, &uuid);
	if (ret)
		return ret;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	device_initialize(dev);
	dev->parent = parent;
	dev->bus = &bench_bus;
	dev->release = bench_free;
	dev->groups = bench_groups;
	ret = dev_set_name(dev, "%pUl", &uuid);
	if (!ret)
		ret = device_add(dev);
	if (ret)
		put_device(dev);
	return ret ? ret : count;
}
static DEVICE_ATTR_WO(create);

static struct device *bench_add_parent(const char *name)
{
	struct device *parent = root_device_register(name);
	int ret;

	if (IS_ERR(parent))
		return parent;
	ret = device_create_file(parent, &dev_attr_create);
	if (!ret)
		return parent;
	root_device_unregister(parent);
	return ERR_PTR(ret);
}

static int __init bench_init(void)
{
	int ret;

	ret = bus_register(&bench_bus);
	if (ret)
		return ret;
	ret = driver_register(&bench_driver);
	if (ret)
		goto unregister_bus;
	bench_parents[0] = bench_add_parent("bench");
	ret = PTR_ERR_OR_ZERO(bench_parents[0]);
	if (ret)
		goto unregister_driver;
	bench_parents[1] = bench_add_parent("bench2");
	ret = PTR_ERR_OR_ZERO(bench_parents[1]);
	if (!ret)
		return 0;

	root_device_unregister(bench_parents[0]);
unregister_driver:
	driver_unregister(&bench_driver);
unregister_bus:
	bus_unregister(&bench_bus);
	return ret;
}
module_init(bench_init);

/* It stays: nothing has to be undone for a count. */
MODULE_DESCRIPTION("VFIO devices without a mediated device core, to count");
MODULE_LICENSE("GPL");
