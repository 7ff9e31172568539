#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# foreign.sh ARCH: programs of another architecture than this machine's, for
# guests of that one. Prints the folder that they are in, a tree with what they
# need of Debian 12; its packages are unpacked there, not installed. It is made
# once and kept in $MDEV_CACHE.
#
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"

SUITE=bookworm
PACKAGES=busybox-static,pciutils,pci.ids,setserial,tree

case ${1:-} in
arm64) PACKAGES+=,qemu-system-arm ;;
*) die "usage: foreign.sh arm64" ;;
esac
root=$CACHE/programs/$1
tmp=$root.tmp
log=$root.log

# The list comes with the rename: without it a run was cut short.
complete() { [ "$(cat "$root/complete" 2>/dev/null)" = "$PACKAGES" ]; }

make_root() {
	mmdebstrap --quiet --variant=extract --architectures="$1" \
		--aptopt='APT::Install-Recommends "false"' \
		--include="$PACKAGES" "$SUITE" "$2" "${MIRROR:-$(mirror)}"
}

trap end_ticker EXIT
trap 'exit 130' INT TERM HUP
if ! complete; then
	need_root_rights "unpacking programs for $1"
	mkdir -p "$CACHE/programs" || exit 1
	exec 8>"$root.lock"
	flock 8
fi
if ! complete; then
	rm -rf --one-file-system "$tmp" "$root"
	with_progress "fetching and unpacking programs for $1 (60 MB)" "$log" make_root "$1" "$tmp" || {
		tail -n 5 "$log" >&2
		die "the programs for $1 could not be unpacked, the last lines are above, all of them in $log; is there a network, and 300 MB of room in $CACHE?"
	}
	echo "$PACKAGES" >"$tmp/complete"
	mv "$tmp" "$root" || exit 1
fi
echo "$root"
