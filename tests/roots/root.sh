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

# in_root ROOT COMMAND…: with ROOT as the root folder, and the checkout, the build
# folder and the cache in their places there. All that is mounted or started for
# it is gone with it.
in_root() {
	local root=$1 dir
	shift

	for dir in "$TOP" "$BUILD" "$CACHE"; do
		mkdir -p "$root$dir" || return 1
	done
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --pid --fork --kill-child bash -c '
		root=$1
		for dir in "$2" "$3" "$4"; do
			mount --bind "$dir" "$root$dir" || exit
		done
		shift 4
		mount -t proc proc "$root/proc" &&
			exec chroot "$root" env -i PATH="$PATH" LC_ALL=C.UTF-8 \
				DEBIAN_FRONTEND=noninteractive "$@"
	' in_root "$root" "$TOP" "$BUILD" "$CACHE" "$@"
}

# in_kernel_root COMMAND…: where the packages and the compiler for KVER are: in the root
# MDEV_SUITE_ROOT, or on this machine
in_kernel_root() {
	if [ -n "${MDEV_SUITE_ROOT:-}" ]; then
		in_root "$MDEV_SUITE_ROOT" "$@"
	else
		"$@"
	fi
}

# download DIR PACKAGE…: by apt, which compares them with the archive's checksums
download() {
	# shellcheck disable=SC2016 # for the shell there
	mkdir -p "$1" && in_kernel_root sh -c \
		'cd "$1" && shift && exec apt-get -q -o APT::Sandbox::User=root download "$@"' download "$@"
}

# download_from SUITE DIR PACKAGE…: likewise, of a Debian release that this machine's
# apt need not know, with lists of its own
download_from() {
	local suite=$1 dir=$2 options
	shift 2
	options=(-q -o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache"
		-o Dir::Etc::SourceList="$dir/apt/sources" -o Dir::Etc::SourceParts=/dev/null
		-o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)")

	mkdir -p "$dir/apt/"{lists/partial,cache/archives/partial} &&
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${MIRROR:-$(mirror)} $suite main" \
			>"$dir/apt/sources" &&
		apt-get "${options[@]}" update &&
		(cd "$dir" && apt-get "${options[@]}" -t "$suite" download "$@")
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

# make_once DIR WHAT ROOM VERSION COMMAND…: makes the folder DIR by COMMAND DIR.tmp,
# unless it is there, whole and of this VERSION. WHAT it is and how much ROOM it
# takes go into messages; what COMMAND prints goes to DIR.log. Takes fd 8. COMMAND is
# mostly a function of the caller's, and sees the caller's variables: ours have
# names of their own.
make_once() {
	local once_dir=$1 once_what=$2 once_room=$3 once_version=$4 once_on_exit once_mb
	shift 4

	! is_whole "$once_dir" "$once_version" || return 0
	mkdir -p "${once_dir%/*}" || exit 1
	once_mb=${once_room% *}
	[ "${once_room#* }" != GB ] || once_mb=${once_mb}000
	need_room "$once_mb" "$CACHE" "making $once_what"
	exec 8>"$once_dir.lock"
	if ! flock -n 8; then
		say "somebody else is making $once_what: waiting"
		flock 8
	fi
	if ! is_whole "$once_dir" "$once_version"; then
		# of another version, or cut short
		rm -rf --one-file-system "$once_dir.tmp" "$once_dir"
		once_on_exit=$(trap -p EXIT)
		# shellcheck disable=SC2064 # that folder, even where dir is another one by then
		trap "trap '' INT TERM HUP; end_ticker; rm -rf --one-file-system '$once_dir.tmp'" EXIT
		trap 'exit 130' INT TERM HUP
		# without our caller's files: mmdebstrap hands a number of the next
		# free one to a shell, which takes numbers of one digit only
		with_progress "making $once_what" "$once_dir.log" "$@" "$once_dir.tmp" 3>&- 4>&- 5>&- 6>&- 7>&- || {
			tail -n 20 "$once_dir.log" >&2
			die "$once_what could not be made, the last lines are above, all of them in $once_dir.log; is there a network, and $once_room of room in $CACHE?"
		}
		echo "$once_version" >"$once_dir.tmp/complete"
		mv "$once_dir.tmp" "$once_dir" || exit 1
		eval "${once_on_exit:-trap - EXIT}"
	fi
	exec 8>&-
}

# make_tree_once: the same where COMMAND is mmdebstrap
make_tree_once() {
	if ! is_whole "$1" "$4"; then
		need_mirror
		command -v mmdebstrap >/dev/null ||
			die "making $2 takes mmdebstrap, which is not installed: apt-get install mmdebstrap"
	fi
	make_once "$@"
}

# make_root_once: the same where it needs root's rights
make_root_once() {
	is_whole "$1" "$4" || need_root_rights "making $2"
	make_tree_once "$@"
}

# is_whole DIR VERSION: "complete" comes with the rename; without it, a run was
# cut short
is_whole() { [ -e "$1/complete" ] && [ "$(<"$1/complete")" = "$2" ]; }

# need_root_rights WHAT
need_root_rights() {
	[ "$(id -u)" = 0 ] ||
		die "$1 takes root's rights: run it once with sudo"
	need_mirror
}

need_mirror() {
	[ -n "${MIRROR:-$(mirror)}" ] ||
		die "apt's configuration names no archive of Debian; name one with MIRROR="
}
