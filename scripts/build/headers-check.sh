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

if [ -z "$kver" ] || [ ! -e "$kdir/Makefile" ]; then
	wanted=${kver:-$running}
	echo "No kernel headers for $wanted: install the package linux-headers-$wanted (or linux-headers-amd64 for Debian's newest), or name a directory with KDIR=." >&2
	exit 1
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
