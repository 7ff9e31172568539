# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Removing a device whose user is asked to close it: the user does, or doesn't, and
# what else can happen to the device and to the writer meanwhile.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
bridge=/sys/bus/mdev/drivers/vfio_mdev
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

load mtty mdev_test

# hold_until_asked TIMES: a user opens the device and listens; it goes after so
# many requests, or with 0 when let_go ends it
hold_until_asked() {
	diag "\$ vfio-client asked $uuid $1 &"
	vfio-client asked $uuid "$1" >/run/case/hold &
	holder=$!
	within 30 "a user has it open and listens" "grep -x open /run/case/hold"
}

# was_asked TIMES: the user has heard it
was_asked() { within 40 "the user was asked, $1" "grep '^asked $1,' /run/case/hold"; }

# as_it_was: the device has its driver, its files and its type
as_it_was() { ok "nothing was touched" ls $mdev/driver/ $mdev/mdev_type/ $mdev/vendor/plug; }

step "The user goes when asked"
ok "create a device" "echo $uuid > $types/mtty-2/create"
hold_until_asked 1
ok "it can be removed" "echo 1 > $mdev/remove"
fails "it is gone" "ls $mdev"
ok "the user has closed it" wait $holder
shows '^asked 1,' "because it was asked" cat /run/case/hold
gives 12 "its instance is back" cat $types/mtty-2/available_instances

step "It goes when asked a second time"
ok "create a device" "echo $uuid > $types/mtty-2/create"
hold_until_asked 2
since=$(cut -d. -f1 /proc/uptime)
ok "it can be removed" "echo 1 > $mdev/remove"
ok "the user has closed it" wait $holder
since=$(($(cut -d. -f1 /proc/uptime) - since))
ok "that took ten seconds or a little more: $since" "[ $since -ge 9 ]"
fails "the device is gone" "ls $mdev"

step "Nobody listens"
ok "create a device" "echo $uuid > $types/mtty-2/create"
hold $uuid
fails_with EBUSY "it can't be removed" "echo 1 > $mdev/remove"
as_it_was
let_go

step "It does not go, and the writer is killed"
hold_until_asked 0
start "echo 1 > $mdev/remove"
was_asked 1
contains "the user could open it once more" "$(cat /run/case/hold)" '^asked 1, opening it again: success$'
waits_in remove_store "the writer waits"
ok "kill the writer" "kill $job"
fails "it ends" wait $job
as_it_was
start "exec vfio-client write $mdev/remove 1"
was_asked 2
ok "send another one a signal that does not kill" "kill $job"
fails "it ends, too" wait $job
gives EINTR "its write was interrupted" cat /run/case/job.out
as_it_was
let_go
gives success "the device can be opened" vfio-client open $uuid
shows ': whole in ' "and works" vfio-client loop $uuid 1 4096

step "Two writers"
hold_until_asked 0
start "echo 1 > $mdev/remove"
first=$job
was_asked 1
start "echo 1 > $mdev/remove"
was_asked 2
ok "both wait" "kill -0 $first && kill -0 $job"
let_go
wait $first; first=$?
wait $job; second=$?
is "one has removed it" $((first + second)) 1
fails "it is gone" "ls $mdev"

step "The driver is unbound meanwhile"
ok "create a device" "echo $uuid > $types/mtty-2/create"
hold_until_asked 0
start "echo 1 > $mdev/remove"
writer=$job
was_asked 1
start "echo $uuid > $bridge/unbind"
waits_in vfio_unregister_group_dev "unbinding waits for the user"
was_asked 2
ok "so does the writer" "kill -0 $writer"
let_go
ok "the driver is unbound" wait $job
ok "and the device removed" wait $writer
fails "it is gone" "ls $mdev"

step "A device is removed while it is being unbound"
ok "create a device" "echo $uuid > $types/mtty-2/create"
hold_until_asked 0
start "echo $uuid > $bridge/unbind"
writer=$job
was_asked 1
start "echo 1 > $mdev/remove"
waits_in remove_store "the writer waits"
ok "kill it" "kill $job"
fails "it ends" wait $job
let_go
ok "the driver is unbound" wait $writer
ok "the device is there" ls $mdev/vendor/plug
ok "and can be removed" "echo 1 > $mdev/remove"

step "The sample is unloaded"
ok "create a device" "echo $uuid > $types/mtty-2/create"
hold_until_asked 0
start "echo 1 > $mdev/remove"
was_asked 1
fails_with EAGAIN "it can't be unloaded" rmmod mtty
let_go
ok "the device is removed" wait $job
ok "now it unloads" rmmod mtty

parent=/sys/devices/virtual/mdev_test/mdev_test0
types=$parent/mdev_supported_types
set=/sys/module/mdev_test/parameters
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002

step "The parent is unregistered meanwhile"
run "echo 1 > $set/set_class; echo Y > $set/request_op"
ok "create a device" "echo $uuid > $types/mdev_test-a/create"
hold $uuid
start "echo 1 > $mdev/remove"
writer=$job
within 30 "the parent's driver is told to ask" "grep -x 1 $parent/counters/requests"
start "echo 0 > $parent/register"
within 30 "the writer gives up" "! kill -0 $writer"
fails "with an error" wait $writer
ok "while the parent waits for the user" "kill -0 $job && kill -0 $holder"
within 30 "its driver is told to ask again" "[ \$(cat $parent/counters/requests) -gt 1 ]"
let_go
ok "the parent goes" wait $job
fails "and the device" "ls $mdev"
ok "the parent comes back" "echo 1 > $parent/register"

step "The parent is unregistered while two devices are waited for"
ok "create a device" "echo $uuid > $types/mdev_test-a/create"
ok "and another" "echo $second > $types/mdev_test-a/create"
hold $uuid
one=$holder
hold $second
asked=$(cat $parent/counters/requests)
start "echo 1 > /sys/bus/mdev/devices/$second/remove"
writer=$job
within 30 "a writer wants to remove the second" "[ \$(cat $parent/counters/requests) -gt $asked ]"
start "echo 0 > $parent/register"
within 30 "it gives up, though it is the first that is being removed" "! kill -0 $writer"
fails "with an error" wait $writer
let_go
holder=$one
let_go
ok "the parent goes" wait $job
ok "it comes back" "echo 1 > $parent/register"

step "Wanted, opened and closed at once, 20 times"
wrong=''
for _ in $(seq 20); do
	quietly "echo $uuid > $types/mdev_test-a/create"
	(while vfio-client open $uuid; do :; done) >/dev/null 2>&1 & user=$!
	usleep 100000
	quietly "timeout 60 sh -c 'echo 1 > $mdev/remove'" || wrong="$wrong $?"
	wait $user
done
is "each time it could be removed" "$wrong" ""
is "as often as opened it was closed" "$(cat $parent/counters/releases)" "$(cat $parent/counters/opens)"
is "as many were removed as created" "$(cat $parent/counters/removes)" "$(cat $parent/counters/creates)"
settle
ok "all modules unload" "rmmod mdev_test && rmmod vfio_mdev && rmmod mdev"
