# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Each row of the tables of errors in docs/sysfs.md.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

mtty=/sys/class/mdev_bus/mtty/mdev_supported_types
parent=/sys/devices/virtual/mdev_test/mdev_test0
test0=$parent/mdev_supported_types
test1=/sys/devices/virtual/mdev_test/mdev_test1/mdev_supported_types
set=/sys/module/mdev_test/parameters
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
other=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
mdev=/sys/bus/mdev/devices/$uuid

# nothing_left: of a device that could not be created
nothing_left() {
	fails "no device is left" "ls $mdev"
	fails "nor below its parent" "ls $parent/$uuid"
	gives "" "and no link to it" ls $test0/mdev_test-a/devices
	gives 8 "and there is room as before" cat $test0/mdev_test-a/available_instances
}

load mtty mdev_test

step "Create: what is not a UUID"
# refused WHAT TEXT: TEXT is written as it is, in one write, without a newline
refused() { fails_with EINVAL "$1" "echo -en '$2' > $mtty/mtty-1/create"; }
refused "nothing but a newline" '\n'
refused "one character" 1
refused "35 characters" 83b8f4f2-509f-382f-3c1e-e6bfe0fa100
refused "35 characters and a newline" '83b8f4f2-509f-382f-3c1e-e6bfe0fa100\n'
refused "38 characters, the last two NULs" "$uuid\\0000\\0000"
refused "38 characters, the last one a newline" "$uuid \\n"
refused "38 characters, the 37th a NUL" "$uuid\\0000\\n"
refused "37 characters, the first one a space" " $uuid"
refused "37 characters, the first one a newline" "\\n$uuid"
refused "two newlines" "$uuid\\n\\n"
refused "a carriage return and a newline" "$uuid\\r\\n"
refused "a UUID and one more" "$uuid\\n$other\\n"
refused "in braces" "{$uuid}"
refused "no dashes, 32 digits" 83b8f4f2509f382f3c1ee6bfe0fa1001
refused "no dashes, 36 digits" 83b8f4f2509f382f3c1ee6bfe0fa10010000
refused "a dash in a wrong place" 83b8f4f2-509-f382f-3c1e-e6bfe0fa1001
refused "dashes only" ------------------------------------
refused "a letter that is no digit" 83b8f4f2-509f-382f-3c1e-e6bfe0fa100g
refused "a blank for a digit" '83b8f4f2-509f-382f-3c1e-e6bfe0fa100 '
refused "a NUL for a digit" '83b8f4f2-509f-382f-3c1e-e6bfe0fa100\0000'
fails_with EINVAL "4000 characters" "head -c 4000 /dev/zero | tr '\\0' a > $mtty/mtty-1/create"
gives "" "no device came of any" ls /sys/bus/mdev/devices
gives 24 "and no room was lost" cat $mtty/mtty-1/available_instances

step "Create: the UUID exists"
ok "the first time it works" "echo $uuid > $mtty/mtty-1/create"
fails_with EEXIST "the same type" "echo $uuid > $mtty/mtty-1/create"
fails_with EEXIST "another type" "echo $uuid > $mtty/mtty-2/create"
fails_with EEXIST "another driver's parent" "echo $uuid > $test0/mdev_test-a/create"
fails_with EEXIST "in upper case" "echo $uuid | tr a-f A-F > $test0/mdev_test-a/create"
shows '/mtty/mtty/' "the device is the first one" readlink -f $mdev
gives 23 "no room was lost below its parent" cat $mtty/mtty-1/available_instances
gives 8 "nor below the other one" cat $test0/mdev_test-a/available_instances
ok "it can be removed" "echo 1 > $mdev/remove"
ok "another parent can have it now" "echo $uuid > $test0/mdev_test-a/create"
fails_with EEXIST "a parent of the same driver" "echo $uuid > $test1/mdev_test-a/create"
ok "remove it" "echo 1 > $mdev/remove"

step "Create: no instance left"
run "echo 0 > $set/max_instances"
fails_with EUSERS "there is no room" "echo $uuid > $test0/mdev_test-a/create"
run "echo 8 > $set/max_instances"
nothing_left

step "Create: the parent's driver refuses"
for error in 5:EIO 16:EBUSY 28:ENOSPC; do
	run "echo ${error%:*} > $set/create_error"
	fails_with ${error#*:} "its error is the answer" "echo $uuid > $test0/mdev_test-a/create"
done
run "echo 0 > $set/create_error"
nothing_left
gives 1 "only one was ever created there" cat $parent/counters/creates
gives 1 "and only that one removed" cat $parent/counters/removes

step "Create: the bus driver refuses"
run "echo 2 > $set/set_class"
ok "a bus driver for class 2 loads" modprobe mdev_bus_test
run "echo 5 > /sys/module/mdev_bus_test/parameters/probe_error"
fails_with EIO "its error is the answer, though the next driver of the class says \"not mine\"" "echo $uuid > $test0/mdev_test-a/create"
nothing_left
gives 2 "the parent's driver created it" cat $parent/counters/creates
gives 2 "and removed it" cat $parent/counters/removes
run "echo 0 > /sys/module/mdev_bus_test/parameters/probe_error"
ok "when it does not refuse, the UUID is free" "echo $uuid > $test0/mdev_test-a/create"
ok "remove it" "echo 1 > $mdev/remove"
run "echo 0 > $set/set_class"

step "Remove: what is written"
ok "create one" "echo $uuid > $test0/mdev_test-a/create"
for text in x '' -1 1x 99999999999999999999; do
	fails_with EINVAL "\"$text\" is not a number" "echo '$text' > $mdev/remove"
done
ok "0 is one" "echo 0 > $mdev/remove"
ok "nothing happened" ls $mdev/driver/ $mdev/test/type
ok "any other number removes" "echo 42 > $mdev/remove"
fails "it is gone" "ls $mdev"

step "Remove: a user has it open"
ok "create one" "echo $uuid > $test0/mdev_test-a/create"
removes=$(cat $parent/counters/removes)
hold $uuid
fails_with EBUSY "it can't be removed" "echo 1 > $mdev/remove"
ok "nothing was touched" ls $mdev/driver/ $mdev/mdev_type $mdev/test/type
gives "$removes" "the parent's driver was not asked" cat $parent/counters/removes
ok "0 is no error even now" "echo 0 > $mdev/remove"

step "The parent is going away: it waits for that user"
# going: unregistering has come so far that the answer is no longer EBUSY
going() { echo 1 2>&1 >$mdev/remove | grep -q "No such device"; }
start "echo 0 > $parent/register"
within 30 "removing says ENODEV" going
fails_with ENODEV "creating says it, too" "echo $other > $test0/mdev_test-b/create"
ok "another parent of the driver is not concerned" "echo $other > $test1/mdev_test-b/create"
ok "nor in removing" "echo 1 > /sys/bus/mdev/devices/$other/remove"
let_go
ok "then the parent is gone" wait $job
fails "and its types" "ls $test0"
fails "and the device" "ls $mdev"
ok "it comes back" "echo 1 > $parent/register"
ok "and creates" "echo $uuid > $test0/mdev_test-a/create"

step "Remove: the parent's driver refuses"
run "echo 5 > $set/remove_error"
fails_with EIO "its error is the answer, though the next driver of the class says \"not mine\"" "echo 1 > $mdev/remove"
ok "the device is as it was" ls $mdev/driver/ $mdev/mdev_type $mdev/test/type
gives success "and can be used" vfio-client open $uuid
run "echo 0 > $set/remove_error"
ok "when it does not refuse, it goes" "echo 1 > $mdev/remove"

step "Open: the parent's driver refuses"
ok "create one" "echo $uuid > $test0/mdev_test-a/create"
run "echo 5 > $set/open_error"
gives "EIO (VFIO_GROUP_GET_DEVICE_FD)" "its error is the answer" "vfio-client open $uuid || :"
run "echo 0 > $set/open_error"
gives success "when it does not refuse, it can" vfio-client open $uuid

step "Open: it takes a while, and the group can't leave its container meanwhile"
run "echo 1000 > $set/open_delay_ms"
gives "opened: success, left 0 times, other errors: none, open: EBUSY, closed: success" \
	"not before it is closed" vfio-client leave $uuid
run "echo 5 > $set/open_error"
# a few times at most, when it could not be opened, instead of hundreds
shows '^opened: EIO, left [0-9] times, other errors: none, open: success, closed: EINVAL$' \
	"unless it can not be opened" vfio-client leave $uuid
run "echo 0 > $set/open_error; echo 0 > $set/open_delay_ms"
gives success "it can be opened afterwards" vfio-client open $uuid
ok "no user is left behind: it can be removed" "echo 1 > $mdev/remove"
