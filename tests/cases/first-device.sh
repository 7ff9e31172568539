# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The first device has its driver when the write to "create" returns, without a
# pause before it: whichever modprobe has loaded the parent, whoever creates it
# and when, and whatever is the class. A driver that can't be had delays nobody.
# guest: memory=256M timeout=600 programs=kmod
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid
bridge=/sys/bus/mdev/drivers/vfio_mdev

# what udev loads meanwhile would hide what is wrong
ok "there is no udev" killall uevent

# modprobe_of kmod|busybox: from now on we and the kernel call this one
modprobe_of() {
	mkdir -p /run/"$1"
	ln -sf /bin/"$1" /run/"$1"/modprobe
	echo /run/"$1"/modprobe >/proc/sys/kernel/modprobe
	modprobe=/run/"$1"/modprobe
}

has_driver() { [ -e $mdev/driver ] && [ -e $mdev/iommu_group ]; }

unload_all() { rmmod mtty && rmmod vfio_mdev && rmmod mdev; }

# as the README has it
by_hand() {
	"$modprobe" mtty
	echo $uuid >$types/mtty-2/create
	has_driver
}

# as a rule of udev may do it: as soon as there is something to write to
as_early_as_possible() {
	"$modprobe" mtty &
	until echo $uuid >$types/mtty-2/create; do :; done 2>/dev/null
	has_driver
	seen=$?
	wait $!
	return $seen
}

# many LINE: it succeeds each time, in modules just loaded
many() {
	right=0
	diag "\$ $*; rmmod mtty vfio_mdev mdev    # 8 times"
	for _ in 1 2 3 4 5 6 7 8; do
		! "$@" || right=$((right + 1))
		unload_all || break
	done
	is "each time it has its driver and its group" $right 8
}

for which in busybox kmod; do
	step "With the modprobe of $which"
	modprobe_of $which
	many by_hand
	many as_early_as_possible
done

step "When modprobe has returned"
modprobe_of kmod
ok "the core is loaded by kmod" "$modprobe" mdev
ok "which has loaded the bridge" ls $bridge
# some versions say then that one of them is gone already
run "$modprobe" -r mdev
fails "and unloads both" "grep -E '^(vfio_)?mdev ' /proc/modules"
modprobe_of busybox
ok "a parent is loaded by busybox" "$modprobe" mtty
ok "the bridge is there" ls $bridge

step "A bridge that has been unloaded"
ok "unload it" rmmod vfio_mdev
ok "create a device" "echo $uuid > $types/mtty-2/create"
ok "it has its driver" ls $mdev/driver/ $mdev/iommu_group/
ok "remove it" "echo 1 > $mdev/remove"

step "Another class"
ok "a parent is loaded" "$modprobe" mdev_test set_class=2
ok "create one" "echo $uuid > /sys/class/mdev_bus/mdev_test0/mdev_supported_types/mdev_test-a/create"
shows '/mdev_bus_test$' "it has the driver of that class" readlink $mdev/driver
ok "remove it" "echo 1 > $mdev/remove"

step "A parent that is registered while modules wait for it"
parent=/sys/devices/virtual/mdev_test/mdev_test0
run "echo 0 > /sys/module/mdev_test/parameters/set_class"
ok "unregister it" "echo 0 > $parent/register"
ok "unload the bridge" rmmod vfio_mdev
ok "register it, asynchronously" "echo 4 > $parent/register"
ok "create one" "echo $uuid > $parent/mdev_supported_types/mdev_test-a/create"
ok "it has its driver" ls $mdev/driver/
ok "remove it" "echo 1 > $mdev/remove"

step "No driver to be had"
ok "unload it" rmmod vfio_mdev
mkdir -p /etc/modprobe.d
for way in "echo blacklist vfio_mdev > /etc/modprobe.d/case.conf" \
	"echo /nowhere > /proc/sys/kernel/modprobe" \
	"echo > /proc/sys/kernel/modprobe"; do
	run "$way"
	began=$(cut -d. -f1 /proc/uptime)
	wrong=0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		quietly "echo $uuid > $types/mtty-2/create" || wrong=$((wrong + 1))
		[ ! -e $mdev/driver ] || wrong=$((wrong + 1))
		quietly "echo 1 > $mdev/remove" || wrong=$((wrong + 1))
	done
	is "each of ten is created, without a driver" $wrong 0
	took=$(($(cut -d. -f1 /proc/uptime) - began))
	ok "within a second each (all: $took s)" test $took -lt 10
done
rm /etc/modprobe.d/case.conf

step "A modprobe that hangs"
printf '#!/bin/sh\nexec sleep 1000\n' >/run/hangs
chmod +x /run/hangs
run "echo /run/hangs > /proc/sys/kernel/modprobe"
start "exec vfio-client write $types/mtty-2/create $uuid"
waits_in __request_module "the writer waits for it"
ok "and can be killed" kill -9 $job
within 30 "it ends" "! kill -0 $job"
ok "everything can be unloaded" "rmmod mdev_test mtty mdev_bus_test mdev"
