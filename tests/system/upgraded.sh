# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# All the same on the new kernel.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "The new kernel"
ok "another one runs" "[ $(uname -r) != $(cat /var/lib/old-kernel) ]"
within 60 "mdevctl has started the device" "ls -d /sys/bus/mdev/devices/$uuid/driver/"
within 60 "and libvirt's" "ls -d /sys/bus/mdev/devices/$libvirts_uuid/driver/"
modules_are_ours mtty

step "mdevctl"
shows "^$uuid mtty mtty-2" "it lists the device" mdevctl list
ok "stop it" mdevctl stop -u $uuid
fails "it is gone" "ls -d /sys/bus/mdev/devices/$uuid"
ok "start it" mdevctl start -u $uuid

step "QEMU as an ordinary user"
ok "it runs to its end" "users_vm $uuid >$check/user.log"
vm_sees_ports "the user's VM" $check/user.log

step "libvirt"
within 60 "it has the parent" "virsh nodedev-list --cap mdev_types | grep -x mtty_mtty"
within 60 "and the device" nodedev $libvirts_uuid
domain_starts
domain_ends

step "All is taken away again"
ok "the domain" virsh undefine mtty
name=$(nodedev $libvirts_uuid)
ok "libvirt's device" virsh nodedev-destroy "$name"
ok "for ever" virsh nodedev-undefine "$name"
ok "mdevctl's device" mdevctl stop -u $uuid
ok "for ever" mdevctl undefine -u $uuid
gives "" "no device is left" ls /sys/bus/mdev/devices
ok "the modules" modprobe -r mtty vfio_mdev
fails "none of them is left" "grep -E '^(mdev|vfio_mdev|mtty) ' /proc/modules"

step "The package's own tests, those that autopkgtest runs"
for test in installed loaded; do
	ok "$test" sh autopkgtest/$test
done
