// SPDX-License-Identifier: GPL-2.0-only
/*
 * The structures of <linux/mdev.h> of Linux 5.19 to 6.0 consist of what
 * src/mdev/compat/kernel_api_5_19.c knows, in that order and of nothing else: see
 * mdev_parent_layout.c.
 */
#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

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

struct known_attribute {
	struct attribute attr;
	void *show, *store;
};

static_assert(sizeof(struct mdev_type_attribute) ==
	      sizeof(struct known_attribute));
static_assert(offsetof(struct mdev_type_attribute, show) ==
	      offsetof(struct known_attribute, show));
static_assert(offsetof(struct mdev_type_attribute, store) ==
	      offsetof(struct known_attribute, store));

struct known_driver {
	void *probe, *remove, *groups;
	struct device_driver core;
};

static_assert(sizeof(struct mdev_driver) == sizeof(struct known_driver));
static_assert(offsetof(struct mdev_driver, remove) ==
	      offsetof(struct known_driver, remove));
static_assert(offsetof(struct mdev_driver, supported_type_groups) ==
	      offsetof(struct known_driver, groups));
static_assert(offsetof(struct mdev_driver, driver) ==
	      offsetof(struct known_driver, core));
