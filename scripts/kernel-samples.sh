#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-samples.sh: the kernel's own sample drivers for mdev (mtty, mdpy,
# mbochs), built as they are in the kernel's source. Prints the folder with
# the modules: $BUILD/KVER/kernel-samples. Only the tests load them.
#
#   KVER              the kernel (default: that of the newest installed headers);
#                     our modules have been built for it
#   MDEV_SUITE_ROOT   a root of the Debian release that the kernel is of
#                     (default: this machine)
#
# The source is Debian's package linux-source-…, of the version that the
# headers have. It is unpacked, never installed, and of it the samples are
# kept, in $MDEV_CACHE/samples/. Where a kernel has no dma-buf there is, instead
# of mbochs.ko, a file mbochs.lacks that says so.
#
# kernel-samples.sh [VARIABLE=VALUE…]: for make, as ARCH= and CROSS_COMPILE=
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"

# a make that called this is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL

KVER=${KVER:-$(newest_headers)}
for variable; do
	[[ $variable = *=* ]] || die "usage: kernel-samples.sh [VARIABLE=VALUE…] (KVER= and MDEV_SUITE_ROOT= name the kernel)"
done
[ -n "$KVER" ] || die "no kernel headers are installed: apt-get install linux-headers-amd64"

suite_root=${MDEV_SUITE_ROOT:-}
debs=/var/tmp/kernel-samples.$$
out=$BUILD/$KVER/kernel-samples
log=$BUILD/build-samples-$KVER.log

# in_suite COMMAND…: where the release's packages are known
in_suite() {
	if [ -n "$suite_root" ]; then
		in_root "$suite_root" "$@"
	else
		"$@"
	fi
}

# version_of PACKAGE: as it is installed
version_of() {
	# shellcheck disable=SC2016 # for dpkg-query
	in_suite dpkg-query -W -f '${source:Version}' "$1" 2>/dev/null
}

# find_package: sets package and version. The source that the headers were made
# of has their version; where the archive has it no longer, or headers of another
# architecture are only unpacked, it is the newest that is called the same.
find_package() {
	package=linux-source-$(printf '%s' "$KVER" | grep -oE '^[0-9]+\.[0-9]+')
	version=$(version_of "linux-headers-$KVER")
	[ -n "$version" ] && in_suite apt-cache show "$package=$version" >/dev/null 2>&1 && return
	version=$(in_suite apt-cache show --no-all-versions "$package" 2>/dev/null |
		sed -n 's/^Version: //p')
	[ -n "$version" ]
}

# tarball DIR: the packed source on stdout; DIR is for the download
tarball() {
	local file=/usr/src/$package.tar.xz

	if [ "$(version_of "$package")" = "$version" ] && [ -e "$suite_root$file" ]; then
		cat "$suite_root$file"
		return
	fi
	# shellcheck disable=SC2016 # for the shell there
	in_suite sh -c 'cd "$1" && apt-get -q -o APT::Sandbox::User=root download "$2"' \
		download "$1" "$package=$version" >&2 || return 1
	dpkg-deb --fsys-tarfile "$suite_root$1/$package"_*.deb |
		tar -xO "./usr/src/$package.tar.xz"
}

# unpack DIR: the samples in DIR, and their checksums as DIR/complete
unpack() {
	mkdir -p "$1" "$suite_root$debs" || return 1
	tarball "$debs" | tar -xJ -C "$1" --strip-components=3 --wildcards \
		'*/samples/vfio-mdev/*' || return 1
	(cd "$1" && sha256sum mtty.c mdpy.c mbochs.c ./*.h Makefile >"$1.sums") &&
		mv "$1.sums" "$1/complete"
}

# get_source: sets source, the folder with the samples
get_source() {
	source=$suite_root$(readlink "$suite_root/lib/modules/$KVER/build")/samples/vfio-mdev
	# a kernel of one's own is built in its whole source
	[ ! -e "$source/mtty.c" ] || return 0

	find_package ||
		die "apt knows no package $package, and the samples come from there: apt-get update"
	source=$CACHE/samples/${package}_$version
	mkdir -p "$CACHE/samples" || exit 1
	exec 9>"$CACHE/samples/lock"
	flock 9
	# without "complete" a run was cut short; its sums tell of a damaged file
	if ! (cd "$source" && sha256sum --quiet --strict -c complete) >/dev/null 2>&1; then
		rm -rf "$source" "$CACHE/samples/tmp"
		with_progress "fetching the samples of $package $version (150 MB)" \
			"$log" unpack "$CACHE/samples/tmp" || {
			tail -n 5 "$log" >&2
			die "the samples of $package could not be unpacked, the last lines are above, all of them in $log; is there a network, and 300 MB of room?"
		}
		mv "$CACHE/samples/tmp" "$source" || exit 1
	fi
	exec 9>&-
}

# build: by the samples' own Makefile
build() {
	local file kdir=/lib/modules/$KVER/build options=()

	mkdir -p "$out" || return 1
	# if it fails there shall be none from before
	rm -f "$out"/*.ko "$out"/*.lacks
	# kbuild writes beside the sources, and the cache is not there in a root
	for file in "$source"/{Makefile,*.[ch]}; do
		cmp -s "$file" "$out/${file##*/}" || cp "$file" "$out/" || return 1
	done
	# Where the kernel has an mdev of its own they are built for that one, as
	# all that was built without ours in mind.
	if ! in_suite grep -q 'drivers/vfio/mdev/mdev' "$kdir/Module.symvers"; then
		options=(KBUILD_EXTRA_SYMBOLS="$BUILD/$KVER/Module.symvers")
	fi
	options+=(CONFIG_SAMPLE_VFIO_MDEV_MTTY=m CONFIG_SAMPLE_VFIO_MDEV_MDPY=m)
	if in_suite grep -qw dma_buf_export "$kdir/Module.symvers"; then
		options+=(CONFIG_SAMPLE_VFIO_MDEV_MBOCHS=m)
	else
		echo "no dma-buf: the kernel exports no dma_buf_export()" >"$out/mbochs.lacks"
	fi
	in_suite make -C "$kdir" --no-print-directory -j "$(nproc)" M="$out" \
		"${options[@]}" "$@" modules
}

trap 'end_ticker; rm -rf "$suite_root$debs"' EXIT
trap 'exit 130' INT TERM HUP
[ -e "$BUILD/$KVER/Module.symvers" ] ||
	die "our own modules come first: make KVER=$KVER"
get_source
with_progress "building the kernel's samples for $KVER" "$log" build "$@" || {
	tail -n 20 "$log" >&2
	die "the samples in $source can't be built for $KVER; the compiler's last lines are above, all of them in $log"
}
echo "$out"
