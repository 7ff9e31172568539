# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Debian 13's QEMU saves a VM with a card by default where it is told which memory
# the card has written, and with an option elsewhere. The VM has not run yet. (That
# of Debian 12 knows the first version of the protocol only.)
# guest: nested=yes qemu=trixie timeout=600
# shellcheck source=tests/lib/moving.sh
. /lib/tests/moving.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
cards=83b8f4f2-509f-382f-3c1e-e6bfe0fa200
devices=/sys/bus/mdev/devices

load mtty
ok "create a card" "echo ${cards}1 > $types/mtty-2/create"

step "QEMU's defaults"
vm_more=-S
vm_start /lib/tests/vm/walkthrough.sh ${cards}1
if can_report; then
	ok "it migrates, as the kernel can report what a device has written" migrate file:/run/case/unused
	within 120 "it has" is_migrated completed
else
	fails "without a report of what a device has written, it does not" migrate file:/run/case/unused
	# shellcheck disable=SC2154 # from tap.sh
	contains "and says why" "$err" 'dirty tracking'
fi
ok "it ends" quit

step "With the option"
vm_card=$vm_card,enable-migration=on
vm_start /lib/tests/vm/walkthrough.sh ${cards}1
ok "it migrates" migrate file:/run/case/unused
within 120 "it has" is_migrated completed
ok "it ends" quit

ok "remove the card" "echo 1 > $devices/${cards}1/remove"
exit 0
