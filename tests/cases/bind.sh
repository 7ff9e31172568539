# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Bus drivers: bound by hand and by themselves, let go, unloaded, of another
# class, and one that refuses.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
bridge=/sys/bus/mdev/drivers/vfio_mdev
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
mdev=/sys/bus/mdev/devices/$uuid

load mtty mdev_test

step "By hand"
ok "create a device" "echo $uuid > $types/mtty-2/create"
ok "unbind it" "echo $uuid > $bridge/unbind"
fails "it has no driver" "ls $mdev/driver"
fails "and no IOMMU group" "ls $mdev/iommu_group"
ok "it still has its files" ls $mdev/remove $mdev/vendor/plug $mdev/mdev_type/
gives 11 "and its instance" cat $types/mtty-2/available_instances
fails_with ENODEV "a second time there is nothing to unbind" "echo $uuid > $bridge/unbind"
ok "bind it" "echo $uuid > $bridge/bind"
shows '/vfio_mdev$' "it has the driver" readlink $mdev/driver
gives success "a user can open it" vfio-client open $uuid
fails "a second time there is nothing to bind" "echo $uuid > $bridge/bind"

step "By hand only"
autoprobe=/sys/bus/mdev/drivers_autoprobe
ok "remove it" "echo 1 > $mdev/remove"
run "echo 0 > $autoprobe"
ok "create a device while drivers_autoprobe is 0" "echo $uuid > $types/mtty-2/create"
ok "it is complete" ls $mdev/remove $mdev/vendor/plug $mdev/mdev_type/
fails "but has no driver" "ls $mdev/driver"
fails "and no IOMMU group" "ls $mdev/iommu_group"
within 20 "udev has heard of it" "grep '^add .*/$uuid' /run/uevents"
settle
fails "it still has none" "ls $mdev/driver"
ok "bind it" "echo $uuid > $bridge/bind"
gives success "a user can open it" vfio-client open $uuid
ok "remove it" "echo 1 > $mdev/remove"
ok "create it again" "echo $uuid > $types/mtty-2/create"
ok "an unbound one can be removed" "echo 1 > $mdev/remove"
test0=/sys/class/mdev_bus/mdev_test0/mdev_supported_types
ok "create one whose driver refuses removal" "echo $uuid > $test0/mdev_test-a/create"
run "echo 5 > /sys/module/mdev_test/parameters/remove_error"
fails_with EIO "it can't be removed" "echo 1 > $mdev/remove"
fails "it has no driver, as before" "ls $mdev/driver"
ok "bind it" "echo $uuid > $bridge/bind"
fails_with EIO "it can't be removed" "echo 1 > $mdev/remove"
shows '/vfio_mdev$' "it has its driver, as before" readlink $mdev/driver
run "echo 0 > /sys/module/mdev_test/parameters/remove_error"
ok "remove it" "echo 1 > $mdev/remove"
ok "create one more" "echo $uuid > $types/mtty-2/create"
run "echo 1 > $autoprobe"
fails "drivers_autoprobe = 1 is for what comes later" "ls $mdev/driver"
ok "remove it" "echo 1 > $mdev/remove"
ok "create a device" "echo $uuid > $types/mtty-2/create"
shows '/vfio_mdev$' "it has the driver at once" readlink $mdev/driver

step "Unbinding a device that is in use"
hold $uuid
start "echo $uuid > $bridge/unbind"
waits_in vfio_unregister_group_dev "unbinding waits for the user"
ok "the device still has its IOMMU group" ls $mdev/iommu_group/
let_go
ok "then it is done" wait $job
fails "the driver is gone" "ls $mdev/driver"
fails "nobody can open it" vfio-client open $uuid
ok "an unbound device can be removed" "echo 1 > $mdev/remove"

step "Binding a device whose parent goes"
parent=/sys/devices/virtual/mdev_test/mdev_test0
ok "create a device" "echo $uuid > $parent/mdev_supported_types/mdev_test-a/create"
hold $uuid
start "echo $uuid > $bridge/unbind"
unbinding=$job
waits_in vfio_unregister_group_dev "unbinding waits for the user"
start "exec vfio-client write $bridge/bind $uuid >/run/case/bind"
binding=$job
# 5.10 refuses at once; others match, and wait for the unbinding
within 30 "somebody binds it again" "! kill -0 $binding || grep bind_store /proc/$binding/stack"
start "echo 0 > $parent/register"
waits_in device_release_driver "the parent is unregistered"
let_go
ok "the driver is unbound" wait $unbinding
fails "nobody can bind it" wait $binding
gives ENODEV "that is the reason" cat /run/case/bind
ok "the parent is gone" wait $job
fails "and the device" "ls $mdev"
ok "the parent comes back" "echo 1 > $parent/register"

step "Unloading the bridge"
ok "create a device" "echo $uuid > $types/mtty-2/create"
hold $uuid
fails_with EAGAIN "it can't be unloaded while a user has one open" rmmod vfio_mdev
gives EBUSY "the user still has it" "vfio-client open $uuid | cut -d ' ' -f 1"
let_go
# otherwise the next device would bring it again
mkdir -p /etc/modprobe.d
echo "blacklist vfio_mdev" >/etc/modprobe.d/case.conf
ok "now it can" rmmod vfio_mdev
ok "the device is still there" ls $mdev/remove $mdev/vendor/plug $mdev/mdev_type/
fails "without driver" "ls $mdev/driver"
fails "and without IOMMU group" "ls $mdev/iommu_group"
ok "one more can be created" "echo $second > $types/mtty-1/create"
fails "it has no driver either" "ls /sys/bus/mdev/devices/$second/driver"
ok "and one more of another parent" \
	"new_uuid > /sys/class/mdev_bus/mdev_test0/mdev_supported_types/mdev_test-a/create"
ok "the bridge comes back" modprobe vfio_mdev
gives 3 "it takes all three" "ls -d $bridge/*-* | wc -l"
gives success "the first works" vfio-client open $uuid
gives success "the second, too" vfio-client open $second
rm /etc/modprobe.d/case.conf

step "It is loaded when there is a device for it"
for mdev in /sys/bus/mdev/devices/*; do
	run "echo 1 > $mdev/remove"
done
mdev=/sys/bus/mdev/devices/$uuid
ok "unload it" rmmod vfio_mdev
ok "create a device" "echo $uuid > $types/mtty-2/create"
ok "the bridge has it" ls $mdev/driver/
gives success "it works" vfio-client open $uuid
ok "remove it" "echo 1 > $mdev/remove"

step "A device of another class"
types=/sys/class/mdev_bus/mdev_test0/mdev_supported_types
parameters=/sys/module/mdev_bus_test/parameters
echo "blacklist mdev_bus_test" >/etc/modprobe.d/case.conf
run "echo 2 > /sys/module/mdev_test/parameters/set_class"
ok "create one of class 2" "echo $uuid > $types/mdev_test-a/create"
within 20 "udev hears of its class" "grep '^add .*/$uuid MODALIAS=mdev:c0002$' /run/uevents"
fails "no driver takes it" "ls $mdev/driver"
fails "nor can it be given to the bridge" "echo $uuid > $bridge/bind"
ok "a driver for the class loads" modprobe mdev_bus_test
shows '/mdev_bus_test$' "it takes the device" readlink $mdev/driver
gives 1 "just that" cat $parameters/probes
ok "the next one, too" "echo $second > $types/mdev_test-b/create"
shows '/mdev_bus_test$' "at once" readlink /sys/bus/mdev/devices/$second/driver
ok "removing one makes the driver let it go" "echo 1 > /sys/bus/mdev/devices/$second/remove"
gives 1 "just that" cat $parameters/removes
ok "unload the driver" rmmod mdev_bus_test
fails "the device has none now" "ls $mdev/driver"
ok "remove it" "echo 1 > $mdev/remove"
rm /etc/modprobe.d/case.conf
ok "create one more" "echo $uuid > $types/mdev_test-a/create"
ok "the driver has been loaded for it" ls $mdev/driver/
shows '/mdev_bus_test$' "by its alias" readlink $mdev/driver
ok "remove it" "echo 1 > $mdev/remove"

step "A driver that refuses"
for error in 5:EIO 12:ENOMEM 517:EAGAIN; do
	run "echo ${error%:*} > $parameters/probe_error"
	fails_with ${error#*:} "creating fails with its error" "echo $uuid > $types/mdev_test-a/create"
	fails "nothing is left" "ls $mdev"
done
for error in 19 6; do
	run "echo $error > $parameters/probe_error"
	ok "one that says \"not mine\" is no reason to fail" "echo $uuid > $types/mdev_test-a/create"
	fails "the device has no driver" "ls $mdev/driver"
	ok "remove it" "echo 1 > $mdev/remove"
done
run "echo 0 > $parameters/probe_error"
ok "once it does not refuse" "echo $uuid > $types/mdev_test-a/create"
ok "the device has a driver" ls $mdev/driver/
ok "remove it" "echo 1 > $mdev/remove"
gives 8 "no instance is lost" cat $types/mdev_test-a/available_instances
