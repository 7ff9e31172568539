// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: the parent devices of cards, and their drivers.
 *
 * Touches the driver core and, by way of pci, the PCI core.
 *
 * A card is a device that is bound to a driver of the name that the administrator
 * wants, because the core names types after it. It is on the bus mdev_sim, or on
 * a PCI bus of its own. Cards of the same wanted name and kind of bus share a
 * driver. On the bus mdev_sim it stays when the last of them has gone, as the driver
 * core may keep its name for a while, and the next card would have to wait; when
 * there are too many, the oldest that has no cards goes. On the PCI bus it goes at
 * once, because the real vendor's driver of this name can't be loaded beside it.
 *
 * Lifetimes: a card holds a reference to its parent device until it has removed
 * it. The driver core may release a device later; those are counted in main.c.
 *
 * Locks: all is called under card.c's lock for plugging in and out.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernfs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sim.h"
#include "sim_pci.h"

#define MAX_DRIVERS	(2 * SIM_MAX_CARDS)

/**
 * struct sim_driver - a driver of a name that cards want
 * @node:	in drivers
 * @users:	how many cards have it
 * @is_pci:	it is @pci, else @plain
 * @plain:	for the bus mdev_sim
 * @pci:	for the PCI bus
 * @name:	its name
 */
struct sim_driver {
	struct list_head node;
	unsigned int users;
	bool is_pci;
	union {
		struct device_driver plain;
		struct pci_driver pci;
	};
	char name[SIM_DRIVER_NAME_LEN + 1];
};

static LIST_HEAD(drivers);
static u32 nr_drivers;

/* Drivers. */

static struct device_driver *sim_parent_driver(struct sim_driver *driver)
{
	return driver->is_pci ? &driver->pci.driver : &driver->plain;
}

static struct sim_driver *sim_parent_find_driver(const char *name, bool is_pci)
{
	struct sim_driver *driver;

	list_for_each_entry(driver, &drivers, node)
		if (driver->is_pci == is_pci && !strcmp(driver->name, name))
			return driver;
	return NULL;
}

static void sim_parent_free_driver(struct sim_driver *driver)
{
	list_del(&driver->node);
	nr_drivers--;
	if (driver->is_pci)
		sim_pci_unregister_driver(&driver->pci);
	else
		driver_unregister(&driver->plain);
	kfree(driver);
}

/* Cards that are still being pulled out may have more of them. */
static void sim_parent_free_oldest_driver(void)
{
	struct sim_driver *driver;

	list_for_each_entry(driver, &drivers, node) {
		if (driver->users)
			continue;
		sim_parent_free_driver(driver);
		return;
	}
}

static int sim_parent_register_driver(struct sim_driver *driver)
{
	struct device_driver *core = sim_parent_driver(driver);

	/* Only this module unbinds it. */
	core->suppress_bind_attrs = true;
	core->probe_type = PROBE_FORCE_SYNCHRONOUS;
	if (driver->is_pci)
		return sim_pci_register_driver(&driver->pci, driver->name);
	core->name = driver->name;
	core->bus = &sim_bus;
	core->owner = THIS_MODULE;
	core->mod_name = KBUILD_MODNAME;
	return driver_register(core);
}

static struct sim_driver *sim_parent_make_driver(const char *name, bool is_pci)
{
	struct sim_driver *driver;
	int ret;

	if (nr_drivers >= MAX_DRIVERS)
		sim_parent_free_oldest_driver();
	driver = kzalloc(sizeof(*driver), GFP_KERNEL);
	if (!driver)
		return ERR_PTR(-ENOMEM);
	strscpy(driver->name, name, sizeof(driver->name));
	driver->is_pci = is_pci;
	ret = sim_parent_register_driver(driver);
	if (ret) {
		kfree(driver);
		return ERR_PTR(ret);
	}
	list_add_tail(&driver->node, &drivers);
	nr_drivers++;
	return driver;
}

/* Pairs with sim_parent_put_driver(). */
static struct sim_driver *sim_parent_get_driver(const char *name, bool is_pci)
{
	struct sim_driver *driver = sim_parent_find_driver(name, is_pci);

	if (!driver)
		driver = sim_parent_make_driver(name, is_pci);
	if (!IS_ERR(driver))
		driver->users++;
	return driver;
}

static void sim_parent_put_driver(struct sim_driver *driver)
{
	driver->users--;
	if (!driver->users && driver->is_pci)
		sim_parent_free_driver(driver);
}

/* Plain devices: those on the bus mdev_sim. */

static void sim_parent_release_plain(struct device *dev)
{
	kfree(dev);
	sim_main_put();
}

/**
 * sim_parent_bind() - bind a device to the only driver that matches it
 * @dev:	a device, which the bus may have bound already
 * @driver:	the driver
 *
 * Context: process; sleeps.
 * Return: 0, or an error of the driver core.
 */
int sim_parent_bind(struct device *dev, const struct device_driver *driver)
{
	/* drivers_autoprobe may be 0 */
	int ret = device_attach(dev);

	if (ret < 0)
		return ret;
	return dev->driver == driver ? 0 : -ENOMEM;
}

/**
 * sim_parent_has_file() - there is something of a name below the root
 * @name:	the name
 *
 * The root has files of its own, and there are cards, and bridges of cards. sysfs
 * would warn of a second one, with a stack trace.
 *
 * Context: process; sleeps.
 * Return: true if there is.
 */
bool sim_parent_has_file(const char *name)
{
	struct kernfs_node *file;

	file = kernfs_find_and_get(sim_main_root()->kobj.sd, name);
	kernfs_put(file);
	return file;
}

static struct device *sim_parent_add_plain(const char *name,
					   struct device_driver *driver)
{
	struct device *dev;
	int ret;

	if (sim_parent_has_file(name))
		return ERR_PTR(-EEXIST);
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	sim_main_get();
	device_initialize(dev);
	dev->parent = sim_main_root();
	dev->bus = &sim_bus;
	dev->release = sim_parent_release_plain;
	/* what the bus matches it with */
	dev->platform_data = driver;
	ret = dev_set_name(dev, "%s", name);
	if (ret)
		goto err_put;
	ret = device_add(dev);
	if (ret)
		goto err_put;
	ret = sim_parent_bind(dev, driver);
	if (ret)
		goto err_del;
	return dev;

err_del:
	device_del(dev);
err_put:
	put_device(dev);
	return ERR_PTR(ret);
}

/* Why there is no parent, where the error does not tell, or NULL. */
static const char *sim_parent_reason(const struct sim_card *card, int error)
{
	switch (error) {
	case -EEXIST:
		return card->settings.pci ?
			"another card has the name of its bridge or function" :
			"its name is taken in sysfs";
	case -EADDRINUSE:
		return "its pci_domain is in use";
	case -ENOSPC:
		return "no PCI domain is free";
	default:
		return NULL;
	}
}

/**
 * sim_parent_add() - make the parent device of a card
 * @card:	its settings say what and where
 *
 * Sets @card->dev and @card->driver. Pairs with sim_parent_del().
 *
 * Context: process; sleeps.
 * Return: 0, or an error: -EBUSY if another driver of the PCI bus has the wanted
 * name, -EADDRINUSE if the wanted PCI domain is in use, one of the driver core's or
 * of the PCI core's.
 */
int sim_parent_add(struct sim_card *card)
{
	const struct sim_card_settings *settings = &card->settings;
	struct sim_driver *driver;
	struct device *dev;

	driver = sim_parent_get_driver(settings->driver, settings->pci);
	if (IS_ERR(driver)) {
		if (PTR_ERR(driver) == -EBUSY)
			card->reason = "the bus has another driver of this name";
		return PTR_ERR(driver);
	}
	if (settings->pci)
		dev = sim_pci_add(card, sim_parent_driver(driver));
	else
		dev = sim_parent_add_plain(settings->name,
					   sim_parent_driver(driver));
	if (IS_ERR(dev)) {
		card->reason = sim_parent_reason(card, PTR_ERR(dev));
		sim_parent_put_driver(driver);
		return PTR_ERR(dev);
	}
	card->driver = driver;
	card->dev = dev;
	return 0;
}

/**
 * sim_parent_del() - undo sim_parent_add()
 * @card:	a card whose parent is not registered with the mdev API
 *
 * Context: process; sleeps.
 */
void sim_parent_del(struct sim_card *card)
{
	if (card->settings.pci)
		sim_pci_del(card->dev);
	else
		device_unregister(card->dev);
	sim_parent_put_driver(card->driver);
	card->driver = NULL;
	card->dev = NULL;
}

/**
 * sim_parent_exit() - give all drivers back
 *
 * Context: process; sleeps. There are no cards any more, and none come.
 */
void sim_parent_exit(void)
{
	struct sim_driver *driver, *next;

	list_for_each_entry_safe(driver, next, &drivers, node)
		sim_parent_free_driver(driver);
}
