// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: cards that are plugged in: their types, and the making of instances.
 * parent.c makes the device that is the parent.
 *
 * Touches the mdev API, sysfs, and the counts of a card.
 *
 * Lifetimes: whoever plugs a card in frees struct sim_card after pulling it out.
 * Between its registration and the end of its unregistration with the mdev API,
 * callbacks find it by the parent device's driver data. struct sim_faults belongs
 * to the caller of sim_card_alloc(), and outlives the card.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mdev.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/vfio_mdev.h>

#include "compat.h"
#include "sim.h"

/*
 * Protects the list and all of parent.c. What is in the list comes and goes together
 * with what is in sysfs. Nothing is waited for under it but the driver core and the
 * PCI core.
 */
static DEFINE_MUTEX(plug_lock);
static LIST_HEAD(cards);

/* Types: their files in sysfs. */

/* The core names a type's directory DRIVER-ID. */
static struct sim_type *sim_card_type_of(struct kobject *kobj,
					 struct device *dev)
{
	struct sim_card *card = dev_get_drvdata(dev);
	const char *id = kobject_name(kobj) + strlen(card->settings.driver) + 1;
	u32 i;

	for (i = 0; i < card->nr_types; i++)
		if (!strcmp(card->types[i].settings.id, id))
			return &card->types[i];
	return NULL;
}

static u32 sim_card_available(struct sim_card *card,
			      const struct sim_type *type)
{
	u32 available = type->settings.max_instances - type->instances;
	u64 rest = card->settings.budget - card->cost;

	lockdep_assert_held(&card->lock);
	if (card->settings.homogeneous &&
	    card->nr_instances != type->instances)
		return 0;
	if (card->settings.budget && type->settings.cost)
		available = min_t(u64, available,
				  div_u64(rest, type->settings.cost));
	return available;
}

static ssize_t name_show(struct kobject *kobj, struct device *dev, char *buf)
{
	struct sim_type *type = sim_card_type_of(kobj, dev);

	return sysfs_emit(buf, "%s\n", type->settings.name);
}
static MDEV_TYPE_ATTR_RO(name);

static ssize_t description_show(struct kobject *kobj, struct device *dev,
				char *buf)
{
	struct sim_type *type = sim_card_type_of(kobj, dev);

	return sysfs_emit(buf, "%s\n", type->settings.description);
}
static MDEV_TYPE_ATTR_RO(description);

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	struct sim_type *type = sim_card_type_of(kobj, dev);
	u32 available;

	spin_lock(&type->card->lock);
	available = sim_card_available(type->card, type);
	spin_unlock(&type->card->lock);
	return sysfs_emit(buf, "%u\n", available);
}
static MDEV_TYPE_ATTR_RO(available_instances);

static ssize_t device_api_show(struct kobject *kobj, struct device *dev,
			       char *buf)
{
	struct sim_type *type = sim_card_type_of(kobj, dev);

	return sysfs_emit(buf, "%s\n", type->settings.device_api);
}
static MDEV_TYPE_ATTR_RO(device_api);

/* A type without a name or a description has no such file. */
static struct attribute *type_attrs[] = {
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	&mdev_type_attr_name.attr,
	&mdev_type_attr_description.attr,
	NULL,
};

static struct attribute *type_attrs_without_description[] = {
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	&mdev_type_attr_name.attr,
	NULL,
};

static struct attribute *type_attrs_without_name[] = {
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	&mdev_type_attr_description.attr,
	NULL,
};

static struct attribute *type_attrs_without_both[] = {
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	NULL,
};

static struct attribute **
sim_card_type_attrs(const struct sim_type_settings *settings)
{
	if (*settings->name)
		return *settings->description ? type_attrs :
						type_attrs_without_description;
	return *settings->description ? type_attrs_without_name :
					type_attrs_without_both;
}

/* Instances. */

static int sim_card_take_instance(struct sim_type *type)
{
	struct sim_card *card = type->card;
	int ret = -EUSERS;

	spin_lock(&card->lock);
	if (sim_card_available(card, type)) {
		type->instances++;
		card->nr_instances++;
		card->cost += type->settings.cost;
		ret = 0;
	}
	spin_unlock(&card->lock);
	return ret;
}

static void sim_card_give_instance_back(struct sim_type *type)
{
	struct sim_card *card = type->card;

	spin_lock(&card->lock);
	type->instances--;
	card->nr_instances--;
	card->cost -= type->settings.cost;
	spin_unlock(&card->lock);
}

static struct sim_instance *sim_card_alloc_instance(struct sim_type *type,
						    struct mdev_device *mdev)
{
	struct sim_instance *instance;

	instance = kzalloc(sizeof(*instance), GFP_KERNEL_ACCOUNT);
	if (!instance)
		return NULL;
	instance->card = type->card;
	instance->type = type;
	instance->mdev = mdev;
	if (sim_device_init(instance)) {
		kfree(instance);
		return NULL;
	}
	spin_lock(&type->card->lock);
	list_add_tail(&instance->node, &type->card->instances);
	spin_unlock(&type->card->lock);
	return instance;
}

static void sim_card_free_instance(struct sim_instance *instance)
{
	struct sim_card *card = instance->card;

	spin_lock(&card->lock);
	list_del(&instance->node);
	spin_unlock(&card->lock);
	sim_device_destroy(instance);
	sim_card_give_instance_back(instance->type);
	kfree(instance);
}

static int sim_card_create_instance(struct sim_type *type,
				    struct mdev_device *mdev)
{
	struct sim_instance *instance;
	int ret;

	ret = sim_card_take_instance(type);
	if (ret)
		return ret;
	instance = sim_card_alloc_instance(type, mdev);
	if (!instance) {
		sim_card_give_instance_back(type);
		return -ENOMEM;
	}
	mdev_set_drvdata(mdev, instance);
	ret = mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, sim_device_ops(type));
	if (ret)
		sim_card_free_instance(instance);
	return ret;
}

static int sim_card_create(struct kobject *kobj, struct mdev_device *mdev)
{
	struct sim_type *type = sim_card_type_of(kobj, mdev_parent_dev(mdev));
	struct sim_faults *faults = type->card->faults;
	int ret;

	ret = sim_faults_delay(faults, READ_ONCE(faults->create_delay_ms));
	if (!ret)
		ret = sim_faults_check(faults, SIM_FAIL_CREATE);
	if (!ret)
		ret = sim_card_create_instance(type, mdev);
	return ret;
}

/*
 * A refusal means nothing while the card is pulled out. The core also removes a
 * device that it could not make, which can't be told from another one if it is
 * its driver that could not be bound: the device then goes in spite of the
 * refusal, and the instance goes with the card, at the latest.
 */
static bool sim_card_refuses_remove(const struct sim_card *card,
				    struct mdev_device *mdev)
{
	return READ_ONCE(card->faults->refuse_remove) &&
	       !READ_ONCE(card->dying) &&
	       device_is_registered(mdev_dev(mdev));
}

static int sim_card_remove(struct mdev_device *mdev)
{
	struct sim_instance *instance = mdev_get_drvdata(mdev);
	struct sim_card *card = instance->card;
	struct sim_faults *faults = card->faults;

	sim_faults_delay(faults, READ_ONCE(faults->remove_delay_ms));
	if (sim_card_refuses_remove(card, mdev))
		return -EBUSY;
	sim_card_free_instance(instance);
	return 0;
}

/* Plugging in and out. */

static bool sim_card_has_namesake(const struct sim_card *card)
{
	struct sim_card *other;

	lockdep_assert_held(&plug_lock);
	list_for_each_entry(other, &cards, node)
		if (!strcmp(other->settings.name, card->settings.name))
			return true;
	return false;
}

/* A card of the same name may still be being pulled out. */
static int sim_card_add(struct sim_card *card)
{
	int ret = -EBUSY;

	mutex_lock(&plug_lock);
	if (sim_card_has_namesake(card))
		card->reason = "a card of this name is still being pulled out";
	else
		ret = sim_parent_add(card);
	if (!ret)
		list_add_tail(&card->node, &cards);
	mutex_unlock(&plug_lock);
	return ret;
}

static void sim_card_del(struct sim_card *card)
{
	mutex_lock(&plug_lock);
	sim_parent_del(card);
	list_del(&card->node);
	mutex_unlock(&plug_lock);
}

/* Lays out what the mdev API wants to have of the types. */
static void sim_card_make_groups(struct sim_card *card)
{
	u32 i;

	for (i = 0; i < card->nr_types; i++) {
		struct sim_type *type = &card->types[i];

		type->group.name = type->settings.id;
		type->group.attrs = sim_card_type_attrs(&type->settings);
		card->groups[i] = &type->group;
	}
	card->ops = (struct mdev_parent_ops) {
		.owner = THIS_MODULE,
		.supported_type_groups = card->groups,
		.create = sim_card_create,
		.remove = sim_card_remove,
	};
}

/**
 * sim_card_alloc() - a card, not plugged in
 * @settings:	is copied
 * @nr_types:	how many types; the caller fills in their settings, with a
 *		reference to the ROM, and layouts
 * @faults:	what it shall do wrong; must stay until the card is freed
 *
 * Context: process; sleeps.
 * Return: the card, or NULL.
 */
struct sim_card *sim_card_alloc(const struct sim_card_settings *settings,
				u32 nr_types, struct sim_faults *faults)
{
	struct sim_card *card;
	u32 i;

	card = kvzalloc(struct_size(card, types, nr_types), GFP_KERNEL);
	if (!card)
		return NULL;
	card->groups = kcalloc(nr_types + 1, sizeof(*card->groups), GFP_KERNEL);
	if (!card->groups) {
		kvfree(card);
		return NULL;
	}
	card->settings = *settings;
	card->faults = faults;
	mutex_init(&card->register_lock);
	spin_lock_init(&card->lock);
	INIT_LIST_HEAD(&card->instances);
	card->nr_types = nr_types;
	for (i = 0; i < nr_types; i++)
		card->types[i].card = card;
	return card;
}

/**
 * sim_card_free() - undo sim_card_alloc()
 * @card:	a card that is not plugged in
 *
 * Context: process; sleeps.
 */
void sim_card_free(struct sim_card *card)
{
	u32 i;

	for (i = 0; i < card->nr_types; i++)
		sim_rom_put(card->types[i].settings.rom);
	mutex_destroy(&card->register_lock);
	kfree(card->groups);
	kvfree(card);
}

/* A card that is a PCI function can be removed by then: see pci.c. */
static int sim_card_register(struct sim_card *card)
{
	int ret = -ENODEV;

	mutex_lock(&card->register_lock);
	if (!card->dying) {
		dev_set_drvdata(card->dev, card);
		ret = mdev_register_device(card->dev, &card->ops);
	}
	card->registered = !ret;
	mutex_unlock(&card->register_lock);
	return ret;
}

/**
 * sim_card_unregister() - unregister a card as a parent, for good
 * @card:	the card
 *
 * Does nothing the second time.
 *
 * Context: process; sleeps, until all users of its devices have gone.
 */
void sim_card_unregister(struct sim_card *card)
{
	struct sim_instance *instance, *next;

	mutex_lock(&card->register_lock);
	WRITE_ONCE(card->dying, true);
	if (card->registered)
		mdev_unregister_device(card->dev);
	card->registered = false;
	/* see sim_card_refuses_remove() */
	list_for_each_entry_safe(instance, next, &card->instances, node)
		sim_card_free_instance(instance);
	mutex_unlock(&card->register_lock);
}

/**
 * sim_card_plug() - plug a card in
 * @card:	the card
 *
 * Context: process; sleeps. Holding no lock that the load of a module takes.
 * Return: 0; -EBUSY if a card of this name is still being pulled out, or the PCI
 * bus has a driver of the wanted name; -EADDRINUSE if the wanted PCI domain is in use;
 * -ENODEV if the card's PCI function was removed at once; -ENOMEM or another error of
 * the driver core or of the PCI core.
 */
int sim_card_plug(struct sim_card *card)
{
	int ret;

	sim_card_make_groups(card);
	ret = sim_card_add(card);
	if (ret)
		return ret;
	ret = sim_card_register(card);
	if (ret)
		sim_card_del(card);
	return ret;
}

/**
 * sim_card_unplug() - pull a card out
 * @card:	a card that is plugged in
 *
 * Context: process; sleeps, until all users of its devices have gone.
 */
void sim_card_unplug(struct sim_card *card)
{
	sim_card_unregister(card);
	sim_card_del(card);
}

/**
 * sim_card_instances() - how many devices a card has
 * @card:	a card that is plugged in
 *
 * Context: any.
 * Return: the number.
 */
u32 sim_card_instances(struct sim_card *card)
{
	return READ_ONCE(card->nr_instances);
}

/**
 * sim_card_report_error() - all devices tell their users that they have failed
 * @card:	a card that is plugged in
 *
 * Context: process; does not sleep.
 */
void sim_card_report_error(struct sim_card *card)
{
	struct sim_instance *instance;

	spin_lock(&card->lock);
	list_for_each_entry(instance, &card->instances, node)
		sim_irq_report_error(instance);
	spin_unlock(&card->lock);
}
