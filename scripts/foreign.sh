#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# foreign.sh ARCH: programs of another architecture than this machine's, for
# guests of that one. Prints the folder that they are in, a tree with what they
# need of Debian 12; its packages are unpacked there, not installed. It is made
# once and kept in $MDEV_CACHE.
#
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"

SUITE=bookworm
PACKAGES=busybox-static,pciutils,pci.ids,setserial,tree

case ${1:-} in
arm64) PACKAGES+=,qemu-system-arm ;;
*) die "usage: foreign.sh arm64" ;;
esac
root=$CACHE/programs/$1

# make_root ARCH DIR
make_root() {
	mmdebstrap --quiet --variant=extract --architectures="$1" \
		--aptopt='APT::Install-Recommends "false"' \
		--include="$PACKAGES" "$SUITE" "$2" "${MIRROR:-$(mirror)}"
}

make_once "$root" "a tree of programs for $1 (60 MB to fetch)" "300 MB" "$PACKAGES" make_root "$1"
echo "$root"
