# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A kernel without configfs gets all modules but mdev_sim, by make and by dkms. One whose
# VFIO has no IOMMU backend that takes mediated devices, as Debian's for ppc64el and
# riscv64, gets the modules, and make says what can't be done with them. The case
# rebuild has a kernel with both.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

lacking='VFIO_IOMMU_TYPE1|IOMMUFD|CONFIGFS_FS'
copy_headers without
edit "$copy/include/config/auto.conf" "/^CONFIG_($lacking)=/d"
edit "$copy/include/generated/autoconf.h" "/ CONFIG_($lacking)(_MODULE)? /d"

step "Without configfs and backend"
ok "the modules build" build_for without $no_debug
told=$out
for module in src/mdev/mdev src/vfio_mdev/vfio_mdev sample_mtty/mtty; do
	ok "$module.ko is there" test -s "$work/without/build/$KVER/$module.ko"
done
is "and mdev_sim.ko not" "$(find "$work/without/build" -name mdev_sim.ko)" ""
contains "make says so" "$told" "$sentence_configfs"
contains "and that there is no backend" "$told" "$sentence_backend"

step "What dkms builds and installs"
# modules_for AUTO.CONF…: what dkms.conf names for a kernel with these headers
modules_for() {
	bash -c 'kernelver=$1 kernel_source_dir=$2 dkms_tree=/var/lib/dkms
		. "$3/dkms.conf" && echo "${BUILT_MODULE_NAME[@]}"' bash "$KVER" "$1" "$TOP"
}
gives "mdev vfio_mdev mtty mdev_sim" "four modules for a kernel with configfs" modules_for "$kdir"
gives "mdev vfio_mdev mtty" "three for one without" modules_for "$copy"
gives "mdev vfio_mdev mtty mdev_sim" "all that there can be, when no headers are there to tell" modules_for "$work/nothing"
