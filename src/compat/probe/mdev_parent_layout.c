// SPDX-License-Identifier: GPL-2.0-only
/*
 * The structures of the kernel's own <linux/mdev.h> consist of what
 * src/mdev/kernel_api.c knows, in that order and of nothing else. An op that it
 * does not know would never be called. Symbol versions don't tell, because ours
 * are made from the same header.
 */
#include <linux/build_bug.h>
#include <linux/mdev.h>
#include <linux/stddef.h>

struct known_device {
	struct device dev;
	guid_t uuid;
	struct list_head node;
	void *type;
	bool active;
};

static_assert(sizeof(struct mdev_device) == sizeof(struct known_device));
static_assert(offsetof(struct mdev_device, uuid) ==
	      offsetof(struct known_device, uuid));
static_assert(offsetof(struct mdev_device, next) ==
	      offsetof(struct known_device, node));
static_assert(offsetof(struct mdev_device, type) ==
	      offsetof(struct known_device, type));
static_assert(offsetof(struct mdev_device, active) ==
	      offsetof(struct known_device, active));

struct known_type {
	void *names[2];
	void *parent;
	struct kobject folder;
	void *devices;
};

static_assert(sizeof(struct mdev_type) == sizeof(struct known_type));
static_assert(offsetof(struct mdev_type, pretty_name) ==
	      offsetof(struct known_type, names[1]));
static_assert(offsetof(struct mdev_type, parent) ==
	      offsetof(struct known_type, parent));
static_assert(offsetof(struct mdev_type, kobj) ==
	      offsetof(struct known_type, folder));
static_assert(offsetof(struct mdev_type, devices_kobj) ==
	      offsetof(struct known_type, devices));

struct known_parent {
	void *dev, *drv, *kset;
	struct rw_semaphore sem;
	void *types;
	unsigned int nr_types;
	atomic_t available;
};

static_assert(sizeof(struct mdev_parent) == sizeof(struct known_parent));
static_assert(offsetof(struct mdev_parent, mdev_driver) ==
	      offsetof(struct known_parent, drv));
static_assert(offsetof(struct mdev_parent, mdev_types_kset) ==
	      offsetof(struct known_parent, kset));
static_assert(offsetof(struct mdev_parent, unreg_sem) ==
	      offsetof(struct known_parent, sem));
static_assert(offsetof(struct mdev_parent, types) ==
	      offsetof(struct known_parent, types));
static_assert(offsetof(struct mdev_parent, nr_types) ==
	      offsetof(struct known_parent, nr_types));
static_assert(offsetof(struct mdev_parent, available_instances) ==
	      offsetof(struct known_parent, available));

struct known_driver {
	void *device_api;
	unsigned int max;
	void *probe, *remove, *available, *describe;
	struct device_driver core;
};

static_assert(sizeof(struct mdev_driver) == sizeof(struct known_driver));
static_assert(offsetof(struct mdev_driver, max_instances) ==
	      offsetof(struct known_driver, max));
static_assert(offsetof(struct mdev_driver, probe) ==
	      offsetof(struct known_driver, probe));
static_assert(offsetof(struct mdev_driver, remove) ==
	      offsetof(struct known_driver, remove));
static_assert(offsetof(struct mdev_driver, get_available) ==
	      offsetof(struct known_driver, available));
static_assert(offsetof(struct mdev_driver, show_description) ==
	      offsetof(struct known_driver, describe));
static_assert(offsetof(struct mdev_driver, driver) ==
	      offsetof(struct known_driver, core));
