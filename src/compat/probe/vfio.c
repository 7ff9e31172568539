// SPDX-License-Identifier: GPL-2.0-only
/* Is VFIO there at all? Without it there is nothing to build. */
#include <linux/kconfig.h>

#if !IS_ENABLED(CONFIG_VFIO)
#error "no VFIO"
#endif
#include <linux/vfio.h>
