// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: cards that are PCI functions.
 *
 * Touches the PCI core.
 *
 * Management software finds a vendor's card by its PCI address and ids. So a card
 * can have a host bridge of its own, with one bus and one function on it, in a PCI
 * domain that nobody else has. The function has a configuration space header with
 * the wanted ids and nothing else: no BARs, no interrupt, no capabilities. Writes
 * to it are ignored.
 *
 * The real vendor's driver must not get it. The function's driver override names
 * the card's own driver, before the PCI core offers the function to anybody.
 *
 * Nor must the kernel treat it as the real card: its quirks for the ids change
 * settings of the whole machine, the VGA arbiter may prefer it to a real one, and
 * udev loads the vendor's driver. So all of them see other ids when the function
 * appears. It has those that were asked for once it is bound: so an event "add" that
 * is asked for later has them, and the quirks for resuming see them.
 *
 * A domain is free if no bus has it, as buses of firmware have theirs. From Linux
 * 6.19 on the PCI core has a list of the domains that drivers make up: those of
 * Hyper-V and VMD, and the cards'. Before, a card can take the domain of a device
 * that Hyper-V adds later, which has a number of 16 bits from the host: then that
 * device does not appear. The setting pci_domain lets one choose another for the
 * card.
 *
 * Lifetimes: struct sim_pci_host is the private part of the host bridge, which
 * lives until the driver core has released the bus and the function.
 *
 * The PCI core's files "remove" and "rescan" in sysfs can't cope with a function that
 * somebody else removes. A writer to either waits for the PCI core's lock: at
 * "remove" without a reference to the function, at "rescan" so that a task that holds
 * the lock and removes the file waits for the writer. So these files are taken away
 * as soon as the card is plugged in, without that lock. A task that wrote to "remove"
 * earlier removes the function, and plugging in fails. That function does not
 * answer any more, so that no scan finds it again without its driver override.
 *
 * Locks: the PCI core's lock for adding and removing devices comes after card.c's
 * lock for plugging, and before the device's lock and &sim_card.register_lock.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <asm/pci.h>

#include "compat.h"
#include "sim.h"
#include "sim_pci.h"

/* Those of QEMU's edu device, but for the class, which says nothing. */
static const struct sim_ids first_ids = {
	.vendor = 0x1234,
	.device = 0x11e8,
	.subsystem_vendor = 0x1af4,
	.subsystem_device = 0x1100,
	.class = PCI_CLASS_OTHERS << 16,
};

/**
 * struct sim_pci_host - what belongs to a card's host bridge
 * @sysdata:	the architecture's, for the bus
 * @busn:	the only bus number
 * @card:	the card, which outlives the function
 * @gone:	the function has been removed
 * @config:	the header of its configuration space
 */
struct sim_pci_host {
	struct pci_sysdata sysdata;
	struct resource busn;
	struct sim_card *card;
	bool gone;
	u8 config[PCI_STD_HEADER_SIZEOF];
};

static struct sim_pci_host *sim_pci_host_of(const struct pci_bus *bus)
{
	return container_of((struct pci_sysdata *)bus->sysdata,
			    struct sim_pci_host, sysdata);
}

/* The PCI core checks alignment and size. */
static int sim_pci_read(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 *value)
{
	const struct sim_pci_host *host = sim_pci_host_of(bus);

	if (devfn || READ_ONCE(host->gone)) {
		*value = ~0;
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	*value = 0;
	if (where + size <= sizeof(host->config))
		memcpy(value, host->config + where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int sim_pci_write(struct pci_bus *bus, unsigned int devfn, int where,
			 int size, u32 value)
{
	if (devfn || READ_ONCE(sim_pci_host_of(bus)->gone))
		return PCIBIOS_DEVICE_NOT_FOUND;
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops sim_pci_ops = {
	.read = sim_pci_read,
	.write = sim_pci_write,
};

/* The driver. Somebody may have told it ids of other functions, by new_id. */

static int sim_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return pdev->bus->ops == &sim_pci_ops ? 0 : -ENODEV;
}

static void sim_pci_remove(struct pci_dev *pdev)
{
	struct sim_pci_host *host = sim_pci_host_of(pdev->bus);

	WRITE_ONCE(host->gone, true);
	sim_card_unregister(host->card);
}

int sim_pci_register_driver(struct pci_driver *driver, const char *name)
{
	driver->name = name;
	driver->probe = sim_pci_probe;
	driver->remove = sim_pci_remove;
	return pci_register_driver(driver);
}

void sim_pci_unregister_driver(struct pci_driver *driver)
{
	pci_unregister_driver(driver);
}

/* The host bridge. */

static bool sim_pci_has_bus(int domain)
{
	struct pci_bus *bus = NULL;

	while ((bus = pci_find_next_bus(bus)))
		if (pci_domain_nr(bus) == domain)
			return true;
	return false;
}

/*
 * Plain cards are beside the bridges in sysfs, which would warn of a second
 * directory of one name, with a stack trace. /sys/class/mdev_bus has a link of one
 * name once.
 */
static bool sim_pci_has_name(int domain)
{
	char name[20];

	snprintf(name, sizeof(name), "pci%04x:00", domain);
	if (sim_parent_has_file(name))
		return true;
	snprintf(name, sizeof(name), "%04x:00:00.0", domain);
	return sim_parent_has_file(name);
}

static int sim_pci_take_this_domain(int domain)
{
	int ret;

	if (sim_pci_has_bus(domain))
		return -EADDRINUSE;
	if (sim_pci_has_name(domain))
		return -EEXIST;
	ret = sim_reserve_pci_domain(domain);
	return ret == -ENOSPC ? -EADDRINUSE : ret;
}

static int sim_pci_take_any_domain(void)
{
	int domain, ret;

	for (domain = SIM_MIN_PCI_DOMAIN; domain <= SIM_MAX_PCI_DOMAIN;
	     domain++) {
		ret = sim_pci_take_this_domain(domain);
		if (ret != -EADDRINUSE && ret != -EEXIST)
			return ret;
	}
	return -ENOSPC;
}

/*
 * Under the PCI core's lock. Pairs with sim_release_pci_domain(), when there is no
 * bus any more. The PCI core would release what is in the host bridge's domain_nr,
 * but with the last reference to the bridge, which somebody may keep: so that stays
 * unset, as VMD's does.
 */
static int sim_pci_take_domain(const struct sim_card_settings *settings)
{
	if (settings->pci_domain == SIM_PCI_DOMAIN_AUTO)
		return sim_pci_take_any_domain();
	return sim_pci_take_this_domain(settings->pci_domain);
}

static void sim_pci_release_bridge(struct pci_host_bridge *bridge)
{
	sim_main_put();
}

/*
 * The bus number is 0: before Linux 5.19 AMD's IOMMU driver took a function for
 * that of the same number in domain 0. Function 00:00.0 there is the root complex,
 * which does no DMA.
 */
static struct pci_host_bridge *sim_pci_make_bridge(struct sim_card *card,
						   int domain)
{
	struct pci_host_bridge *bridge;
	struct sim_pci_host *host;

	bridge = pci_alloc_host_bridge(sizeof(*host));
	if (!bridge)
		return NULL;
	host = pci_host_bridge_priv(bridge);
	host->sysdata.domain = domain;
	host->sysdata.node = first_online_node;
	host->busn.name = "mdev_sim";
	host->busn.flags = IORESOURCE_BUS;
	host->card = card;
	sim_config_put_ids(host->config, &first_ids);
	bridge->dev.parent = sim_main_root();
	bridge->sysdata = &host->sysdata;
	bridge->ops = &sim_pci_ops;
	sim_main_get();
	pci_set_host_bridge_release(bridge, sim_pci_release_bridge, NULL);
	pci_add_resource(&bridge->windows, &host->busn);
	return bridge;
}

static void sim_pci_set_ids(struct pci_dev *pdev, const struct sim_ids *ids)
{
	sim_config_put_ids(sim_pci_host_of(pdev->bus)->config, ids);
	pdev->vendor = ids->vendor;
	pdev->device = ids->device;
	pdev->subsystem_vendor = ids->subsystem_vendor;
	pdev->subsystem_device = ids->subsystem_device;
	pdev->class = ids->class;
	pdev->revision = ids->revision;
}

/**
 * struct sim_pci_files - a function's files in sysfs, each with a reference
 * @directory:	its directory
 * @remove:	its file "remove"; NULL if somebody has written to it
 */
struct sim_pci_files {
	struct kernfs_node *directory;
	struct kernfs_node *remove;
};

/* Under the PCI core's lock, or somebody might remove the function. */
static void sim_pci_get_files(const struct pci_dev *pdev,
			      struct sim_pci_files *files)
{
	files->directory = pdev->dev.kobj.sd;
	kernfs_get(files->directory);
	files->remove = kernfs_find_and_get(files->directory, "remove");
}

static void sim_pci_put_files(const struct sim_pci_files *files)
{
	kernfs_put(files->remove);
	kernfs_put(files->directory);
}

/* While somebody removes the device, its own kobject loses its directory. */
static void sim_pci_remove_file(struct kernfs_node *directory, const char *name)
{
	struct kobject kobj = { .sd = directory };
	struct attribute file = { .name = name };

	sysfs_remove_file(&kobj, &file);
}

/* The first thing that a write to "remove" does is to remove that file. */
static bool sim_pci_is_being_removed(const struct sim_pci_files *files)
{
	return !files->remove || files->remove->flags & KERNFS_SUICIDAL;
}

/*
 * Takes away the files by which others could remove the function, or in which they
 * could wait. Waits for those who have written to them, so not under the PCI core's
 * lock. Fails if one of them has removed the function.
 */
static int sim_pci_remove_files(struct pci_dev *pdev,
				const struct sim_pci_files *files)
{
	sim_pci_remove_file(files->directory, "remove");
	sim_pci_remove_file(files->directory, "rescan");
	sim_pci_remove_file(pdev->bus->dev.kobj.sd, "rescan");
	if (!sim_pci_is_being_removed(files))
		return 0;
	while (device_is_registered(&pdev->dev))
		msleep(20);
	return -ENODEV;
}

/* The function's driver override keeps it from all other drivers. */
static int sim_pci_bind(struct pci_dev *pdev,
			const struct device_driver *driver,
			const struct sim_ids *ids)
{
	int ret = sim_set_driver_override(pdev, driver->name);

	if (ret)
		return ret;
	pci_bus_add_devices(pdev->bus);
	ret = sim_parent_bind(&pdev->dev, driver);
	if (!ret)
		sim_pci_set_ids(pdev, ids);
	return ret;
}

/* Under the PCI core's lock. */
static void sim_pci_remove_bridge(struct pci_host_bridge *bridge)
{
	pci_stop_root_bus(bridge->bus);
	pci_remove_root_bus(bridge->bus);
	pci_free_host_bridge(bridge);
}

/*
 * After a scan that failed; the caller has a reference of its own. Some kernels put
 * the first one where they can't register the bridge, and some don't.
 */
static void sim_pci_free_bridge(struct pci_host_bridge *bridge)
{
	if (kref_read(&bridge->dev.kobj.kref) > 1)
		pci_free_host_bridge(bridge);
}

/*
 * Under the PCI core's lock. The PCI core goes on with a function that it could not
 * register, of which nothing is in sysfs. When the bus goes, it leaves that one
 * alone, with its reference.
 */
static void sim_pci_drop(struct pci_host_bridge *bridge, struct pci_dev *pdev)
{
	bool is_left = pdev && !pdev->dev.kobj.parent;

	sim_pci_remove_bridge(bridge);
	if (is_left)
		pci_dev_put(pdev);
	pci_dev_put(pdev);
}

/* Under the PCI core's lock. Returns the function, with a reference. */
static struct pci_dev *sim_pci_scan(struct sim_card *card, int domain)
{
	struct pci_host_bridge *bridge;
	struct pci_dev *pdev;
	int ret;

	bridge = sim_pci_make_bridge(card, domain);
	if (!bridge)
		return ERR_PTR(-ENOMEM);
	get_device(&bridge->dev);
	ret = pci_scan_root_bus_bridge(bridge);
	if (ret)
		sim_pci_free_bridge(bridge);
	put_device(&bridge->dev);
	if (ret)
		return ERR_PTR(ret);
	pdev = pci_get_slot(bridge->bus, 0);
	if (pdev && device_is_registered(&pdev->dev))
		return pdev;
	sim_pci_drop(bridge, pdev);
	return ERR_PTR(-ENOMEM);
}

/* Under the PCI core's lock. Returns the function, with a reference. */
static struct pci_dev *sim_pci_make(struct sim_card *card)
{
	struct pci_dev *pdev;
	int domain;

	domain = sim_pci_take_domain(&card->settings);
	if (domain < 0)
		return ERR_PTR(domain);
	pdev = sim_pci_scan(card, domain);
	if (IS_ERR(pdev))
		sim_release_pci_domain(domain);
	return pdev;
}

/**
 * sim_pci_add() - make a card's PCI function
 * @card:	the card
 * @driver:	is bound to it
 *
 * Pairs with sim_pci_del().
 *
 * Context: process; sleeps. Called under card.c's lock for plugging.
 * Return: the function's device, with a reference; or an error: -EADDRINUSE if the
 * wanted domain is in use, -EEXIST if a plain card has one of its names, -ENOSPC if
 * none is free, or one of the PCI core's.
 */
struct device *sim_pci_add(struct sim_card *card,
			   const struct device_driver *driver)
{
	struct sim_pci_files files;
	struct pci_dev *pdev;
	int ret;

	pci_lock_rescan_remove();
	pdev = sim_pci_make(card);
	if (IS_ERR(pdev)) {
		pci_unlock_rescan_remove();
		return ERR_CAST(pdev);
	}
	sim_pci_get_files(pdev, &files);
	ret = sim_pci_bind(pdev, driver, &card->settings.ids);
	pci_unlock_rescan_remove();
	ret = sim_pci_remove_files(pdev, &files) ?: ret;
	sim_pci_put_files(&files);
	if (!ret)
		return &pdev->dev;
	sim_pci_del(&pdev->dev);
	return ERR_PTR(ret);
}

/**
 * sim_pci_del() - undo sim_pci_add()
 * @dev:	the function's device
 *
 * Context: process; sleeps. Called under card.c's lock for plugging.
 */
void sim_pci_del(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int domain = pci_domain_nr(pdev->bus);

	pci_lock_rescan_remove();
	sim_pci_remove_bridge(to_pci_host_bridge(pdev->bus->bridge));
	sim_release_pci_domain(domain);
	pci_unlock_rescan_remove();
	pci_dev_put(pdev);
}
