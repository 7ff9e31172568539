#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# programs.sh arm64 | secure-boot: programs that guests take and that are not to
# be installed on this machine. Prints the folder that they are in, a tree with
# what they need of Debian 12; its packages are unpacked there. It is made once
# and kept in $MDEV_CACHE.
#
#   arm64        what guests of that architecture have
#   secure-boot  shim, its MokManager and GRUB, with Microsoft's and Debian's
#                signatures
#
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"

SUITE=bookworm
case ${1:-} in
arm64)
	arch=arm64 what="a tree of programs for arm64"
	PACKAGES=busybox-static,kmod,pciutils,pci.ids,setserial,tree,qemu-system-arm ;;
secure-boot)
	arch=amd64 what="a tree with a signed boot loader"
	PACKAGES=shim-signed,shim-helpers-amd64-signed,grub-efi-amd64-signed ;;
*)	die "usage: programs.sh arm64 | secure-boot" ;;
esac
root=$CACHE/programs/$1

# make_root DIR
make_root() {
	mmdebstrap --quiet --variant=extract --architectures="$arch" \
		--aptopt='APT::Install-Recommends "false"' \
		--include="$PACKAGES" "$SUITE" "$1" "${MIRROR:-$(mirror)}"
}

make_once "$root" "$what (60 MB to fetch)" "300 MB" "$PACKAGES" make_root
echo "$root"
