#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system.sh [SUITE…]: the package in whole Debian systems, bookworm and trixie
# or the named ones; what "make check-system" calls. Each is booted, tested,
# rebooted and upgraded as tests/system/plan says; prove prints what came of it.
#
#   V=1    print each test, not only each topic
#   DEB    the package (default: what "make deb" builds)
#
# Kept in build/system/SUITE/: the disk, TOPIC.tap, and for each boot the
# console's log, boot-N.log.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"

# a make that called this is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL

[ "$HOST_ARCH" = amd64 ] || die "the systems are for amd64, and this machine is $HOST_ARCH"
suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie)
"$TOP/scripts/dev/install-deps.sh" guest check roots system || exit 1

# make_vm DIR: the VM that the tests boot in the guest; the script that it runs
# is put behind its initramfs
make_vm() {
	local kernel work=$1/vm.work

	kernel=$("$TOP/tests/kernels/vm-kernel.sh") || return 1
	"$TOP/tests/guest/initramfs.sh" --kernel-root "$kernel" --vm "$1/vm" &&
		mkdir -p "$work/lib" &&
		cp -r "$TOP/tests/lib" "$work/lib/tests" &&
		cp "$TOP/tests/system/vm.sh" "$work/script" &&
		(cd "$work" && find . | cpio -o -H newc --quiet) >>"$1/vm/initramfs" &&
		rm -r "$work"
}

# make_disks DIR ROOT: the system's disk, and a tar file as the second disk
make_disks() {
	mkdir -p "$1/tests/debs" &&
		cp -r "$TOP/tests/system/." "$TOP/tests/lib/tap.sh" "$1/tests/" &&
		cp "$DEB" "$1/tests/debs/" &&
		cp -r "$TOP/debian/tests" "$1/tests/autopkgtest" &&
		make_vm "$1/tests" &&
		tar -C "$1/tests" -cf "$1/tests.tar" . &&
		truncate -s 8G "$1/disk" &&
		mke2fs -q -F -t ext4 -d "$2" "$1/disk" &&
		rm -r "$1/tests"
}

# end_guest DIR: of a run that was cut short
end_guest() {
	local pid

	pid=$(cat "$1/qemu.pid" 2>/dev/null) || return 0
	rm -f "$1/qemu.pid"
	! grep -qszxF "DISK=$1/disk" "/proc/$pid/environ" || kill "$pid"
}

# check SUITE
check() {
	local suite=$1 dir=$BUILD/system/$1 root boot topic topics=()

	root=$("$TOP/tests/roots/system-root.sh" "$suite") || return 1
	rm -rf "$dir"
	mkdir -p "$dir/topics" || return 1
	with_progress "making the disk of $suite" "$dir/disk.log" make_disks "$dir" "$root" || {
		tail -n 5 "$dir/disk.log" >&2
		die "the disk could not be made, the last lines are above; is there 8 GB of room in $BUILD?"
	}
	while read -r boot topic; do
		ln -s "$TOP/tests/system/$topic.sh" "$dir/topics/$boot-$topic.sh"
		topics+=("$dir/topics/$boot-$topic.sh")
	done < <(grep -v '^#' "$TOP/tests/system/plan")

	say "testing the package in a Debian $suite; logs: $dir/"
	prove --timer --exec "$TOP/tests/run/system-topic.sh" \
		${verbose[@]+"${verbose[@]}"} "${topics[@]}"
}

verbose=()
[ "${V:-0}" = 0 ] || verbose=(--verbose)
DEB=${DEB:-$("$TOP/scripts/package/deb.sh")} || exit 1
[ -e "$DEB" ] || die "there is no package $DEB"

current=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	trap '' INT TERM HUP
	end_ticker
	[ -z "$current" ] || end_guest "$BUILD/system/$current"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

failed=()
for current in "${suites[@]}"; do
	check "$current" || failed+=("$current")
	end_guest "$BUILD/system/$current"
done
[ ${#failed[@]} = 0 ] || die "not all is well in: ${failed[*]}"
