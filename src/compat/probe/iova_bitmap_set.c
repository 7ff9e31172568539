// SPDX-License-Identifier: GPL-2.0-only
/*
 * 6.1: iova_bitmap, by which VFIO reports what a device has written. Since 6.7
 * it is there only with CONFIG_IOMMUFD_DRIVER, and otherwise a static inline
 * stub, which can't be weak.
 */
/* exported: iova_bitmap_set */
#include <linux/iova_bitmap.h>

typeof(iova_bitmap_set) iova_bitmap_set __weak;
