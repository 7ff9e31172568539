// SPDX-License-Identifier: GPL-2.0-only
/* 5.15 to 5.18: a parent is told of the first user and the last, not of each. */
#include <linux/device.h>
#include <linux/uuid.h>
#include <linux/mdev.h>

int probe(struct mdev_device *mdev);
const struct mdev_parent_ops probe_ops = { .open_device = probe };
