#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vm-kernel.sh [amd64 | arm64]: a small kernel for the VMs inside the guests,
# that boots there in a fraction of the time that Debian's takes. Prints the
# folder that it is in, for MDEV_VM_KERNEL_ROOT, making it first where need be;
# own-kernel.sh tells how.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

# compile ROOT: the kernel in boot/, uncompressed, and of all else only its
# version is left
compile() {
	# shellcheck disable=SC2016 # for the shell inside
	in_root "$1" "${PLATFORM[@]}" sh -e -c '
		cd "$1"
		make -j "$2" "${3##*/}"
		kver=$(make -s kernelrelease)
		mkdir -p "/lib/modules/$kver"
		case $3 in
		vmlinux)
			strip -o "/boot/vmlinux-$kver" vmlinux
			ln -s "vmlinux-$kver" "/boot/vmlinuz-$kver" ;;
		*)	cp "$3" "/boot/vmlinuz-$kver" ;;
		esac
	' compile "$TREE" "${JOBS:-$(nproc)}" "$IMAGE" &&
		rm -rf --one-file-system "${1:?}$TREE"
}
arch=${1:-amd64}
FRAGMENTS=("$TOP/tests/kernels/vm-kernel.config" "$TOP/tests/kernels/vm-kernel-$arch.config")
case $arch in
amd64)
	NAME=vm IMAGE=vmlinux PLATFORM=(ARCH=x86_64) ;;
arm64)
	NAME=vm-arm64 IMAGE=arch/arm64/boot/Image
	PLATFORM=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-)
	TOOLS=,gcc-aarch64-linux-gnu ;;
*)
	die "usage: vm-kernel.sh [amd64 | arm64]" ;;
esac
# shellcheck source=tests/kernels/own-kernel.sh
. "$TOP/tests/kernels/own-kernel.sh"

get_kernel
echo "$root"
