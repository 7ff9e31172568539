#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Turns the results of the probes into have.h (for C) and have.mk (for Kbuild).
# usage: have.sh COMPAT-FOLDER KVER PROBE...
set -eu

dir=$1
kver=$2
shift 2

works() {
	[ -s "$dir/probe/$1.result" ]
}

# refuse REASON: nothing can be built
refuse() {
	echo "$1" >&2
	rm -f "$dir/probe/.probed"
	exit 1
}

works must_compile ||
	refuse "The compiler can't build modules for $kver at all: see $dir/probe/must_compile.log."
! works must_fail ||
	refuse "The compiler takes anything for $kver: the probes of its API can't be trusted."
# dkms-pre-build.sh reads this one from "unserved"
if works mdev_register_parent && ! works mdev_parent_layout; then
	echo "mdev-dkms can't serve the kernel $kver: it has structures in its <linux/mdev.h> that this version does not know, so its own drivers might not work on our mdev.ko." >"$dir/unserved"
	refuse "$(cat "$dir/unserved") See $dir/probe/mdev_parent_layout.log."
fi
rm -f "$dir/unserved"

: >"$dir/have.h.new"
: >"$dir/have.mk.new"
for probe; do
	works "$probe" || continue
	echo "#define HAVE_$probe 1" >>"$dir/have.h.new"
	echo "HAVE_$probe := y" >>"$dir/have.mk.new"
done

# have.h keeps its age if nothing changed, so that nothing is compiled again.
cmp -s "$dir/have.h.new" "$dir/have.h" || mv "$dir/have.h.new" "$dir/have.h"
rm -f "$dir/have.h.new"
mv "$dir/have.mk.new" "$dir/have.mk"
