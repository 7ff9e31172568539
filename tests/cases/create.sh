# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Creating devices: what is there afterwards, and what udev hears.
# guest: memory=256M

types=/sys/class/mdev_bus/mtty/mdev_supported_types
parent=/sys/devices/virtual/mtty/mtty
devices=/sys/bus/mdev/devices
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty mdev_test

for ports in 1 2; do
	type=mtty-$ports
	mdev=$devices/$uuid$ports
	step "A device of type $type"
	before=$(cat $types/$type/available_instances)
	ok "writing a UUID creates it" "echo $uuid$ports > $types/$type/create"
	gives $((before - 1)) "there is room for one less" cat $types/$type/available_instances
	gives $parent/$uuid$ports "it is below its parent, and on the bus" readlink -f $mdev
	shows '/bus/mdev/drivers/vfio_mdev$' "the bridge has it already" readlink $mdev/driver
	gives $parent/mdev_supported_types/$type "it links to its type" readlink -f $mdev/mdev_type
	gives $parent/$uuid$ports "the type links to it" readlink -f $types/$type/devices/$uuid$ports
	gives 200 "it has the file remove, for writing" stat -c %a $mdev/remove
	gives $ports "it has the parent driver's files" grep -c ^port $mdev/vendor/statistics
	shows '/iommu_groups/[0-9]+$' "it has an IOMMU group" readlink $mdev/iommu_group
	group=$(basename "$(readlink -f $mdev/iommu_group)")
	gives $uuid$ports "it is alone in the group" ls "/sys/kernel/iommu_groups/$group/devices"
	ok "VFIO has a file for the group" ls "/dev/vfio/$group"
	gives success "a user can open it" vfio-client open $uuid$ports
done

step "What udev heard"
within 20 "the device was added, and names its class" \
	"grep '^add .*/mtty/${uuid}1 MODALIAS=mdev:c0001$' /run/uevents"
within 20 "a driver was bound" \
	"grep '^bind .*/${uuid}1 MODALIAS=mdev:c0001 DRIVER=vfio_mdev$' /run/uevents"
gives "add" "the first of its events says that it was added" \
	"grep /${uuid}1 /run/uevents | head -n 1 | cut -d ' ' -f 1"

step "Removing them"
for ports in 1 2; do
	ok "writing 1 removes it" "echo 1 > $devices/$uuid$ports/remove"
	fails "it is not on the bus" "ls $devices/$uuid$ports"
	fails "nor below its parent" "ls $parent/$uuid$ports"
	gives "" "nor below its type" ls $types/mtty-$ports/devices
done
gives 24 "all the room is back for type mtty-1" cat $types/mtty-1/available_instances
gives 12 "all the room is back for type mtty-2" cat $types/mtty-2/available_instances
within 20 "udev heard that the driver let it go" "grep '^unbind .*/${uuid}2' /run/uevents"
within 20 "and that it is gone" "grep '^remove .*/${uuid}2 MODALIAS=mdev:c0001' /run/uevents"
gives "remove" "which is the last that it heard" \
	"grep /${uuid}2 /run/uevents | tail -n 1 | cut -d ' ' -f 1"

step "Ways to write a UUID"
ok "without a newline" "echo -n ${uuid}3 > $types/mtty-1/create"
ok "with upper-case digits" "echo 83B8F4F2-509F-382F-3C1E-E6BFE0FA1004 > $types/mtty-1/create"
ok "they are shown in lower case" ls $devices/${uuid}4
ok "the nil UUID is one, too" "echo 00000000-0000-0000-0000-000000000000 > $types/mtty-1/create"
# as with the kernel's own mdev: programs write sizeof() of a string, or pad it
ok "with a NUL behind it" "printf '${uuid}5\\0' > $types/mtty-1/create"
ok "with a blank" "printf '${uuid}6 ' > $types/mtty-1/create"
ok "with any byte" "printf '${uuid}7\\377' > $types/mtty-1/create"
ok "even a digit" "printf '${uuid}8a' > $types/mtty-1/create"
ok "each made the device of the first 36 characters" \
	ls $devices/${uuid}5 $devices/${uuid}6 $devices/${uuid}7 $devices/${uuid}8
ok "a number with a NUL behind it removes one" "printf '1\\0' > $devices/${uuid}5/remove"
fails "it is gone" "ls $devices/${uuid}5"

step "A driver with types of other names, below two parents"
for number in 0 1; do
	for type in mdev_test-a mdev_test-b; do
		uuid=$(new_uuid)
		ok "mdev_test$number creates one" \
			"echo $uuid > /sys/class/mdev_bus/mdev_test$number/mdev_supported_types/$type/create"
		gives $type "it was told the type" cat "$devices/$uuid/test/type"
		gives "../mdev_supported_types/$type" "and so is sysfs" readlink "$devices/$uuid/mdev_type"
	done
done
