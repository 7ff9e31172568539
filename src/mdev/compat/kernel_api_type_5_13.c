// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types of the kernel API of Linux 5.13 to 6.0: each is made from an attribute
 * group of the parent driver's.
 */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

#include "kernel_api_5_13.h"
#include "kernel_api_type_5_13.h"

static struct mdev_type *kernel_api_kobj_to_mtype(struct kobject *kobj)
{
	return container_of(kobj, struct mdev_type, kobj);
}

static ssize_t kernel_api_type_show(struct kobject *kobj,
				    struct attribute *attr, char *buf)
{
	struct mdev_type_attribute *type_attr =
		container_of(attr, struct mdev_type_attribute, attr);

	if (attr == &mdev_core_create_attr || !type_attr->show)
		return -EIO;
	return type_attr->show(kernel_api_kobj_to_mtype(kobj), type_attr, buf);
}

static ssize_t kernel_api_type_store(struct kobject *kobj,
				     struct attribute *attr, const char *buf,
				     size_t count)
{
	struct mdev_type_attribute *type_attr =
		container_of(attr, struct mdev_type_attribute, attr);
	struct mdev_type *mtype = kernel_api_kobj_to_mtype(kobj);

	if (attr == &mdev_core_create_attr)
		return mdev_core_create_store(&mtype->core, buf, count);
	if (!type_attr->store)
		return -EIO;
	return type_attr->store(mtype, type_attr, buf, count);
}

static const struct sysfs_ops kernel_api_type_sysfs_ops = {
	.show = kernel_api_type_show,
	.store = kernel_api_type_store,
};

static void kernel_api_type_release(struct kobject *kobj)
{
	mdev_core_type_put(&kernel_api_kobj_to_mtype(kobj)->core);
}

const struct kobj_type mdev_kernel_api_type_ktype = {
	.release = kernel_api_type_release,
	.sysfs_ops = &kernel_api_type_sysfs_ops,
};

/**
 * mdev_kernel_api_count_types() - how many types a driver has
 * @groups:	its supported_type_groups
 *
 * Context: any.
 * Return: the number.
 */
size_t mdev_kernel_api_count_types(struct attribute_group *const *groups)
{
	size_t n = 0;

	while (groups[n])
		n++;
	return n;
}

/**
 * mdev_kernel_api_init_types() - give a parent its types
 * @parent:	not registered yet
 * @types:	as many as there are groups, zeroed; freed with @parent
 * @groups:	the driver's supported_type_groups
 *
 * Context: any.
 * Return: 0, or -EINVAL if a group has no name.
 */
int mdev_kernel_api_init_types(struct mdev_core_parent *parent,
			       struct mdev_type *types,
			       struct attribute_group *const *groups)
{
	unsigned int i;

	INIT_LIST_HEAD(&parent->types);
	for (i = 0; groups[i]; i++) {
		if (!groups[i]->name)
			return -EINVAL;
		types[i].group_id = i;
		types[i].core.name = groups[i]->name;
		types[i].core.attrs =
			(const struct attribute *const *)groups[i]->attrs;
		types[i].core.kobj = &types[i].kobj;
		list_add_tail(&types[i].core.node, &parent->types);
	}
	return 0;
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
