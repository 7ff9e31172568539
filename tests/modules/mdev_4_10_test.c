// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent driver of Linux 4.10: UUIDs by value, and capabilities by number.
 */
#define MDEV_API_4_10

#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uuid.h>
#include <linux/vfio.h>

struct old_state {
	uuid_le uuid;
};

static struct platform_device *parent;

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct mdev_device *mdev = mdev_from_dev(dev);
	struct old_state *state = mdev_get_drvdata(mdev);
	uuid_le uuid = mdev_uuid(mdev);

	return sprintf(buf, "%pUl %d\n", uuid.b,
		       uuid_le_cmp(mdev_uuid(mdev), state->uuid));
}
static DEVICE_ATTR_RO(uuid);

static int add_sparse(struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_sparse_mmap *sparse;
	int ret;

	sparse = kzalloc(struct_size(sparse, areas, 2), GFP_KERNEL);
	if (!sparse)
		return -ENOMEM;
	sparse->nr_areas = 2;
	sparse->areas[0].size = PAGE_SIZE;
	sparse->areas[1].offset = 2 * PAGE_SIZE;
	sparse->areas[1].size = PAGE_SIZE;
	ret = vfio_info_add_capability(caps, VFIO_REGION_INFO_CAP_SPARSE_MMAP,
				       sparse);
	kfree(sparse);
	return ret;
}

static int add_type(struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_type type = { .type = 7, .subtype = 9 };
	int ret;

	/* It was allowed to have none. */
	ret = vfio_info_add_capability(caps, VFIO_REGION_INFO_CAP_TYPE, NULL);
	if (ret)
		return ret;
	return vfio_info_add_capability(caps, VFIO_REGION_INFO_CAP_TYPE, &type);
}

/* As Linux 4.16 to 5.0 wanted it. */
static int add_header(struct vfio_info_cap *caps)
{
	struct vfio_info_cap_header header = { .id = 77, .version = 3 };

	return vfio_info_add_capability(caps, &header, sizeof(header));
}

/* Each capability by its id, version, and all that follows but the links. */
static ssize_t print_caps(const struct vfio_info_cap *caps, char *buf)
{
	const struct vfio_region_info_cap_sparse_mmap *sparse =
		(void *)caps->buf;
	const struct vfio_region_info_cap_type *type =
		(void *)caps->buf + sparse->header.next;
	const struct vfio_info_cap_header *header =
		(void *)caps->buf + type->header.next;

	return sprintf(buf, "%u.%u %u %llu+%llu %llu+%llu, %u.%u %u %u, %u.%u\n",
		       sparse->header.id, sparse->header.version,
		       sparse->nr_areas,
		       (u64)sparse->areas[0].offset >> PAGE_SHIFT,
		       (u64)sparse->areas[0].size >> PAGE_SHIFT,
		       (u64)sparse->areas[1].offset >> PAGE_SHIFT,
		       (u64)sparse->areas[1].size >> PAGE_SHIFT,
		       type->header.id, type->header.version, type->type,
		       type->subtype, header->id, header->version);
}

static ssize_t caps_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct vfio_info_cap caps = { };
	ssize_t ret;

	ret = add_sparse(&caps);
	if (!ret)
		ret = add_type(&caps);
	if (!ret)
		ret = add_header(&caps);
	if (!ret)
		ret = print_caps(&caps, buf);
	kfree(caps.buf);
	return ret;
}
static DEVICE_ATTR_RO(caps);

static struct attribute *device_attrs[] = {
	&dev_attr_uuid.attr,
	&dev_attr_caps.attr,
	NULL,
};

static const struct attribute_group device_group = {
	.name = "old",
	.attrs = device_attrs,
};

static const struct attribute_group *device_groups[] = {
	&device_group,
	NULL,
};

static int old_create(struct kobject *kobj, struct mdev_device *mdev)
{
	struct old_state *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return -ENOMEM;
	state->uuid = mdev_uuid(mdev);
	mdev_set_drvdata(mdev, state);
	return 0;
}

static int old_remove(struct mdev_device *mdev)
{
	kfree(mdev_get_drvdata(mdev));
	return 0;
}

static ssize_t name_show(struct kobject *kobj, struct device *dev, char *buf)
{
	return sprintf(buf, "an old one\n");
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

static const struct mdev_parent_ops old_ops = {
	.owner = THIS_MODULE,
	.mdev_attr_groups = device_groups,
	.supported_type_groups = type_groups,
	.create = old_create,
	.remove = old_remove,
};

static int __init old_init(void)
{
	int ret;

	parent = platform_device_register_simple("mdev_4_10_test", -1, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	ret = mdev_register_device(&parent->dev, &old_ops);
	if (ret)
		platform_device_unregister(parent);
	return ret;
}
module_init(old_init);

static void __exit old_exit(void)
{
	mdev_unregister_device(&parent->dev);
	platform_device_unregister(parent);
}
module_exit(old_exit);

MODULE_DESCRIPTION("Test: a parent driver of Linux 4.10");
MODULE_LICENSE("GPL");
