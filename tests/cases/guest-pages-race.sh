# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The user's memory, from many threads: mapped, unmapped, pinned, unpinned, read,
# written, closed and removed, with no regard to each other. guest-pages-long does
# that for minutes.
#
# It shows how often VFIO waited in vain for one range, of the ten times that it
# may: six times at most on 5.10, 6.12 and the checked kernel, five on 6.1 and 7.3
# (2026-11-26).
# guest: memory=512M timeout=900
# shellcheck disable=SC2154 # job: start sets it

tracefs=/sys/kernel/tracing
types=/sys/devices/platform/mdev_pages_test/mdev_supported_types
devices=/sys/bus/mdev/devices
first=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
# A kernel with checkers is there for this; it takes 5 ms for a page.
if [ -e /proc/lockdep ]; then
	seconds=60 rounds=2 agains=50
else
	seconds=10 rounds=20 agains=500
fi

# watch_unmaps: how often VFIO waits for a range; at the twelfth time it stops
# the kernel
watch_unmaps() {
	grep -qw tracefs /proc/filesystems || return 0
	[ -d $tracefs/events ] || mount -t tracefs tracefs $tracefs
	echo 1 >$tracefs/events/vfio_mdev/vfio_mdev_unmap/enable
	: >$tracefs/trace
}

# unmaps_were_few: what came of it
unmaps_were_few() {
	if ! grep -qw tracefs /proc/filesystems; then
		skip "how often VFIO called" "this kernel has no tracing: tracefs is not in /proc/filesystems"
		return
	fi
	sed -n 's/.*vfio_mdev_unmap: .* waits=\([0-9]*\) .*/\1/p' $tracefs/trace |
		sort -n | uniq -c >/run/case/calls
	diag "how often VFIO waited, and for which time in a row: $(tr -s ' \n' ' ,' </run/case/calls)"
	most=$(awk 'END { print $2 + 0 }' /run/case/calls)
	ok "VFIO waited" [ "$most" -ge 1 ]
	ok "and never for the last time" [ "$most" -lt 11 ]
}

load mdev_pages_test

# both TYPE: two devices of the type
both() {
	ok "a device" "echo $first > $types/mdev_pages_test-$1/create"
	ok "and another" "echo $second > $types/mdev_pages_test-$1/create"
}

# remove_both: at once, whoever had them open has just been killed
remove_both() {
	for uuid in $first $second; do
		within 30 "remove it" "echo 1 > $devices/$uuid/remove || [ ! -e $devices/$uuid ]"
	done
}

# killed TYPE: the threads are killed in the midst of it
killed() {
	both "$1"
	for _ in 1 2 3; do
		start exec vfio-client pagestress $first $second 300 unlocked
		sleep 2
		run kill -9 "$job"
		wait "$job"
	done
	remove_both
}

# all WAY
all() {
	watch_unmaps
	step "$1: a driver that pins, and then notes what it has"
	both notifier
	shows '^1\.\.7$' "all checks pass" vfio-client pagestress $first $second $seconds unlocked
	remove_both
	step "$1: a driver that does both under one lock, with an op"
	both op
	shows '^1\.\.7$' "all checks pass" vfio-client pagestress $first $second $seconds locked
	remove_both
	step "$1: its user is killed"
	killed op
	step "$1: a page that is pinned again, as soon as it is let go"
	both op
	shows '^1\.\.3$' "all checks pass" vfio-client pageagain $first $second $agains
	unmaps_were_few
	remove_both
	is "no driver was said to leave pages" "$(dmesg | grep -c 'the driver .* left')" "${left:-0}"
	step "$1: a driver that leaves its pages, closed while they are unmapped"
	both notifier
	shows '^1\.\.1$' "all checks pass" vfio-client pageclose $first $rounds
	remove_both
	left=$(dmesg | grep -c 'the driver .* left')
}

by_each_way all

step "Unloading"
settle
for module in mdev_pages_test vfio_mdev mdev; do
	ok "unload" rmmod $module
done
