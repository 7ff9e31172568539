#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Says which kernel is built for where that is not obvious, and refuses one
# that has no headers, that can't be served, or that wants clang where there is
# none. LLVM is as for the kernel's own build.
# usage: headers-check.sh KVER KDIR RUNNING LLVM
set -eu

kver=$1
kdir=$2
running=$3
llvm=$4

# package KVER: what has its headers here
package() {
	(
		os=${MDEV_OS_RELEASE:-/etc/os-release}
		# shellcheck disable=SC1090 # nothing of ours
		[ ! -r "$os" ] || . "$os"
		for system in ${ID:-} ${ID_LIKE:-}; do
			case $system in
			debian) echo "the package linux-headers-$1 (or linux-headers-$(dpkg --print-architecture 2>/dev/null || echo amd64) for Debian's newest)" ;;
			ubuntu) echo "the package linux-headers-$1 (or linux-headers-generic for Ubuntu's newest)" ;;
			fedora|rhel) echo "the package kernel-devel-$1" ;;
			suse|opensuse*|sles) echo "the package kernel-default-devel" ;;
			*) continue ;;
			esac
			exit
		done
		echo "the package that has them"
	)
}

refuse() {
	echo "$1" >&2
	exit 1
}

if [ "$kdir" = "/lib/modules/$kver/build" ] && [ ! -e "$kdir/Makefile" ]; then
	wanted=${kver:-$running}
	refuse "No kernel headers for $wanted: install $(package "$wanted"), or name a directory with KDIR=."
fi
if [ -z "$kver" ] || [ ! -e "$kdir/Makefile" ] || [ ! -e "$kdir/include/config/auto.conf" ]; then
	refuse "$kdir is not a prepared kernel tree: name one with KDIR=, or, if it is a kernel's source, make modules_prepare there."
fi
if [ "$kver" != "$running" ] && [ "$kdir" = "/lib/modules/$kver/build" ]; then
	[ -e "/lib/modules/$running/build/Makefile" ] ||
		echo "The running kernel, $running, has no headers here: building for $kver."
fi
sh "$(dirname "$0")/kernel-fits.sh" "$kver" "$kdir"
if [ "$llvm" = 1 ] && ! command -v clang >/dev/null; then
	why="LLVM=1 asks for clang"
	! grep -qs '^CONFIG_CC_IS_CLANG=y' "$kdir/include/config/auto.conf" ||
		why="The kernel $kver was compiled by clang"
	echo "$why, which is not here: install clang, lld and llvm, or name others with LLVM=, as in LLVM=-19." >&2
	exit 1
fi
