# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The user's memory, pinned by many devices while it is unmapped, and unmapped by
# many threads at once.
# long: two minutes of a processor; guest-pages-race has the same rules under stress
# guest: memory=768M timeout=600

types=/sys/devices/platform/mdev_pages_test/mdev_supported_types
devices=/sys/bus/mdev/devices
uuids=
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
	uuids="$uuids 83b8f4f2-509f-382f-3c1e-e6bfe0fa10$i"
done
first=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
# Where VFIO's lock goes to those who wait for it in their order, each turn is one
# run of pages for each worker. Eight threads with 4096 scattered pages each need
# five of the ten turns on 6.1; on the checked kernel eight with 512 each were too
# many (2026-11-26).
if [ -e /proc/lockdep ]; then
	rounds=1 seconds=500 scattered=64
elif [ -e /sys/kernel/realtime ]; then
	rounds="1 2 3" seconds=500 scattered=64
else
	rounds="1 2 3" seconds=100 scattered=4096
fi

load mdev_pages_test

# pinned ORDER: sets fresh, how many devices could pin
pinned() {
	for uuid in $uuids; do
		echo "$uuid" >$types/mdev_pages_test-op/create
	done
	# shellcheck disable=SC2086 # a list
	shows '^1\.\.2$' "all checks pass" vfio-client pagefresh "$1" $uuids
	# shellcheck disable=SC2154 # out: shows sets it
	fresh=$(echo "$out" | sed -n 's/^# devices that pinned it meanwhile: //p')
	for uuid in $uuids; do
		echo 1 >$devices/"$uuid"/remove
	done
	is "all are gone" "$(ls $devices)" ""
}

for round in $rounds; do
	step "Devices that pin for the first time, round $round"
	pinned up
	up=$fresh
	pinned down
	[ "$fresh" -lt "$up" ] || fresh=$up
	ok "against VFIO's order at most four can" [ "$fresh" -le 4 ]
done

step "More threads than a workqueue has workers"
ok "a device" "echo $first > $types/mdev_pages_test-op/create"
shows '^1\.\.3$' "all checks pass" vfio-client pageflood $first 600 $seconds
step "Pages that VFIO unpins one by one"
shows '^1\.\.3$' "all checks pass" vfio-client pagescatter $first 3 $scattered $seconds
shows '^1\.\.3$' "all checks pass" vfio-client pagescatter $first 8 $scattered $seconds
within 60 "remove it" "echo 1 > $devices/$first/remove || [ ! -e $devices/$first ]"

step "Unloading"
settle
for module in mdev_pages_test vfio_mdev mdev; do
	ok "unload" rmmod $module
done
