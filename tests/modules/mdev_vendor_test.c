// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent driver of Linux 5.10, as vendors ship them: it uses those names of
 * <linux/mdev.h>, <linux/vfio.h> and <linux/iommu.h> that the sample drivers do
 * without. Each device tells what they gave in its files below vendor/.
 *
 * It compiles with the headers of Linux 5.10 as well.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

static bool iommu_device;
module_param(iommu_device, bool, 0644);
MODULE_PARM_DESC(iommu_device, "new devices get the parent as IOMMU device");

static bool without_open;
module_param(without_open, bool, 0444);
MODULE_PARM_DESC(without_open, "have neither open() nor ioctl()");

static int set_result;
module_param(set_result, int, 0444);
MODULE_PARM_DESC(set_result, "what mdev_set_iommu_device() gave last");

static int domain_result;
module_param(domain_result, int, 0444);
MODULE_PARM_DESC(domain_result, "what vfio_group_iommu_domain() gave in open()");

static bool with_request;
module_param(with_request, bool, 0444);
MODULE_PARM_DESC(with_request, "have a request()");

static int requests;
module_param(requests, int, 0444);
MODULE_PARM_DESC(requests, "how often request() was called");

static DEFINE_MUTEX(reference_lock);
static struct vfio_device *reference;	/* under reference_lock */

static struct platform_device *parent;

/* What a driver does that finds its device by the one of VFIO. */
static ssize_t data_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct mdev_device *mdev = mdev_from_dev(dev);
	struct vfio_device *vdev = vfio_device_get_from_dev(dev);
	void *data;
	bool same;

	if (!vdev)
		return sprintf(buf, "no device\n");
	data = vfio_device_data(vdev);
	same = data == mdev && mdev_dev(data) == dev;
	vfio_device_put(vdev);
	return sprintf(buf, "%s\n", same ? "the mdev" : "something else");
}
static DEVICE_ATTR_RO(data);

static ssize_t bus_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sprintf(buf, "%d %d\n", dev->bus == &mdev_bus_type,
		       dev->parent->bus == &mdev_bus_type);
}
static DEVICE_ATTR_RO(bus);

static ssize_t bus_driver_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sprintf(buf, "%s\n", dev->driver ?
		       to_mdev_driver(dev->driver)->name : "none");
}
static DEVICE_ATTR_RO(bus_driver);

static ssize_t iommu_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct device *iommu = mdev_get_iommu_device(dev);

	return sprintf(buf, "%s\n", iommu ? dev_name(iommu) : "none");
}
static DEVICE_ATTR_RO(iommu);

/* A domain of an IOMMU driver that knows nothing of auxiliary ones. */
static typeof(*((struct iommu_domain *)NULL)->ops) domain_ops;
static struct iommu_domain plain_domain = { .ops = &domain_ops };

/* What it does to isolate the device by a PASID, on a machine without. */
static ssize_t aux_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct device *iommu = dev->parent;

	return sprintf(buf, "%d %d %d %d %d %d\n",
		       iommu_dev_has_feature(iommu, IOMMU_DEV_FEAT_AUX),
		       iommu_dev_feature_enabled(iommu, IOMMU_DEV_FEAT_AUX),
		       iommu_dev_enable_feature(iommu, IOMMU_DEV_FEAT_AUX),
		       iommu_dev_disable_feature(iommu, IOMMU_DEV_FEAT_AUX),
		       iommu_aux_attach_device(&plain_domain, iommu),
		       iommu_aux_get_pasid(&plain_domain, iommu));
}
static DEVICE_ATTR_RO(aux);

/* 1: take a reference and keep it, 0: put it. */
static ssize_t hold_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	ssize_t ret = count;
	bool hold;

	if (kstrtobool(buf, &hold))
		return -EINVAL;
	mutex_lock(&reference_lock);
	if (hold == !!reference) {
		ret = -EBUSY;
	} else if (hold) {
		reference = vfio_device_get_from_dev(dev);
		if (!reference)
			ret = -ENODEV;
	} else {
		vfio_device_put(reference);
		reference = NULL;
	}
	mutex_unlock(&reference_lock);
	return ret;
}
static DEVICE_ATTR_WO(hold);

/* The same from outside, as a dma-buf that is released. */
static int let_go(const char *val, const struct kernel_param *kp)
{
	int ret = -ENOENT;

	mutex_lock(&reference_lock);
	if (reference) {
		vfio_device_put(reference);
		reference = NULL;
		ret = 0;
	}
	mutex_unlock(&reference_lock);
	return ret;
}

static const struct kernel_param_ops let_go_ops = { .set = let_go };
module_param_cb(let_go, &let_go_ops, NULL, 0200);
MODULE_PARM_DESC(let_go, "put the reference that a device's file hold took");

static struct attribute *device_attrs[] = {
	&dev_attr_data.attr,
	&dev_attr_bus.attr,
	&dev_attr_bus_driver.attr,
	&dev_attr_iommu.attr,
	&dev_attr_aux.attr,
	&dev_attr_hold.attr,
	NULL,
};

static const struct attribute_group device_group = {
	.name = "vendor",
	.attrs = device_attrs,
};

static const struct attribute_group *device_groups[] = {
	&device_group,
	NULL,
};

static int vendor_create(struct kobject *kobj, struct mdev_device *mdev)
{
	struct device *dev = mdev_dev(mdev);

	if (vfio_device_get_from_dev(dev))
		return -EINVAL;		/* it is not registered yet */
	if (READ_ONCE(iommu_device))
		set_result = mdev_set_iommu_device(dev, mdev_parent_dev(mdev));
	return 0;
}

static int vendor_remove(struct mdev_device *mdev)
{
	return 0;
}

/* Not in Linux 5.10 itself, but in 5.12. */
#ifdef vfio_group_iommu_domain
static int vendor_open(struct mdev_device *mdev)
{
	struct vfio_group *group =
		vfio_group_get_external_user_from_dev(mdev_dev(mdev));

	if (IS_ERR(group))
		return PTR_ERR(group);
	domain_result = PTR_ERR_OR_ZERO(vfio_group_iommu_domain(group));
	vfio_group_put_external_user(group);
	return 0;
}
#else
static int vendor_open(struct mdev_device *mdev)
{
	return 0;
}
#endif

/* Since Linux 5.11 */
#ifdef MDEV_STABLE_API
static void vendor_request(struct mdev_device *mdev, unsigned int count)
{
	WRITE_ONCE(requests, count + 1);
}
#endif

static long vendor_ioctl(struct mdev_device *mdev, unsigned int cmd,
			 unsigned long arg)
{
	/* Before VFIO parsed features, a driver could have its own. */
	return cmd == VFIO_DEVICE_FEATURE ? -ESHUTDOWN : -ENOTTY;
}

static ssize_t name_show(struct kobject *kobj, struct device *dev, char *buf)
{
	return sprintf(buf, "a vendor's\n");
}
static MDEV_TYPE_ATTR_RO(name);

static struct attribute *type_attrs[] = {
	&mdev_type_attr_name.attr,
	NULL,
};

static struct attribute_group type_group = {
	.name = "1",
	.attrs = type_attrs,
};

static struct attribute_group *type_groups[] = { &type_group, NULL };

static struct mdev_parent_ops vendor_ops = {
	.owner = THIS_MODULE,
	.mdev_attr_groups = device_groups,
	.supported_type_groups = type_groups,
	.create = vendor_create,
	.remove = vendor_remove,
	.open = vendor_open,
	.ioctl = vendor_ioctl,
};

static int __init vendor_init(void)
{
	int ret;

#ifdef MDEV_STABLE_API
	if (with_request)
		vendor_ops.request = vendor_request;
#endif
	if (without_open) {
		vendor_ops.open = NULL;
		vendor_ops.ioctl = NULL;
	}
	parent = platform_device_register_simple("mdev_vendor_test", -1, NULL,
						 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	ret = mdev_register_device(&parent->dev, &vendor_ops);
	if (ret)
		platform_device_unregister(parent);
	return ret;
}
module_init(vendor_init);

static void __exit vendor_exit(void)
{
	mdev_unregister_device(&parent->dev);
	platform_device_unregister(parent);
}
module_exit(vendor_exit);

MODULE_DESCRIPTION("Test: a parent driver with the names that vendors use");
MODULE_LICENSE("GPL");
