# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A process waits for a device's user, and the host suspends, or a cgroup is
# frozen: a writer to "remove" can be frozen and continues afterwards, one to
# "unbind" can't.
# guest: memory=256M
#
# The kernel shows the stack of a task that it can't freeze. Whatever else has
# one begins with a line of its own, which is not allowed:
# allow-log: ^.*Call Trace:$
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
bridge=/sys/bus/mdev/drivers/vfio_mdev
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid
parent=/sys/devices/virtual/mdev_test/mdev_test0
set=/sys/module/mdev_test/parameters
frozen=/run/cgroup/frozen

load mtty mdev_test

# suspend LEVEL: the host suspends up to there (freezer: all tasks are frozen;
# devices: these sleep, too) and comes back
suspend() { echo "$1" >/sys/power/pm_test && echo freeze >/sys/power/state; }

# hold_and_listen: a user opens the device and listens, but only goes when
# let_go ends it
hold_and_listen() {
	diag "\$ vfio-client asked $uuid 0 &"
	vfio-client asked $uuid 0 >/run/case/hold &
	holder=$!
	within 30 "a user has it open and listens" "grep -x open /run/case/hold"
}

# was_asked TIMES: the user has heard it
was_asked() { within 40 "the user was asked, $1" "grep '^asked $1,' /run/case/hold"; }

# remove_in_background: somebody wants to remove it, as $job
remove_in_background() {
	start "exec vfio-client write $mdev/remove 1"
	was_asked 1
	waits_in remove_store "the writer waits"
}

if [ -e /sys/power/pm_test ] && grep -q freeze /sys/power/state; then
	run "echo 2000 > /sys/power/pm_freeze_timeout"
	run "echo 1 > /sys/module/suspend/parameters/pm_test_delay"

	step "The host suspends while somebody waits to remove a device"
	ok "create a device" "echo $uuid > $types/mtty-2/create"
	hold_and_listen
	remove_in_background
	for level in freezer devices; do
		ok "it suspends, level \"$level\"" suspend $level
		waits_in remove_store "the writer waits again"
	done
	was_asked 3
	ok "nothing was touched" ls $mdev/driver/ $mdev/mdev_type/ $mdev/vendor/plug
	let_go
	ok "the device is removed" wait $job
	gives success "by the write that was frozen" cat /run/case/job.out
	fails "it is gone" "ls $mdev"

	step "The host suspends while somebody waits to unbind a device"
	ok "create a device" "echo $uuid > $types/mtty-2/create"
	hold $uuid
	start "echo $uuid > $bridge/unbind"
	waits_in vfio_unregister_group_dev "unbinding waits for the user"
	fails_with EBUSY "it does not suspend" suspend freezer
	ok "unbinding still waits" "kill -0 $job"
	ok "the user still has it" "kill -0 $holder"
	let_go
	ok "then it is done" wait $job
	ok "now it suspends" suspend freezer
	ok "remove it" "echo 1 > $mdev/remove"
else
	skip "the host suspends" "the kernel has no CONFIG_PM_SLEEP_DEBUG"
fi

step "A task that waits to remove a device is frozen, by its cgroup"
if ! grep -q 'cgroup2$' /proc/filesystems; then
	skip "it is frozen" "the kernel has no CONFIG_CGROUPS"
	exit 0
fi
ok "there are cgroups" "mkdir -p /run/cgroup && mount -t cgroup2 none /run/cgroup && mkdir $frozen"
run "echo 1 > $set/set_class; echo Y > $set/request_op"
ok "create a device" \
	"echo $uuid > /sys/class/mdev_bus/mdev_test0/mdev_supported_types/mdev_test-a/create"
hold $uuid
start "exec vfio-client write $mdev/remove 1 >/run/case/write"
within 30 "the parent's driver is told to ask" "grep -x 1 $parent/counters/requests"
waits_in remove_store "the writer waits"
ok "freeze it" "echo $job > $frozen/cgroup.procs && echo 1 > $frozen/cgroup.freeze"
within 30 "it is frozen" "grep -x 'frozen 1' $frozen/cgroup.events"
writer=$job
start "echo 0 > $parent/register"
unregistering=$job
waits_in vfio_unregister_group_dev "the parent is unregistered, and waits for the user"
let_go
ok "it does not wait for the frozen one" wait $unregistering
fails "the device is gone" "ls $mdev"
ok "the modules unload" "rmmod mtty && rmmod mdev_test && rmmod vfio_mdev && rmmod mdev"
ok "thaw it" "echo 0 > $frozen/cgroup.freeze"
fails "it has not removed anything" wait $writer
gives ENODEV "because the device has gone" cat /run/case/write
