// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bus as a symbol, on kernels where others look for it: VFIO's IOMMU
 * driver of 5.10 finds it by name, to tell a mediated device from one that has
 * an IOMMU. Without it such a device can't be used at all. RHEL 9 and SLES 15 SP5 and
 * later have kept that, for devices with an IOMMU device. SUSE's kernels declare it const
 * and export it to any module; but symbol_get() of newer kernels finds only what is
 * exported as GPL.
 *
 * As in kernel_api_parent.c, the includes decide the version of the symbol: add
 * none.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/mdev.h>

/* Defined in main.c, which includes more. */
EXPORT_SYMBOL_GPL(mdev_bus_type);
