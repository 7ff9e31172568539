// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus driver for the tests: it takes the devices of class virtio, counts
 * them and does nothing else. It is loaded by its alias like any other. A second
 * driver of that class is asked after it, and takes none.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static uint probe_error;
module_param(probe_error, uint, 0644);
MODULE_PARM_DESC(probe_error, "errno that probe() returns; 0: success");

static atomic_t probes = ATOMIC_INIT(0);
module_param_named(probes, probes.counter, int, 0444);
MODULE_PARM_DESC(probes, "devices taken so far");

static atomic_t removes = ATOMIC_INIT(0);
module_param_named(removes, removes.counter, int, 0444);
MODULE_PARM_DESC(removes, "devices let go so far");

static int bus_test_probe(struct device *dev)
{
	struct mdev_device *mdev = mdev_from_dev(dev);
	int error = READ_ONCE(probe_error);

	if (error)
		return -error;
	if (!mdev || !mdev_get_dev_ops(mdev))
		return -EINVAL;

	atomic_inc(&probes);
	return 0;
}

static void bus_test_remove(struct device *dev)
{
	atomic_inc(&removes);
}

static const struct mdev_class_id bus_test_classes[] = {
	{ MDEV_CLASS_ID_VIRTIO },
	{ }
};

static struct mdev_driver bus_test_driver = {
	.name = "mdev_bus_test",
	.probe = bus_test_probe,
	.remove = bus_test_remove,
	.id_table = bus_test_classes,
};

static int bus_test_refuse(struct device *dev)
{
	return -ENODEV;
}

static struct mdev_driver bus_test_other = {
	.name = "mdev_bus_test_other",
	.probe = bus_test_refuse,
	.id_table = bus_test_classes,
};

static int __init bus_test_init(void)
{
	int ret = mdev_register_driver(&bus_test_driver, THIS_MODULE);

	if (ret)
		return ret;
	ret = mdev_register_driver(&bus_test_other, THIS_MODULE);
	if (ret)
		mdev_unregister_driver(&bus_test_driver);
	return ret;
}
module_init(bus_test_init);

static void __exit bus_test_exit(void)
{
	mdev_unregister_driver(&bus_test_other);
	mdev_unregister_driver(&bus_test_driver);
}
module_exit(bus_test_exit);

MODULE_DESCRIPTION("Bus driver for testing mediated devices");
MODULE_LICENSE("GPL");
MODULE_ALIAS("mdev:c0002");
