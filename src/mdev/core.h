/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core of mdev.ko, as its own files and those of the two APIs see it.
 *
 * The stable API (stable_api.c, include/linux/mdev.h) and the kernel API
 * (kernel_api*.c, the kernel's own <linux/mdev.h>) give the same names different
 * meanings. So this header includes neither of those two headers, and no file
 * includes both.
 *
 * Lifetimes:
 * - A registered parent holds a reference to its struct device. Its memory
 *   belongs to the API, which frees it after mdev_core_parent_unregister().
 * - A type belongs to the API, too, and is freed with its parent.
 * - A device takes a reference to its parent, and so does each of the two
 *   kobjects of a type. mdev_core_parent_unregister() returns when the last one
 *   has been put, that is, after the last release function has run: nothing
 *   refers to the parent driver then, however late the driver core releases its
 *   objects.
 *
 * Locks, outermost first:
 * - &mdev_core_parent.unreg_sem, which sysfs only tries to take
 * - parents_lock, see parent.c
 * - &mdev_core_device.lock
 * - the device's own lock, device_lock()
 * - &mdev_core_parent.devices_lock
 * A bus driver's callbacks run under the device's own lock. So they must not
 * remove or unbind the device.
 */
#ifndef MDEV_CORE_H
#define MDEV_CORE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/rwsem.h>
#include <linux/uuid.h>

#include "compat/compat.h"

struct mdev_core_device;
struct mdev_core_type;

/**
 * struct mdev_core_api - one of the two APIs, as the core calls it
 * @must_bind:		creating a device fails if no driver takes it
 * @has_class:		a device is the stable API's struct mdev_device, for bus
 *			drivers of that API to take
 * @type_ktype:		of the types' directories; its release function calls
 *			mdev_core_type_put()
 * @alloc:		allocate a zeroed device, inside what the API needs for one;
 *			NULL if there is no memory
 * @free:		undo @alloc
 * @reserve:		take one of the type's instances, or -EUSERS
 * @unreserve:		give it back
 * @create:		the parent driver's create()
 * @remove:		the parent driver's remove(); an error refuses
 * @match:		whether this driver is for this device
 * @in_use:		whether the driver that the device is bound to has users
 *			that mdev_core_device_open() has not admitted; called
 *			under the device's own lock
 * @request:		the driver that the device is bound to asks the user to
 *			let go of it, for the @count-th time from 0; -EBUSY if
 *			it can't ask anybody; called under the
 *			device's own lock
 * @uevent:		add variables to the device's uevents
 *
 * All but @type_ktype, @alloc, @free and @match may be NULL.
 */
struct mdev_core_api {
	bool must_bind;
	bool has_class;
	const struct kobj_type *type_ktype;

	struct mdev_core_device *(*alloc)(void);
	void (*free)(struct mdev_core_device *mdev);
	int (*reserve)(struct mdev_core_type *type);
	void (*unreserve)(struct mdev_core_type *type);
	int (*create)(struct mdev_core_device *mdev);
	int (*remove)(struct mdev_core_device *mdev);
	bool (*match)(struct mdev_core_device *mdev,
		      const struct device_driver *drv);
	bool (*in_use)(struct mdev_core_device *mdev);
	int (*request)(struct mdev_core_device *mdev, unsigned int count);
	int (*uevent)(const struct mdev_core_device *mdev,
		      struct kobj_uevent_env *env);
};

/**
 * struct mdev_core_parent - a device that offers types
 * @dev:		the device; set by the API
 * @api:		set by the API
 * @owner:		the parent driver's module, or NULL; set by the API
 * @parent_groups:	attributes for @dev; set by the API
 * @device_groups:	attributes for each mediated device; set by the API
 * @types:		list of struct mdev_core_type; set by the API, then
 *			constant
 * @has_link:		has a link in /sys/class/mdev_bus; of several parents with
 *			the same name only the first has one. Constant once registered
 * @types_kset:		the directory mdev_supported_types
 * @node:		in the list of parents, under its lock
 * @unreg_sem:		held for reading, by trylock, while a device is created
 *			or removed through sysfs; for writing while the parent
 *			is registered or unregistered. A failed trylock means
 *			that the parent is going (or coming): ENODEV.
 * @devices_lock:	protects @devices
 * @devices:		its devices
 * @refs:		one for being registered, one per device, two per type
 * @released:		@refs has reached zero
 */
struct mdev_core_parent {
	struct device *dev;
	const struct mdev_core_api *api;
	struct module *owner;
	const struct attribute_group **parent_groups;
	const struct attribute_group **device_groups;
	struct list_head types;

	bool has_link;
	struct kset *types_kset;
	struct list_head node;
	struct rw_semaphore unreg_sem;
	spinlock_t devices_lock;	/* protects devices */
	struct list_head devices;
	refcount_t refs;
	struct completion released;
};

/**
 * struct mdev_core_type - a type of device that a parent offers
 * @parent:	its parent
 * @name:	its name, without the parent's driver string; set by the API
 * @attrs:	the files in its directory, beside "create"; set by the API
 * @kobj:	its directory; the API's memory, set by the API
 * @devices:	the directory in @kobj with a link per device
 * @node:	in &mdev_core_parent.types
 */
struct mdev_core_type {
	struct mdev_core_parent *parent;
	const char *name;
	const struct attribute *const *attrs;
	struct kobject *kobj;
	struct kobject devices;
	struct list_head node;
};

/*
 * Added to &mdev_core_device.users before the device is complete and once its
 * removal has begun.
 */
#define MDEV_CORE_GONE	INT_MIN

/**
 * struct mdev_core_device - a mediated device
 * @hash:	in the table of all devices, by @uuid
 * @uuid:	unique across all parents
 * @type:	its type
 * @node:	in &mdev_core_parent.devices
 * @lock:	held while it is published, and while it is removed; taken
 *		inside &mdev_core_parent.unreg_sem
 * @users:	how many users the bus driver has admitted; plus MDEV_CORE_GONE
 *		until the device is complete, and again when its removal
 *		begins. While it is gone, no user is admitted and no driver
 *		bound, see mdev_core_is_gone().
 * @bind_error:	the result of the last probe that did not say "not mine"; -ENODEV
 *		at first if &mdev_core_api.must_bind. Written under the device's
 *		own lock, read without it: a driver that is just being
 *		registered may probe at any time.
 * @missed:	a driver was matched while the device was gone, see
 *		mdev_core_refuses_match()
 * @dev:	the driver core's device; last, because the kernel API lays
 *		its struct mdev_device over it
 */
struct mdev_core_device {
	struct rhash_head hash;
	guid_t uuid;
	struct mdev_core_type *type;
	struct list_head node;
	struct mutex lock;		/* held while it comes and goes */
	atomic_t users;
	int bind_error;
	bool missed;
	struct device dev;
};

static inline struct mdev_core_device *to_mdev_core_device(struct device *dev)
{
	return container_of(dev, struct mdev_core_device, dev);
}

/**
 * mdev_core_is_gone() - is the device not complete yet, or being removed?
 * @mdev:	the device
 *
 * No driver may take such a device. To be called when a driver is matched,
 * which needs no lock, and again when it probes, under the device's own lock. A
 * removal takes that lock to unbind the driver after it has made the device
 * gone: so a probe either sees that, or is undone.
 *
 * Context: any.
 * Return: true if so.
 */
static inline bool mdev_core_is_gone(const struct mdev_core_device *mdev)
{
	return atomic_read(&mdev->users) < 0;
}

/**
 * mdev_core_refuses_match() - mdev_core_is_gone(), for matching
 * @mdev:	the device
 *
 * The driver core matches by itself when a device is added and when a driver
 * is registered, unless the bus's drivers_autoprobe is 0. It does so only once.
 * So a match that finds the device gone is remembered, and the match is repeated
 * after mdev_device_appear().
 *
 * Context: any.
 * Return: true if so.
 */
static inline bool mdev_core_refuses_match(struct mdev_core_device *mdev)
{
	if (!mdev_core_is_gone(mdev))
		return false;
	WRITE_ONCE(mdev->missed, true);
	/* Pairs with the barrier in mdev_device_appear(). */
	smp_mb();
	return mdev_core_is_gone(mdev);
}

/* Pairs with mdev_core_parent_put(). */
static inline void mdev_core_parent_get(struct mdev_core_parent *parent)
{
	refcount_inc(&parent->refs);
}

static inline void mdev_core_parent_put(struct mdev_core_parent *parent)
{
	if (refcount_dec_and_test(&parent->refs))
		complete(&parent->released);
}

/* For the release function of a type's kobject. */
static inline void mdev_core_type_put(struct mdev_core_type *type)
{
	mdev_core_parent_put(type->parent);
}

extern struct bus_type mdev_core_bus compat_bus_symbol;
extern const struct attribute mdev_core_create_attr;

/* parent.c */
int mdev_core_parent_register(struct mdev_core_parent *parent);
void mdev_core_parent_unregister(struct mdev_core_parent *parent);
struct mdev_core_parent *
mdev_core_parent_detach(const struct device *dev,
			const struct mdev_core_api *api);
int mdev_core_parents_init(void);
void mdev_core_parents_exit(void);

/* type.c */
int mdev_core_type_add(struct mdev_core_type *type);
void mdev_core_type_remove(struct mdev_core_type *type);

/* device.c */
ssize_t mdev_core_create_store(struct mdev_core_type *type, const char *buf,
			       size_t count);
void mdev_core_device_remove_forced(struct mdev_core_device *mdev);
int mdev_core_device_open(struct mdev_core_device *mdev);
void mdev_core_device_close(struct mdev_core_device *mdev);
int mdev_core_devices_init(void);
void mdev_core_devices_exit(void);

#endif /* MDEV_CORE_H */
