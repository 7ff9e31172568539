# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What guest-pages-race does for some seconds, for minutes: the user's memory from
# many threads, while one of the two devices is closed, removed and created.
# guest: memory=512M timeout=3000
# long: twelve minutes of two processors

types=/sys/devices/platform/mdev_pages_test/mdev_supported_types
devices=/sys/bus/mdev/devices
first=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002

# stress TYPE LOCKED
stress() {
	ok "a device" "echo $first > $types/mdev_pages_test-$1/create"
	ok "and another" "echo $second > $types/mdev_pages_test-$1/create"
	shows '^1\.\.7$' "all checks pass" vfio-client pagestress $first $second 180 "$2"
	for uuid in $first $second; do
		ok "remove it" "echo 1 > $devices/$uuid/remove"
	done
}

# all WAY
all() {
	step "$1: a driver that pins, and then notes what it has"
	stress notifier unlocked
	step "$1: a driver that does both under one lock, with an op"
	stress op locked
}

load mdev_pages_test
by_each_way all

step "Unloading"
settle
for module in mdev_pages_test vfio_mdev mdev; do
	ok "unload" rmmod $module
done
