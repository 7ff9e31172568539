# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Everything at once, on the same few UUIDs; then all has to be in order.
# guest: memory=512M timeout=600
# shellcheck disable=SC2016,SC2034 # the workers use bridge and u

bridge=/sys/bus/mdev/drivers/vfio_mdev
devices=/sys/bus/mdev/devices
parents=/sys/devices/virtual/mdev_test
mtty=/sys/devices/virtual/mtty/mtty/mdev_supported_types
set=/sys/module/mdev_test/parameters
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty mdev_test

# begin: a new set of workers
begin() {
	rm -f /run/case/stop
	workers=
}

# worker LINE: over and over, for each UUID, until all are told to stop
worker() {
	diag "\$ $*    # for each \$u"
	(while [ ! -e /run/case/stop ]; do
		for number in 1 2 3 4; do
			u=$uuid$number
			eval "$*"
		done
	done) >/dev/null 2>&1 &
	workers="$workers $!"
}

# counted WHAT PARENT: how often that has happened to it
counted() { cat "$parents/$2/counters/$1"; }

# all_end CREATES OPENS: the workers work for ten seconds, and on a slow machine
# until the parents have seen so much
all_end() {
	sleep 10
	for parent in mdev_test0 mdev_test1; do
		within 600 "$parent has made $1 devices" "[ \$(counted creates $parent) -ge $1 ]"
	done
	within 600 "one was opened, and that $2 times" "[ \$(counted opens mdev_test0) -ge $2 ]"
	touch /run/case/stop
	for worker in $workers; do wait "$worker"; done
	pass "all workers came to an end"
}

device_workers() {
	worker 'echo $u > $mtty/mtty-1/create'
	worker 'echo $u > $parents/mdev_test0/mdev_supported_types/mdev_test-a/create'
	worker 'echo $u > $parents/mdev_test1/mdev_supported_types/mdev_test-b/create'
	worker 'echo 1 > $devices/$u/remove'
	worker 'echo $u > $bridge/unbind; echo $u > $bridge/bind'
	worker 'vfio-client open $u'
	worker 'vfio-client closerace $u 5'
	# by its character device, where there is one
	worker 'VFIO_ACCESS=cdev vfio-client open $u'
}

step "Devices are made, removed, bound, unbound and opened"
begin
device_workers
all_end 5 1

step "The same, with drivers that refuse, and parents and modules that come and go"
begin
device_workers
worker 'for error in 5 0 0 0; do echo $error > $set/create_error; echo $error > $set/remove_error; done'
worker 'echo 0 > $parents/mdev_test1/register; echo 1 > $parents/mdev_test1/register'
worker 'rmmod vfio_mdev; modprobe vfio_mdev'
worker 'rmmod mtty; modprobe mtty'
worker 'cat $devices/*/*/* /sys/class/mdev_bus/*/*/*/*'
all_end 10 2

step "Afterwards"
settle
run "echo 0 > $set/create_error; echo 0 > $set/remove_error; echo 1 > $parents/mdev_test1/register"
ok "the modules are all there" modprobe -a mtty vfio_mdev
for mdev in "$devices"/*-*; do
	[ ! -d "$mdev" ] || ok "what is left can be removed" "echo 1 > $mdev/remove"
done
gives "" "nothing is left" ls $devices
for parent in "$parents"/mdev_test[01]; do
	gives "$(cat "$parent/counters/creates")" "as many were removed" cat "$parent/counters/removes"
	gives "$(cat "$parent/counters/opens")" "as often as opened they were closed" \
		cat "$parent/counters/releases"
	gives 8 "all instances are there" \
		cat "$parent/mdev_supported_types/mdev_test-a/available_instances"
done
gives 24 "all of the sample's, too" cat $mtty/mtty-1/available_instances
gives "" "no group is left" ls /sys/kernel/iommu_groups
ok "a device works" "echo ${uuid}1 > $mtty/mtty-2/create && vfio-client open ${uuid}1"
for module in mdev_test mtty vfio_mdev mdev; do
	ok "unload" rmmod $module
done
