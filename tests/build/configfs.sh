# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A kernel without configfs gets all modules but mdev_sim, by make and by dkms.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

step "With configfs"
ok_built
ok "there is mdev_sim.ko" test -s "$built/src/mdev_sim/mdev_sim.ko"

step "Without"
copy_headers without
edit "$copy/include/config/auto.conf" '/^CONFIG_CONFIGFS_FS=/d'
edit "$copy/include/generated/autoconf.h" '/ CONFIG_CONFIGFS_FS(_MODULE)? /d'
ok "the modules build" build_for without
for module in src/mdev/mdev src/vfio_mdev/vfio_mdev sample_mtty/mtty; do
	ok "$module.ko is there" test -s "$work/without/build/$KVER/$module.ko"
done
is "and mdev_sim.ko not" "$(find "$work/without/build" -name mdev_sim.ko)" ""

step "What dkms builds and installs"
# modules_for AUTO.CONF…: what dkms.conf names for a kernel with these headers
modules_for() {
	bash -c 'kernelver=$1 kernel_source_dir=$2 dkms_tree=/var/lib/dkms
		. "$3/dkms.conf" && echo "${BUILT_MODULE_NAME[@]}"' bash "$KVER" "$1" "$TOP"
}
gives "mdev vfio_mdev mtty mdev_sim" "four modules for a kernel with configfs" modules_for "$kdir"
gives "mdev vfio_mdev mtty" "three for one without" modules_for "$copy"
gives "mdev vfio_mdev mtty mdev_sim" "all that there can be, when no headers are there to tell" modules_for "$work/nothing"
