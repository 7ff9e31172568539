// SPDX-License-Identifier: GPL-2.0-only
/* Guards the method: compiles on every kernel that can be built for. */
#include <linux/device.h>
#include <linux/module.h>

int probe(struct device *dev);
int probe(struct device *dev)
{
	return device_attach(dev);
}
