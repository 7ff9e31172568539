# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# iommufd: a device's own character device, and its group with /dev/iommu for
# a container. A kernel can have the one and not the other.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/devices/virtual/mtty/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
third=83b8f4f2-509f-382f-3c1e-e6bfe0fa1003
mdev=/sys/bus/mdev/devices/$uuid

load mtty
run modprobe -q iommufd
if [ ! -c /dev/iommu ]; then
	skip "iommufd" "this kernel has none: no /dev/iommu after modprobe iommufd"
	exit 0
fi

# used_by WAY: all that a group's user can do, in another way
used_by() {
	export VFIO_ACCESS="$1"
	gives success "it can be opened" vfio-client open $uuid
	shows '^1\.\.[0-9]+$' "regions and config space are right" vfio-client regions $uuid 2
	shows '^1\.\.[0-9]+$' "interrupts are right" vfio-client irqs $uuid
	shows '^port 1: whole in ' "64 KiB come back" vfio-client loop $uuid 1 65536
	ok "random calls do no harm" vfio-client fuzz $uuid 4000 1
	unset VFIO_ACCESS
}

# as_it_was: the device has its driver, its files and its type
as_it_was() { ok "nothing was touched" ls $mdev/driver/ $mdev/mdev_type $mdev/vendor/plug; }

# hold_by WAY UUID: a user opens the device so and keeps it open
hold_by() {
	export VFIO_ACCESS="$1"
	hold "$2"
	unset VFIO_ACCESS
}

step "A group, with /dev/iommu for a container"
ok "create a device" "echo $uuid > $types/mtty-2/create"
used_by iommu-group
hold_by iommu-group $uuid
fails_with EBUSY "a device in use can't be removed" "echo 1 > $mdev/remove"
fails_with EAGAIN "nor the sample be unloaded" rmmod mtty
fails_with EAGAIN "nor the bridge" rmmod vfio_mdev
as_it_was
let_go
ok "afterwards it can be removed" "echo 1 > $mdev/remove"

ok "create a device" "echo $uuid > $types/mtty-2/create"
if [ -z "$(ls $mdev/vfio-dev/vfio*/dev 2>/dev/null)" ]; then
	skip "character devices" "this kernel's VFIO makes none (vfio-dev/vfioN has no number)"
	exit 0
fi

step "The character device"
within 30 "it is there" "ls -l /dev/vfio/devices/\$(ls $mdev/vfio-dev)"
shows '^1\.\.[0-9]+$' "step by step, and out of step" vfio-client iommufd $uuid
shows '^1\.\.[0-9]+$' "a second time, too" vfio-client iommufd $uuid
used_by cdev

for way in cdev cdev-unbound; do
	step "Removing a device while a user has it ($way)"
	hold_by $way $uuid
	fails_with EBUSY "it can't be removed" "echo 1 > $mdev/remove"
	fails_with EBUSY "nor at the second try" "echo 1 > $mdev/remove"
	as_it_was
	case $way in
	cdev) shows '^EBUSY ' "nobody gets it by its group meanwhile" "vfio-client open $uuid || :" ;;
	*) gives success "a user can have it by its group" vfio-client open $uuid ;;
	esac
	let_go
	gives success "the device works" env VFIO_ACCESS=cdev vfio-client open $uuid
	ok "now it can be removed" "echo 1 > $mdev/remove"
	gives 24 "and is given back" cat $types/mtty-1/available_instances
	ok "create it again" "echo $uuid > $types/mtty-2/create"
done

step "Unloading while a user has it bound"
hold_by cdev $uuid
fails_with EAGAIN "the sample can't be unloaded" rmmod mtty
fails_with EAGAIN "nor the bridge" rmmod vfio_mdev
fails_with EAGAIN "nor the core" rmmod mdev
as_it_was
let_go

# A user who has opened the character device and not bound it is unknown to the
# modules' counts: VFIO waits for the user, and for nothing else.
step "Unloading while a user has it open, but not bound"
hold_by cdev-unbound $uuid
start "exec rmmod vfio_mdev"
waits_in vfio_unregister_group_dev "unloading the bridge waits for the user"
fails "nobody gets the device any more" "VFIO_ACCESS=cdev vfio-client open $uuid"
let_go
ok "then it is done" wait $job
ok "the bridge comes back" modprobe vfio_mdev
gives success "the device works" env VFIO_ACCESS=cdev vfio-client open $uuid

hold_by cdev-unbound $uuid
ok "there is another device" "echo $second > $types/mtty-1/create"
start "exec rmmod mtty"
waits_in vfio_unregister_group_dev "unloading the sample waits for the user"
fails "nobody gets the device any more" "VFIO_ACCESS=cdev vfio-client open $uuid"
fails_with ENODEV "nor makes one" "echo $third > $types/mtty-1/create"
let_go
ok "then it is done" wait $job
gives "" "all devices are gone" ls /sys/bus/mdev/devices
fails "and the files to open them by" "ls -d /dev/vfio/devices/vfio*"

step "Opened and bound over and over, by two users, while it is removed and made"
ok "the sample loads" modprobe mtty
for way in cdev iommu-group; do
	start "while [ ! -e /run/case/stop ]; do VFIO_ACCESS=$way vfio-client open $uuid; done; :"
	jobs="${jobs:-} $job"
done
removed=0
for _ in $(seq 40); do
	quietly "echo $uuid > $types/mtty-1/create"
	quietly "echo 1 > $mdev/remove" && removed=$((removed + 1))
done
ok "both come to an end" "touch /run/case/stop; wait $jobs"
diag "removed $removed times in 40"
ok "some were removed" test $removed -gt 0
[ ! -e $mdev ] || ok "the last one can be removed" "echo 1 > $mdev/remove"
gives 24 "all instances are there" cat $types/mtty-1/available_instances
settle
for module in mtty vfio_mdev mdev; do
	ok "unload" rmmod $module
done
