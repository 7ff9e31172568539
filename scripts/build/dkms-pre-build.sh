#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# dkms calls it (PRE_BUILD) where it is about to build the modules. It finds out
# what the kernel has, with which the build would begin. Where that tells that
# this version can't serve the kernel, it ends with 77, by which dkms from 3.2 on
# skips a kernel. Older ones go on, to a build that fails for the same reason; so
# does this where it is another one.
# usage: dkms-pre-build.sh KVER KDIR
set -u

kver=$1
kdir=$2
cd "$(dirname "$0")/../.." || exit 0
build=$PWD/build

if ! make -s -j "$(nproc)" BUILD="$build" KVER="$kver" KDIR="$kdir" probe &&
   [ -e "$build/$kver/src/compat/unserved" ]; then
	exit 77
fi
exit 0
