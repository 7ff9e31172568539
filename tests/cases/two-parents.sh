# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# UUIDs are unique across all parents; apart from that parents do not concern
# each other.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

mtty=/sys/devices/virtual/mtty/mtty/mdev_supported_types
parent0=/sys/devices/virtual/mdev_test/mdev_test0
parent1=/sys/devices/virtual/mdev_test/mdev_test1
set=/sys/module/mdev_test/parameters
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
mdev=/sys/bus/mdev/devices/$uuid

load mtty mdev_test

step "Two make a device of one UUID at once, 200 times"
# race TYPES TYPES: sets $winners, and what is wrong with the result, if something is
race() {
	(echo $uuid >"$1/create") 2>/run/case/first & first=$!
	(echo $uuid >"$2/create") 2>/run/case/second & second_one=$!
	wait $first; first=$?
	wait $second_one; second_one=$?
	case $first$second_one in
	01) won=$1 lost=second ;;
	10) won=$2 lost=first ;;
	*) wrong="$wrong both:$first$second_one"; return ;;
	esac
	grep -q "File exists" /run/case/$lost || wrong="$wrong $(cat /run/case/$lost)"
	[ "$(readlink -f $mdev/mdev_type)" = "$won" ] || wrong="$wrong winner"
	[ "$(find "$1/devices" "$2/devices" -name $uuid | wc -l)" = 1 ] || wrong="$wrong links"
	[ "$won" != "$1" ] || firsts=$((firsts + 1))
}
# races TYPES TYPES: 100 of them
races() {
	wrong='' firsts=0
	for _ in $(seq 100); do
		race "$1" "$2"
		quietly "echo 1 > $mdev/remove"
	done
	diag "the first one won $firsts times"
	is "always just one succeeds, the other gets EEXIST" "$wrong" ""
}
races $parent0/mdev_supported_types/mdev_test-a $parent1/mdev_supported_types/mdev_test-a
races $mtty/mtty-1 $parent1/mdev_supported_types/mdev_test-b
gives "" "no device is left" ls /sys/bus/mdev/devices
for parent in $parent0 $parent1; do
	gives 8 "no instance is lost" cat "$parent"/mdev_supported_types/mdev_test-a/available_instances
	gives "$(cat "$parent/counters/creates")" "as many were removed as created" cat "$parent/counters/removes"
done
gives 24 "none of the other driver's either" cat $mtty/mtty-1/available_instances

# long enough for all that is done meanwhile, on a kernel with checkers, too
delay=10000
[ ! -e /proc/lockdep ] || delay=30000
step "A parent whose driver takes its time to create"
run "echo $delay > $set/create_delay_ms"
start "echo $uuid > $parent0/mdev_supported_types/mdev_test-a/create"
waits_in test_create "it is busy with it"
fails "the device can't be seen yet" "ls $mdev"
fails_with EEXIST "but has its UUID" "echo $uuid > $mtty/mtty-1/create"
ok "another parent creates a device" "echo $second > $mtty/mtty-2/create"
gives success "a user uses it" vfio-client open $second
ok "and it is removed" "echo 1 > /sys/bus/mdev/devices/$second/remove"
run "echo 0 > $set/create_delay_ms"
ok "another one of the same driver creates one" \
	"echo $second > $parent1/mdev_supported_types/mdev_test-a/create"
ok "and so does the same parent" \
	"new_uuid > $parent0/mdev_supported_types/mdev_test-a/create"
shows test_create "the first one still is" cat /proc/$job/stack
ok "it succeeds" wait $job
ok "its device is there" ls $mdev/driver/

step "A parent whose driver takes its time to remove"
run "echo $delay > $set/remove_delay_ms"
start "echo 1 > $mdev/remove"
waits_in test_remove "it is busy with it"
fails_with EEXIST "the UUID is still taken" "echo $uuid > $mtty/mtty-1/create"
run "echo 0 > $set/remove_delay_ms"
ok "another parent removes a device" "echo 1 > /sys/bus/mdev/devices/$second/remove"
ok "and creates one" "echo $second > $mtty/mtty-1/create"
ok "another driver is unloaded" rmmod mtty
shows test_remove "the first one still is" cat /proc/$job/stack
ok "it succeeds" wait $job
fails "its device is gone" "ls $mdev"
