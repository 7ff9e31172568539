# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# QEMU as an ordinary user, after the steps of docs/management.md.

# shellcheck source=tests/lib/system.sh
. ./system.sh

group=/dev/vfio/$(basename "$(readlink /sys/bus/mdev/devices/$uuid/iommu_group)")

step "As it is"
run id tester
run ls -l /dev/vfio
fails "the user can't have a device" "users_vm $uuid"
contains "for want of permission" "$err" "$group\\>.*Permission denied"

step "One rule for udev"
ok "the group kvm may use VFIO's devices" \
	"echo 'SUBSYSTEM==\"vfio\", GROUP=\"kvm\", MODE=\"0660\"' > /etc/udev/rules.d/70-vfio.rules"
ok "the user is in it" adduser tester kvm
ok "udev reads the rule" udevadm control --reload
ok "and looks at all of them again" udevadm trigger --subsystem-match=vfio --settle
gives kvm "the device is the group's" stat -c %G "$group"

step "A VM of the user's"
ok "QEMU runs it to its end" "users_vm $uuid >$check/user.log"
vm_sees_ports "the user's VM" $check/user.log
