# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# libvirt, with the steps of docs/management.md.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "The device that mdevctl has made"
run "virsh version; aa-enabled"
within 60 "libvirt lists it" "virsh nodedev-list --cap mdev | grep $(name_of $uuid)"
shows "<type id='mtty-2'/>" "with its type" virsh nodedev-dumpxml "$(nodedev $uuid)"

step "What there can be"
within 60 "libvirt knows the parent" "virsh nodedev-list --cap mdev_types | grep -x mtty_mtty"
shows "<type id='mtty-1'>" "a card with one port" virsh nodedev-dumpxml mtty_mtty
contains "a card with two ports" "$out" "<type id='mtty-2'>"
contains "how many" "$out" "<availableInstances>11</availableInstances>"

step "A device for now"
describe $libvirts_uuid >$check/mdev.xml
run cat $check/mdev.xml
ok "create it" virsh nodedev-create $check/mdev.xml
ok "it is there" ls -d /sys/bus/mdev/devices/$libvirts_uuid/driver/
within 60 "libvirt lists it" "virsh nodedev-list --cap mdev | grep $(name_of $libvirts_uuid)"
ok "destroy it" virsh nodedev-destroy "$(nodedev $libvirts_uuid)"
fails "it is gone" "ls -d /sys/bus/mdev/devices/$libvirts_uuid"

step "A device for ever"
ok "define it" virsh nodedev-define $check/mdev.xml
name=$(nodedev $libvirts_uuid --inactive)
ok "start it at every boot" virsh nodedev-autostart "$name"
ok "start it now" virsh nodedev-start "$name"
ok "it is there" ls -d /sys/bus/mdev/devices/$libvirts_uuid/driver/
shows "^$libvirts_uuid mtty mtty-2 auto" "mdevctl knows it, too" mdevctl list -d

step "A domain that has it, and the one that mdevctl has made"
cp $check/vm/* /var/lib/libvirt/images/
domain $libvirts_uuid $uuid >$check/domain.xml
run cat $check/domain.xml
ok "define the domain" virsh define $check/domain.xml
domain_starts

step "Its VM can't be saved without being asked for, which QEMU says"
saved=/var/lib/libvirt/images/saved
fails "save it" virsh save mtty $saved
contains "it says why" "$err" "VFIO"
gives running "it runs" "virsh domstate mtty | grep ."
domain_goes_on
domain_ends

step "Saved, and restored"
if qemu-system-x86_64 -device vfio-pci,help | grep -q '^ *enable-migration='; then
	movable $check/domain.xml >$check/movable.xml
	run cat $check/movable.xml
	ok "define the domain of docs/migration.md" virsh define $check/movable.xml
	domain_starts
	ok "save it" virsh save mtty $saved
	gives "shut off" "it has ended" "virsh domstate mtty | grep ."
	ok "its devices are free" virsh nodedev-destroy "$name"
	within 60 "and can be made anew" virsh nodedev-start "$name"
	ok "restore it" virsh restore $saved
	gives running "it runs" "virsh domstate mtty | grep ."
	domain_goes_on

	step "Saved, and a device of another type in its place"
	ok "save it" virsh save mtty $saved
	ok "one device goes" virsh nodedev-destroy "$name"
	ok "and another one has its name" "echo $libvirts_uuid > $parents/mtty/mdev_supported_types/mtty-1/create"
	fails "restore it" virsh restore $saved
	gives "shut off" "it does not run" "virsh domstate mtty | grep ."
	ok "the device goes" "echo 1 > /sys/bus/mdev/devices/$libvirts_uuid/remove"
	within 60 "and the right one is there again" virsh nodedev-start "$name"
	ok "restore it" virsh restore $saved
	domain_goes_on
	domain_ends
	ok "define the domain as it was" virsh define $check/domain.xml
else
	skip "save and restore" "this QEMU has no enable-migration"
fi

step "Its devices"
ok "are free again, and can be stopped" virsh nodedev-destroy "$(nodedev $libvirts_uuid)"
ok "and started" virsh nodedev-start "$name"
