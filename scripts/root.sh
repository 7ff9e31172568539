# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Roots of Debian releases, to build in with their own compilers. Sourced
# after common.sh.

# archive_of REGEX: the first one that apt knows, in either of its formats,
# whose address matches
archive_of() {
	cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list \
		/etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p
			 s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' |
		grep -E "$1" | head -n 1
}

# Debian itself, and its security updates
mirror() { archive_of '/debian/?$'; }
security_mirror() { archive_of '/debian-security/?$'; }

# in_root ROOT COMMAND…: with ROOT as the root folder, and the checkout and
# the build folder in their places there. All that is mounted or started for it
# is gone with it.
in_root() {
	local root=$1 dir
	shift

	for dir in "$TOP" "$BUILD"; do
		mkdir -p "$root$dir" || return 1
	done
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --pid --fork --kill-child bash -c '
		root=$1 top=$2 build=$3
		shift 3
		mount --bind "$top" "$root$top" &&
			mount --bind "$build" "$root$build" &&
			mount -t proc proc "$root/proc" &&
			exec chroot "$root" env -i PATH="$PATH" LC_ALL=C.UTF-8 \
				DEBIAN_FRONTEND=noninteractive "$@"
	' in_root "$root" "$TOP" "$BUILD" "$@"
}

# build_in_root ROOT KVER TARGET…: make in the checkout, with the root's tools
build_in_root() {
	local root=$1 kver=$2 log=$BUILD/build-$2.log
	shift 2

	with_progress "building the modules for $kver" "$log" \
		in_root "$root" make -C "$TOP" -j "$(nproc)" --no-print-directory \
		BUILD="$BUILD" KVER="$kver" "$@" && return
	tail -n 30 "$log" >&2
	die "the modules can't be built for $kver; the compiler's last lines are above, all of them in $log"
}

# need_root_rights WHAT
need_root_rights() {
	[ "$(id -u)" = 0 ] ||
		die "$1 takes root's rights: run it once with sudo"
	command -v mmdebstrap >/dev/null ||
		die "$1 takes mmdebstrap, which is not installed: apt-get install mmdebstrap"
	[ -n "${MIRROR:-$(mirror)}" ] ||
		die "apt's configuration names no archive of Debian; name one with MIRROR="
}
