# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A kernel whose VFIO has no IOMMU backend that takes mediated devices, as Debian's for
# ppc64el and riscv64, gets the modules, and make says what can't be done with them.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

sentence="^Mediated devices can be created on the kernel $KVER, but not opened: its VFIO has no IOMMU backend"
backend='VFIO_IOMMU_TYPE1|IOMMUFD'

copy_headers without
config=$copy/include/config/auto.conf
edit "$config" "/^CONFIG_($backend)=/d"
edit "$copy/include/generated/autoconf.h" "/ CONFIG_($backend)(_MODULE)? /d"
ok "the modules build without a backend" quickly_for without
contains "make says so" "$out" "$sentence"
mv "$config.before" "$config"
ok "and with one" quickly_for without
is "then there is nothing to say" "$(grep -E "$sentence" <<<"$out")" ""
