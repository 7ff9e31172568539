#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vfio-selftests.sh [ARCH]: builds the kernel's own VFIO selftests for guests, from
# Debian's package linux-source-7.3, not a line of it changed. They are linked with
# vfio-selftests/mdev.c, to run on mediated devices. Prints the folder with the
# programs. They are built once, kept in $MDEV_CACHE, and built again when what
# they are linked with changes.
#
#   ARCH             for which architecture (default: this machine's)
#   MDEV_SUITE_ROOT  a root of a Debian release with its compiler (default: this
#                    machine's)
#   MIRROR           Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"

SUITE=trixie-backports
PACKAGE=linux-source-7.3
PROGRAMS=(vfio_pci_device_test vfio_pci_device_init_perf_test vfio_dma_mapping_test
	vfio_dma_mapping_mmio_test vfio_iommufd_setup_test)

arch=${1:-$HOST_ARCH}
cross=$(cross_of "$arch") || exit 1
asm=$(arch_fact "$arch" selftests)
[ -n "$asm" ] || die "the kernel's VFIO selftests are not for $arch"
ours=$TOP/tests/kernels/vfio-selftests
source=$CACHE/vfio-selftests/$PACKAGE
dir=$CACHE/vfio-selftests/$arch

# unpack DIR: the selftests with all that they include, and the headers of that
# kernel for programs
unpack() {
	download_from "$SUITE" "$1/debs" "$PACKAGE" linux-libc-dev &&
		dpkg-deb -x "$1"/debs/linux-libc-dev_*.deb "$1" &&
		dpkg-deb --fsys-tarfile "$1/debs/$PACKAGE"_*.deb | tar -xO "./usr/src/$PACKAGE.tar.xz" |
		tar -xJ -C "$1" --strip-components=1 --wildcards "$PACKAGE/scripts/subarch.include" \
			"$PACKAGE/tools/testing/selftests/"{lib.mk,'*.h',vfio} \
			"$PACKAGE/tools/"{include,'arch/*/include'} "$PACKAGE/include/linux/pci_ids.h" \
			"$PACKAGE/drivers/"{dma,net/ethernet/intel/igb}'/*.h' &&
		rm -r "$1/debs" &&
		(cd "$1" && find ./*/ -type f -exec sha256sum {} + >sums)
}

# build DIR: by the selftests' own Makefile, what the package had
build() {
	local headers=$source/usr/include

	mkdir "$1" && (cd "$source" && sha256sum --quiet -c sums) &&
		in_kernel_root make -C "$source/tools/testing/selftests/vfio" --no-print-directory -j "$(nproc)" \
			ARCH="$asm" CROSS_COMPILE="$cross" OUTPUT="$1" LDLIBS="$ours/mdev.c" \
			KHDR_INCLUDES="-isystem $headers -isystem $source/usr/lib/linux/uapi/$asm" \
			EXTRA_CFLAGS="-O2 -static -I$ours -Wl,--wrap=ioctl,--wrap=iommu_iova_ranges" \
			"${PROGRAMS[@]/#/$1/}" &&
		find "$1" -mindepth 1 ! -name '*_test' -delete
}

trap end_ticker EXIT
trap 'exit 130' INT TERM HUP
make_once "$source" "the source of the kernel's VFIO selftests (150 MB to fetch)" "300 MB" "" unpack
make_once "$dir" "the kernel's VFIO selftests for $arch" "10 MB" \
	"$(cat "$0" "$ours"/*.c "$ours"/*/*.h "$source/sums" | sha256sum | cut -c 1-12)" build
echo "$dir"
