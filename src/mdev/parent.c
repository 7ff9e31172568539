// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parents: devices that offer types of mediated devices.
 *
 * Owns the list of parents, the class mdev_bus and the directory
 * mdev_supported_types.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "trace.h"

static DEFINE_MUTEX(parents_lock);	/* protects parents */
static LIST_HEAD(parents);

static struct class_compat *mdev_bus_class;

static struct mdev_core_parent *mdev_parent_find(const struct device *dev)
{
	struct mdev_core_parent *parent;

	lockdep_assert_held(&parents_lock);
	list_for_each_entry(parent, &parents, node)
		if (parent->dev == dev)
			return parent;
	return NULL;
}

static bool mdev_parent_has_namesake(const struct device *dev)
{
	struct mdev_core_parent *parent;

	lockdep_assert_held(&parents_lock);
	list_for_each_entry(parent, &parents, node)
		if (!strcmp(dev_name(parent->dev), dev_name(dev)))
			return true;
	return false;
}

static int mdev_parent_attach(struct mdev_core_parent *parent)
{
	int ret = -EEXIST;

	mutex_lock(&parents_lock);
	if (!mdev_parent_find(parent->dev)) {
		parent->has_link = !mdev_parent_has_namesake(parent->dev);
		list_add_tail(&parent->node, &parents);
		ret = 0;
	}
	mutex_unlock(&parents_lock);
	return ret;
}

/**
 * mdev_core_parent_detach() - take a parent out of the list of parents
 * @dev:	the parent's device
 * @api:	the API that it was registered through
 *
 * The caller that gets it has to call mdev_core_parent_unregister(). Of several
 * callers only one gets it.
 *
 * Context: process; sleeps.
 * Return: the parent, or NULL if there is none.
 */
struct mdev_core_parent *
mdev_core_parent_detach(const struct device *dev,
			const struct mdev_core_api *api)
{
	struct mdev_core_parent *parent;

	mutex_lock(&parents_lock);
	parent = mdev_parent_find(dev);
	if (parent && parent->api == api)
		list_del_init(&parent->node);
	else
		parent = NULL;
	mutex_unlock(&parents_lock);
	return parent;
}

static void mdev_parent_remove_types(struct mdev_core_parent *parent)
{
	struct mdev_core_type *type;

	list_for_each_entry(type, &parent->types, node)
		mdev_core_type_remove(type);
	kset_unregister(parent->types_kset);
}

static int mdev_parent_add_types(struct mdev_core_parent *parent)
{
	struct mdev_core_type *type;
	int ret;

	parent->types_kset = kset_create_and_add("mdev_supported_types", NULL,
						 &parent->dev->kobj);
	if (!parent->types_kset)
		return -ENOMEM;

	list_for_each_entry(type, &parent->types, node) {
		type->parent = parent;
		ret = mdev_core_type_add(type);
		if (ret)
			goto undo;
	}
	return 0;

undo:
	list_for_each_entry_continue_reverse(type, &parent->types, node)
		mdev_core_type_remove(type);
	kset_unregister(parent->types_kset);
	return ret;
}

/*
 * The link has the name of the device. Of two parents of the same name, on
 * different buses, only the first one has a link, which is no reason to fail.
 * sysfs is not called for the second one, as it would warn with a stack trace.
 */
static int mdev_parent_add_class_link(struct mdev_core_parent *parent)
{
	int ret = -EEXIST;

	if (parent->has_link)
		ret = class_compat_create_link(mdev_bus_class, parent->dev);
	if (ret != -EEXIST)
		return ret;
	parent->has_link = false;
	dev_warn(parent->dev,
		 "MDEV: another parent has this name in /sys/class/mdev_bus\n");
	return 0;
}

static void mdev_parent_announce(struct mdev_core_parent *parent, char *state)
{
	char *envp[2] = { state };

	kobject_uevent_env(&parent->dev->kobj, KOBJ_CHANGE, envp);
}

static void mdev_parent_wait_for_last_reference(struct mdev_core_parent *parent)
{
	mdev_core_parent_put(parent);
	wait_for_completion(&parent->released);
}

/**
 * mdev_core_parent_register() - make a parent and its types visible
 * @parent:	all zero but for what the API sets
 *
 * Context: process; sleeps.
 * Return: 0, or an error; then nothing refers to @parent any more.
 */
int mdev_core_parent_register(struct mdev_core_parent *parent)
{
	struct device *dev = get_device(parent->dev);
	int ret;

	init_rwsem(&parent->unreg_sem);
	spin_lock_init(&parent->devices_lock);
	INIT_LIST_HEAD(&parent->devices);
	refcount_set(&parent->refs, 1);
	init_completion(&parent->released);

	/* No device can be created until registration can no longer fail. */
	down_write(&parent->unreg_sem);
	ret = mdev_parent_attach(parent);
	if (ret)
		goto put;
	ret = mdev_parent_add_types(parent);
	if (ret)
		goto detach;
	ret = sysfs_create_groups(&dev->kobj, parent->parent_groups);
	if (ret)
		goto remove_types;
	ret = mdev_parent_add_class_link(parent);
	if (ret)
		goto remove_groups;
	up_write(&parent->unreg_sem);

	trace_mdev_register(parent, 0);
	dev_info(dev, "MDEV: Registered\n");
	mdev_parent_announce(parent, "MDEV_STATE=registered");
	return 0;

remove_groups:
	sysfs_remove_groups(&dev->kobj, parent->parent_groups);
remove_types:
	mdev_parent_remove_types(parent);
detach:
	mdev_core_parent_detach(dev, parent->api);
put:
	up_write(&parent->unreg_sem);
	trace_mdev_register(parent, ret);
	mdev_parent_wait_for_last_reference(parent);
	put_device(dev);
	return ret;
}

static struct mdev_core_device *
mdev_parent_first_device(struct mdev_core_parent *parent)
{
	struct mdev_core_device *mdev;

	spin_lock(&parent->devices_lock);
	mdev = list_first_entry_or_null(&parent->devices,
					struct mdev_core_device, node);
	spin_unlock(&parent->devices_lock);
	return mdev;
}

/**
 * mdev_core_parent_unregister() - take a parent, its types and devices away
 * @parent:	what mdev_core_parent_detach() returned
 *
 * Context: process; sleeps, until the users of open devices have gone.
 */
void mdev_core_parent_unregister(struct mdev_core_parent *parent)
{
	struct device *dev = parent->dev;
	struct mdev_core_device *mdev;

	dev_info(dev, "MDEV: Unregistering\n");
	if (parent->has_link)
		class_compat_remove_link(mdev_bus_class, dev);

	/* From here on only this task adds or removes devices. */
	down_write(&parent->unreg_sem);
	while ((mdev = mdev_parent_first_device(parent)))
		mdev_core_device_remove_forced(mdev);
	sysfs_remove_groups(&dev->kobj, parent->parent_groups);
	mdev_parent_remove_types(parent);
	up_write(&parent->unreg_sem);

	mdev_parent_wait_for_last_reference(parent);
	trace_mdev_unregister(parent, 0);
	mdev_parent_announce(parent, "MDEV_STATE=unregistered");
	put_device(dev);
}

int __init mdev_core_parents_init(void)
{
	mdev_bus_class = class_compat_register("mdev_bus");
	return mdev_bus_class ? 0 : -ENOMEM;
}

void mdev_core_parents_exit(void)
{
	class_compat_unregister(mdev_bus_class);
}
