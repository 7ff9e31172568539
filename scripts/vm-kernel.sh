#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vm-kernel.sh: a small kernel for the VMs inside the guests, that boots there
# in a fraction of the time that Debian's takes. Prints the folder that it is
# in, for MDEV_VM_KERNEL_ROOT, making it first where need be; own-kernel.sh
# tells how.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"

# compile ROOT: the kernel in boot/, uncompressed, and of all else only its
# version is left
compile() {
	# shellcheck disable=SC2016 # for the shell inside
	in_root "$1" sh -e -c '
		cd "$1"
		make -j "$2" ARCH=x86_64 vmlinux
		kver=$(make -s ARCH=x86_64 kernelrelease)
		mkdir -p "/lib/modules/$kver"
		strip -o "/boot/vmlinux-$kver" vmlinux
		ln -s "vmlinux-$kver" "/boot/vmlinuz-$kver"
	' compile "$TREE" "${JOBS:-$(nproc)}" &&
		rm -rf --one-file-system "${1:?}$TREE"
}
NAME=vm
# shellcheck source=scripts/own-kernel.sh
. "$(dirname "$0")/own-kernel.sh"

[ $# = 0 ] || die "usage: vm-kernel.sh"
get_kernel
echo "$root"
