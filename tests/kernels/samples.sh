#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# samples.sh kernel | 5.10 | bench | ccw [VARIABLE=VALUE…]: sample drivers for mdev
# (mtty, mdpy, mbochs) from a kernel's source, not a line of it changed, built for the
# tests. Prints the folder with the modules: $BUILD/KVER/samples-kernel, -5.10, …
#
#   kernel  those of the kernel itself, from Debian's package linux-source-… of the
#           version that its headers have
#   5.10    those of Linux 5.10, written against struct mdev_parent_ops, built with
#           our headers; tests/kernels/samples-5.10/ is put in front of them. The
#           source is Debian 11's; apt fetches it with lists of its own.
#   bench   the kernel's own with one line changed, for "make bench": mtty has room for
#           65536 ports. Shows the change.
#   ccw     for s390x: no samples, but the kernel's own core, and its drivers vfio_ccw
#           and vfio_ap, from the same package; Debian's kernel has none of them.
#           tests/kernels/samples-ccw/ builds them
#
#   KVER              the kernel (default: that of the newest installed headers);
#                     our modules have been built for it
#   KERNEL_TREE       the kernel's source, in which it is built (default: its
#                     headers, and Debian's source)
#   MDEV_SUITE_ROOT   a root of the Debian release that the kernel is of
#                     (default: this machine)
#   MIRROR            Debian's archive (default: where this machine's apt gets it)
#
# The VARIABLEs are for make, as ARCH= and CROSS_COMPILE=.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

whose=${1:-}
case $whose in
kernel|5.10|bench|ccw) shift ;;
*) die "usage: samples.sh kernel | 5.10 | bench | ccw [VARIABLE=VALUE…]" ;;
esac
KVER=${KVER:-$(newest_headers)}
[ -n "$KVER" ] || die "no kernel headers are installed: apt-get install linux-headers-amd64"
[ -e "$BUILD/$KVER/Module.symvers" ] || die "our own modules come first: make KVER=$KVER"
kdir=${KERNEL_TREE:-/lib/modules/$KVER/build}
out=$BUILD/$KVER/samples-$whose
log=$BUILD/build-samples-$whose-$KVER.log

# unpack_source DIR COMMAND TAR-OPTION…: what these options name of the package that
# COMMAND DIR/debs downloads
unpack_source() {
	local dir=$1 debs=$1/debs

	mkdir -p "$debs" && "$2" "$debs" &&
		dpkg-deb --fsys-tarfile "$debs/$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ -C "$dir" --wildcards "${@:3}" &&
		rm -r "$debs"
}

# unpack COMMAND DIR: the samples
unpack() {
	unpack_source "$2" "$1" --strip-components=3 '*/samples/vfio-mdev/*' &&
		(cd "$2" && sha256sum mtty.c mdpy.c mbochs.c ./*.h Makefile >sums)
}
unpack_ccw() {
	unpack_source "$1" download_kernels --strip-components=1 \
		'*/drivers/vfio/mdev/*' '*/drivers/s390/cio/*' '*/drivers/s390/crypto/*'
}
download_5_10() { download_from bullseye "$1" "$package"; }
download_kernels() { download "$1" "$package=$source_version"; }

# get_source: sets source, the folder with the samples
get_source() {
	local about="(150 MB to fetch)"

	if [ "$whose" = 5.10 ]; then
		package=linux-source-5.10
		source=$CACHE/samples/$package
		make_once "$source" "the samples of Linux 5.10 $about" "300 MB" "" unpack download_5_10
		return
	fi
	# a kernel of one's own is built in its whole source
	source=${KERNEL_TREE:-${MDEV_SUITE_ROOT:-}$(readlink "${MDEV_SUITE_ROOT:-}$kdir")}/samples/vfio-mdev
	[ ! -e "$source/mtty.c" ] || return 0
	# the version of the headers; where the archive has it no longer, or those of
	# another architecture are only unpacked, the newest that is called the same
	package=linux-source-$(printf '%s' "$KVER" | grep -oE '^[0-9]+\.[0-9]+')
	# shellcheck disable=SC2016 # for dpkg-query
	source_version=$(in_kernel_root dpkg-query -W -f '${source:Version}' "linux-headers-$KVER" 2>/dev/null)
	if [ -z "$source_version" ] || ! in_kernel_root apt-cache show "$package=$source_version" >/dev/null 2>&1; then
		source_version=$(in_kernel_root apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p')
	fi
	[ -n "$source_version" ] ||
		die "apt knows no package $package, and the samples come from there: apt-get update"
	if [ "$whose" = ccw ]; then
		source=$CACHE/samples/$package-$source_version-ccw
		make_once "$source" "vfio_ccw of $package $source_version $about" "300 MB" "" unpack_ccw
		return
	fi
	source=$CACHE/samples/$package-$source_version
	make_once "$source" "the samples of $package $source_version $about" "300 MB" "" unpack download_kernels
}

# more_ports FILE: of mtty, in a copy of its source
more_ports() {
	sed 's/^\(#define MAX_MTTYS[[:space:]]*\)24$/\165536/' "$source/mtty.c" >"$1.new" || return 1
	! cmp -s "$source/mtty.c" "$1.new" ||
		die "$source/mtty.c has no limit of 24 ports to raise"
	cmp -s "$1" "$1.new" || cp "$1.new" "$1"
	rm "$1.new"
}

# make_modules VARIABLE=VALUE…: in $out
make_modules() {
	in_kernel_root make -C "$kdir" --no-print-directory -j "$(nproc)" M="$out" "$@" modules
}

# build_ccw [VARIABLE=VALUE…]: likewise in a copy
build_ccw() {
	rm -rf "$out" && cp -r "$source" "$out" &&
		cp "$TOP/tests/kernels/samples-ccw/Kbuild" "$out/" || return 1
	make_modules "$@"
}

# build [VARIABLE=VALUE…]: by the samples' own Makefile, in a copy, since kbuild
# writes there. Of what was built before nothing stays, to be taken for new if it
# fails. Where the kernel has no dma-buf, mbochs.lacks says so instead of mbochs.ko.
build() {
	local file options=(CONFIG_SAMPLE_VFIO_MDEV_MTTY=m CONFIG_SAMPLE_VFIO_MDEV_MDPY=m)

	if [ "$whose" = ccw ]; then
		build_ccw "$@"
		return
	fi
	mkdir -p "$out" && rm -f "$out"/*.ko "$out"/*.lacks || return 1
	for file in "$source"/{Makefile,*.[ch]}; do
		if [ "$whose-${file##*/}" = bench-mtty.c ]; then
			more_ports "$out/mtty.c"
		else
			cmp -s "$file" "$out/${file##*/}" || cp "$file" "$out/"
		fi || return 1
	done
	if in_kernel_root grep -qw dma_buf_export "$kdir/Module.symvers"; then
		options+=(CONFIG_SAMPLE_VFIO_MDEV_MBOCHS=m)
	else
		echo "no dma-buf: the kernel exports no dma_buf_export()" >"$out/mbochs.lacks"
	fi
	if [ "$whose" = 5.10 ]; then
		# the sums are for the case, which looks whether nothing was changed
		cp "$source/sums" "$TOP/tests/kernels/samples-5.10/Kbuild" "$out/" || return 1
		options+=(MDEV="$TOP")
	fi
	# Where the kernel has an mdev of its own its samples are built for that one,
	# as all that was built without ours in mind.
	if [ "$whose" = 5.10 ] || ! in_kernel_root grep -q 'drivers/vfio/mdev/mdev' "$kdir/Module.symvers"; then
		options+=(KBUILD_EXTRA_SYMBOLS="$BUILD/$KVER/Module.symvers")
	fi
	make_modules "${options[@]}" "$@"
}

trap end_ticker EXIT
trap 'exit 130' INT TERM HUP
get_source
with_progress "building the samples ($whose) for $KVER" "$log" build "$@" || {
	tail -n 20 "$log" >&2
	die "the samples in $source can't be built for $KVER; the compiler's last lines are above, all of them in $log"
}
[ "$whose" != bench ] || diff -U 0 --label mtty.c --label mtty.c "$source/mtty.c" "$out/mtty.c" >&2
echo "$out"
