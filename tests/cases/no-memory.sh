# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# One allocation of memory after the other fails, once each: in creating a
# device, binding and opening it.
# guest: memory=512M timeout=900
# shellcheck source=tests/lib/failing-memory.sh
. /lib/tests/failing-memory.sh

test=/sys/devices/virtual/mdev_test/mdev_test0

load mtty mdev_test
# udev would load the bridge for a device that waits for it, and be in our way
run "kill \$(pidof uevent)"
but_not_for_groups
free=$(cat $mtty/available_instances)

# made ANSWER: afterwards of creating; says what is wrong. It runs often, on a
# slow kernel: so without other programs.
made() {
	if [ "$1" = success ]; then
		[ -d $mdev/mdev_type ] || echo "it has no type"
		echo 1 >$mdev/remove || echo "it can't be removed"
	fi
	for left in /sys/bus/mdev/devices/* /sys/devices/virtual/*/*/"$uuid" \
		/sys/devices/virtual/*/*/mdev_supported_types/*/devices/*; do
		if [ -e "$left" ] || [ -L "$left" ]; then echo "$left is left"; fi
	done
	for now in "$free $mtty" "8 $test/mdev_supported_types/mdev_test-a"; do
		read -r instances <"${now#* }/available_instances"
		[ "$instances" = "${now%% *}" ] || echo "an instance is lost"
	done
	read -r creates <$test/counters/creates
	read -r removes <$test/counters/removes
	[ "$creates" = "$removes" ] || echo "the parent has one left"
}

# VFIO's groups go by themselves, and late where the kernel delays releases
no_group_left() {
	within 30 "no group is left" "[ -z \"\$(ls /sys/kernel/iommu_groups)\" ]"
}

step "Create"
everywhere
each_fails "mtty" made write $mtty/create $uuid
each_fails "mdev_test" made write $test/mdev_supported_types/mdev_test-a/create $uuid
no_group_left

step "Bind"
ok "create a device" "echo $uuid > $mtty/create && echo $uuid > $bridge/unbind"
bound() {
	if [ "$1" = success ]; then
		[ -e $mdev/driver ] && [ -e $mdev/iommu_group ] || echo "it is not bound"
	else
		[ ! -e $mdev/driver ] || echo "it is bound"
		[ ! -e $mdev/iommu_group ] || echo "it has a group"
		echo $uuid >$bridge/bind || echo "it can't be bound"
	fi
	vfio-client open $uuid >/dev/null || echo "it can't be opened"
	echo $uuid >$bridge/unbind || echo "it can't be unbound"
}
each_fails "the bridge" bound write $bridge/bind $uuid
no_group_left
ok "bind it again" "echo $uuid > $bridge/bind"

step "Open"
usable() {
	vfio-client open $uuid >/dev/null || echo "it can't be opened"
	[ ! -c /dev/iommu ] || VFIO_ACCESS=cdev vfio-client open $uuid >/dev/null || echo "its character device can't"
}
each_fails "by its group" usable fd $uuid
if [ -c /dev/iommu ]; then
	each_fails "its character device" usable bind $uuid
else
	skip "its character device" "this kernel has no /dev/iommu"
fi
ok "no user is left: it can be removed" "echo 1 > $mdev/remove"
