// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev.ko: the bus, and the module's beginning and end.
 *
 * The bus has the devices and drivers of both APIs. Each API sets functions of
 * its own as a driver's probe and remove, so the bus has none.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "core.h"

static int mdev_bus_match(struct device *dev, compat_match_driver *drv)
{
	struct mdev_core_device *mdev = to_mdev_core_device(dev);

	return !mdev_core_refuses_match(mdev) &&
	       mdev->type->parent->api->match(mdev, drv);
}

static int mdev_bus_uevent(compat_uevent_device *dev,
			   struct kobj_uevent_env *env)
{
	const struct mdev_core_device *mdev =
		container_of(dev, const struct mdev_core_device, dev);
	const struct mdev_core_api *api = mdev->type->parent->api;

	return api->uevent ? api->uevent(mdev, env) : 0;
}

struct bus_type mdev_core_bus = {
	.name = "mdev",
	.match = mdev_bus_match,
	.uevent = mdev_bus_uevent,
};

static int __init mdev_init(void)
{
	int ret;

	ret = mdev_core_devices_init();
	if (ret)
		return ret;
	ret = mdev_core_parents_init();
	if (ret)
		goto exit_devices;
	ret = bus_register(&mdev_core_bus);
	if (ret)
		goto exit_parents;
	return 0;

exit_parents:
	mdev_core_parents_exit();
exit_devices:
	mdev_core_devices_exit();
	return ret;
}

static void __exit mdev_exit(void)
{
	bus_unregister(&mdev_core_bus);
	mdev_core_parents_exit();
	mdev_core_devices_exit();
	/*
	 * A writer of "remove", or a work item that has released a device, may
	 * have put the last reference and be on its last instructions in this
	 * module, where it does not sleep. A module reference would not help:
	 * the task that puts it has to return through this module as well. So
	 * wait until every task has slept or left the kernel.
	 *
	 * A preemptible kernel without TASKS_RCU, that is, without kprobes,
	 * ftrace and BPF trampolines, does not wait here for a task that was
	 * preempted on these instructions. The kernel's own mdev waits nowhere.
	 */
	synchronize_rcu_tasks();
}

/* Before the drivers that use it, should it ever be built in. */
subsys_initcall(mdev_init);
module_exit(mdev_exit);

/*
 * As in the kernel's own mdev of 5.10. kmod's modprobe loads the bridge before
 * it returns, and tools that make an initramfs take it along. For others, such
 * as busybox's modprobe, stable_api.c requests it.
 */
MODULE_SOFTDEP("post: vfio_mdev");
MODULE_DESCRIPTION("Mediated devices: bus, parents, types and devices");
MODULE_VERSION(MDEV_VERSION);
MODULE_LICENSE("GPL");
