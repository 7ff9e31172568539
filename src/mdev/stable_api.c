// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stable API, that of include/linux/mdev.h, over the core. It only
 * translates.
 *
 * Its exports have names of their own, because the kernel API already uses the
 * obvious ones; inline wrappers in the header, which have the
 * documentation, keep the source API.
 */
#include <linux/async.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "../../include/linux/mdev.h"
#include "../../include/linux/vfio_mdev.h"
#include "compat/iommu_device.h"
#include "core.h"
#include "stable_api.h"
#include "trace.h"

/*
 * @class_id and @class_ops are written in the parent driver's create() only,
 * before anybody else sees the device. @class_misused: a wrong call of
 * mdev_set_class() has been logged, which is done once for each device, because a user
 * may be able to make the driver call it. @bus_data belongs to the bus driver that the
 * device is bound to; @had_bus_data: a bus driver has set it before.
 */
struct mdev_device {
	void *driver_data;
	void *bus_data;
	struct device *iommu_device;
	const void *class_ops;
	u16 class_id;
	bool class_misused;
	bool had_bus_data;
	struct mdev_core_device core;	/* last: see its definition */
};

struct stable_api_type {
	struct mdev_core_type core;
	struct kobject kobj;
};

/*
 * @default_ops: the ops of devices that get none from mdev_set_class()
 * @iommu_refused: the log has said that there are no IOMMU devices
 */
struct stable_api_parent {
	struct mdev_core_parent core;
	const struct mdev_parent_ops *ops;
	struct vfio_mdev_device_ops default_ops;
	int iommu_refused;		/* a bool is too small for s390's xchg() up to 6.12 */
	struct stable_api_type types[];
};

static struct mdev_device *
stable_api_to_mdev(const struct mdev_core_device *core)
{
	return container_of(core, struct mdev_device, core);
}

static struct stable_api_type *stable_api_to_type(struct kobject *kobj)
{
	return container_of(kobj, struct stable_api_type, kobj);
}

static struct stable_api_parent *stable_api_to_parent(struct mdev_device *mdev)
{
	return container_of(mdev->core.type->parent, struct stable_api_parent,
			    core);
}

/* The files in a type's directory. */

static ssize_t stable_api_type_show(struct kobject *kobj,
				    struct attribute *attr, char *buf)
{
	struct mdev_type_attribute *type_attr =
		container_of(attr, struct mdev_type_attribute, attr);

	if (attr == &mdev_core_create_attr || !type_attr->show)
		return -EIO;
	return type_attr->show(kobj, stable_api_to_type(kobj)->core.parent->dev,
			       buf);
}

static ssize_t stable_api_type_store(struct kobject *kobj,
				     struct attribute *attr, const char *buf,
				     size_t count)
{
	struct mdev_type_attribute *type_attr =
		container_of(attr, struct mdev_type_attribute, attr);
	struct mdev_core_type *type = &stable_api_to_type(kobj)->core;

	if (attr == &mdev_core_create_attr)
		return mdev_core_create_store(type, buf, count);
	if (!type_attr->store)
		return -EIO;
	return type_attr->store(kobj, type->parent->dev, buf, count);
}

static const struct sysfs_ops stable_api_type_sysfs_ops = {
	.show = stable_api_type_show,
	.store = stable_api_type_store,
};

static void stable_api_type_release(struct kobject *kobj)
{
	mdev_core_type_put(&stable_api_to_type(kobj)->core);
}

static const struct kobj_type stable_api_type_ktype = {
	.release = stable_api_type_release,
	.sysfs_ops = &stable_api_type_sysfs_ops,
};

/* Drivers of classes. */

static int stable_api_driver_probe(struct device *dev);

/* A driver of this API is known by its probe(). */
static bool stable_api_serves_class(const struct device_driver *drv,
				    u16 class_id)
{
	const struct mdev_class_id *entry;

	if (drv->probe != stable_api_driver_probe)
		return false;
	entry = container_of(drv, const struct mdev_driver, driver)->id_table;
	if (!entry)
		return class_id == MDEV_CLASS_ID_VFIO;
	for (; entry->id; entry++)
		if (entry->id == class_id)
			return true;
	return false;
}

static int stable_api_serves_this_class(struct device_driver *drv,
					void *class_id)
{
	return stable_api_serves_class(drv, *(u16 *)class_id);
}

/*
 * Has modprobe load a driver for this class if none is registered, and waits for
 * it: a new device shall have its driver when the write to "create" returns. It
 * is no error if there is none in the end.
 *
 * udev goes by the same alias, so a blacklist has the same effect on both.
 *
 * The caller must not hold a lock that a module's init or a driver's probe()
 * takes. An asynchronous probe does not call modprobe. It can't wait, because the
 * load of a module waits for all asynchronous probes. Without waiting the next
 * caller might not wait either: busybox's modprobe takes a module that is still
 * being loaded for loaded. A fatal signal ends the wait.
 */
static void stable_api_load_class_driver(u16 class_id)
{
	if (current_is_async() ||
	    bus_for_each_drv(&mdev_core_bus, NULL, &class_id,
			     stable_api_serves_this_class))
		return;
	request_module("mdev:c%04X", class_id);
}

/* Devices; what stable_api.h declares is described in struct mdev_core_api. */

struct mdev_core_device *stable_api_alloc(void)
{
	struct mdev_device *mdev;

	mdev = kzalloc(sizeof(*mdev) + COMPAT_MDEV_TAIL, GFP_KERNEL);
	return mdev ? &mdev->core : NULL;
}

void stable_api_free(struct mdev_core_device *core)
{
	kfree(stable_api_to_mdev(core));
}

/**
 * stable_api_set_vfio_ops() - make a new device one of class VFIO
 * @core:	the device, before anybody else sees it
 * @ops:	its ops
 *
 * Context: process; sleeps, and loads the bridge: see above.
 */
void stable_api_set_vfio_ops(struct mdev_core_device *core,
			     const struct vfio_mdev_device_ops *ops)
{
	struct mdev_device *mdev = stable_api_to_mdev(core);

	mdev->class_id = MDEV_CLASS_ID_VFIO;
	mdev->class_ops = ops;
	stable_api_load_class_driver(mdev->class_id);
}

static int stable_api_create(struct mdev_core_device *core)
{
	struct mdev_device *mdev = stable_api_to_mdev(core);
	struct stable_api_parent *parent = stable_api_to_parent(mdev);
	int ret;

	ret = parent->ops->create(core->type->kobj, mdev);
	if (ret)
		return ret;
	if (mdev->class_id)
		stable_api_load_class_driver(mdev->class_id);
	else
		stable_api_set_vfio_ops(core, &parent->default_ops);
	return 0;
}

static int stable_api_remove(struct mdev_core_device *core)
{
	struct mdev_device *mdev = stable_api_to_mdev(core);

	return stable_api_to_parent(mdev)->ops->remove(mdev);
}

int stable_api_uevent(const struct mdev_core_device *core,
		      struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "MODALIAS=mdev:c%04X",
			      stable_api_to_mdev(core)->class_id);
}

/* Drivers. */

static int stable_api_driver_probe(struct device *dev)
{
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);
	struct mdev_core_device *core = to_mdev_core_device(dev);
	int ret;

	if (mdev_core_is_gone(core))
		return -ENODEV;
	ret = drv->probe(dev);
	trace_mdev_bind(core->type, &core->uuid, ret);
	/*
	 * A driver that declines the device does not make its creation fail, and
	 * does not overwrite the error of another driver.
	 */
	if (ret != -ENODEV && ret != -ENXIO)
		WRITE_ONCE(core->bind_error, ret);
	return ret;
}

static int stable_api_driver_remove(struct device *dev)
{
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);

	if (drv->remove)
		drv->remove(dev);
	return 0;
}

bool stable_api_in_use(struct mdev_core_device *core)
{
	struct device *dev = &core->dev;
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);

	return drv->in_use && drv->in_use(dev);
}

int stable_api_request(struct mdev_core_device *core, unsigned int count)
{
	struct device *dev = &core->dev;
	struct mdev_driver *drv =
		container_of(dev->driver, struct mdev_driver, driver);

	return drv->request ? drv->request(dev, count) : -EBUSY;
}

bool stable_api_match(struct mdev_core_device *core,
		      const struct device_driver *drv)
{
	return stable_api_serves_class(drv, stable_api_to_mdev(core)->class_id);
}

static const struct mdev_core_api stable_api = {
	.has_class = true,
	.type_ktype = &stable_api_type_ktype,
	.alloc = stable_api_alloc,
	.free = stable_api_free,
	.create = stable_api_create,
	.remove = stable_api_remove,
	.match = stable_api_match,
	.in_use = stable_api_in_use,
	.request = stable_api_request,
	.uevent = stable_api_uevent,
};

/* The exports. */

struct bus_type *mdev_stable_bus = &mdev_core_bus;
EXPORT_SYMBOL_GPL(mdev_stable_bus);

static size_t stable_api_count_groups(struct attribute_group **groups)
{
	size_t n = 0;

	while (groups[n])
		n++;
	return n;
}

/*
 * Without open() or ioctl() in struct mdev_parent_ops users get -EINVAL, as on
 * Linux 4.10 to 5.12. A driver that has nothing to do at open() leaves it out of
 * struct vfio_mdev_device_ops instead.
 */
static int stable_api_refuse_open(struct mdev_device *mdev)
{
	return -EINVAL;
}

static long stable_api_refuse_ioctl(struct mdev_device *mdev, unsigned int cmd,
				    unsigned long arg)
{
	return -EINVAL;
}

/* request() of struct mdev_parent_ops returns nothing: the user counts as asked. */
static int stable_api_pass_request(struct mdev_device *mdev, unsigned int count)
{
	stable_api_to_parent(mdev)->ops->request(mdev, count);
	return 0;
}

/* @size: that of the driver's ops. Those of the kernel API of 5.10 lack request(). */
static struct stable_api_parent *
stable_api_alloc_parent(struct device *dev, const struct mdev_parent_ops *ops,
			size_t size, struct module *owner)
{
	size_t i, nr = stable_api_count_groups(ops->supported_type_groups);
	struct stable_api_parent *parent;

	parent = kzalloc(struct_size(parent, types, nr), GFP_KERNEL);
	if (!parent)
		return NULL;
	parent->core.dev = dev;
	parent->core.api = &stable_api;
	parent->core.owner = ops->owner ? ops->owner : owner;
	parent->core.parent_groups = ops->dev_attr_groups;
	parent->core.device_groups = ops->mdev_attr_groups;
	parent->ops = ops;
	parent->default_ops.open = ops->open ? ops->open :
					       stable_api_refuse_open;
	parent->default_ops.release = ops->release;
	parent->default_ops.read = ops->read;
	parent->default_ops.write = ops->write;
	parent->default_ops.ioctl = ops->ioctl ? ops->ioctl :
						 stable_api_refuse_ioctl;
	parent->default_ops.mmap = ops->mmap;
	if (size >= offsetofend(struct mdev_parent_ops, request) && ops->request)
		parent->default_ops.request = stable_api_pass_request;

	INIT_LIST_HEAD(&parent->core.types);
	for (i = 0; i < nr; i++) {
		struct attribute_group *group = ops->supported_type_groups[i];
		struct stable_api_type *type = &parent->types[i];

		type->core.name = group->name;
		type->core.attrs =
			(const struct attribute *const *)group->attrs;
		type->core.kobj = &type->kobj;
		list_add_tail(&type->core.node, &parent->core.types);
	}
	return parent;
}

static bool stable_api_takes_core_name(const struct attribute *attr)
{
	return !strcmp(attr->name, mdev_core_create_attr.name) ||
	       !strcmp(attr->name, "devices");
}

/* Returns a description of the first fault, or NULL. */
static const char *stable_api_find_type_fault(struct attribute_group **groups)
{
	struct attribute_group **group, **other;
	struct attribute **attr;

	for (group = groups; *group; group++) {
		if (!(*group)->name || !*(*group)->name)
			return "a type has no name";
		if (!(*group)->attrs)
			return "a type has no attributes";
		for (attr = (*group)->attrs; *attr; attr++)
			if (stable_api_takes_core_name(*attr))
				return "a type has an attribute named create or devices";
		for (other = groups; other != group; other++)
			if (!strcmp((*other)->name, (*group)->name))
				return "two types have the same name";
	}
	return NULL;
}

static const char *
stable_api_find_parent_fault(struct device *dev,
			     const struct mdev_parent_ops *ops)
{
	if (!dev || !device_is_registered(dev))
		return "no device that is registered with the driver core";
	if (!ops)
		return "no ops";
	if (!ops->create || !ops->remove)
		return "create() or remove() is missing";
	if (!ops->supported_type_groups)
		return "supported_type_groups is missing";
	return stable_api_find_type_fault(ops->supported_type_groups);
}

/* The log is for the author of the driver: no user can provoke these lines. */
int mdev_stable_register_device(struct device *dev,
				const struct mdev_parent_ops *ops, size_t size,
				struct module *owner)
{
	const char *fault = stable_api_find_parent_fault(dev, ops);
	struct stable_api_parent *parent;
	int ret;

	if (fault) {
		dev_err(dev, "MDEV: can't register a parent: %s\n", fault);
		return -EINVAL;
	}
	parent = stable_api_alloc_parent(dev, ops, size, owner);
	if (!parent)
		return -ENOMEM;
	/*
	 * Which class its devices have is known only when they are created. Most
	 * are VFIO devices, so load that driver now, before the parent is visible.
	 */
	stable_api_load_class_driver(MDEV_CLASS_ID_VFIO);
	ret = mdev_core_parent_register(&parent->core);
	if (ret) {
		dev_err(dev, "MDEV: can't register a parent (%d)%s\n", ret,
			ret == -EEXIST ?
			": already registered, or a file of that name exists" :
			"");
		kfree(parent);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(mdev_stable_register_device);

void mdev_stable_unregister_device(struct device *dev)
{
	struct mdev_core_parent *core;

	core = mdev_core_parent_detach(dev, &stable_api);
	if (!core) {
		dev_err(dev, "MDEV: can't unregister: it is not registered as a parent\n");
		return;
	}
	mdev_core_parent_unregister(core);
	kfree(container_of(core, struct stable_api_parent, core));
}
EXPORT_SYMBOL_GPL(mdev_stable_unregister_device);

static const char *stable_api_find_driver_fault(const struct mdev_driver *drv)
{
	if (!drv->name || !*drv->name)
		return "it has no name";
	if (!drv->probe)
		return "it has no probe()";
	if (drv->id_table && !drv->id_table->id)
		return "its id_table is empty";
	return NULL;
}

/*
 * driver.bus is set while the driver is registered; the driver core frees its own
 * state when it unregisters.
 */
int mdev_stable_register_driver(struct mdev_driver *drv,
				struct module *owner, const char *mod_name)
{
	const char *fault = stable_api_find_driver_fault(drv);
	int ret;

	if (fault) {
		pr_err("MDEV: can't register a driver of the module %s: %s\n",
		       mod_name, fault);
		return -EINVAL;
	}
	/*
	 * Registering the same structure again would overwrite the first
	 * registration.
	 */
	if (drv->driver.bus == &mdev_core_bus) {
		pr_err("MDEV: the driver %s is registered already\n",
		       drv->name);
		return -EBUSY;
	}
	drv->driver.name = drv->name;
	drv->driver.bus = &mdev_core_bus;
	drv->driver.owner = owner;
	drv->driver.mod_name = mod_name;
	drv->driver.probe = stable_api_driver_probe;
	drv->driver.remove = stable_api_driver_remove;
	ret = driver_register(&drv->driver);
	if (ret)
		drv->driver.bus = NULL;
	return ret;
}
EXPORT_SYMBOL_GPL(mdev_stable_register_driver);

void mdev_stable_unregister_driver(struct mdev_driver *drv)
{
	if (drv->driver.bus != &mdev_core_bus) {
		pr_err("MDEV: can't unregister a driver that is not registered\n");
		return;
	}
	driver_unregister(&drv->driver);
	drv->driver.bus = NULL;
}
EXPORT_SYMBOL_GPL(mdev_stable_unregister_driver);

static int stable_api_refuse_class(struct mdev_device *mdev, int error,
				   const char *why)
{
	if (!READ_ONCE(mdev->class_misused)) {
		WRITE_ONCE(mdev->class_misused, true);
		dev_err(mdev_stable_parent_dev(mdev),
			"MDEV: mdev_set_class() for %pUl: %s\n",
			&mdev->core.uuid, why);
	}
	return error;
}

int mdev_stable_set_class(struct mdev_device *mdev, u16 id, const void *ops)
{
	if (!id)
		return stable_api_refuse_class(mdev, -EINVAL,
					       "there is no class 0");
	if (!ops)
		return stable_api_refuse_class(mdev, -EINVAL,
					       "there are no ops");
	if (device_is_registered(&mdev->core.dev))
		return stable_api_refuse_class(mdev, -EBUSY,
					       "only create() may call it");
	if (mdev->class_id)
		return stable_api_refuse_class(mdev, -EEXIST,
					       "it has a class already");
	mdev->class_id = id;
	mdev->class_ops = ops;
	return 0;
}
EXPORT_SYMBOL_GPL(mdev_stable_set_class);

const void *mdev_stable_get_dev_ops(struct mdev_device *mdev)
{
	return mdev->class_ops;
}
EXPORT_SYMBOL_GPL(mdev_stable_get_dev_ops);

int mdev_stable_device_open(struct mdev_device *mdev)
{
	return mdev_core_device_open(&mdev->core);
}
EXPORT_SYMBOL_GPL(mdev_stable_device_open);

void mdev_stable_device_close(struct mdev_device *mdev)
{
	mdev_core_device_close(&mdev->core);
}
EXPORT_SYMBOL_GPL(mdev_stable_device_close);

void *mdev_stable_get_drvdata(struct mdev_device *mdev)
{
	return mdev->driver_data;
}
EXPORT_SYMBOL_GPL(mdev_stable_get_drvdata);

void mdev_stable_set_drvdata(struct mdev_device *mdev, void *data)
{
	mdev->driver_data = data;
}
EXPORT_SYMBOL_GPL(mdev_stable_set_drvdata);

const guid_t *mdev_stable_uuid(struct mdev_device *mdev)
{
	return &mdev->core.uuid;
}
EXPORT_SYMBOL_GPL(mdev_stable_uuid);

struct device *mdev_stable_parent_dev(struct mdev_device *mdev)
{
	return mdev->core.type->parent->dev;
}
EXPORT_SYMBOL_GPL(mdev_stable_parent_dev);

struct device *mdev_stable_dev(struct mdev_device *mdev)
{
	return &mdev->core.dev;
}
EXPORT_SYMBOL_GPL(mdev_stable_dev);

struct mdev_device *mdev_stable_from_dev(struct device *dev)
{
	struct mdev_core_device *core;

	if (dev->bus != &mdev_core_bus)
		return NULL;
	core = to_mdev_core_device(dev);
	if (!core->type->parent->api->has_class)
		return NULL;
	return stable_api_to_mdev(core);
}
EXPORT_SYMBOL_GPL(mdev_stable_from_dev);

void *mdev_stable_get_bus_data(struct mdev_device *mdev)
{
	return READ_ONCE(mdev->bus_data);
}
EXPORT_SYMBOL_GPL(mdev_stable_get_bus_data);

void mdev_stable_set_bus_data(struct mdev_device *mdev, void *data)
{
	/* A reader that still saw the previous driver bound must not get this one's data. */
	if (data && mdev->had_bus_data)
		synchronize_rcu();
	mdev->had_bus_data |= !!data;
	/* Pairs with the address dependency of the reader. */
	smp_store_release(&mdev->bus_data, data);
}
EXPORT_SYMBOL_GPL(mdev_stable_set_bus_data);

static int stable_api_refuse_iommu_device(struct mdev_device *mdev)
{
	struct stable_api_parent *parent = stable_api_to_parent(mdev);

	if (!xchg(&parent->iommu_refused, 1))
		dev_warn(parent->core.dev,
			 "MDEV: VFIO of this kernel can't isolate a mediated device by the IOMMU of another device: mdev_set_iommu_device() fails\n");
	return -EOPNOTSUPP;
}

int mdev_stable_set_iommu_device(struct device *dev,
				 struct device *iommu_device)
{
	struct mdev_device *mdev = mdev_stable_from_dev(dev);

	if (!mdev || mdev->core.type->parent->api != &stable_api)
		return -EINVAL;
	if (iommu_device && !COMPAT_IOMMU_DEVICE)
		return stable_api_refuse_iommu_device(mdev);
	WRITE_ONCE(mdev->iommu_device, iommu_device);
	compat_mdev_show_iommu_device(dev, iommu_device);
	return 0;
}
EXPORT_SYMBOL_GPL(mdev_stable_set_iommu_device);

struct device *mdev_stable_get_iommu_device(struct device *dev)
{
	struct mdev_device *mdev = mdev_stable_from_dev(dev);

	return mdev ? READ_ONCE(mdev->iommu_device) : NULL;
}
EXPORT_SYMBOL_GPL(mdev_stable_get_iommu_device);
