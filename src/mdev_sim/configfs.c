// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: what the administrator sees of cards: directories and files in
 * configfs.
 *
 * Touches configfs and the settings of cards and types, and plugs cards in and
 * out. What is plugged in is a copy of the settings, so what is changed here
 * afterwards, as a type that is removed, has no effect on it.
 *
 * Lifetimes: an item is freed when configfs and all who hold a reference have put
 * it. A type holds one to its card, and a card that is being pulled out one to
 * itself. configfs pins this module as long as there is a directory that somebody
 * has made. Pulling out is done by a work item. It can take as long as a user has
 * a device open, and a task that is killed, or one that removes the directory,
 * does not wait for that. In rmdir configfs holds locks that keep everybody else
 * from making and removing directories, so there the wait is short.
 *
 * Locks: configfs's own of the subsystem, then &sim_card_item.lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sizes.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "sim.h"
#include "sim_pci.h"

#define MAX_DELAY_MS		60000
#define DEFAULT_MEMORY_LIMIT	SZ_256M
#define RMDIR_WAIT		(3 * HZ)

enum sim_state {
	SIM_OFF,
	SIM_PLUGGING,
	SIM_LIVE,
	SIM_UNPLUGGING,
};

/**
 * struct sim_card_item - the directory of a card
 * @group:	configfs's
 * @types_group: the directory "types" in it
 * @lock:	protects the following but @changed, @unplug_work and @faults, and
 *		the settings of the card's types
 * @state:	whether the card is plugged in; read without the lock, too
 * @card:	the card, if it is plugged in
 * @settings:	change in the state SIM_OFF only
 * @types:	the types' items
 * @nr_types:	how many there are
 * @unplugs:	how often the card has been pulled out; read without the lock, too
 * @changed:	@unplugs has changed
 * @unplug_work: pulls the card out; holds a reference to the item
 * @faults:	change in any state; used by @card, too
 */
struct sim_card_item {
	struct config_group group;
	struct config_group types_group;
	struct mutex lock;	/* see above */
	enum sim_state state;
	u32 unplugs;
	struct sim_card *card;
	struct sim_card_settings settings;
	struct list_head types;
	u32 nr_types;
	wait_queue_head_t changed;
	struct work_struct unplug_work;
	struct sim_faults faults;
};

/**
 * struct sim_type_item - the directory of a type
 * @item:	configfs's
 * @card:	the card's item, to which this one holds a reference
 * @node:	in @card->types
 * @settings:	under @card->lock; change while the card is not plugged in only
 */
struct sim_type_item {
	struct config_item item;
	struct sim_card_item *card;
	struct list_head node;
	struct sim_type_settings settings;
};

/* Also those that are gone from configfs, but have a device in use still. */
static atomic_t nr_cards;

static struct sim_card_item *to_sim_card_item(struct config_item *item)
{
	return container_of(to_config_group(item), struct sim_card_item, group);
}

static struct sim_type_item *to_sim_type_item(struct config_item *item)
{
	return container_of(item, struct sim_type_item, item);
}

/* Refusals: an error, and a line that says what is allowed. */

static __printf(4, 5) int
sim_configfs_refuse(struct sim_card_item *card, const char *type,
		    int error, const char *why, ...)
{
	struct va_format vaf;
	va_list args;

	va_start(args, why);
	vaf.fmt = why;
	vaf.va = &args;
	pr_notice_ratelimited("%s%s%s: %pV\n", card->settings.name,
			      type ? "/types/" : "", type ? type : "", &vaf);
	va_end(args);
	return error;
}

static int sim_configfs_refuse_number(struct sim_card_item *card,
				      const char *type, const char *file,
				      int error, u64 min, u64 max)
{
	return sim_configfs_refuse(card, type, error,
				   "%s must be a number from %llu to %llu",
				   file, min, max);
}

/* Settings change while the card is not plugged in. Pairs with mutex_unlock(). */
static int sim_configfs_begin_change(struct sim_card_item *card)
{
	mutex_lock(&card->lock);
	if (card->state == SIM_OFF)
		return 0;
	mutex_unlock(&card->lock);
	return sim_configfs_refuse(card, NULL, -EBUSY,
				   "is plugged in: pull it out to change it");
}

static ssize_t sim_configfs_store_number(struct sim_card_item *card,
					 const char *type, const char *file,
					 u32 *setting, const char *page,
					 size_t count, u32 min, u32 max)
{
	u64 number;
	int ret;

	ret = sim_parse_number(page, min, max, &number);
	if (ret)
		return sim_configfs_refuse_number(card, type, file, ret, min,
						  max);
	ret = sim_configfs_begin_change(card);
	if (ret)
		return ret;
	WRITE_ONCE(*setting, number);
	mutex_unlock(&card->lock);
	return count;
}

/* @result has room for @max bytes and a NUL byte, as has @setting. */
static ssize_t sim_configfs_store_string(struct sim_card_item *card,
					 char *setting, const char *result,
					 size_t max, size_t count)
{
	int ret = sim_configfs_begin_change(card);

	if (ret)
		return ret;
	strscpy(setting, result, max + 1);
	mutex_unlock(&card->lock);
	return count;
}

static ssize_t sim_configfs_show_string(struct sim_card_item *card,
					const char *setting, char *page)
{
	int len;

	mutex_lock(&card->lock);
	len = sprintf(page, "%s\n", setting);
	mutex_unlock(&card->lock);
	return len;
}

/*
 * A number of a card or of a type: @_field of its settings, shown by @_format, from
 * @_min to @_max.
 */
#define SIM_NUMBER(_kind, _name, _field, _format, _min, _max)		\
static u32 *								\
sim_configfs_##_kind##_##_name##_place(struct sim_##_kind##_item *owner) \
{									\
	return &owner->settings._field;					\
}									\
									\
static ssize_t								\
sim_configfs_##_kind##_##_name##_show(struct config_item *item, char *page) \
{									\
	struct sim_##_kind##_item *owner = to_sim_##_kind##_item(item);	\
	u32 *place = sim_configfs_##_kind##_##_name##_place(owner);	\
									\
	return sprintf(page, _format "\n", READ_ONCE(*place));		\
}									\
									\
static ssize_t								\
sim_configfs_##_kind##_##_name##_store(struct config_item *item,	\
				       const char *page, size_t count)	\
{									\
	struct sim_##_kind##_item *owner = to_sim_##_kind##_item(item);	\
									\
	return sim_configfs_store_number(sim_configfs_card_of_##_kind(owner), \
					 sim_configfs_id_of_##_kind(owner), \
					 #_name,			\
					 sim_configfs_##_kind##_##_name##_place(owner), \
					 page, count, _min, _max);	\
}									\
CONFIGFS_ATTR(sim_configfs_##_kind##_, _name)

/* Whose numbers they are, for the lock and for the log. */
static struct sim_card_item *sim_configfs_card_of_card(struct sim_card_item *card)
{
	return card;
}

static const char *sim_configfs_id_of_card(struct sim_card_item *card)
{
	return NULL;
}

static struct sim_card_item *sim_configfs_card_of_type(struct sim_type_item *type)
{
	return type->card;
}

static const char *sim_configfs_id_of_type(struct sim_type_item *type)
{
	return type->settings.id;
}

/* The files of a type */

SIM_NUMBER(type, max_instances, max_instances, "%u", 1, 65535);
SIM_NUMBER(type, cost, cost, "%u", 0, U32_MAX);
SIM_NUMBER(type, vendor, ids.vendor, "0x%04x", 0, 0xffff);
SIM_NUMBER(type, device, ids.device, "0x%04x", 0, 0xffff);
SIM_NUMBER(type, subsystem_vendor, ids.subsystem_vendor, "0x%04x", 0, 0xffff);
SIM_NUMBER(type, subsystem_device, ids.subsystem_device, "0x%04x", 0, 0xffff);
SIM_NUMBER(type, class, ids.class, "0x%06x", 0, 0xffffff);
SIM_NUMBER(type, revision, ids.revision, "0x%02x", 0, 0xff);
SIM_NUMBER(type, intx, intx, "%u", 0, 1);
SIM_NUMBER(type, msix, msix, "%u", 0, SIM_MAX_MSIX);
SIM_NUMBER(type, pm, pm, "%u", 0, 1);
SIM_NUMBER(type, pcie, pcie, "%u", 0, 1);
SIM_NUMBER(type, edu, edu, "%u", 0, 1);
SIM_NUMBER(type, migration, migration, "%u", 0, 1);

static ssize_t sim_configfs_type_msi_show(struct config_item *item, char *page)
{
	return sprintf(page, "%u\n",
		       READ_ONCE(to_sim_type_item(item)->settings.msi));
}

static ssize_t sim_configfs_type_msi_store(struct config_item *item,
					   const char *page,
					   size_t count)
{
	struct sim_type_item *type = to_sim_type_item(item);
	u64 number;
	int ret;

	ret = sim_parse_number(page, 0, SIM_MAX_MSI, &number);
	if (!ret && number && !is_power_of_2(number))
		ret = -EINVAL;
	if (ret)
		return sim_configfs_refuse(type->card, type->settings.id, ret,
					   "msi must be 0, or a power of two up to %u",
					   SIM_MAX_MSI);
	return sim_configfs_store_number(type->card, type->settings.id, "msi",
					 &type->settings.msi, page, count, 0,
					 SIM_MAX_MSI);
}
CONFIGFS_ATTR(sim_configfs_type_, msi);

static ssize_t sim_configfs_type_msix_bar_show(struct config_item *item,
					       char *page)
{
	u32 bar = READ_ONCE(to_sim_type_item(item)->settings.msix_bar);

	return bar == SIM_MSIX_BAR_AUTO ? sprintf(page, "auto\n") :
					  sprintf(page, "%u\n", bar);
}

static ssize_t sim_configfs_type_msix_bar_store(struct config_item *item,
						const char *page, size_t count)
{
	struct sim_type_item *type = to_sim_type_item(item);
	u64 number = SIM_MSIX_BAR_AUTO;
	int ret = 0;

	if (!sysfs_streq(page, "auto"))
		ret = sim_parse_number(page, 0, SIM_NR_BARS - 1, &number);
	if (ret)
		return sim_configfs_refuse(type->card, type->settings.id, ret,
					   "msix_bar must be auto, or a number from 0 to %u",
					   SIM_NR_BARS - 1);
	ret = sim_configfs_begin_change(type->card);
	if (ret)
		return ret;
	WRITE_ONCE(type->settings.msix_bar, number);
	mutex_unlock(&type->card->lock);
	return count;
}
CONFIGFS_ATTR(sim_configfs_type_, msix_bar);

static ssize_t sim_configfs_show_bar(struct sim_type_item *type,
				     const struct sim_bar_settings *bar,
				     char *page)
{
	int len;

	mutex_lock(&type->card->lock);
	len = sim_parse_show_bar(bar, page);
	mutex_unlock(&type->card->lock);
	return len;
}

static ssize_t sim_configfs_store_bar(struct sim_type_item *type,
				      struct sim_bar_settings *setting,
				      const char *page, size_t count)
{
	int nr = setting - type->settings.bar;
	struct sim_bar_settings bar;
	int ret;

	ret = sim_parse_bar(page, &bar);
	if (ret)
		return sim_configfs_refuse(type->card, type->settings.id, ret,
					   "bar%d must be none, or SIZE io, SIZE mem32 or SIZE mem64; the last two may be followed by prefetch. SIZE is a power of two, with K, M or G: io 4 to 256, memory %luK to 16G, mem32 1G at most",
					   nr, max_t(unsigned long, SZ_4K, PAGE_SIZE) >> 10);
	ret = sim_configfs_begin_change(type->card);
	if (ret)
		return ret;
	*setting = bar;
	mutex_unlock(&type->card->lock);
	return count;
}

#define SIM_TYPE_BAR(_nr)						\
static struct sim_bar_settings *					\
sim_configfs_type_bar##_nr##_place(struct sim_type_item *type)		\
{									\
	return &type->settings.bar[_nr];				\
}									\
									\
static ssize_t sim_configfs_type_bar##_nr##_show(struct config_item *item, \
						 char *page)		\
{									\
	struct sim_type_item *type = to_sim_type_item(item);		\
									\
	return sim_configfs_show_bar(type,				\
				     sim_configfs_type_bar##_nr##_place(type), page); \
}									\
									\
static ssize_t sim_configfs_type_bar##_nr##_store(struct config_item *item, \
						  const char *page, size_t count) \
{									\
	struct sim_type_item *type = to_sim_type_item(item);		\
									\
	return sim_configfs_store_bar(type,				\
				      sim_configfs_type_bar##_nr##_place(type), \
				      page, count);			\
}									\
CONFIGFS_ATTR(sim_configfs_type_, bar##_nr)

SIM_TYPE_BAR(0);
SIM_TYPE_BAR(1);
SIM_TYPE_BAR(2);
SIM_TYPE_BAR(3);
SIM_TYPE_BAR(4);
SIM_TYPE_BAR(5);

static ssize_t sim_configfs_type_display_show(struct config_item *item,
					      char *page)
{
	struct sim_type_item *type = to_sim_type_item(item);
	int len;

	mutex_lock(&type->card->lock);
	len = sim_parse_show_display(&type->settings.display, page);
	mutex_unlock(&type->card->lock);
	return len;
}

static ssize_t sim_configfs_type_display_store(struct config_item *item,
					       const char *page, size_t count)
{
	struct sim_type_item *type = to_sim_type_item(item);
	struct sim_display_settings display;
	int ret;

	ret = sim_parse_display(page, &display);
	if (ret)
		return sim_configfs_refuse(type->card, type->settings.id, ret,
					   "display must be 0, or WIDTHxHEIGHT, each from %u to %u",
					   SIM_MIN_DISPLAY, SIM_MAX_DISPLAY);
	ret = sim_configfs_begin_change(type->card);
	if (ret)
		return ret;
	type->settings.display = display;
	mutex_unlock(&type->card->lock);
	return count;
}
CONFIGFS_ATTR(sim_configfs_type_, display);

static ssize_t sim_configfs_type_name_show(struct config_item *item, char *page)
{
	struct sim_type_item *type = to_sim_type_item(item);

	return sim_configfs_show_string(type->card, type->settings.name, page);
}

static ssize_t sim_configfs_type_name_store(struct config_item *item,
					    const char *page,
					    size_t count)
{
	struct sim_type_item *type = to_sim_type_item(item);
	char name[SIM_TYPE_NAME_LEN + 1];
	int ret;

	ret = sim_parse_text(page, count, SIM_TYPE_NAME_LEN, name);
	if (!ret && strchr(name, '\n'))
		ret = -EINVAL;
	if (ret)
		return sim_configfs_refuse(type->card, type->settings.id, ret,
					   "name must be a line of at most %u bytes",
					   SIM_TYPE_NAME_LEN);
	return sim_configfs_store_string(type->card, type->settings.name, name,
					 SIM_TYPE_NAME_LEN, count);
}
CONFIGFS_ATTR(sim_configfs_type_, name);

static ssize_t sim_configfs_type_description_show(struct config_item *item,
						  char *page)
{
	struct sim_type_item *type = to_sim_type_item(item);

	return sim_configfs_show_string(type->card, type->settings.description,
					page);
}

static ssize_t sim_configfs_type_description_store(struct config_item *item,
						   const char *page, size_t count)
{
	struct sim_type_item *type = to_sim_type_item(item);
	char *text;
	ssize_t ret;

	text = kmalloc(SIM_DESCRIPTION_LEN + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	ret = sim_parse_text(page, count, SIM_DESCRIPTION_LEN, text);
	if (ret)
		sim_configfs_refuse(type->card, type->settings.id, ret,
				    "description must be text of at most %u bytes",
				    SIM_DESCRIPTION_LEN);
	else
		ret = sim_configfs_store_string(type->card,
						type->settings.description,
						text, SIM_DESCRIPTION_LEN,
						count);
	kfree(text);
	return ret;
}
CONFIGFS_ATTR(sim_configfs_type_, description);

static ssize_t sim_configfs_type_device_api_show(struct config_item *item,
						 char *page)
{
	struct sim_type_item *type = to_sim_type_item(item);

	return sim_configfs_show_string(type->card, type->settings.device_api,
					page);
}

static ssize_t sim_configfs_type_device_api_store(struct config_item *item,
						  const char *page, size_t count)
{
	struct sim_type_item *type = to_sim_type_item(item);
	char word[SIM_DEVICE_API_LEN + 1];
	int ret;

	ret = sim_parse_word(page, count, "-_", SIM_DEVICE_API_LEN, word);
	if (ret)
		return sim_configfs_refuse(type->card, type->settings.id, ret,
					   "device_api must be at most %u letters, digits, - and _",
					   SIM_DEVICE_API_LEN);
	return sim_configfs_store_string(type->card, type->settings.device_api,
					 word, SIM_DEVICE_API_LEN, count);
}
CONFIGFS_ATTR(sim_configfs_type_, device_api);

/*
 * configfs asks twice: without @data for the size, then for the content. It shows
 * all of @data, whatever the second call returns, unless that is an error.
 */
static ssize_t sim_configfs_type_rom_read(struct config_item *item, void *data,
					  size_t size)
{
	struct sim_type_item *type = to_sim_type_item(item);
	struct sim_rom *rom;
	ssize_t ret;

	mutex_lock(&type->card->lock);
	rom = type->settings.rom;
	ret = rom ? rom->len : 0;
	if (data && ret != size)
		ret = -EAGAIN;
	else if (data)
		memcpy(data, rom->data, size);
	mutex_unlock(&type->card->lock);
	return ret;
}

/*
 * configfs calls it when the file is closed, with all that was written, and tells
 * nobody what it returns.
 */
static ssize_t sim_configfs_type_rom_write(struct config_item *item,
					   const void *data,
					   size_t size)
{
	struct sim_type_item *type = to_sim_type_item(item);
	struct sim_rom *rom = NULL;

	if (size) {
		rom = sim_rom_alloc(data, size);
		if (!rom)
			return sim_configfs_refuse(type->card,
						   type->settings.id, -ENOMEM,
						   "no memory for the rom, which stays as it was");
	}
	if (sim_configfs_begin_change(type->card)) {
		sim_rom_put(rom);
		return sim_configfs_refuse(type->card, type->settings.id,
					   -EBUSY,
					   "the rom can't be changed while the card is plugged in");
	}
	swap(type->settings.rom, rom);
	mutex_unlock(&type->card->lock);
	sim_rom_put(rom);
	return size;
}
CONFIGFS_BIN_ATTR(sim_configfs_type_, rom, NULL, SIM_MAX_ROM);

static struct configfs_bin_attribute *sim_configfs_type_bin_attrs[] = {
	&sim_configfs_type_attr_rom,
	NULL,
};

static struct configfs_attribute *sim_configfs_type_attrs[] = {
	&sim_configfs_type_attr_name,
	&sim_configfs_type_attr_description,
	&sim_configfs_type_attr_device_api,
	&sim_configfs_type_attr_max_instances,
	&sim_configfs_type_attr_cost,
	&sim_configfs_type_attr_vendor,
	&sim_configfs_type_attr_device,
	&sim_configfs_type_attr_subsystem_vendor,
	&sim_configfs_type_attr_subsystem_device,
	&sim_configfs_type_attr_class,
	&sim_configfs_type_attr_revision,
	&sim_configfs_type_attr_bar0,
	&sim_configfs_type_attr_bar1,
	&sim_configfs_type_attr_bar2,
	&sim_configfs_type_attr_bar3,
	&sim_configfs_type_attr_bar4,
	&sim_configfs_type_attr_bar5,
	&sim_configfs_type_attr_intx,
	&sim_configfs_type_attr_msi,
	&sim_configfs_type_attr_msix,
	&sim_configfs_type_attr_msix_bar,
	&sim_configfs_type_attr_pm,
	&sim_configfs_type_attr_pcie,
	&sim_configfs_type_attr_edu,
	&sim_configfs_type_attr_migration,
	&sim_configfs_type_attr_display,
	NULL,
};

static void sim_configfs_release_type(struct config_item *item)
{
	struct sim_type_item *type = to_sim_type_item(item);

	sim_rom_put(type->settings.rom);
	config_group_put(&type->card->group);
	kfree(type);
}

static struct configfs_item_operations type_item_ops = {
	.release = sim_configfs_release_type,
};

static const struct config_item_type type_item_type = {
	.ct_owner = THIS_MODULE,
	.ct_item_ops = &type_item_ops,
	.ct_attrs = sim_configfs_type_attrs,
	.ct_bin_attrs = sim_configfs_type_bin_attrs,
};

static const struct sim_ids default_ids = {
	.vendor = 0x1234,
	.device = 0x11e8,
	.subsystem_vendor = 0x1af4,
	.subsystem_device = 0x1100,
	.class = 0x00ff00,
	.revision = 0x10,
};

/* The directory "types" */

static int sim_configfs_add_type(struct sim_card_item *card,
				 struct sim_type_item *type)
{
	int ret = -ENOSPC;

	mutex_lock(&card->lock);
	if (card->nr_types < SIM_MAX_TYPES) {
		card->nr_types++;
		list_add_tail(&type->node, &card->types);
		ret = 0;
	}
	mutex_unlock(&card->lock);
	return ret;
}

static struct config_item *sim_configfs_make_type(struct config_group *group,
						  const char *name)
{
	struct sim_card_item *card = container_of(group, struct sim_card_item,
						  types_group);
	struct sim_type_item *type;
	int ret;

	if (!sim_parse_is_name(name, SIM_TYPE_ID_LEN))
		return ERR_PTR(sim_configfs_refuse(card, NULL, -EINVAL,
						   "a type's name must be at most %u letters, digits and . _ : - +, and not begin with a dot",
						   SIM_TYPE_ID_LEN));
	type = kzalloc(sizeof(*type), GFP_KERNEL);
	if (!type)
		return ERR_PTR(-ENOMEM);
	strscpy(type->settings.id, name, sizeof(type->settings.id));
	strscpy(type->settings.device_api, VFIO_DEVICE_API_PCI_STRING,
		sizeof(type->settings.device_api));
	type->settings.ids = default_ids;
	type->settings.max_instances = 1;
	type->settings.cost = 1;
	type->settings.intx = 1;
	type->settings.msix_bar = SIM_MSIX_BAR_AUTO;
	type->settings.pm = 1;
	type->settings.migration = 1;
	ret = sim_configfs_add_type(card, type);
	if (ret) {
		kfree(type);
		return ERR_PTR(sim_configfs_refuse(card, NULL, ret,
						   "a card has at most %u types",
						   SIM_MAX_TYPES));
	}
	config_group_get(&card->group);
	type->card = card;
	config_item_init_type_name(&type->item, name, &type_item_type);
	return &type->item;
}

static void sim_configfs_drop_type(struct config_group *group,
				   struct config_item *item)
{
	struct sim_type_item *type = to_sim_type_item(item);

	mutex_lock(&type->card->lock);
	list_del(&type->node);
	type->card->nr_types--;
	mutex_unlock(&type->card->lock);
	config_item_put(item);
}

static struct configfs_group_operations types_group_ops = {
	.make_item = sim_configfs_make_type,
	.drop_item = sim_configfs_drop_type,
};

static const struct config_item_type types_group_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &types_group_ops,
};

/* Plugging in and out */

/* Returns what is wrong, in words, or NULL. */
static const char *sim_configfs_fill_type(struct sim_type *plugged,
					  const struct sim_type_item *type)
{
	struct sim_rom *rom = type->settings.rom;

	plugged->settings = type->settings;
	sim_rom_get(rom);
	if (rom && !sim_memory_charge(plugged->card, rom->size))
		return "the ROMs need more than memory_limit";
	return sim_config_make_layout(plugged);
}

static int sim_configfs_fill_types(struct sim_card_item *card,
				   struct sim_card *plugged)
{
	struct sim_type_item *type;
	const char *fault;
	u32 i = 0;

	lockdep_assert_held(&card->lock);
	list_for_each_entry(type, &card->types, node) {
		fault = sim_configfs_fill_type(&plugged->types[i], type);
		if (fault)
			return sim_configfs_refuse(card, type->settings.id,
						   -EINVAL, "%s", fault);
		i++;
	}
	return 0;
}

/*
 * The PCI core takes these vendors for an absent function, or for one that is not
 * ready.
 */
static int sim_configfs_check_pci(struct sim_card_item *card)
{
	u32 vendor = card->settings.ids.vendor;

	if (!SIM_HAVE_PCI)
		return sim_configfs_refuse(card, NULL, -EOPNOTSUPP,
					   "pci=1 is for x86 only");
	if (vendor < 0x0002 || vendor > 0xfffe)
		return sim_configfs_refuse(card, NULL, -EINVAL,
					   "with pci=1 vendor must be from 0x0002 to 0xfffe");
	return 0;
}

static struct sim_card *sim_configfs_copy(struct sim_card_item *card)
{
	struct sim_card *plugged;
	int ret;

	lockdep_assert_held(&card->lock);
	if (!card->nr_types)
		return ERR_PTR(sim_configfs_refuse(card, NULL, -EINVAL,
						   "a card without types can't be plugged in"));
	ret = card->settings.pci ? sim_configfs_check_pci(card) : 0;
	if (ret)
		return ERR_PTR(ret);
	plugged = sim_card_alloc(&card->settings, card->nr_types,
				 &card->faults);
	if (!plugged)
		return ERR_PTR(sim_configfs_refuse(card, NULL, -ENOMEM,
						   "can't be plugged in: no memory"));
	ret = sim_configfs_fill_types(card, plugged);
	if (ret) {
		sim_card_free(plugged);
		return ERR_PTR(ret);
	}
	return plugged;
}

/* The state SIM_PLUGGING keeps everybody else away without the lock. */
static int sim_configfs_plug(struct sim_card_item *card)
{
	struct sim_card *plugged = NULL;
	int ret = 0;

	mutex_lock(&card->lock);
	if (card->state == SIM_OFF)
		plugged = sim_configfs_copy(card);
	else if (card->state != SIM_LIVE)
		ret = sim_configfs_refuse(card, NULL, -EBUSY,
					  "can't be plugged in: it is still being %s",
					  card->state == SIM_PLUGGING ?
					  "plugged in" : "pulled out");
	if (!IS_ERR_OR_NULL(plugged))
		card->state = SIM_PLUGGING;
	mutex_unlock(&card->lock);
	if (IS_ERR_OR_NULL(plugged))
		return plugged ? PTR_ERR(plugged) : ret;

	ret = sim_card_plug(plugged);
	mutex_lock(&card->lock);
	card->card = ret ? NULL : plugged;
	card->state = ret ? SIM_OFF : SIM_LIVE;
	mutex_unlock(&card->lock);
	if (ret) {
		sim_configfs_refuse(card, NULL, ret,
				    "can't be plugged in: %s (%d)",
				    plugged->reason ?: "the kernel refused it",
				    ret);
		sim_card_free(plugged);
	}
	return ret;
}

static void sim_configfs_unplug(struct work_struct *work)
{
	struct sim_card_item *card = container_of(work, struct sim_card_item,
						  unplug_work);
	struct sim_card *plugged = card->card;

	sim_card_unplug(plugged);
	mutex_lock(&card->lock);
	card->card = NULL;
	WRITE_ONCE(card->state, SIM_OFF);
	WRITE_ONCE(card->unplugs, card->unplugs + 1);
	mutex_unlock(&card->lock);
	sim_card_free(plugged);
	wake_up_all(&card->changed);
	config_group_put(&card->group);
}

/*
 * Returns -EBUSY while the card is being plugged in. Otherwise *unplugs is for
 * sim_configfs_is_out().
 */
static int sim_configfs_start_unplug(struct sim_card_item *card, u32 *unplugs)
{
	int ret = 0;

	mutex_lock(&card->lock);
	*unplugs = card->unplugs;
	if (card->state == SIM_LIVE) {
		card->state = SIM_UNPLUGGING;
		config_group_get(&card->group);
		queue_work(sim_workqueue, &card->unplug_work);
	} else if (card->state == SIM_PLUGGING) {
		ret = sim_configfs_refuse(card, NULL, -EBUSY,
					  "can't be pulled out: it is still being plugged in");
	}
	mutex_unlock(&card->lock);
	return ret;
}

static bool sim_configfs_is_off(struct sim_card_item *card)
{
	return READ_ONCE(card->state) == SIM_OFF;
}

/* Has the card been pulled out since @unplugs was read? It may be plugged in again by now. */
static bool sim_configfs_is_out(struct sim_card_item *card, u32 unplugs)
{
	return sim_configfs_is_off(card) ||
	       READ_ONCE(card->unplugs) != unplugs;
}

/* The files of a card */

SIM_NUMBER(card, pci, pci, "%u", 0, 1);
SIM_NUMBER(card, vendor, ids.vendor, "0x%04x", 0, 0xffff);
SIM_NUMBER(card, device, ids.device, "0x%04x", 0, 0xffff);
SIM_NUMBER(card, subsystem_vendor, ids.subsystem_vendor, "0x%04x", 0, 0xffff);
SIM_NUMBER(card, subsystem_device, ids.subsystem_device, "0x%04x", 0, 0xffff);
SIM_NUMBER(card, class, ids.class, "0x%06x", 0, 0xffffff);
SIM_NUMBER(card, revision, ids.revision, "0x%02x", 0, 0xff);
SIM_NUMBER(card, budget, budget, "%u", 0, U32_MAX);
SIM_NUMBER(card, homogeneous, homogeneous, "%u", 0, 1);

static ssize_t sim_configfs_card_pci_domain_show(struct config_item *item,
						 char *page)
{
	u32 domain = READ_ONCE(to_sim_card_item(item)->settings.pci_domain);

	return domain == SIM_PCI_DOMAIN_AUTO ? sprintf(page, "auto\n") :
					       sprintf(page, "0x%04x\n", domain);
}

static ssize_t sim_configfs_card_pci_domain_store(struct config_item *item,
						  const char *page, size_t count)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u64 number = SIM_PCI_DOMAIN_AUTO;
	int ret = 0;

	if (!sysfs_streq(page, "auto"))
		ret = sim_parse_number(page, SIM_MIN_PCI_DOMAIN,
				       SIM_MAX_PCI_DOMAIN, &number);
	if (ret)
		return sim_configfs_refuse(card, NULL, ret,
					   "pci_domain must be auto, or a number from 0x%04x to 0x%04x",
					   SIM_MIN_PCI_DOMAIN,
					   SIM_MAX_PCI_DOMAIN);
	ret = sim_configfs_begin_change(card);
	if (ret)
		return ret;
	WRITE_ONCE(card->settings.pci_domain, number);
	mutex_unlock(&card->lock);
	return count;
}
CONFIGFS_ATTR(sim_configfs_card_, pci_domain);

static ssize_t sim_configfs_card_driver_show(struct config_item *item,
					     char *page)
{
	struct sim_card_item *card = to_sim_card_item(item);

	return sim_configfs_show_string(card, card->settings.driver, page);
}

static ssize_t sim_configfs_card_driver_store(struct config_item *item,
					      const char *page, size_t count)
{
	struct sim_card_item *card = to_sim_card_item(item);
	char word[SIM_DRIVER_NAME_LEN + 1];
	int ret;

	ret = sim_parse_word(page, count, "_-.", SIM_DRIVER_NAME_LEN, word);
	if (!ret && *word == '.')
		ret = -EINVAL;
	if (ret)
		return sim_configfs_refuse(card, NULL, ret,
					   "driver must be at most %u letters, digits and _ - ., and not begin with a dot",
					   SIM_DRIVER_NAME_LEN);
	return sim_configfs_store_string(card, card->settings.driver, word,
					 SIM_DRIVER_NAME_LEN, count);
}
CONFIGFS_ATTR(sim_configfs_card_, driver);

static ssize_t sim_configfs_card_memory_limit_show(struct config_item *item,
						   char *page)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u64 limit;

	mutex_lock(&card->lock);
	limit = card->settings.memory_limit;
	mutex_unlock(&card->lock);
	return sprintf(page, "%llu\n", limit);
}

static ssize_t sim_configfs_card_memory_limit_store(struct config_item *item,
						    const char *page, size_t count)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u64 limit;
	int ret;

	ret = sim_parse_size(page, S64_MAX, &limit);
	if (ret)
		return sim_configfs_refuse(card, NULL, ret,
					   "memory_limit must be a number of bytes, with K, M or G or without");
	ret = sim_configfs_begin_change(card);
	if (ret)
		return ret;
	card->settings.memory_limit = limit;
	mutex_unlock(&card->lock);
	return count;
}
CONFIGFS_ATTR(sim_configfs_card_, memory_limit);

static ssize_t sim_configfs_card_live_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n",
		       !sim_configfs_is_off(to_sim_card_item(item)));
}

static ssize_t sim_configfs_card_live_store(struct config_item *item,
					    const char *page,
					    size_t count)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u32 unplugs;
	u64 live;
	int ret;

	ret = sim_parse_number(page, 0, 1, &live);
	if (ret)
		return sim_configfs_refuse_number(card, NULL, "live", ret, 0,
						  1);
	if (live)
		ret = sim_configfs_plug(card);
	else
		ret = sim_configfs_start_unplug(card, &unplugs);
	if (!live && !ret)
		ret = wait_event_killable(card->changed,
					  sim_configfs_is_out(card, unplugs));
	return ret ? ret : count;
}
CONFIGFS_ATTR(sim_configfs_card_, live);

static ssize_t sim_configfs_card_parent_show(struct config_item *item,
					     char *page)
{
	struct sim_card_item *card = to_sim_card_item(item);
	int len = 0;

	mutex_lock(&card->lock);
	if (card->state == SIM_LIVE && !READ_ONCE(card->card->dying))
		len = sprintf(page, "%s\n", dev_name(card->card->dev));
	mutex_unlock(&card->lock);
	return len;
}
CONFIGFS_ATTR_RO(sim_configfs_card_, parent);

static ssize_t sim_configfs_card_instances_show(struct config_item *item,
						char *page)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u32 instances = 0;

	mutex_lock(&card->lock);
	if (card->card)
		instances = sim_card_instances(card->card);
	mutex_unlock(&card->lock);
	return sprintf(page, "%u\n", instances);
}
CONFIGFS_ATTR_RO(sim_configfs_card_, instances);

static ssize_t sim_configfs_show_fault(struct config_item *item,
				       enum sim_fault_kind kind, char *page)
{
	struct sim_fault fault =
		sim_faults_get(&to_sim_card_item(item)->faults, kind);

	return sim_parse_show_fault(&fault, page);
}

static ssize_t sim_configfs_store_fault(struct config_item *item,
					enum sim_fault_kind kind,
					const char *file, const char *page,
					size_t count)
{
	struct sim_card_item *card = to_sim_card_item(item);
	struct sim_fault fault;
	int ret;

	ret = sim_parse_fault(page, &fault);
	if (ret)
		return sim_configfs_refuse(card, NULL, ret,
					   "%s must be 0 or an errno (a number up to %d, or its name), which a number N may follow: then only the N-th call from now on fails",
					   file, SIM_MAX_ERRNO);
	sim_faults_set(&card->faults, kind, &fault);
	return count;
}

#define SIM_CARD_FAULT(_name, _kind)					\
static enum sim_fault_kind sim_configfs_card_##_name##_kind(void)	\
{									\
	return _kind;							\
}									\
									\
static ssize_t sim_configfs_card_##_name##_show(struct config_item *item, \
						char *page)		\
{									\
	return sim_configfs_show_fault(item, sim_configfs_card_##_name##_kind(), \
				       page);				\
}									\
									\
static ssize_t sim_configfs_card_##_name##_store(struct config_item *item, \
						 const char *page, size_t count) \
{									\
	return sim_configfs_store_fault(item, sim_configfs_card_##_name##_kind(), \
					#_name, page, count);		\
}									\
CONFIGFS_ATTR(sim_configfs_card_, _name)

SIM_CARD_FAULT(fail_create, SIM_FAIL_CREATE);
SIM_CARD_FAULT(fail_open, SIM_FAIL_OPEN);
SIM_CARD_FAULT(fail_reset, SIM_FAIL_RESET);
SIM_CARD_FAULT(fail_migration, SIM_FAIL_MIGRATION);

/* Numbers that change while the card is plugged in, too. */
static ssize_t sim_configfs_store_fault_number(struct config_item *item,
					       const char *file, u32 *setting,
					       const char *page, size_t count,
					       u32 max)
{
	u64 number;
	int ret;

	ret = sim_parse_number(page, 0, max, &number);
	if (ret)
		return sim_configfs_refuse_number(to_sim_card_item(item), NULL,
						  file, ret, 0, max);
	WRITE_ONCE(*setting, number);
	return count;
}

#define SIM_CARD_FAULT_NUMBER(_name, _field, _max)			\
static u32 *sim_configfs_card_##_name##_place(struct config_item *item)	\
{									\
	return &to_sim_card_item(item)->faults._field;			\
}									\
									\
static ssize_t sim_configfs_card_##_name##_show(struct config_item *item, \
						char *page)		\
{									\
	return sprintf(page, "%u\n",					\
		       READ_ONCE(*sim_configfs_card_##_name##_place(item))); \
}									\
									\
static ssize_t sim_configfs_card_##_name##_store(struct config_item *item, \
						 const char *page, size_t count) \
{									\
	return sim_configfs_store_fault_number(item, #_name,		\
					       sim_configfs_card_##_name##_place(item), \
					       page, count, _max);	\
}									\
CONFIGFS_ATTR(sim_configfs_card_, _name)

SIM_CARD_FAULT_NUMBER(create_delay_ms, create_delay_ms, MAX_DELAY_MS);
SIM_CARD_FAULT_NUMBER(remove_delay_ms, remove_delay_ms, MAX_DELAY_MS);
SIM_CARD_FAULT_NUMBER(refuse_remove, refuse_remove, 1);

static ssize_t sim_configfs_card_lose_interrupts_show(struct config_item *item,
						      char *page)
{
	struct sim_card_item *card = to_sim_card_item(item);

	return sprintf(page, "%d\n",
		       atomic_read(&card->faults.lose_interrupts));
}

static ssize_t sim_configfs_card_lose_interrupts_store(struct config_item *item,
						       const char *page, size_t count)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u64 number;
	int ret;

	ret = sim_parse_number(page, 0, INT_MAX, &number);
	if (ret)
		return sim_configfs_refuse_number(card, NULL,
						  "lose_interrupts", ret, 0,
						  INT_MAX);
	atomic_set(&card->faults.lose_interrupts, number);
	return count;
}
CONFIGFS_ATTR(sim_configfs_card_, lose_interrupts);

static ssize_t sim_configfs_card_error_store(struct config_item *item,
					     const char *page,
					     size_t count)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u64 number;
	int ret;

	ret = sim_parse_number(page, 1, 1, &number);
	if (ret)
		return sim_configfs_refuse_number(card, NULL, "error", ret, 1,
						  1);
	mutex_lock(&card->lock);
	if (card->state == SIM_LIVE)
		sim_card_report_error(card->card);
	else
		ret = -ENODEV;
	mutex_unlock(&card->lock);
	return ret ? ret : count;
}
CONFIGFS_ATTR_WO(sim_configfs_card_, error);

static struct configfs_attribute *sim_configfs_card_attrs[] = {
	&sim_configfs_card_attr_driver,
	&sim_configfs_card_attr_pci,
	&sim_configfs_card_attr_pci_domain,
	&sim_configfs_card_attr_vendor,
	&sim_configfs_card_attr_device,
	&sim_configfs_card_attr_subsystem_vendor,
	&sim_configfs_card_attr_subsystem_device,
	&sim_configfs_card_attr_class,
	&sim_configfs_card_attr_revision,
	&sim_configfs_card_attr_budget,
	&sim_configfs_card_attr_homogeneous,
	&sim_configfs_card_attr_memory_limit,
	&sim_configfs_card_attr_live,
	&sim_configfs_card_attr_parent,
	&sim_configfs_card_attr_instances,
	&sim_configfs_card_attr_fail_create,
	&sim_configfs_card_attr_fail_open,
	&sim_configfs_card_attr_fail_reset,
	&sim_configfs_card_attr_fail_migration,
	&sim_configfs_card_attr_create_delay_ms,
	&sim_configfs_card_attr_remove_delay_ms,
	&sim_configfs_card_attr_refuse_remove,
	&sim_configfs_card_attr_lose_interrupts,
	&sim_configfs_card_attr_error,
	NULL,
};

static void sim_configfs_release_card(struct config_item *item)
{
	struct sim_card_item *card = to_sim_card_item(item);

	mutex_destroy(&card->lock);
	kfree(card);
	atomic_dec(&nr_cards);
}

static struct configfs_item_operations card_item_ops = {
	.release = sim_configfs_release_card,
};

static const struct config_item_type card_item_type = {
	.ct_owner = THIS_MODULE,
	.ct_item_ops = &card_item_ops,
	.ct_attrs = sim_configfs_card_attrs,
};

/* The subsystem's directory */

static struct config_group *sim_configfs_make_card(struct config_group *group,
						   const char *name)
{
	struct sim_card_item *card;

	if (!sim_parse_is_name(name, SIM_CARD_NAME_LEN)) {
		pr_notice_ratelimited("a card's name must be at most %u letters, digits and . _ : - +, and not begin with a dot\n",
				      SIM_CARD_NAME_LEN);
		return ERR_PTR(-EINVAL);
	}
	/* the subsystem's mutex is held: no other one is made */
	if (atomic_read(&nr_cards) >= SIM_MAX_CARDS) {
		pr_notice_ratelimited("there can be at most %u cards, including removed ones whose devices are still in use\n",
				      SIM_MAX_CARDS);
		return ERR_PTR(-ENOSPC);
	}
	card = kzalloc(sizeof(*card), GFP_KERNEL);
	if (!card)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&nr_cards);
	mutex_init(&card->lock);
	INIT_LIST_HEAD(&card->types);
	init_waitqueue_head(&card->changed);
	INIT_WORK(&card->unplug_work, sim_configfs_unplug);
	sim_faults_init(&card->faults);
	strscpy(card->settings.name, name, sizeof(card->settings.name));
	strscpy(card->settings.driver, KBUILD_MODNAME,
		sizeof(card->settings.driver));
	card->settings.ids = default_ids;
	card->settings.memory_limit = DEFAULT_MEMORY_LIMIT;

	config_group_init_type_name(&card->group, name, &card_item_type);
	config_group_init_type_name(&card->types_group, "types",
				    &types_group_type);
	configfs_add_default_group(&card->types_group, &card->group);
	return &card->group;
}

static void sim_configfs_drop_card(struct config_group *group,
				   struct config_item *item)
{
	struct sim_card_item *card = to_sim_card_item(item);
	u32 unplugs;

	/* Nobody plugs it in: configfs waits for the writers of its files. */
	sim_faults_hurry(&card->faults);
	sim_configfs_start_unplug(card, &unplugs);
	if (wait_event_timeout(card->changed,
			       sim_configfs_is_out(card, unplugs), RMDIR_WAIT))
		flush_work(&card->unplug_work);	/* gives its reference back */
	else
		pr_notice("%s: a device is still in use: the card goes when its users have gone\n",
			  card->settings.name);
	config_item_put(item);
}

static struct configfs_group_operations subsystem_group_ops = {
	.make_group = sim_configfs_make_card,
	.drop_item = sim_configfs_drop_card,
};

static const struct config_item_type subsystem_type = {
	.ct_owner = THIS_MODULE,
	.ct_group_ops = &subsystem_group_ops,
};

static struct configfs_subsystem subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = KBUILD_MODNAME,
			.ci_type = &subsystem_type,
		},
	},
};

/**
 * sim_configfs_init() - make the directory /sys/kernel/config/mdev_sim
 *
 * Context: process; sleeps.
 * Return: 0 or an error.
 */
int __init sim_configfs_init(void)
{
	config_group_init(&subsystem.su_group);
	mutex_init(&subsystem.su_mutex);
	return configfs_register_subsystem(&subsystem);
}

/**
 * sim_configfs_exit() - undo sim_configfs_init()
 *
 * Context: process; sleeps.
 */
void sim_configfs_exit(void)
{
	configfs_unregister_subsystem(&subsystem);
}
