# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Unloading modules and unregistering parents that have devices.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
mdev=/sys/bus/mdev/devices/$uuid

load mtty

step "The sample, with devices"
ok "create one" "echo $uuid > $types/mtty-1/create"
ok "and one more" "echo $second > $types/mtty-2/create"
ok "unbind that" "echo $second > /sys/bus/mdev/drivers/vfio_mdev/unbind"
ok "the sample unloads" rmmod mtty
gives "" "its devices are gone" ls /sys/bus/mdev/devices
fails "its parent is gone" "ls /sys/devices/virtual/mtty"
within 20 "udev heard that the first went" "grep '^remove .*/$uuid' /run/uevents"
within 20 "and the second" "grep '^remove .*/$second' /run/uevents"

step "The sample, while a user has a device open"
ok "load it" modprobe mtty
ok "create one" "echo $uuid > $types/mtty-1/create"
hold $uuid
for time in 1 2; do
	fails_with EAGAIN "the sample can't be unloaded, $time" rmmod mtty
done
fails_with EAGAIN "nor the bridge" rmmod vfio_mdev
fails_with EAGAIN "nor the core" rmmod mdev
ok "nothing was touched" ls $mdev/driver/ $mdev/vendor/plug $types/mtty-1/create
ok "there can be more devices" "echo $second > $types/mtty-1/create"
let_go
gives success "the device works" vfio-client open $uuid
ok "now the sample unloads" rmmod mtty
gives "" "its devices are gone" ls /sys/bus/mdev/devices

step "In every order"
settle
run "rmmod vfio_mdev; rmmod mdev"
within 30 "the class is gone" "[ ! -e /sys/class/mdev_bus ]"
for order in "mtty vfio_mdev mdev" "mtty mdev vfio_mdev" "vfio_mdev mtty mdev" \
	"vfio_mdev mdev mtty" "mdev mtty vfio_mdev" "mdev vfio_mdev mtty"; do
	step "$order"
	ok "load all" modprobe -a mdev vfio_mdev mtty
	ok "create a device" "echo $uuid > $types/mtty-2/create"
	settle
	for module in $order; do
		if [ "$module" = mdev ] && grep -qE '^(mtty|vfio_mdev) ' /proc/modules; then
			fails_with EAGAIN "the core is in use" rmmod mdev
		else
			ok "unload" rmmod "$module"
		fi
	done
	[ ! -d /sys/module/mdev ] || ok "at last the core" rmmod mdev
	within 30 "the class is gone, which is late where the kernel delays releases" \
		"[ ! -e /sys/class/mdev_bus ]"
done
fails "the bus is gone" "ls /sys/bus/mdev"

parent=/sys/devices/virtual/mdev_test/mdev_test0
types=$parent/mdev_supported_types
other=/sys/devices/virtual/mdev_test/mdev_test1/mdev_supported_types

step "A parent goes away while a user has a device open"
load mdev_test
ok "create one" "echo $uuid > $types/mdev_test-a/create"
ok "and one more" "echo $second > $types/mdev_test-b/create"
hold $uuid
start "echo 0 > $parent/register"
waits_in vfio_unregister_group_dev "unregistering waits for the user"
ok "the other parent creates and removes meanwhile" \
	"u=$(new_uuid); echo \$u > $other/mdev_test-a/create && echo 1 > /sys/bus/mdev/devices/\$u/remove"
fails_with EAGAIN "the driver can't be unloaded" rmmod mdev_test
let_go
ok "then it is done" wait $job
fails "the types are gone" "ls $types"
gives "" "and all its devices" ls /sys/bus/mdev/devices
fails_with EINVAL "it can't be unregistered and then registered twice" \
	"echo 1 > $parent/register && echo 3 > $parent/register"
fails_with EEXIST "nor registered when it is" "echo 2 > $parent/register"
gives 2 "two were created" cat $parent/counters/creates
gives 2 "and removed" cat $parent/counters/removes
gives 1 "one was opened" cat $parent/counters/opens
gives 1 "and closed" cat $parent/counters/releases

step "A parent goes away while files of one group are opened over and over"
ok "create one" "echo $uuid > $types/mdev_test-a/create"
start "exec vfio-client closerace $uuid 50000"
within 30 "somebody opens and closes" "[ \$(cat $parent/counters/opens) -gt 10 ]"
ok "unregistering ends, however often it is opened" "echo 0 > $parent/register"
fails "that user gets no more" wait $job
gives "ENODEV" "but is told that there is no device" \
	"sed -n 's/^files of one group: .*, the last with //p' /run/case/job.out"
run cat /run/case/job.out
ok "the parent comes back" "echo 1 > $parent/register"
is "as often as opened it was closed" "$(cat $parent/counters/releases)" "$(cat $parent/counters/opens)"

step "A parent goes away from a user who opens the next file before closing the last"
ok "create one" "echo $uuid > $types/mdev_test-a/create"
start "exec vfio-client overlap $uuid 120 >/run/case/user"
user=$job
within 30 "somebody opens the next file before closing the last" "grep -x open /run/case/user"
start "echo 0 > $parent/register"
within 60 "unregistering ends, though it is always open" "! kill -0 $job"
ok "unregistering succeeded" wait $job
fails "that user gets no more" wait $user
shows 'times, then ENODEV$' "but is told that there is no device" cat /run/case/user
ok "the parent comes back" "echo 1 > $parent/register"
is "as often as opened it was closed" "$(cat $parent/counters/releases)" "$(cat $parent/counters/opens)"

step "A driver's module goes while its devices are made and removed"
start "while [ -d $types ]; do echo $second > $types/mdev_test-a/create; echo 1 > /sys/bus/mdev/devices/$second/remove; done; :"
within 200 "somebody does" "[ \$(cat $parent/counters/removes) -gt 20 ]"
ok "the module unloads" rmmod mdev_test
ok "that one then stops" wait $job
gives "" "no device is left" ls /sys/bus/mdev/devices
settle
ok "the core unloads" "rmmod vfio_mdev && rmmod mdev"
