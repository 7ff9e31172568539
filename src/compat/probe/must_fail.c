// SPDX-License-Identifier: GPL-2.0-only
/* Guards the method: no kernel has this. */
#include <linux/device.h>

int probe(struct device *dev);
int probe(struct device *dev)
{
	return dev->no_kernel_has_this_member;
}
