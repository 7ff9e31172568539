#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# checked-kernel.sh: a kernel with all checkers on, built from Debian's source.
# Prints the folder that it is in, making it first where need be.
#
#   checked-kernel.sh           the folder, for MDEV_KERNEL_ROOT
#   checked-kernel.sh version   its version, for KVER
#   checked-kernel.sh modules   builds our modules and the tests' for it, and
#                               prints where: $BUILD/VERSION
#
# "make check KERNELS=checked" does all that and runs the cases on it.
#
# In the folder, which is the root that it was built in: the kernel in boot/,
# its modules in lib/modules/, its build tree behind their "build". own-kernel.sh
# tells the rest.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

# compile ROOT: the kernel as a bzImage only, because the other way in, that
# QEMU takes with an uncompressed one (PVH), is too early for KASAN
compile() {
	# shellcheck disable=SC2016 # for the shell inside
	in_root "$1" "${PLATFORM[@]}" sh -e -c '
		cd "$1"
		make -j "$2" bzImage modules
		make modules_install
		kver=$(make -s kernelrelease)
		ln -sfn "$1" "/lib/modules/$kver/build"
		cp arch/x86/boot/bzImage "/boot/vmlinuz-$kver"
		cp .config "/boot/config-$kver"
		# of no use for building modules
		find . -name "*.o" ! -path "./scripts/*" ! -path "./tools/*" -delete
		rm -f vmlinux.a
	' compile "$TREE" "${JOBS:-$(nproc)}"
}
NAME=checked
FRAGMENTS=("$TOP/tests/kernels/checked-kernel.config")
PLATFORM=(ARCH=x86_64)
# shellcheck source=tests/kernels/own-kernel.sh
. "$TOP/tests/kernels/own-kernel.sh"

case ${1:-} in
''|version|modules) ;;
*) die "usage: checked-kernel.sh [version | modules]" ;;
esac
get_kernel
kver=$(ls "$root/lib/modules")
case ${1:-} in
'') echo "$root" ;;
version) echo "$kver" ;;
modules)
	build_in_root "$root" "$kver" modules test-modules
	echo "$BUILD/$kver" ;;
esac
