# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Words for the cases in tests/build/: copies of the kernel's headers to be
# changed, and what make says to them. Every copy and every build is in $work,
# which goes with the case.

# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

work=$PWD
kdir=$(readlink -f "/lib/modules/$KVER/build")

# Debian splits the headers: what all flavours share is in a folder that the
# flavour's Makefile includes.
common=$(sed -n 's,^include  *\(/.*\)/Makefile$,\1,p' "$kdir/Makefile")

# copy FROM TO: with links that lead to the same places as before
copy() {
	local link

	cp -a "$1" "$2" || exit 1
	find "$2" -type l | while read -r link; do
		ln -sfn "$(readlink -f "$1/${link#"$2"/}")" "$link"
	done
}

# copy_headers NAME: a copy of them in $work/NAME; sets $copy to it, and
# $headers to what holds include/linux there. Files are shared with the other
# copies until they are changed.
copy_headers() {
	if [ ! -e "$work/kdir" ]; then
		[ -z "$common" ] || copy "$common" "$work/common"
		copy "$kdir" "$work/kdir"
	fi
	copy=$work/$1/kdir
	headers=$copy
	mkdir -p "$work/$1/build" && cp -al "$work/kdir" "$copy" || exit 1
	if [ -n "$common" ]; then
		headers=$work/$1/common
		cp -al "$work/common" "$headers" || exit 1
		sed -i "s,$common,$headers,g" "$copy/Makefile"
	fi
}

# edit FILE SED-SCRIPT: changes a header; a case ends if it does not, for then
# it would test nothing
edit() {
	sed -i.before -E "$2" "$1" || exit 1
	if cmp -s "$1" "$1.before"; then
		fail "$(basename "$1") can be changed by: $2"
		exit 1
	fi
}

# built: the folder with the modules for the headers as they are. "make check"
# has built them before any case runs; the case rebuild tests that build.
built=$BUILD/$KVER
ok_built() { ok "the modules are built" test -s "$built/src/vfio_mdev/vfio_mdev.ko"; }

# make_for COPY [VARIABLE=VALUE…] TARGET: make in $work/COPY/build
make_for() {
	local name=$1
	shift

	make -C "$TOP" --no-print-directory -j "$(nproc)" BUILD="$work/$name/build" \
		KVER="$KVER" KDIR="$work/$name/kdir" "$@"
}

# build_for COPY [VARIABLE=VALUE…]: the modules
build_for() { make_for "$@" modules; }

# for make: less to compile, where nobody looks at it
no_debug=KCFLAGS=-g0

# quickly_for COPY [VARIABLE=VALUE…]: the same so, and without mdev_sim, for cases
# about the core and the bridge
quickly_for() { build_for "$@" $no_debug CONFIG_CONFIGFS_FS=; }

# for make: asks what is about mdev only, of what the probes ask. That saves time.
mdev_probes=$(cd "$TOP" && echo src/compat/probe/{must,mdev}_*.c)
# shellcheck disable=SC2034,SC2086 # for the cases; several
mdev_only=("SOURCES=Kbuild src/compat/probe/Kbuild src/compat/probe/layout.h $mdev_probes"
	"PROBES=$(basename -s .c -a $mdev_probes | paste -sd ' ')")

# what make says of a kernel that lacks something, and has the modules nevertheless
# shellcheck disable=SC2034 # for the cases
{
sentence_configfs="^mdev_sim.ko is not built: the kernel $KVER has no configfs"
sentence_backend="^Mediated devices can be created on the kernel $KVER, but not opened: its VFIO has no IOMMU backend"
}

# refuses REGEX NAME DESCRIPTION [VARIABLE=VALUE…]: make says why in one
# sentence, and has compiled nothing
refuses() {
	local want=$1 name=$2 title=$3
	shift 3

	run build_for "$name" "$@"
	if [ "$status" = 0 ] || ! echo "$err" | grep -qE -e "$want"; then
		fail "$title"
		diag "  expected: an error and \"$want\""
		return
	fi
	is "$title" "$(echo "$err" | grep -cvE '^make|^The running kernel')" 1
	is "and nothing was compiled" "$(find "$work/$name/build" -name '*.o' -o -name '*.ko')" ""
}
