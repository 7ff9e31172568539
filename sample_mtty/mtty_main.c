// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: the parent device, its types, and the making of cards.
 *
 * Touches the mdev API, sysfs and the count of free ports; of a card, what
 * it shows in sysfs, and the plug.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>
#include <linux/vfio_mdev.h>

#include "compat.h"
#include "mtty.h"

static unsigned int max_ports = 24;
module_param(max_ports, uint, 0444);
MODULE_PARM_DESC(max_ports, "Serial ports that all cards together can have");

/* Ports that no card has. */
static unsigned int free_ports;
static DEFINE_SPINLOCK(free_ports_lock);	/* protects free_ports */

struct mtty_card_type {
	const char *name;
	const char *description;
	u8 nr_ports;
};

static const struct mtty_card_type single_port = {
	.name = "Single port serial",
	.description = "PCI serial card with one 16550A in loopback",
	.nr_ports = 1,
};

static const struct mtty_card_type dual_port = {
	.name = "Dual port serial",
	.description = "PCI serial card with two 16550A in loopback",
	.nr_ports = 2,
};

/* The core names a type after the parent's class and the attribute group. */
static const struct mtty_card_type *mtty_type_of(struct kobject *kobj)
{
	return strcmp(kobject_name(kobj), "mtty-2") ? &single_port : &dual_port;
}

static ssize_t name_show(struct kobject *kobj, struct device *dev, char *buf)
{
	return sysfs_emit(buf, "%s\n", mtty_type_of(kobj)->name);
}
static MDEV_TYPE_ATTR_RO(name);

static ssize_t description_show(struct kobject *kobj, struct device *dev,
				char *buf)
{
	return sysfs_emit(buf, "%s\n", mtty_type_of(kobj)->description);
}
static MDEV_TYPE_ATTR_RO(description);

static ssize_t available_instances_show(struct kobject *kobj,
					struct device *dev, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(free_ports) / mtty_type_of(kobj)->nr_ports);
}
static MDEV_TYPE_ATTR_RO(available_instances);

static ssize_t device_api_show(struct kobject *kobj, struct device *dev,
			       char *buf)
{
	return sysfs_emit(buf, "%s\n", VFIO_DEVICE_API_PCI_STRING);
}
static MDEV_TYPE_ATTR_RO(device_api);

static struct attribute *type_attrs[] = {
	&mdev_type_attr_name.attr,
	&mdev_type_attr_description.attr,
	&mdev_type_attr_available_instances.attr,
	&mdev_type_attr_device_api.attr,
	NULL,
};

static struct attribute_group type_group_1 = {
	.name = "1",
	.attrs = type_attrs,
};

static struct attribute_group type_group_2 = {
	.name = "2",
	.attrs = type_attrs,
};

static struct attribute_group *type_groups[] = {
	&type_group_1,
	&type_group_2,
	NULL,
};

static ssize_t sample_mtty_dev_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u of %u ports in use\n",
			  max_ports - READ_ONCE(free_ports), max_ports);
}
static DEVICE_ATTR_RO(sample_mtty_dev);

static struct attribute *parent_attrs[] = {
	&dev_attr_sample_mtty_dev.attr,
	NULL,
};

static const struct attribute_group parent_group = {
	.name = "mtty_dev",
	.attrs = parent_attrs,
};

static const struct attribute_group *parent_groups[] = {
	&parent_group,
	NULL,
};

static struct mtty *mtty_of_dev(struct device *dev)
{
	return mdev_get_drvdata(mdev_from_dev(dev));
}

static const char * const plugs[] = { "flow", "wire" };

static ssize_t plug_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct mtty *mtty = mtty_of_dev(dev);
	bool wire;

	spin_lock(&mtty->lock);
	wire = mtty->uart[0].wire;
	spin_unlock(&mtty->lock);
	return sysfs_emit(buf, "%s\n", plugs[wire]);
}

static int mtty_set_plug(struct mtty *mtty, bool wire)
{
	int ret = 0;
	int i;

	spin_lock(&mtty->lock);
	if (mtty->open)
		ret = -EBUSY;
	else
		for (i = 0; i < mtty->nr_ports; i++)
			mtty->uart[i].wire = wire;
	spin_unlock(&mtty->lock);
	return ret;
}

static ssize_t plug_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	int plug = sysfs_match_string(plugs, buf);
	int ret;

	if (plug < 0)
		return plug;
	ret = mtty_set_plug(mtty_of_dev(dev), plug);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(plug);

/* One file, for numbers of the same moment; and a file takes memory on each card. */
static ssize_t statistics_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct mtty *mtty = mtty_of_dev(dev);
	const struct mtty_counters *count;
	ssize_t len;
	int i;

	spin_lock(&mtty->lock);
	len = sysfs_emit(buf, "card interrupts:%llu\n", mtty->interrupts);
	for (i = 0; i < mtty->nr_ports; i++) {
		count = &mtty->uart[i].count;
		len += sysfs_emit_at(buf, len,
				     "port%d tx:%llu rx:%llu lost:%llu overruns:%llu breaks:%llu interrupts:%llu\n",
				     i, count->tx, count->rx, count->lost,
				     count->overruns, count->breaks,
				     count->interrupts);
	}
	spin_unlock(&mtty->lock);
	return len;
}
static DEVICE_ATTR_RO(statistics);

static struct attribute *vendor_attrs[] = {
	&dev_attr_plug.attr,
	&dev_attr_statistics.attr,
	NULL,
};

static const struct attribute_group vendor_group = {
	.name = "vendor",
	.attrs = vendor_attrs,
};

static const struct attribute_group *vendor_groups[] = {
	&vendor_group,
	NULL,
};

static int mtty_take_ports(unsigned int nr)
{
	int ret = 0;

	spin_lock(&free_ports_lock);
	if (free_ports < nr)
		ret = -EUSERS;
	else
		WRITE_ONCE(free_ports, free_ports - nr);
	spin_unlock(&free_ports_lock);
	return ret;
}

static void mtty_give_ports_back(unsigned int nr)
{
	spin_lock(&free_ports_lock);
	WRITE_ONCE(free_ports, free_ports + nr);
	spin_unlock(&free_ports_lock);
}

static struct mtty *mtty_alloc_card(u8 nr_ports)
{
	struct mtty *mtty;

	mtty = kzalloc(struct_size(mtty, uart, nr_ports), GFP_KERNEL);
	if (!mtty)
		return NULL;
	spin_lock_init(&mtty->lock);
	mtty->nr_ports = nr_ports;
	mtty_irq_init(mtty);
	mtty_migration_init(mtty);
	mtty_device_reset(mtty);
	return mtty;
}

static void mtty_free_card(struct mtty *mtty)
{
	mtty_migration_destroy(mtty);
	kfree(mtty);
}

static int mtty_create(struct kobject *kobj, struct mdev_device *mdev)
{
	u8 nr_ports = mtty_type_of(kobj)->nr_ports;
	struct mtty *mtty;
	int ret;

	ret = mtty_take_ports(nr_ports);
	if (ret)
		return ret;

	mtty = mtty_alloc_card(nr_ports);
	if (!mtty) {
		ret = -ENOMEM;
		goto err_ports;
	}
	mdev_set_drvdata(mdev, mtty);

	ret = mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &mtty_device_ops);
	if (ret)
		goto err_card;
	return 0;

err_card:
	mtty_free_card(mtty);
err_ports:
	mtty_give_ports_back(nr_ports);
	return ret;
}

static int mtty_remove(struct mdev_device *mdev)
{
	struct mtty *mtty = mdev_get_drvdata(mdev);

	mtty_give_ports_back(mtty->nr_ports);
	mtty_free_card(mtty);
	return 0;
}

static const struct mdev_parent_ops parent_ops = {
	.owner = THIS_MODULE,
	.dev_attr_groups = parent_groups,
	.mdev_attr_groups = vendor_groups,
	.supported_type_groups = type_groups,
	.create = mtty_create,
	.remove = mtty_remove,
};

/*
 * Without a driver or bus, the class's name is the types' prefix. class_create()
 * allocates the class, because the driver core may read it after the module is
 * gone.
 */
static struct class *mtty_class;
static struct device *parent;

static int __init mtty_init(void)
{
	int ret;

	free_ports = max_ports;

	mtty_class = class_create("mtty");
	if (IS_ERR(mtty_class))
		return PTR_ERR(mtty_class);

	parent = device_create(mtty_class, NULL, MKDEV(0, 0), NULL, "mtty");
	if (IS_ERR(parent)) {
		ret = PTR_ERR(parent);
		goto err_class;
	}

	ret = mdev_register_device(parent, &parent_ops);
	if (ret)
		goto err_device;
	return 0;

err_device:
	device_unregister(parent);
err_class:
	class_destroy(mtty_class);
	return ret;
}

static void __exit mtty_exit(void)
{
	mdev_unregister_device(parent);
	device_unregister(parent);
	class_destroy(mtty_class);
}

module_init(mtty_init);
module_exit(mtty_exit);

MODULE_DESCRIPTION("Sample mediated device: PCI serial cards in loopback");
#ifdef MDEV_VERSION
MODULE_VERSION(MDEV_VERSION);
#endif
MODULE_LICENSE("GPL");
