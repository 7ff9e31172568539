# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Removing devices: open ones, refused ones, and by two at once.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

load mtty mdev_test

step "A device that is in use"
ok "create it" "echo $uuid > $types/mtty-2/create"
hold $uuid
fails_with EBUSY "it can't be removed" "echo 1 > $mdev/remove"
fails_with EBUSY "not at a second try either" "echo 1 > $mdev/remove"
ok "it is whole" ls $mdev/driver/ $mdev/vendor/plug $mdev/mdev_type/
gives 11 "it has its instance" cat $types/mtty-2/available_instances
let_go
gives success "it can still be opened" vfio-client open $uuid
ok "now it can be removed" "echo 1 > $mdev/remove"
gives 12 "its instance is back" cat $types/mtty-2/available_instances
fails_with ENOENT "it can't be removed again" "echo 1 > $mdev/remove"

step "A device whose group a user has, with a container, but not itself"
ok "create it" "echo $uuid > $types/mtty-2/create"
diag "\$ vfio-client group $uuid &"
vfio-client group $uuid >/run/case/hold &
holder=$!
within 30 "a user has its group" "grep -x open /run/case/hold"
# from 6.1 on VFIO takes the group from the user; before, it waits for the user
start "echo 1 > $mdev/remove"
within 30 "removing it comes to an end" "! kill -0 $job"
let_go
ok "it is gone, or can be removed" "[ ! -e $mdev ] || echo 1 > $mdev/remove"
fails "it is gone" "ls $mdev"

step "The same UUID again"
for time in 1 2 3; do
	ok "create, $time" "echo $uuid > $types/mtty-$((time % 2 + 1))/create"
	gives success "open" vfio-client open $uuid
	ok "remove" "echo 1 > $mdev/remove"
done

types=/sys/class/mdev_bus/mdev_test0/mdev_supported_types
parent=/sys/devices/virtual/mdev_test/mdev_test0
set=/sys/module/mdev_test/parameters
bridge=/sys/bus/mdev/drivers/vfio_mdev

step "The parent's driver refuses"
ok "create a device" "echo $uuid > $types/mdev_test-a/create"
run "echo 16 > $set/remove_error"
for time in 1 2; do
	fails_with EBUSY "its error is the answer, $time" "echo 1 > $mdev/remove"
	gives $time "it was asked" cat $parent/counters/refusals
	shows '/vfio_mdev$' "the device has its driver" readlink $mdev/driver
	gives mdev_test-a "its attributes" cat $mdev/test/type
	ok "its links" ls $mdev/mdev_type/ $types/mdev_test-a/devices/$uuid/
	gives 7 "its instance" cat $types/mdev_test-a/available_instances
	gives success "and can be opened" vfio-client open $uuid
done
run "echo 0 > $set/remove_error"
ok "when it does not refuse, it goes" "echo 1 > $mdev/remove"
gives 8 "its instance is back" cat $types/mdev_test-a/available_instances

step "It refuses, and the device is unbound"
ok "create a device" "echo $uuid > $types/mdev_test-a/create"
ok "unbind it" "echo $uuid > $bridge/unbind"
run "echo 5 > $set/remove_error"
fails_with EIO "removing is refused" "echo 1 > $mdev/remove"
fails "it is still unbound" "ls $mdev/driver"
gives mdev_test-a "and has its attributes" cat $mdev/test/type
ok "it can be bound" "echo $uuid > $bridge/bind"
gives success "and opened" vfio-client open $uuid

step "It refuses, but its parent goes away"
ok "unregister the parent" "echo 0 > $parent/register"
fails "the device is gone" "ls $mdev"
logged "refused removal \(-5\)" "the log tells"
run "echo 0 > $set/remove_error"
ok "the parent comes back" "echo 1 > $parent/register"
gives 8 "with all instances" cat $types/mdev_test-a/available_instances

step "Two at once: one removes, the other is too late"
ok "create a device" "echo $uuid > $types/mdev_test-a/create"
# time for all that follows, on a slow kernel, too
run "echo 20000 > $set/remove_delay_ms"
start "echo 1 > $mdev/remove"
waits_in test_remove "the first is with the parent's driver"
run "echo 4000 > $set/remove_delay_ms"
fails "the device has no attributes any more" "ls $mdev/test"
fails "and can't be opened" vfio-client open $uuid
fails_with ENODEV "it can't be bound" "echo $uuid > $bridge/bind"
fails_with ENODEV "the second is too late" "echo 1 > $mdev/remove"
ok "the first succeeds" wait $job
fails "the device is gone" "ls $mdev"

step "Two at once, and the parent's driver refuses"
ok "create a device" "echo $uuid > $types/mdev_test-a/create"
refusals=$(cat $parent/counters/refusals)
run "echo 5 > $set/remove_error"
start "echo 1 > $mdev/remove"
waits_in test_remove "the first is with the parent's driver"
fails_with EIO "the second is refused" "echo 1 > $mdev/remove"
fails "the first, too" wait $job
gives $((refusals + 2)) "the driver was asked twice" cat $parent/counters/refusals
gives success "the device works" vfio-client open $uuid
run "echo 0 > $set/remove_error; echo 0 > $set/remove_delay_ms"
ok "remove it" "echo 1 > $mdev/remove"

step "Two at once, 100 times"
once=0
for time in $(seq 100); do
	quietly "echo $uuid > $types/mdev_test-a/create"
	(echo 1 >$mdev/remove) 2>/dev/null & first=$!
	(echo 1 >$mdev/remove) 2>/dev/null & second=$!
	wait $first; first=$?
	wait $second; second=$?
	[ $((first + second)) = 1 ] && [ ! -e $mdev ] && once=$((once + 1))
done
is "each time just one succeeded" $once 100
is "as many were removed as created" "$(cat $parent/counters/removes)" "$(cat $parent/counters/creates)"

step "Removing and opening at once"
ok "create a device" "echo $uuid > $types/mdev_test-a/create"
start "while vfio-client open $uuid; do :; done"
within 30 "somebody opens it over and over" "grep success /run/case/job.out"
within 120 "between two times it can be removed" "echo 1 > $mdev/remove"
ok "that one then stops" wait $job
gives "$(cat $parent/counters/opens)" "as often as opened it was closed" cat $parent/counters/releases
