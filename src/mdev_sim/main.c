// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: the module's beginning and end, the bus of the cards that are plain
 * devices, and the count of these devices.
 *
 * The module is pinned by each directory that somebody has made in configfs. So
 * it is unloaded when there are no cards in configfs any more; a card that is
 * still being pulled out then is waited for.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "sim.h"

struct workqueue_struct *sim_workqueue;

static struct device *root;
/* Devices that the driver core has not released yet. */
static atomic_t devices = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(devices_gone);

/* A card's driver is the one of the wanted name: see parent.c. */
static int sim_bus_match(struct device *dev, sim_match_driver *drv)
{
	return dev->platform_data == drv;
}

struct bus_type sim_bus = {
	.name = "mdev_sim",
	.match = sim_bus_match,
};

/**
 * sim_main_root() - the device above the cards that are plain devices
 *
 * Context: any.
 * Return: the device /sys/devices/mdev_sim.
 */
struct device *sim_main_root(void)
{
	return root;
}

/**
 * sim_main_get() - count a device whose release function is in this module
 *
 * Context: any. Pairs with sim_main_put(), at the end of that function, for which
 * sim_exit() waits.
 */
void sim_main_get(void)
{
	atomic_inc(&devices);
}

/**
 * sim_main_put() - undo sim_main_get()
 *
 * Context: any.
 */
void sim_main_put(void)
{
	if (atomic_dec_and_test(&devices))
		wake_up_all(&devices_gone);
}

static int __init sim_init(void)
{
	int ret;

	sim_workqueue = alloc_workqueue("mdev_sim", WQ_UNBOUND, 0);
	if (!sim_workqueue)
		return -ENOMEM;
	ret = bus_register(&sim_bus);
	if (ret)
		goto err_workqueue;
	root = root_device_register("mdev_sim");
	if (IS_ERR(root)) {
		ret = PTR_ERR(root);
		goto err_bus;
	}
	ret = sim_configfs_init();
	if (ret)
		goto err_root;
	return 0;

err_root:
	root_device_unregister(root);
err_bus:
	bus_unregister(&sim_bus);
err_workqueue:
	destroy_workqueue(sim_workqueue);
	return ret;
}

static void __exit sim_exit(void)
{
	sim_configfs_exit();
	/* waits for cards that are being pulled out */
	destroy_workqueue(sim_workqueue);
	sim_parent_exit();
	wait_event(devices_gone, !atomic_read(&devices));
	root_device_unregister(root);
	bus_unregister(&sim_bus);
	/*
	 * A task that has released a device may still be on its last instructions
	 * in this module, where it does not sleep. A module reference would not
	 * help; see mdev_exit() in src/mdev/main.c, also for what preemptible
	 * kernels without TASKS_RCU leave open.
	 */
	synchronize_rcu_tasks();
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_DESCRIPTION("Simulated cards with mediated devices, configured through configfs");
MODULE_VERSION(MDEV_VERSION);
MODULE_LICENSE("GPL");
