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
domain_uses_ports
ok "the devices are free again, and can be stopped" virsh nodedev-destroy "$(nodedev $libvirts_uuid)"
ok "and started" virsh nodedev-start "$name"
