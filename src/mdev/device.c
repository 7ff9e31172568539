// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mediated devices: creation, removal, and the users in between.
 *
 * Owns the table of all devices, which keeps UUIDs unique across parents, and
 * the devices' links and file "remove" in sysfs.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/rhashtable.h>
#include <linux/wait.h>

#include "core.h"
#include "trace.h"

static const struct rhashtable_params uuid_params = {
	.key_len = sizeof(guid_t),
	.key_offset = offsetof(struct mdev_core_device, uuid),
	.head_offset = offsetof(struct mdev_core_device, hash),
	.automatic_shrinking = true,
};

/*
 * All devices, by UUID. Nobody looks one up without a lock: devices are only
 * inserted and removed, under the bucket locks. So a device needs no grace period
 * to be freed.
 */
static struct rhashtable devices;

/*
 * Woken when the number of a device's users changes. One queue for all devices,
 * because a device may be freed as soon as its last user is not counted any more,
 * which is before the wakeup.
 */
static DECLARE_WAIT_QUEUE_HEAD(users_changed);

/* Users that have not let go are asked again after this time, as VFIO does it. */
#define REQUEST_INTERVAL	(10 * HZ)

static void mdev_device_release(struct device *dev)
{
	struct mdev_core_device *mdev = to_mdev_core_device(dev);
	struct mdev_core_parent *parent = mdev->type->parent;

	parent->api->free(mdev);
	mdev_core_parent_put(parent);
}

static ssize_t remove_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count);
static DEVICE_ATTR_WO(remove);

static struct attribute *device_attrs[] = {
	&dev_attr_remove.attr,
	NULL,
};
ATTRIBUTE_GROUPS(device);

static struct mdev_core_device *mdev_device_alloc(struct mdev_core_type *type,
						  const guid_t *uuid)
{
	struct mdev_core_parent *parent = type->parent;
	const struct mdev_core_api *api = parent->api;
	struct mdev_core_device *mdev;

	mdev = api->alloc();
	if (!mdev)
		return NULL;
	mdev->type = type;
	guid_copy(&mdev->uuid, uuid);
	mutex_init(&mdev->lock);
	atomic_set(&mdev->users, MDEV_CORE_GONE);
	mdev->bind_error = api->must_bind ? -ENODEV : 0;

	mdev_core_parent_get(parent);
	device_initialize(&mdev->dev);
	mdev->dev.parent = parent->dev;
	mdev->dev.bus = &mdev_core_bus;
	mdev->dev.release = mdev_device_release;
	mdev->dev.groups = device_groups;
	return mdev;
}

static int mdev_device_create_links(struct mdev_core_device *mdev)
{
	struct mdev_core_type *type = mdev->type;
	struct kobject *kobj = &mdev->dev.kobj;
	int ret;

	ret = sysfs_create_link(kobj, type->kobj, "mdev_type");
	if (ret)
		return ret;
	ret = sysfs_create_link(&type->devices, kobj, kobject_name(kobj));
	if (ret)
		sysfs_remove_link(kobj, "mdev_type");
	return ret;
}

static void mdev_device_remove_links(struct mdev_core_device *mdev)
{
	struct kobject *kobj = &mdev->dev.kobj;

	sysfs_remove_link(&mdev->type->devices, kobject_name(kobj));
	sysfs_remove_link(kobj, "mdev_type");
}

/* udev is told of the device when its files and links are all there. */
static int mdev_device_publish(struct mdev_core_device *mdev)
{
	struct mdev_core_parent *parent = mdev->type->parent;
	struct device *dev = &mdev->dev;
	int ret;

	dev_set_uevent_suppress(dev, true);
	ret = device_add(dev);
	if (ret)
		return ret;
	ret = sysfs_create_groups(&dev->kobj, parent->device_groups);
	if (ret)
		goto del;
	ret = mdev_device_create_links(mdev);
	if (ret)
		goto remove_groups;
	dev_set_uevent_suppress(dev, false);
	kobject_uevent(&dev->kobj, KOBJ_ADD);

	spin_lock(&parent->devices_lock);
	list_add_tail(&mdev->node, &parent->devices);
	spin_unlock(&parent->devices_lock);
	return 0;

remove_groups:
	sysfs_remove_groups(&dev->kobj, parent->device_groups);
del:
	device_del(dev);
	return ret;
}

/* The parent's attributes are gone already: mdev_device_unbind() removes them. */
static void mdev_device_withdraw(struct mdev_core_device *mdev)
{
	struct mdev_core_parent *parent = mdev->type->parent;

	spin_lock(&parent->devices_lock);
	list_del(&mdev->node);
	spin_unlock(&parent->devices_lock);

	mdev_device_remove_links(mdev);
	device_del(&mdev->dev);
}

static int mdev_device_call_create(struct mdev_core_device *mdev)
{
	const struct mdev_core_api *api = mdev->type->parent->api;

	return api->create ? api->create(mdev) : 0;
}

static int mdev_device_call_remove(struct mdev_core_device *mdev)
{
	const struct mdev_core_api *api = mdev->type->parent->api;

	return api->remove ? api->remove(mdev) : 0;
}

static int mdev_device_reserve(struct mdev_core_type *type)
{
	const struct mdev_core_api *api = type->parent->api;

	return api->reserve ? api->reserve(type) : 0;
}

static void mdev_device_unreserve(struct mdev_core_type *type)
{
	const struct mdev_core_api *api = type->parent->api;

	if (api->unreserve)
		api->unreserve(type);
}

static int mdev_device_insert_uuid(struct mdev_core_device *mdev)
{
	return rhashtable_lookup_insert_fast(&devices, &mdev->hash,
					     uuid_params);
}

static void mdev_device_remove_uuid(struct mdev_core_device *mdev)
{
	rhashtable_remove_fast(&devices, &mdev->hash, uuid_params);
}

/*
 * From now on users and drivers may take the device. Returns true if a driver
 * was turned away before, so that the match must be repeated. A driver that is
 * being matched either sees that the device is not gone, or is noted here.
 */
static bool mdev_device_appear(struct mdev_core_device *mdev)
{
	atomic_set(&mdev->users, 0);
	/* Pairs with the barrier in mdev_core_refuses_match(). */
	smp_mb();
	return READ_ONCE(mdev->missed);
}

/*
 * Binds a driver, if there is one. With drivers_autoprobe = 0 device_add() has
 * matched none, and none is matched now, unless a driver is part of the device.
 *
 * The error of the driver's probe() comes by bind_error. device_attach() does not
 * return it. device_driver_attach() does, but only since Linux 5.14, and for one
 * driver that the caller names: here any driver of the class may match, and a
 * match may come from a driver that is just being registered.
 */
static int mdev_device_bind(struct mdev_core_device *mdev)
{
	int ret = 0;

	if (mdev_device_appear(mdev) || mdev->type->parent->api->must_bind)
		ret = device_attach(&mdev->dev);
	if (ret >= 0)
		ret = READ_ONCE(mdev->bind_error);
	/* -EPROBE_DEFER is internal to the driver core. */
	return ret == -EPROBE_DEFER ? -EAGAIN : ret;
}

static void mdev_device_unbind(struct mdev_core_device *mdev)
{
	device_release_driver(&mdev->dev);
	sysfs_remove_groups(&mdev->dev.kobj,
			    mdev->type->parent->device_groups);
}

/* Can't be refused: waits for users that still have the device. */
static void mdev_device_remove_forced(struct mdev_core_device *mdev)
{
	int ret;

	lockdep_assert_held(&mdev->lock);
	atomic_add(MDEV_CORE_GONE, &mdev->users);
	wake_up_all(&users_changed);
	mdev_device_unbind(mdev);
	ret = mdev_device_call_remove(mdev);
	if (ret)
		dev_warn(&mdev->dev,
			 "MDEV: the parent driver refused removal (%d); removed anyway\n",
			 ret);
	mdev_device_withdraw(mdev);
}

/*
 * Undoes a removal that the parent driver has refused. A driver that had the
 * device is bound again, whatever drivers_autoprobe is.
 *
 * The parent driver can't be asked before the driver is unbound: the only
 * question is its remove(), which frees what the driver's callbacks use.
 */
static void mdev_device_restore(struct mdev_core_device *mdev, bool was_bound)
{
	bool missed;
	int ret;

	ret = sysfs_create_groups(&mdev->dev.kobj,
				  mdev->type->parent->device_groups);
	if (ret)
		dev_warn(&mdev->dev,
			 "MDEV: removal refused, but its attributes could not be restored (%d)\n",
			 ret);
	missed = mdev_device_appear(mdev);
	if (!was_bound && !missed)
		return;
	if (device_attach(&mdev->dev) != 1 && was_bound)
		dev_warn(&mdev->dev,
			 "MDEV: removal refused, but no driver could be bound again\n");
}

/*
 * Looks for users that mdev_core_device_open() has not admitted, and that are not counted.
 * The device's own lock is held while the driver is being unbound, until the
 * last user has gone. So a signal ends the wait for the lock.
 */
static int mdev_device_find_other_users(struct mdev_core_device *mdev,
					bool *in_use)
{
	const struct mdev_core_api *api = mdev->type->parent->api;

	/* A write that a signal or the freezer interrupts is repeated. */
	if (device_lock_interruptible(&mdev->dev))
		return -ERESTARTSYS;
	*in_use = mdev->dev.driver && api->in_use && api->in_use(mdev);
	device_unlock(&mdev->dev);
	return *in_use ? -EBUSY : 0;
}

/* @in_use is set for -EBUSY because of a user, not for the parent driver's. */
static int mdev_device_remove_if_unused(struct mdev_core_device *mdev,
					bool *in_use)
{
	bool was_bound;
	int ret;

	lockdep_assert_held(&mdev->lock);
	if (!atomic_read(&mdev->users)) {
		ret = mdev_device_find_other_users(mdev, in_use);
		if (ret)
			return ret;
	}
	WRITE_ONCE(mdev->missed, false);
	ret = atomic_cmpxchg(&mdev->users, 0, MDEV_CORE_GONE);
	*in_use = ret > 0;
	if (ret)
		return *in_use ? -EBUSY : -ENODEV;
	was_bound = READ_ONCE(mdev->dev.driver);
	mdev_device_unbind(mdev);
	ret = mdev_device_call_remove(mdev);
	if (ret) {
		mdev_device_restore(mdev, was_bound);
		return ret;
	}
	mdev_device_withdraw(mdev);
	return 0;
}

/* Releases what a withdrawn device still holds. */
static void mdev_device_forget(struct mdev_core_device *mdev)
{
	mdev_device_unreserve(mdev->type);
	mdev_device_remove_uuid(mdev);
	put_device(&mdev->dev);
}

/*
 * Once the device is published, writers of its file "remove" wait for the lock until
 * it is complete. The first of them to get it may put the last reference while this
 * task is still unlocking, so this task takes a reference of its own.
 */
static int mdev_device_publish_and_bind(struct mdev_core_device *mdev)
{
	int ret;

	get_device(&mdev->dev);
	mutex_lock(&mdev->lock);
	ret = mdev_device_publish(mdev);
	if (ret) {
		mdev_device_call_remove(mdev);
		goto unlock;
	}
	ret = mdev_device_bind(mdev);
	if (ret)
		mdev_device_remove_forced(mdev);
unlock:
	mutex_unlock(&mdev->lock);
	put_device(&mdev->dev);
	return ret;
}

static int mdev_device_create_locked(struct mdev_core_type *type,
				     const guid_t *uuid)
{
	struct mdev_core_device *mdev;
	int ret;

	mdev = mdev_device_alloc(type, uuid);
	if (!mdev)
		return -ENOMEM;
	ret = dev_set_name(&mdev->dev, "%pUl", uuid);
	if (ret)
		goto put;
	ret = mdev_device_insert_uuid(mdev);
	if (ret)
		goto put;
	ret = mdev_device_reserve(type);
	if (ret)
		goto remove_uuid;
	ret = mdev_device_call_create(mdev);
	if (ret)
		goto unreserve;
	ret = mdev_device_publish_and_bind(mdev);
	if (ret)
		goto unreserve;
	return 0;

unreserve:
	mdev_device_unreserve(type);
remove_uuid:
	mdev_device_remove_uuid(mdev);
put:
	put_device(&mdev->dev);
	return ret;
}

static int mdev_device_create(struct mdev_core_type *type, const guid_t *uuid)
{
	struct mdev_core_parent *parent = type->parent;
	int ret = -ENODEV;

	if (down_read_trylock(&parent->unreg_sem)) {
		ret = mdev_device_create_locked(type, uuid);
		up_read(&parent->unreg_sem);
	}
	trace_mdev_create(type, uuid, ret);
	return ret;
}

/**
 * mdev_core_create_store() - a write to a type's file "create"
 * @type:	the type
 * @buf:	what was written; ends with a NUL byte
 * @count:	how much of it
 *
 * Context: process; sleeps.
 * Return: @count; -EINVAL if it is not a UUID, -EEXIST if a device has this one,
 * -EUSERS if the type has no instance left, -ENODEV if the parent is going away,
 * what the parent driver's create() or the bus driver's probe() returned,
 * -ENOMEM. On error nothing is left of the device.
 */
ssize_t mdev_core_create_store(struct mdev_core_type *type, const char *buf,
			       size_t count)
{
	guid_t uuid;
	int ret;

	/* As in the kernel's own core, one byte of any value may follow. */
	if (count < UUID_STRING_LEN || count > UUID_STRING_LEN + 1)
		return -EINVAL;
	ret = guid_parse(buf, &uuid);
	if (ret)
		return ret;
	ret = mdev_device_create(type, &uuid);
	return ret ? ret : count;
}

/* Waits for another removal, which the parent driver may refuse. */
static int mdev_device_remove_locked(struct mdev_core_device *mdev,
				     bool *in_use)
{
	int ret;

	if (mutex_lock_interruptible(&mdev->lock))
		return -ERESTARTSYS;
	ret = mdev_device_remove_if_unused(mdev, in_use);
	mutex_unlock(&mdev->lock);
	/* There is no result yet while it is in use. */
	if (!*in_use)
		trace_mdev_remove(mdev->type, &mdev->uuid, ret);
	if (!ret)
		mdev_device_forget(mdev);
	return ret;
}

static int mdev_device_remove(struct mdev_core_device *mdev, bool *in_use)
{
	struct mdev_core_parent *parent = mdev->type->parent;
	int ret;

	if (!down_read_trylock(&parent->unreg_sem))
		return -ENODEV;
	ret = mdev_device_remove_locked(mdev, in_use);
	up_read(&parent->unreg_sem);
	return ret;
}

/*
 * Returns -EAGAIN if the device's own lock is taken. It is held while the driver
 * is being unbound or the parent unregistered, until the last user has gone: the
 * caller has to see whether the device is still there to be removed.
 */
static int mdev_device_request(struct mdev_core_device *mdev,
			       unsigned int count)
{
	const struct mdev_core_api *api = mdev->type->parent->api;
	int ret = -EBUSY;

	if (!api->request)
		return ret;
	if (!device_trylock(&mdev->dev))
		return -EAGAIN;
	/* An unbound device may have left its parent by now. */
	if (mdev->dev.driver) {
		ret = api->request(mdev, count) ? -EBUSY : 0;
		trace_mdev_request(mdev->type, &mdev->uuid, ret);
	}
	device_unlock(&mdev->dev);
	return ret;
}

/*
 * Asks the users to let go, and waits until they have. No lock is held meanwhile,
 * so the parent can be unregistered, and the device is not made gone, so there is
 * nothing to undo.
 *
 * It looks once a second in addition to wakeups. Users that are not counted go
 * without a wakeup, and unregistering the parent may take long to get to this
 * device. Returning -EBUSY after the users were asked would leave that polling to
 * each program that removes a device: there is no event of the last close that
 * all kernels' VFIO could send. A signal ends the wait.
 *
 * If nobody can be asked in the beginning, waiting makes no sense: -EBUSY. Later
 * that is no reason to give up, as the users may have been told before.
 *
 * The freezer ends the wait like a signal: the task is frozen on its way to user
 * space, where it holds nothing that others wait for, and repeats the write when
 * it is thawed. So the wait must not be a freezable one.
 */
static int mdev_device_remove_when_unused(struct mdev_core_device *mdev)
{
	unsigned long next = jiffies;
	unsigned int count = 0;
	long ret, timeout;
	int users;

	for (;;) {
		bool in_use = false;

		users = atomic_read(&mdev->users);
		ret = mdev_device_remove(mdev, &in_use);
		if (!in_use)
			return ret;

		timeout = HZ;
		if (time_after_eq(jiffies, next)) {
			ret = mdev_device_request(mdev, count);
			if (ret == -EBUSY && !count)
				return ret;
			if (ret == -EAGAIN) {
				timeout = HZ / 10;
			} else {
				count++;
				next = jiffies + REQUEST_INTERVAL;
			}
		}
		ret = wait_event_interruptible_timeout(users_changed,
						       atomic_read(&mdev->users) != users,
						       timeout);
		if (ret < 0)
			return ret;
	}
}

static ssize_t remove_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct mdev_core_device *mdev = to_mdev_core_device(dev);
	struct kernfs_node *kn;
	unsigned long val;
	int ret;

	if (kstrtoul(buf, 0, &val))
		return -EINVAL;
	if (!val)
		return count;

	/*
	 * Removing the device removes this file, which waits for its writers:
	 * stop counting as one, but keep the device's memory, and with it the
	 * parent.
	 */
	kn = sysfs_break_active_protection(&dev->kobj, &attr->attr);
	if (!kn)
		return -ENODEV;
	ret = mdev_device_remove_when_unused(mdev);
	sysfs_unbreak_active_protection(kn);
	return ret ? ret : count;
}

/**
 * mdev_core_device_remove_forced() - remove a device, its parent is going
 * @mdev:	the device
 *
 * Context: process; the parent's unreg_sem is held for writing. Sleeps until
 * the users of the device have gone.
 */
void mdev_core_device_remove_forced(struct mdev_core_device *mdev)
{
	mutex_lock(&mdev->lock);
	mdev_device_remove_forced(mdev);
	mutex_unlock(&mdev->lock);
	trace_mdev_remove(mdev->type, &mdev->uuid, 0);
	mdev_device_forget(mdev);
}

static int mdev_device_admit_user(struct mdev_core_device *mdev)
{
	if (!atomic_inc_unless_negative(&mdev->users))
		return -ENODEV;
	if (!try_module_get(mdev->type->parent->owner)) {
		atomic_dec(&mdev->users);
		return -ENODEV;
	}
	return 0;
}

/**
 * mdev_core_device_open() - admit a user
 * @mdev:	the device
 *
 * Context: any; does not sleep.
 * Return: 0, or -ENODEV if the device or its parent driver's module is going.
 */
int mdev_core_device_open(struct mdev_core_device *mdev)
{
	int ret = mdev_device_admit_user(mdev);

	trace_mdev_open(mdev->type, &mdev->uuid, ret);
	return ret;
}

/**
 * mdev_core_device_close() - a user that was admitted has gone
 * @mdev:	the device
 *
 * Context: any; does not sleep.
 */
void mdev_core_device_close(struct mdev_core_device *mdev)
{
	struct module *owner = mdev->type->parent->owner;

	trace_mdev_close(mdev->type, &mdev->uuid, 0);
	atomic_dec(&mdev->users);
	if (wq_has_sleeper(&users_changed))
		wake_up_all(&users_changed);
	module_put(owner);
}

int __init mdev_core_devices_init(void)
{
	return rhashtable_init(&devices, &uuid_params);
}

void mdev_core_devices_exit(void)
{
	rhashtable_destroy(&devices);
}
