#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Turns the results of the probes into have.h (for C) and have.mk (for Kbuild).
# A probe may name functions that the kernel has to export beside declaring them:
#   /* exported: NAME... */  without one of them, the kernel lacks what it is about
#   /* needed: NAME... */    without one of them, the modules can't be built
#   /* needed otherwise: NAME... */    likewise, where the kernel lacks what it is about
# usage: have.sh COMPAT-FOLDER KVER KDIR PROBE...
set -eu

dir=$1
kver=$2
symbols=$3/Module.symvers
shift 3

# lacks WORD PROBE: the functions after WORD that the kernel does not export
lacks() {
	[ -e "$symbols" ] || return 0
	sed -n "s,^/\\* $1: \(.*\) \*/\$,\1,p" "$dir/probe/$2.c" | tr ' ' '\n' |
		while read -r name; do
			cut -f 2 "$symbols" | grep -qxF "$name" || echo "$name()"
		done
}

works() {
	[ -s "$dir/probe/$1.result" ] && [ -z "$(lacks exported "$1")" ]
}

# refuse REASON: nothing can be built
refuse() {
	echo "$1" >&2
	rm -f "$dir/probe/.probed"
	exit 1
}

# unserved REASON [MORE]: the kernel is one that can't be served; dkms-pre-build.sh
# reads it from there
unserved() {
	echo "mdev-dkms can't serve the kernel $kver: $1" >"$dir/unserved"
	refuse "$(cat "$dir/unserved")${2:+ $2}"
}

# why_not PROBE: the compiler's first error, or else the log's last line, as when the
# shell can't find the compiler
why_not() {
	grep -m 1 'error:' "$dir/probe/$1.log" || tail -n 1 "$dir/probe/$1.log" | grep . || echo "it says nothing"
}

compiler=$(cat "$dir/probe/compiler")
works must_compile ||
	refuse "The compiler $compiler can't build modules for $kver at all: $(why_not must_compile) (see $dir/probe/must_compile.log)."
! works must_fail ||
	refuse "The compiler $compiler takes anything for $kver: the probes of its API can't be trusted."

# first_error PROBE
first_error() { sed -n 's/.* error: //p' "$dir/probe/$1.log" | head -n 1; }

# knows API LAYOUT FILE: the kernel's own mdev has the first one's API, which FILE
# offers, and then must have the second one's structures
knows() {
	works "$1" || return 1
	works "$2" ||
		unserved "it has structures in its <linux/mdev.h> that this version does not know, so its own drivers might not work on our mdev.ko: $(first_error "$2"). What is known is in src/mdev/$3." \
			"See $dir/probe/$2.log."
}

knows mdev_register_parent mdev_parent_layout kernel_api.c ||
	knows mdev_driver_type_groups mdev_driver_layout compat/kernel_api_5_19.c ||
	knows mdev_ops_mtype mdev_ops_layout compat/kernel_api_5_13.c ||
	knows mdev_parent_ops mdev_parent_ops_layout compat/kernel_api_5_10.c ||
	! cut -f 3 "$symbols" 2>/dev/null | grep -q '^drivers/vfio/mdev/mdev$' ||
	unserved "its own mdev has an API in <linux/mdev.h> that this version does not know, so its own drivers would not load on our mdev.ko. A file src/mdev/compat/kernel_api_*.c would have to offer it."

: >"$dir/have.h.new"
: >"$dir/have.mk.new"
for probe; do
	needed="needed otherwise"
	if works "$probe"; then
		needed=needed
		echo "#define HAVE_$probe 1" >>"$dir/have.h.new"
		echo "HAVE_$probe := y" >>"$dir/have.mk.new"
	fi
	missing=$(lacks "$needed" "$probe" | paste -s -d ' ')
	[ -z "$missing" ] ||
		unserved "it declares $missing, which the modules need, but does not export it."
done
rm -f "$dir/unserved"

# have.h keeps its age if nothing changed, so that nothing is compiled again.
cmp -s "$dir/have.h.new" "$dir/have.h" || mv "$dir/have.h.new" "$dir/have.h"
rm -f "$dir/have.h.new"
mv "$dir/have.mk.new" "$dir/have.mk"
