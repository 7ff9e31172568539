#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# classic-samples.sh: the sample drivers for mdev of Linux 5.10 (mtty, mdpy,
# mbochs), written against struct mdev_parent_ops, built for another kernel with
# our headers. Their source is not touched; tests/classic/ has what is put in
# front of it. Prints the folder with the modules: $BUILD/KVER/classic-samples.
# Only the tests load them.
#
#   KVER              the kernel (default: that of the newest installed headers);
#                     our modules have been built for it
#   MDEV_SUITE_ROOT   a root of the Debian release that the kernel is of
#                     (default: this machine)
#   MIRROR            Debian's archive (default: where this machine's apt gets it
#                     from)
#
# The source is the package linux-source-5.10 of Debian 11, which apt fetches and
# checks with lists of its own. The samples are kept in $MDEV_CACHE/samples/.
#
# classic-samples.sh [VARIABLE=VALUE…]: for make, as ARCH= and CROSS_COMPILE=
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"
# shellcheck source=scripts/samples.sh
. "$(dirname "$0")/samples.sh"

# a make that called this is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL

PACKAGE=linux-source-5.10
SUITE=bullseye

KVER=${KVER:-$(newest_headers)}
for variable; do
	[[ $variable = *=* ]] || die "usage: classic-samples.sh [VARIABLE=VALUE…] (KVER= and MDEV_SUITE_ROOT= name the kernel)"
done
[ -n "$KVER" ] || die "no kernel headers are installed: apt-get install linux-headers-amd64"
out=$BUILD/$KVER/classic-samples
log=$BUILD/build-classic-samples-$KVER.log

# apt PROGRAM ARGUMENT…: apt-get or apt-cache with that release in $apt, beside
# what this machine has
apt() {
	local program=$1
	shift

	"$program" -q -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" \
		-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

# update_apt: makes $apt
update_apt() {
	mkdir -p "$apt"/{lists/partial,cache/archives/partial} || return 1
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${MIRROR:-$(mirror)} $SUITE main" \
		>"$apt/sources.list"
	apt apt-get update
}

tarball() {
	(cd "$apt" && apt apt-get download "$PACKAGE=$version") >&2 &&
		tarball_of "$apt" "$PACKAGE"
}

# get_source: sets source, the folder with the samples
get_source() {
	local version

	for source in "$CACHE/samples/${PACKAGE}"_*; do
		! are_whole "$source" || return 0
	done
	[ -n "${MIRROR:-$(mirror)}" ] ||
		die "apt's configuration names no archive of Debian; name one with MIRROR="
	apt=$(mktemp -d "$BUILD/apt.XXXXXX") || exit 1
	with_progress "fetching the lists of $SUITE" "$log" update_apt || {
		tail -n 5 "$log" >&2
		die "the lists of Debian's $SUITE could not be fetched, apt's last lines are above; is there a network?"
	}
	version=$(apt apt-cache show --no-all-versions "$PACKAGE" | sed -n 's/^Version: //p')
	[ -n "$version" ] || die "Debian's $SUITE has no $PACKAGE"
	keep_samples "$PACKAGE" "$version" "$log" tarball
}

build() {
	local options

	copy_samples "$out" || return 1
	# for the case, which looks whether they are as they were
	cp "$source/complete" "$out/original.sums" &&
		cp "$TOP/tests/classic/Kbuild" "$out/" || return 1
	sample_options "$out"
	in_suite make -C "/lib/modules/$KVER/build" --no-print-directory -j "$(nproc)" M="$out" \
		MDEV="$TOP" \
		KBUILD_EXTRA_SYMBOLS="$BUILD/$KVER/Module.symvers" \
		"${options[@]}" "$@" modules
}

apt=
trap 'end_ticker; [ -z "$apt" ] || rm -rf "$apt"' EXIT
trap 'exit 130' INT TERM HUP
[ -e "$BUILD/$KVER/Module.symvers" ] ||
	die "our own modules come first: make KVER=$KVER"
get_source
with_progress "building the samples of Linux 5.10 for $KVER" "$log" build "$@" || {
	tail -n 20 "$log" >&2
	die "the samples in $source can't be built for $KVER; the compiler's last lines are above, all of them in $log"
}
echo "$out"
