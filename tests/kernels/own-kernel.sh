#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# own-kernel.sh checked | vm [version | modules]: a kernel for the tests, built from
# Debian's source. Prints the folder that it is in, for MDEV_KERNEL_ROOT or
# MDEV_VM_KERNEL_ROOT, making it first where need be.
#
#   checked     with all checkers on; "make check KERNELS=checked" runs the cases on it
#   vm          a small one for the VMs inside the guests, which boots there in a
#               fraction of the time that Debian's takes; for KERNEL_ARCH (amd64)
#
#   version     prints the version instead, for KVER
#   modules     builds our modules and the tests' for it, prints where: $BUILD/VERSION
#
# The kernel is linux-source-6.12 of Debian 13, with what NAME.config and
# NAME-ARCH.config name over the kernel's own tiny.config. It is built in a root of
# that release, with its compiler; the root is the folder. There: the kernel in
# boot/, lib/modules/VERSION, and for "checked" its build tree. It is made once, kept
# in $MDEV_CACHE, and made again when the configuration changes.
#
#   JOBS    compilers at a time (default: one per CPU)
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"

SUITE=trixie
SOURCE=linux-source-6.12
TREE=/usr/src/linux

name=${1:-}
arch=${KERNEL_ARCH:-amd64}
case $name-${2:-} in
checked-|checked-version|checked-modules|vm-) ;;
*) die "usage: own-kernel.sh checked [version | modules] | vm" ;;
esac
[ "$HOST_ARCH" = amd64 ] ||
	die "the $name kernel is built on amd64 only, and this machine is another"
packages=build-essential,$SOURCE,bc,bison,flex,libelf-dev,kmod,xz-utils
cross=$(cross_of "$arch") || exit 1
platform=(ARCH="$(arch_fact "$arch" kbuild)" CROSS_COMPILE="$cross")
[ -z "$cross" ] || packages+=,gcc-${cross%-}
fragments=("$TOP/tests/kernels/$name.config")
[ ! -e "$TOP/tests/kernels/$name-$arch.config" ] || fragments+=("$TOP/tests/kernels/$name-$arch.config")

# lost_lines CONFIG: the fragments' lines that did not hold. One that says "is
# not set" holds, too, where there is no such option.
lost_lines() {
	local line option

	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF -e "$line" "$1" || echo "$line" ;;
		'# CONFIG_'*' is not set')
			option=${line#\# }
			! grep -q "^${option%% *}=" "$1" || echo "$line" ;;
		esac
	done < <(cat "${fragments[@]}")
}

# checked: as a bzImage only, because the other way in, that QEMU takes with an
# uncompressed one (PVH), is too early for KASAN. vm: of all else than the kernel,
# uncompressed, only its version is left.
# shellcheck disable=SC2016 # for the shell inside
compile='
	cd "$1"
	case $3-$4 in
	checked-*)
		make -j "$2" bzImage modules
		make modules_install ;;
	vm-amd64) make -j "$2" vmlinux ;;
	vm-arm64) make -j "$2" Image ;;
	esac
	kver=$(make -s kernelrelease)
	mkdir -p "/lib/modules/$kver"
	case $3-$4 in
	checked-*)
		ln -sfn "$1" "/lib/modules/$kver/build"
		cp arch/x86/boot/bzImage "/boot/vmlinuz-$kver"
		cp .config "/boot/config-$kver"
		# of no use for building modules
		find . -name "*.o" ! -path "./scripts/*" ! -path "./tools/*" -delete
		rm -f vmlinux.a ;;
	vm-amd64)
		strip -o "/boot/vmlinux-$kver" vmlinux
		ln -s "vmlinux-$kver" "/boot/vmlinuz-$kver" ;;
	vm-arm64)
		cp arch/arm64/boot/Image "/boot/vmlinuz-$kver" ;;
	esac'

# make_kernel ROOT
make_kernel() {
	local tree=$1$TREE lost

	mmdebstrap --quiet --variant=minbase --include="$packages" \
		"$SUITE" "$1" "${MIRROR:-$(mirror)}" &&
		tar -xf "$1/usr/src/$SOURCE.tar.xz" -C "$1/usr/src" &&
		mv "$1/usr/src/$SOURCE" "$tree" && rm "$1/usr/src/$SOURCE.tar.xz" &&
		cp "${fragments[@]}" "$tree/" &&
		in_root "$1" "${platform[@]}" sh -c "cd $TREE && scripts/kconfig/merge_config.sh -n \
			kernel/configs/tiny.config ${fragments[*]##*/}" || return 1
	lost=$(lost_lines "$tree/.config")
	if [ -n "$lost" ]; then
		echo "$lost"
		echo "these lines of ${fragments[*]#"$TOP"/} did not hold: there is no such option, or another one demands otherwise"
		return 1
	fi
	in_root "$1" "${platform[@]}" sh -e -c "$compile" compile "$TREE" "${JOBS:-$(nproc)}" "$name" "$arch" || return 1
	[ "$name" = checked ] || rm -rf --one-file-system "$tree"
}

# of another configuration it is made again
key=$({ echo "$SUITE $packages"; grep -h CONFIG_ "${fragments[@]}"; } | sha256sum | cut -c 1-12)
root=$CACHE/own-kernels/$name-$arch
make_root_once "$root" "the $name kernel, from Debian's $SOURCE (250 MB to fetch)" "4 GB" "$key" make_kernel

kver=$(ls "$root/lib/modules")
case ${2:-} in
'') echo "$root" ;;
version) echo "$kver" ;;
modules)
	build_in_root "$root" "$kver" modules test-modules
	echo "$BUILD/$kver" ;;
esac
