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
# headers have. The samples are kept in $MDEV_CACHE/samples/.
#
# kernel-samples.sh [VARIABLE=VALUE…]: for make, as ARCH= and CROSS_COMPILE=
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"
# shellcheck source=tests/kernels/samples.sh
. "$TOP/tests/kernels/samples.sh"

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

	mkdir -p "$suite_root$1" || return 1
	if [ "$(version_of "$package")" = "$version" ] && [ -e "$suite_root$file" ]; then
		cat "$suite_root$file"
		return
	fi
	# shellcheck disable=SC2016 # for the shell there
	in_suite sh -c 'cd "$1" && apt-get -q -o APT::Sandbox::User=root download "$2"' \
		download "$1" "$package=$version" >&2 || return 1
	tarball_of "$suite_root$1" "$package"
}

# get_source: sets source, the folder with the samples
get_source() {
	source=$suite_root$(readlink "$suite_root/lib/modules/$KVER/build")/samples/vfio-mdev
	# a kernel of one's own is built in its whole source
	[ ! -e "$source/mtty.c" ] || return 0

	find_package ||
		die "apt knows no package $package, and the samples come from there: apt-get update"
	keep_samples "$package" "$version" "$log" tarball "$debs"
}

# build: by the samples' own Makefile
build() {
	local kdir=/lib/modules/$KVER/build options

	copy_samples "$out" || return 1
	sample_options "$out"
	# Where the kernel has an mdev of its own they are built for that one, as
	# all that was built without ours in mind.
	if ! in_suite grep -q 'drivers/vfio/mdev/mdev' "$kdir/Module.symvers"; then
		options+=(KBUILD_EXTRA_SYMBOLS="$BUILD/$KVER/Module.symvers")
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
