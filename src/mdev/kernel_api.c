// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel API: the API of the running kernel's own <linux/mdev.h> over the
 * core, so that the kernel's own drivers go on working. It only translates.
 *
 * The exports are in kernel_api_parent.c and kernel_api_driver.c, devices in
 * kernel_api_device.c, drivers in kernel_api_bind.c. The structures of the API are
 * the driver's memory and as large as the kernel says: what the core has to
 * remember hangs off what is allocated here.
 */
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core.h"
#include "kernel_api.h"
#include "kernel_api_device.h"

/* @mtype->devices_kobj is &core.devices, which leads from one to the other. */
struct kernel_api_type {
	struct mdev_core_type core;
	struct mdev_type *mtype;
};

struct kernel_api_parent {
	struct mdev_core_parent core;
	struct mdev_parent *mparent;
	struct kernel_api_type types[];
};

static struct mdev_type *kernel_api_to_mtype(struct mdev_core_type *core)
{
	return container_of(core, struct kernel_api_type, core)->mtype;
}

static struct mdev_parent *kernel_api_to_mparent(struct mdev_core_parent *core)
{
	return container_of(core, struct kernel_api_parent, core)->mparent;
}

/* The files in a type's directory. */

struct kernel_api_attribute {
	struct attribute attr;
	ssize_t (*show)(struct mdev_type *mtype, char *buf);
};

static ssize_t name_show(struct mdev_type *mtype, char *buf)
{
	return sysfs_emit(buf, "%s\n", mtype->pretty_name ? mtype->pretty_name :
							    mtype->sysfs_name);
}

static ssize_t description_show(struct mdev_type *mtype, char *buf)
{
	return mtype->parent->mdev_driver->show_description(mtype, buf);
}

static ssize_t device_api_show(struct mdev_type *mtype, char *buf)
{
	return sysfs_emit(buf, "%s\n", mtype->parent->mdev_driver->device_api);
}

static ssize_t available_instances_show(struct mdev_type *mtype, char *buf)
{
	struct mdev_parent *mparent = mtype->parent;
	unsigned int available;

	if (mparent->mdev_driver->get_available)
		available = mparent->mdev_driver->get_available(mtype);
	else
		available = atomic_read(&mparent->available_instances);
	return sysfs_emit(buf, "%u\n", available);
}

static const struct kernel_api_attribute name_attr = __ATTR_RO(name);
static const struct kernel_api_attribute description_attr =
	__ATTR_RO(description);
static const struct kernel_api_attribute device_api_attr =
	__ATTR_RO(device_api);
static const struct kernel_api_attribute available_instances_attr =
	__ATTR_RO(available_instances);

/* Without show_description() there is no file description. */
static const struct attribute *const plain_attrs[] = {
	&name_attr.attr,
	&device_api_attr.attr,
	&available_instances_attr.attr,
	NULL,
};

static const struct attribute *const described_attrs[] = {
	&name_attr.attr,
	&device_api_attr.attr,
	&available_instances_attr.attr,
	&description_attr.attr,
	NULL,
};

static struct mdev_type *kernel_api_kobj_to_mtype(struct kobject *kobj)
{
	return container_of(kobj, struct mdev_type, kobj);
}

static struct mdev_core_type *kernel_api_kobj_to_core_type(struct kobject *kobj)
{
	return container_of(kernel_api_kobj_to_mtype(kobj)->devices_kobj,
			    struct mdev_core_type, devices);
}

static ssize_t kernel_api_type_show(struct kobject *kobj,
				    struct attribute *attr, char *buf)
{
	const struct kernel_api_attribute *type_attr =
		container_of(attr, const struct kernel_api_attribute, attr);

	if (attr == &mdev_core_create_attr)
		return -EIO;
	return type_attr->show(kernel_api_kobj_to_mtype(kobj), buf);
}

static ssize_t kernel_api_type_store(struct kobject *kobj,
				     struct attribute *attr, const char *buf,
				     size_t count)
{
	if (attr != &mdev_core_create_attr)
		return -EIO;
	return mdev_core_create_store(kernel_api_kobj_to_core_type(kobj), buf,
				      count);
}

static const struct sysfs_ops kernel_api_type_sysfs_ops = {
	.show = kernel_api_type_show,
	.store = kernel_api_type_store,
};

static void kernel_api_type_release(struct kobject *kobj)
{
	mdev_core_type_put(kernel_api_kobj_to_core_type(kobj));
}

static const struct kobj_type kernel_api_type_ktype = {
	.release = kernel_api_type_release,
	.sysfs_ops = &kernel_api_type_sysfs_ops,
};

/* Devices. */

static int kernel_api_reserve(struct mdev_core_type *type)
{
	struct mdev_parent *mparent = kernel_api_to_mparent(type->parent);

	if (mparent->mdev_driver->get_available)
		return 0;
	if (atomic_dec_if_positive(&mparent->available_instances) < 0)
		return -EUSERS;
	return 0;
}

static void kernel_api_unreserve(struct mdev_core_type *type)
{
	struct mdev_parent *mparent = kernel_api_to_mparent(type->parent);

	if (!mparent->mdev_driver->get_available)
		atomic_inc(&mparent->available_instances);
}

/* The driver's probe() is its create(). */
static int kernel_api_create(struct mdev_core_device *core)
{
	mdev_kernel_api_init_device(core, kernel_api_to_mtype(core->type));
	return 0;
}

static bool kernel_api_match(struct mdev_core_device *core,
			     const struct device_driver *drv)
{
	return drv ==
	       &kernel_api_to_mparent(core->type->parent)->mdev_driver->driver;
}

static const struct mdev_core_api kernel_api = {
	.must_bind = true,
	.type_ktype = &kernel_api_type_ktype,
	.alloc = mdev_kernel_api_alloc,
	.free = mdev_kernel_api_free,
	.reserve = kernel_api_reserve,
	.unreserve = kernel_api_unreserve,
	.create = kernel_api_create,
	.match = kernel_api_match,
};

/* What the exports call. */

static void kernel_api_init_type(struct kernel_api_type *type,
				 struct mdev_type *mtype,
				 struct mdev_parent *mparent)
{
	mtype->parent = mparent;
	mtype->devices_kobj = &type->core.devices;
	memset(&mtype->kobj, 0, sizeof(mtype->kobj));

	type->mtype = mtype;
	type->core.name = mtype->sysfs_name;
	type->core.kobj = &mtype->kobj;
	type->core.attrs = mparent->mdev_driver->show_description ?
			   described_attrs : plain_attrs;
}

static struct kernel_api_parent *
kernel_api_alloc_parent(struct mdev_parent *mparent)
{
	struct kernel_api_parent *parent;
	unsigned int i;

	parent = kzalloc(struct_size(parent, types, mparent->nr_types),
			 GFP_KERNEL);
	if (!parent)
		return NULL;
	parent->mparent = mparent;
	parent->core.dev = mparent->dev;
	parent->core.api = &kernel_api;
	INIT_LIST_HEAD(&parent->core.types);
	for (i = 0; i < mparent->nr_types; i++) {
		struct kernel_api_type *type = &parent->types[i];

		kernel_api_init_type(type, mparent->types[i], mparent);
		list_add_tail(&type->core.node, &parent->core.types);
	}
	return parent;
}

int mdev_kernel_api_register_parent(struct mdev_parent *mparent,
				    struct device *dev, struct mdev_driver *drv,
				    struct mdev_type **types,
				    unsigned int nr_types)
{
	struct kernel_api_parent *parent;
	int ret;

	memset(mparent, 0, sizeof(*mparent));
	init_rwsem(&mparent->unreg_sem);
	mparent->dev = dev;
	mparent->mdev_driver = drv;
	mparent->types = types;
	mparent->nr_types = nr_types;
	atomic_set(&mparent->available_instances, drv->max_instances);

	parent = kernel_api_alloc_parent(mparent);
	if (!parent)
		return -ENOMEM;
	ret = mdev_core_parent_register(&parent->core);
	if (ret) {
		kfree(parent);
		return ret;
	}
	mparent->mdev_types_kset = parent->core.types_kset;
	return 0;
}

void mdev_kernel_api_unregister_parent(struct mdev_parent *mparent)
{
	struct mdev_core_parent *core;

	core = mdev_core_parent_detach(mparent->dev, &kernel_api);
	if (WARN_ON(!core))
		return;
	mdev_core_parent_unregister(core);
	kfree(container_of(core, struct kernel_api_parent, core));
}

int mdev_kernel_api_register_driver(struct mdev_driver *drv)
{
	return drv->device_api ? mdev_kernel_api_add_driver(drv) : -EINVAL;
}
