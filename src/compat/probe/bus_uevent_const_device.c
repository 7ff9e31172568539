// SPDX-License-Identifier: GPL-2.0-only
/* 6.3: a bus's uevent() takes a const device. */
#include <linux/device.h>

int probe(const struct device *dev, struct kobj_uevent_env *env);
struct bus_type probe_bus = { .uevent = probe };
