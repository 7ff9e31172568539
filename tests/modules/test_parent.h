/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parent of a test's devices: a platform device, with a driver of the same name,
 * which is what their types' names begin with. tests/modules/ only.
 */
#ifndef TEST_PARENT_H
#define TEST_PARENT_H

#include <linux/err.h>
#include <linux/mdev.h>
#include <linux/platform_device.h>

struct test_parent {
	struct platform_driver driver;
	struct platform_device *device;
};

static inline int test_parent_register(struct test_parent *parent,
				       const struct mdev_parent_ops *ops)
{
	int ret;

	ret = platform_driver_register(&parent->driver);
	if (ret)
		return ret;
	parent->device = platform_device_register_simple(parent->driver.driver.name,
							 -1, NULL, 0);
	ret = PTR_ERR_OR_ZERO(parent->device);
	if (ret)
		goto unregister_driver;
	ret = mdev_register_device(&parent->device->dev, ops);
	if (!ret)
		return 0;

	platform_device_unregister(parent->device);
unregister_driver:
	platform_driver_unregister(&parent->driver);
	return ret;
}

static inline void test_parent_unregister(struct test_parent *parent)
{
	mdev_unregister_device(&parent->device->dev);
	platform_device_unregister(parent->device);
	platform_driver_unregister(&parent->driver);
}

#endif /* TEST_PARENT_H */
