// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types: a directory each in the parent's mdev_supported_types, with the file
 * "create", the files that the API brings, and a directory of links to devices.
 */
#include <linux/slab.h>

#include "core.h"

const struct attribute mdev_core_create_attr = {
	.name = "create",
	.mode = 0200,
};

static void mdev_type_devices_release(struct kobject *kobj)
{
	mdev_core_type_put(container_of(kobj, struct mdev_core_type, devices));
}

static const struct kobj_type devices_ktype = {
	.release = mdev_type_devices_release,
	.sysfs_ops = &kobj_sysfs_ops,
};

/*
 * A directory of the type takes a reference to the parent. It pairs with
 * mdev_core_type_put() in the directory's release function, which also runs
 * after a failed add, when the kobject is put.
 */
static int mdev_type_add_directory(struct mdev_core_type *type,
				   struct kobject *kobj,
				   const struct kobj_type *ktype,
				   struct kobject *above, const char *name)
{
	mdev_core_parent_get(type->parent);
	return kobject_init_and_add(kobj, compat_ktype(ktype), above, "%s",
				    name);
}

static void mdev_type_remove_directory(struct kobject *kobj)
{
	kobject_del(kobj);
	kobject_put(kobj);
}

static int mdev_type_add_files(struct mdev_core_type *type)
{
	int ret;

	ret = sysfs_create_files(type->kobj, type->attrs);
	if (ret)
		return ret;
	return sysfs_create_file(type->kobj, &mdev_core_create_attr);
}

/**
 * mdev_core_type_add() - make a type visible
 * @type:	with its parent and what the API sets
 *
 * Context: process; sleeps.
 * Return: 0 or an error. After an error nothing of the type is left, but its
 * references to the parent may be put later.
 */
int mdev_core_type_add(struct mdev_core_type *type)
{
	struct mdev_core_parent *parent = type->parent;
	char *name;
	int ret;

	name = kasprintf(GFP_KERNEL, "%s-%s", dev_driver_string(parent->dev),
			 type->name);
	if (!name)
		return -ENOMEM;
	type->kobj->kset = parent->types_kset;
	ret = mdev_type_add_directory(type, type->kobj,
				      parent->api->type_ktype, NULL, name);
	kfree(name);
	if (ret)
		goto put_kobj;
	ret = mdev_type_add_directory(type, &type->devices, &devices_ktype,
				      type->kobj, "devices");
	if (ret)
		goto put_devices;
	ret = mdev_type_add_files(type);
	if (ret)
		goto remove_devices;
	return 0;

remove_devices:
	kobject_del(&type->devices);
put_devices:
	kobject_put(&type->devices);
	kobject_del(type->kobj);
put_kobj:
	kobject_put(type->kobj);
	return ret;
}

/**
 * mdev_core_type_remove() - take a type away
 * @type:	a type that has no devices any more
 *
 * Context: process; sleeps, until nobody reads or writes its files.
 */
void mdev_core_type_remove(struct mdev_core_type *type)
{
	mdev_type_remove_directory(&type->devices);
	mdev_type_remove_directory(type->kobj);
}
