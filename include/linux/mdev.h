/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mediated devices: the stable driver API, the same on every kernel.
 *
 * A parent driver offers types of software-made devices and implements them;
 * a bus driver (vfio_mdev is one) makes the devices of a class usable.
 * Parent drivers of Linux 5.1 to 5.12 compile against it as they are, those of
 * Linux 4.10 to 5.0 with MDEV_API_4_10 defined.
 *
 * This header takes the place of the kernel's own <linux/mdev.h>: its directory
 * has to come first on the include path, docs/api.md shows how.
 */
#ifndef _LINUX_MDEV_STABLE_H
#define _LINUX_MDEV_STABLE_H

#ifdef MDEV_H
#error "The kernel's own <linux/mdev.h> came first: see docs/api.md for the include path"
#endif

/*
 * Tells this header from the kernel's own. If it is defined, a driver with code
 * for both APIs takes the branch for struct mdev_parent_ops, whatever the kernel's
 * version or its own headers say. docs/porting.md, "Drivers that look at the
 * kernel", shows how.
 */
#define MDEV_STABLE_API	1

#include <linux/device.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/uuid.h>

struct mdev_device;
struct vm_area_struct;

/*
 * Classes: which bus driver a device is for, and what its device ops are.
 * A module that serves a class says so with MODULE_ALIAS("mdev:cXXXX"), the
 * id in four upper-case hexadecimal digits.
 */
#define MDEV_CLASS_ID_VFIO	1	/* struct vfio_mdev_device_ops */
#define MDEV_CLASS_ID_VIRTIO	2

/**
 * struct mdev_parent_ops - what a parent driver does for its devices
 * @owner:	the parent driver's module; it is pinned while one of its
 *		devices is open
 * @dev_attr_groups:	attributes added to the parent device, or NULL
 * @mdev_attr_groups:	attributes of every mediated device, or NULL
 * @supported_type_groups:	NULL-terminated list of the types; a group's
 *		name and the parent's driver string make the type's name, its
 *		attributes (MDEV_TYPE_ATTR_*) are the files of the type's directory.
 *		Mandatory.
 * @create:	make the device @mdev of the type whose directory is @kobj. It is
 *		not visible yet; mdev_uuid(), mdev_parent_dev(),
 *		mdev_set_drvdata() and mdev_set_class() may be used. An error
 *		is what the writer of "create" gets. Mandatory.
 * @remove:	destroy @mdev, which nobody has open and no driver is bound to.
 *		An error refuses: the device then stays as it was, unless its
 *		parent is being unregistered, which nothing can refuse.
 *		Mandatory.
 * @open:	a user opens the device: called for the first of several. Without
 *		it nobody can: VFIO_GROUP_GET_DEVICE_FD gives -EINVAL.
 * @release:	the last user has closed the device
 * @read:	read(2) on the device; the offset says which region
 * @write:	write(2), likewise
 * @ioctl:	ioctl(2); @arg is a user pointer for most commands. Without it,
 *		-EINVAL.
 * @mmap:	mmap(2)
 * @request:	the device is to be removed: ask the user to let go of it. @count
 *		grows with each repetition, see struct vfio_mdev_device_ops. The
 *		write to "remove" then waits.
 *
 * All are called in process context and may sleep. The core serializes
 * @create and @remove of one device and keeps every other callback between
 * them; it serializes nothing across devices, and read, write, ioctl and mmap
 * of one device may run at the same time. The last seven are for devices of
 * class VFIO that did not get ops of their own from mdev_set_class().
 *
 * Interface of Linux 4.10 to 5.12, @request since 5.11.
 */
struct mdev_parent_ops {
	struct module *owner;
	const struct attribute_group **dev_attr_groups;
	const struct attribute_group **mdev_attr_groups;
	struct attribute_group **supported_type_groups;

	int (*create)(struct kobject *kobj, struct mdev_device *mdev);
	int (*remove)(struct mdev_device *mdev);
	int (*open)(struct mdev_device *mdev);
	void (*release)(struct mdev_device *mdev);
	ssize_t (*read)(struct mdev_device *mdev, char __user *buf,
			size_t count, loff_t *ppos);
	ssize_t (*write)(struct mdev_device *mdev, const char __user *buf,
			 size_t count, loff_t *ppos);
	long (*ioctl)(struct mdev_device *mdev, unsigned int cmd,
		      unsigned long arg);
	int (*mmap)(struct mdev_device *mdev, struct vm_area_struct *vma);
	void (*request)(struct mdev_device *mdev, unsigned int count);
};

/**
 * struct mdev_type_attribute - a file in a type's directory
 * @attr:	name and mode
 * @show:	fill the page @buf; @kobj is the type's directory, @dev the parent
 * @store:	take @count bytes from @buf
 *
 * Interface of Linux 4.10 to 5.12.
 */
struct mdev_type_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobj, struct device *dev, char *buf);
	ssize_t (*store)(struct kobject *kobj, struct device *dev,
			 const char *buf, size_t count);
};

#define MDEV_TYPE_ATTR(_name, _mode, _show, _store)		\
	struct mdev_type_attribute mdev_type_attr_##_name =	\
		__ATTR(_name, _mode, _show, _store)
#define MDEV_TYPE_ATTR_RW(_name) \
	struct mdev_type_attribute mdev_type_attr_##_name = __ATTR_RW(_name)
#define MDEV_TYPE_ATTR_RO(_name) \
	struct mdev_type_attribute mdev_type_attr_##_name = __ATTR_RO(_name)
#define MDEV_TYPE_ATTR_WO(_name) \
	struct mdev_type_attribute mdev_type_attr_##_name = __ATTR_WO(_name)

/**
 * struct mdev_class_id - an entry of a bus driver's table of classes
 * @id:		MDEV_CLASS_ID_*; 0 ends the table
 *
 * Interface of the class id patches of 2019.
 */
struct mdev_class_id {
	u16 id;
};

/**
 * struct mdev_driver - a bus driver: makes mediated devices usable
 * @name:	the driver's name in /sys/bus/mdev/drivers
 * @probe:	take the device; -ENODEV or -ENXIO says "not mine", any other
 *		error makes the creation of the device fail with it. Mandatory.
 * @remove:	let go of the device; return when no user has it
 * @in_use:	whether the device has users that mdev_device_open() did not
 *		admit, or has not admitted yet; removal through sysfs then asks
 *		them by @request and waits, or is refused with -EBUSY. Without
 *		@in_use there are no such users.
 * @request:	the device is to be removed, and it is in use: ask the users to
 *		let go of it. @count is 0 at first and grows with each
 *		repetition for the same removal, every ten seconds. Returns
 *		-EBUSY if it can't ask anybody; if @count is 0, the removal is
 *		then refused. Without @request the removal of a device in use
 *		is always refused.
 * @id_table:	the classes it serves; without it, MDEV_CLASS_ID_VFIO
 * @driver:	for the driver core; the API fills it in
 *
 * The callbacks run in process context under the device's lock and may
 * sleep.
 *
 * Interface of Linux 4.10 to 5.12, with the table from the class id patches
 * of 2019; @in_use and @request are ours.
 */
struct mdev_driver {
	const char *name;
	int (*probe)(struct device *dev);
	void (*remove)(struct device *dev);
	bool (*in_use)(struct device *dev);
	int (*request)(struct device *dev, unsigned int count);
	const struct mdev_class_id *id_table;
	struct device_driver driver;
};

/* The bus driver of its struct device_driver. Interface of Linux 4.10 to 5.12. */
#define to_mdev_driver(drv)	container_of(drv, struct mdev_driver, driver)

/*
 * The bus, to be compared with a device's: dev->bus == &mdev_bus_type. Devices of
 * the kernel API are on it, too; mdev_from_dev() tells them apart. A macro, because
 * some kernels have a symbol of that name.
 *
 * Interface of Linux 4.10 to 5.12.
 */
extern struct bus_type *mdev_stable_bus;
#define mdev_bus_type	(*mdev_stable_bus)

int mdev_stable_register_device(struct device *dev,
				const struct mdev_parent_ops *ops, size_t size,
				struct module *owner);
void mdev_stable_unregister_device(struct device *dev);
int mdev_stable_register_driver(struct mdev_driver *drv,
				struct module *owner, const char *mod_name);
void mdev_stable_unregister_driver(struct mdev_driver *drv);
int mdev_stable_set_class(struct mdev_device *mdev, u16 id, const void *ops);
const void *mdev_stable_get_dev_ops(struct mdev_device *mdev);
int mdev_stable_device_open(struct mdev_device *mdev);
void mdev_stable_device_close(struct mdev_device *mdev);
void *mdev_stable_get_drvdata(struct mdev_device *mdev);
void mdev_stable_set_drvdata(struct mdev_device *mdev, void *data);
const guid_t *mdev_stable_uuid(struct mdev_device *mdev);
struct device *mdev_stable_parent_dev(struct mdev_device *mdev);
struct device *mdev_stable_dev(struct mdev_device *mdev);
struct mdev_device *mdev_stable_from_dev(struct device *dev);
void *mdev_stable_get_bus_data(struct mdev_device *mdev);
void mdev_stable_set_bus_data(struct mdev_device *mdev, void *data);
int mdev_stable_set_iommu_device(struct device *dev,
				 struct device *iommu_device);
struct device *mdev_stable_get_iommu_device(struct device *dev);

/**
 * mdev_register_device() - offer the types of a parent device
 * @dev:	the parent device; registered with the driver core
 * @ops:	its callbacks; must stay until it is unregistered
 *
 * When it returns, /sys/class/mdev_bus has a link to @dev, its types are
 * there, and devices may already have been created.
 *
 * Context: process; sleeps. Where vfio_mdev is not loaded, waits until modprobe
 * has loaded it, or has failed, which is no error; so hold no lock that the load
 * of a module takes. An asynchronous probe() does not wait: vfio_mdev is loaded
 * for its first device then.
 * Return: 0; -EINVAL if @dev is NULL or unknown to the driver core, if a mandatory
 * callback or the types are missing, or if a type has no name, no attributes, the
 * name of another type, or an attribute named like one of the core's own files;
 * -EEXIST if @dev is registered already; -ENOMEM. The log says which.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline int mdev_register_device(struct device *dev,
				       const struct mdev_parent_ops *ops)
{
	return mdev_stable_register_device(dev, ops, sizeof(*ops), THIS_MODULE);
}

/**
 * mdev_unregister_device() - take a parent's types and devices away
 * @dev:	the parent device
 *
 * Removes every device, even if the parent driver refuses. A device that a user
 * has open is waited for. When it returns, no callback runs or will run, and
 * nothing refers to the ops or to @dev any more: the module may be unloaded. If
 * @dev is not registered, only logs that.
 *
 * Context: process; sleeps. Not from a callback of the parent, nor holding a
 * lock that a callback or a bus driver's remove() takes.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline void mdev_unregister_device(struct device *dev)
{
	mdev_stable_unregister_device(dev);
}

/**
 * mdev_register_driver() - register a bus driver
 * @drv:	the driver; @drv->name and @drv->probe are mandatory
 * @owner:	its module: THIS_MODULE
 *
 * Devices of its classes that have no driver are bound before it returns.
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if something mandatory is missing or @drv->id_table is
 * empty; -EBUSY if the name is taken or @drv registered already; -ENOMEM. The
 * log says which.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline int mdev_register_driver(struct mdev_driver *drv,
				       struct module *owner)
{
	return mdev_stable_register_driver(drv, owner, KBUILD_MODNAME);
}

/**
 * mdev_unregister_driver() - unregister a bus driver
 * @drv:	the driver
 *
 * Unbinds its devices, which stay, without a driver. If @drv is not registered,
 * only logs that.
 *
 * Context: process; sleeps.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline void mdev_unregister_driver(struct mdev_driver *drv)
{
	mdev_stable_unregister_driver(drv);
}

/**
 * mdev_set_class() - say what kind of device this is and give its ops
 * @mdev:	the device
 * @id:		MDEV_CLASS_ID_*
 * @ops:	the class's ops for this device: struct vfio_mdev_device_ops for
 *		MDEV_CLASS_ID_VFIO; must stay until the device is removed.
 *		Devices of one class may have different ops.
 *
 * A device that gets no class is of class VFIO, with the callbacks of its
 * struct mdev_parent_ops.
 *
 * Context: any; only from within the parent's create().
 * Return: 0; -EINVAL if @id is 0 or @ops is NULL; -EBUSY after create();
 * -EEXIST if the class is set already. The log says which, once for each device.
 *
 * Interface of the class id patches of 2019 (there it returned nothing).
 */
static inline int mdev_set_class(struct mdev_device *mdev, u16 id,
				 const void *ops)
{
	return mdev_stable_set_class(mdev, id, ops);
}

/**
 * mdev_get_dev_ops() - the class's ops of a device, for its bus driver
 * @mdev:	the device
 *
 * Context: any; between the bus driver's probe() and remove().
 * Return: the ops, never NULL.
 *
 * Interface of the class id patches of 2019.
 */
static inline const void *mdev_get_dev_ops(struct mdev_device *mdev)
{
	return mdev_stable_get_dev_ops(mdev);
}

/**
 * mdev_device_open() - a bus driver gives the device to a user
 * @mdev:	the device
 *
 * While a device is open, its removal through sysfs is refused with EBUSY, or
 * waits if the bus driver's request() asks the users, and the parent driver's
 * module is pinned. To be called before the first of the
 * device's ops, and balanced by mdev_device_close(); may be called repeatedly.
 *
 * Context: any; does not sleep.
 * Return: 0; -ENODEV if the device is being removed, or its parent driver is
 * being unloaded.
 *
 * The interface is ours.
 */
static inline int mdev_device_open(struct mdev_device *mdev)
{
	return mdev_stable_device_open(mdev);
}

/**
 * mdev_device_close() - a user that mdev_device_open() admitted has gone
 * @mdev:	the device
 *
 * To be called after the last of the device's ops.
 *
 * Context: any; does not sleep.
 *
 * The interface is ours.
 */
static inline void mdev_device_close(struct mdev_device *mdev)
{
	mdev_stable_device_close(mdev);
}

/**
 * mdev_get_drvdata() - the parent driver's own pointer for a device
 * @mdev:	the device
 *
 * Context: any.
 * Return: what mdev_set_drvdata() was given last, or NULL.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline void *mdev_get_drvdata(struct mdev_device *mdev)
{
	return mdev_stable_get_drvdata(mdev);
}

/**
 * mdev_set_drvdata() - keep the parent driver's own pointer for a device
 * @mdev:	the device
 * @data:	the pointer
 *
 * Context: any.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline void mdev_set_drvdata(struct mdev_device *mdev, void *data)
{
	mdev_stable_set_drvdata(mdev, data);
}

#ifndef MDEV_API_4_10

/**
 * mdev_uuid() - a device's UUID
 * @mdev:	the device
 *
 * Context: any.
 * Return: the UUID; valid as long as the device.
 *
 * Interface of Linux 5.1 to 5.12. With MDEV_API_4_10 defined it returns the UUID
 * itself, as on Linux 4.10 to 5.0.
 */
static inline const guid_t *mdev_uuid(struct mdev_device *mdev)
{
	return mdev_stable_uuid(mdev);
}

#else

/* Newer kernels have another type of this name, or none: it is ours from here. */
#include <linux/mod_devicetable.h>
#undef uuid_le
#define uuid_le	guid_t

/**
 * mdev_uuid() - a device's UUID
 * @mdev:	the device
 *
 * Context: any.
 * Return: the UUID, a copy.
 *
 * Interface of Linux 4.10 to 5.0.
 */
static inline uuid_le mdev_uuid(struct mdev_device *mdev)
{
	return *mdev_stable_uuid(mdev);
}

/**
 * mdev_uuid_le_cmp() - compare two UUIDs
 * @u1:		the first UUID
 * @u2:		the second UUID
 *
 * Context: any.
 * Return: 0 if they are the same.
 *
 * Interface of uuid_le_cmp() of Linux 4.10 to 5.0.
 */
static inline int mdev_uuid_le_cmp(uuid_le u1, uuid_le u2)
{
	return memcmp(&u1, &u2, sizeof(u1));
}

#undef uuid_le_cmp
#define uuid_le_cmp(u1, u2)	mdev_uuid_le_cmp(u1, u2)

#endif /* MDEV_API_4_10 */

/**
 * mdev_parent_dev() - the parent of a mediated device
 * @mdev:	the device
 *
 * Context: any.
 * Return: what mdev_register_device() was called with; valid as long as the
 * device, no reference is taken.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline struct device *mdev_parent_dev(struct mdev_device *mdev)
{
	return mdev_stable_parent_dev(mdev);
}

/**
 * mdev_dev() - the driver core's device of a mediated device
 * @mdev:	the device
 *
 * Context: any.
 * Return: the device; no reference is taken.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline struct device *mdev_dev(struct mdev_device *mdev)
{
	return mdev_stable_dev(mdev);
}

/**
 * mdev_from_dev() - the mediated device of a driver core's device
 * @dev:	any device
 *
 * Context: any.
 * Return: the mediated device, or NULL if @dev is not one, or belongs to a
 * driver of the kernel API. No reference is taken.
 *
 * Interface of Linux 4.10 to 5.12.
 */
static inline struct mdev_device *mdev_from_dev(struct device *dev)
{
	return mdev_stable_from_dev(dev);
}

/**
 * mdev_set_bus_data() - keep the bus driver's own pointer for a device
 * @mdev:	the device
 * @data:	the pointer
 *
 * For the driver that the device is bound to, between its probe() and remove(),
 * which sets NULL: the core takes no notice of it. The driver data of
 * mdev_dev(mdev) is not always free for that: on some kernels VFIO uses it. A
 * reader that looks at the device's driver first, within the same RCU read-side
 * critical section, gets a pointer of that driver's or NULL.
 *
 * Context: process; sleeps if @data is not NULL.
 *
 * The interface is ours.
 */
static inline void mdev_set_bus_data(struct mdev_device *mdev, void *data)
{
	mdev_stable_set_bus_data(mdev, data);
}

/**
 * mdev_get_bus_data() - the bus driver's own pointer for a device
 * @mdev:	the device
 *
 * Context: any. An RCU read-side critical section keeps what it points to, if
 * the bus driver frees that after a grace period.
 * Return: what mdev_set_bus_data() was given last, or NULL.
 *
 * The interface is ours.
 */
static inline void *mdev_get_bus_data(struct mdev_device *mdev)
{
	return mdev_stable_get_bus_data(mdev);
}

/**
 * mdev_set_iommu_device() - name the device whose IOMMU isolates a device
 * @dev:	the mediated device, mdev_dev(mdev)
 * @iommu_device:	that device, usually the parent; NULL for none
 *
 * VFIO's type 1 container then maps the user's memory in the IOMMU of
 * @iommu_device: through an auxiliary domain if that has IOMMU_DEV_FEAT_AUX enabled,
 * else by attaching @iommu_device itself to the container's domain. To be called in
 * create(), or while nobody has the device's group open. @iommu_device must stay until
 * the mediated device is removed, no reference is taken.
 *
 * VFIO can do so on Linux 5.10 to 5.15, RHEL 9, and SLES 15 from SP5 on. On others
 * nothing would keep the device away from the host's memory, so it fails there, and
 * the log says so once for each parent.
 *
 * Context: any.
 * Return: 0; -EINVAL if @dev is not a mediated device; -EOPNOTSUPP if the kernel's
 * VFIO knows no IOMMU devices and @iommu_device is not NULL.
 *
 * Interface of Linux 5.1 to 5.12.
 */
static inline int mdev_set_iommu_device(struct device *dev,
					struct device *iommu_device)
{
	return mdev_stable_set_iommu_device(dev, iommu_device);
}

/**
 * mdev_get_iommu_device() - the device whose IOMMU isolates a device
 * @dev:	the mediated device
 *
 * Context: any.
 * Return: what mdev_set_iommu_device() was given last with success, or NULL; no
 * reference is taken.
 *
 * Interface of Linux 5.1 to 5.12.
 */
static inline struct device *mdev_get_iommu_device(struct device *dev)
{
	return mdev_stable_get_iommu_device(dev);
}

#endif /* _LINUX_MDEV_STABLE_H */
