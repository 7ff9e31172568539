#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tree-kernel.sh [version]: the kernel that is built in the source tree $KERNEL_TREE
# (make bzImage modules). Prints the folder that it is installed in, for
# MDEV_KERNEL_ROOT, or its version. The tree itself is not written to, as far as the
# kernel's own modules_install leaves it alone.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"

image=$KERNEL_TREE/arch/x86/boot/bzImage
for file in "$image" "$KERNEL_TREE"/{include/config/kernel.release,Module.symvers}; do
	[ -e "$file" ] || die "KERNEL_TREE=$KERNEL_TREE is no kernel's source with a kernel and its modules built in it: make -C $KERNEL_TREE bzImage modules"
done
kver=$(cat "$KERNEL_TREE/include/config/kernel.release")
if [ "${1:-}" = version ]; then
	echo "$kver"
	exit
fi

root=$BUILD/tree/$kver
# install
install() {
	rm -rf "$root"
	mkdir -p "$root/boot" && cp "$image" "$root/boot/vmlinuz-$kver" &&
		make -s -C "$KERNEL_TREE" INSTALL_MOD_PATH="$root" modules_install >&2 &&
		depmod -b "$root" "$kver"
}
install || die "the kernel in $KERNEL_TREE can't be installed in $root, see above"
echo "$root"
