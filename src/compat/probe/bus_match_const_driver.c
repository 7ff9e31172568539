// SPDX-License-Identifier: GPL-2.0-only
/* 6.11: a bus's match() takes a const driver. */
#include <linux/device.h>

int probe(struct device *dev, const struct device_driver *drv);
struct bus_type probe_bus = { .match = probe };
