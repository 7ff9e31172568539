# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The driver that docs/api.md shows, built from that page, does what the page
# says. With the modules of an installed package it is the one that dkms has
# built against that: see tests/run/run.sh.
# guest: memory=256M

type=/sys/class/mdev_bus/note/mdev_supported_types/note-16
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

step "The modules"
shows '/note\.ko[^:]*:.*updates/mdev\.ko' "the driver depends on our mdev" "cat /lib/modules/*/modules.dep"
load note

step "The type"
gives 4 "four can be made" cat $type/available_instances
gives vfio-platform "of platform devices" cat $type/device_api

step "A device"
ok "create one" "echo $uuid > $type/create"
shows '/vfio_mdev$' "the bridge took it" readlink $mdev/driver
gives 3 "three are left" cat $type/available_instances
shows '^1\.\.[0-9]+$' "a user finds what it should be" vfio-client note $uuid
hold $uuid
fails_with EBUSY "nobody can remove it while it is open" "echo 1 > $mdev/remove"
fails_with EAGAIN "nor unload its driver" rmmod note
let_go

step "As many as there are"
for number in 2 3 4; do
	ok "create number $number" "new_uuid > $type/create"
done
gives 0 "none is left" cat $type/available_instances
fails_with EUSERS "number 5 is refused" "new_uuid > $type/create"
ok "remove the first" "echo 1 > $mdev/remove"
gives 1 "that one can be made again" cat $type/available_instances

step "Unloading, with three devices"
ok "the driver unloads" rmmod note
gives "" "no device is left" ls /sys/bus/mdev/devices
# a kernel that delays releases takes the driver's folder away seconds later
within 30 "its name is free again" "[ ! -e /sys/bus/platform/drivers/note ]"
ok "and loads again" modprobe note
gives 4 "four can be made" cat $type/available_instances
ok "unload it" rmmod note
