// SPDX-License-Identifier: GPL-2.0-only
/* 6.11: a bus can't change the driver that it matches. */
#include <linux/device.h>

int probe(struct device *dev, const struct device_driver *drv);
struct bus_type probe_bus = { .match = probe };
