#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# programs.sh arm64 | secure-boot | qemu-trixie: programs that guests take and
# that are not to be installed on this machine. Prints the folder that they are
# in, a tree with what they need of Debian 12, or of Debian 13 for the last one;
# its packages are unpacked there. It is made once and kept in $MDEV_CACHE.
#
#   arm64        what guests of that architecture have
#   qemu-trixie  Debian 13's QEMU, the first one that migrates mdevs
#   secure-boot  shim, its MokManager and GRUB, with Microsoft's and Debian's
#                signatures
#
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

SUITE=bookworm
case ${1:-} in
arm64)
	arch=arm64 what="a tree of programs for arm64"
	PACKAGES=busybox-static,kmod,pciutils,pci.ids,setserial,tree,qemu-system-arm ;;
secure-boot)
	arch=amd64 what="a tree with a signed boot loader"
	PACKAGES=shim-signed,shim-helpers-amd64-signed,grub-efi-amd64-signed ;;
qemu-trixie)
	SUITE=trixie
	arch=amd64 what="a tree with Debian 13's QEMU"
	PACKAGES=qemu-system-x86 ;;
*)	die "usage: programs.sh arm64 | secure-boot | qemu-trixie" ;;
esac
root=$CACHE/programs/$1

# make_root DIR: where all files are in /usr, the links to it would come with
# another package
make_root() {
	local name

	mmdebstrap --quiet --variant=extract --architectures="$arch" \
		--aptopt='APT::Install-Recommends "false"' \
		--include="$PACKAGES" "$SUITE" "$1" "${MIRROR:-$(mirror)}" || return 1
	for name in bin sbin lib lib64; do
		[ -e "$1/$name" ] || ln -s "usr/$name" "$1/$name" || return 1
	done
}

make_root_once "$root" "$what (60 MB to fetch)" "300 MB" "$PACKAGES" make_root
echo "$root"
