// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parents and types of the kernel API of Linux 5.13 to 6.0: each type is made from
 * an attribute group of the parent driver's.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "kernel_api_type_5_13.h"

static struct mdev_type *kernel_api_type_5_13_of_kobj(struct kobject *kobj)
{
	return container_of(kobj, struct mdev_type, kobj);
}

static ssize_t kernel_api_type_5_13_show(struct kobject *kobj,
					 struct attribute *attr, char *buf)
{
	struct mdev_type_attribute *type_attr =
		container_of(attr, struct mdev_type_attribute, attr);

	if (attr == &mdev_core_create_attr || !type_attr->show)
		return -EIO;
	return type_attr->show(kernel_api_type_5_13_of_kobj(kobj), type_attr, buf);
}

static ssize_t kernel_api_type_5_13_store(struct kobject *kobj,
					  struct attribute *attr,
					  const char *buf, size_t count)
{
	struct mdev_type_attribute *type_attr =
		container_of(attr, struct mdev_type_attribute, attr);
	struct mdev_type *mtype = kernel_api_type_5_13_of_kobj(kobj);

	if (attr == &mdev_core_create_attr)
		return mdev_core_create_store(&mtype->core, buf, count);
	if (!type_attr->store)
		return -EIO;
	return type_attr->store(mtype, type_attr, buf, count);
}

static const struct sysfs_ops kernel_api_type_5_13_sysfs_ops = {
	.show = kernel_api_type_5_13_show,
	.store = kernel_api_type_5_13_store,
};

static void kernel_api_type_5_13_release(struct kobject *kobj)
{
	mdev_core_type_put(&kernel_api_type_5_13_of_kobj(kobj)->core);
}

const struct kobj_type mdev_kernel_api_type_ktype = {
	.release = kernel_api_type_5_13_release,
	.sysfs_ops = &kernel_api_type_5_13_sysfs_ops,
};

static int kernel_api_type_5_13_init(struct kernel_api_5_13_parent *parent,
				     struct attribute_group *const *groups)
{
	unsigned int i;

	INIT_LIST_HEAD(&parent->core.types);
	for (i = 0; groups[i]; i++) {
		struct mdev_type *mtype = &parent->types[i];

		if (!groups[i]->name)
			return -EINVAL;
		mtype->group_id = i;
		mtype->core.name = groups[i]->name;
		mtype->core.attrs =
			(const struct attribute *const *)groups[i]->attrs;
		mtype->core.kobj = &mtype->kobj;
		list_add_tail(&mtype->core.node, &parent->core.types);
	}
	return 0;
}

/**
 * mdev_kernel_api_alloc_parent() - allocate a parent with its types
 * @dev:	the parent's device
 * @ops:	what the driver registers it with
 *
 * Pairs with mdev_kernel_api_add_parent(). The caller sets the core's API and what
 * else @ops has.
 *
 * Context: process; sleeps.
 * Return: the parent; ERR_PTR(-EINVAL) if @ops has no types, or one has no name;
 * ERR_PTR(-ENOMEM).
 */
struct kernel_api_5_13_parent *
mdev_kernel_api_alloc_parent(struct device *dev, compat_parent_ops *ops)
{
	struct attribute_group **groups = ops->supported_type_groups;
	struct kernel_api_5_13_parent *parent;
	size_t n = 0;
	int ret;

	if (!dev || !groups)
		return ERR_PTR(-EINVAL);
	while (groups[n])
		n++;
	parent = kzalloc(struct_size(parent, types, n), GFP_KERNEL);
	if (!parent)
		return ERR_PTR(-ENOMEM);
	parent->ops = ops;
	parent->core.dev = dev;
	ret = kernel_api_type_5_13_init(parent, groups);
	if (ret) {
		kfree(parent);
		return ERR_PTR(ret);
	}
	return parent;
}

/**
 * mdev_kernel_api_add_parent() - register a parent with the core
 * @parent:	owned by the core from here on, and freed if it fails
 *
 * Context: process; sleeps.
 * Return: as mdev_core_parent_register().
 */
int mdev_kernel_api_add_parent(struct kernel_api_5_13_parent *parent)
{
	int ret = mdev_core_parent_register(&parent->core);

	if (ret)
		kfree(parent);
	return ret;
}

/**
 * mdev_kernel_api_remove_parent() - unregister and free a parent
 * @core:	what mdev_core_parent_detach() returned
 *
 * Context: process; sleeps, until the users of open devices have gone.
 */
void mdev_kernel_api_remove_parent(struct mdev_core_parent *core)
{
	mdev_core_parent_unregister(core);
	kfree(kernel_api_5_13_to_parent(core));
}

/**
 * mdev_kernel_api_type_parent_dev() - the device that offers a type
 * @mtype:	the type of a parent that is registered
 *
 * Context: any.
 * Return: the device; no reference is taken.
 */
struct device *mdev_kernel_api_type_parent_dev(struct mdev_type *mtype)
{
	return mtype->core.parent->dev;
}

/**
 * mdev_kernel_api_type_group_id() - a type's place in supported_type_groups
 * @mtype:	the type
 *
 * Context: any.
 * Return: the place.
 */
unsigned int mdev_kernel_api_type_group_id(struct mdev_type *mtype)
{
	return mtype->group_id;
}
