# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A VM that runs gets devices and loses them again, twenty times, of two
# parents: our serial card, and the display of Linux 5.10's sample driver mdpy.
# guest: nested=yes timeout=1800 samples=mdpy samples_of=5.10
# shellcheck source=tests/lib/samples.sh
. /lib/tests/samples.sh
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

# shellcheck disable=SC2034 # for samples.sh
api=stable

# QEMU's machine "virt" has no hotplug on the bus where the cards are
if [ "$(uname -m)" = aarch64 ]; then
	skip "plug into a running VM" "QEMU's machine \"virt\" has no hotplug on its root bus"
	exit
fi
vm_with_hotplug

# remove_plugged NUMBER: QEMU closes it a moment after it has said that it is gone
remove_plugged() { within 60 "and it can be removed" "echo 1 > $devices/$ids$1/remove"; }

# plug NUMBER SAMPLE-TYPE: create it and plug it in
plug() {
	ok "create $2" create "$1" "$2"
	ok "plug it in" vm_plug "$ids$1"
}

# told TEXT REGEX DESCRIPTION: the VM's script does TEXT, and says that
told() {
	vm_tell "$round $1"
	ok "$3" vm_wait_for "^$round: $2\$" 240
}

# sees WHAT: the VM does
sees() { told "look $1" "$1" "the VM sees $1"; }

# unplug NUMBER…: all at once
unplug() {
	plugged=
	for number; do
		plugged="$plugged $ids$number"
	done
	# shellcheck disable=SC2086 # several
	ok "unplug" vm_unplug $plugged
	for number; do
		remove_plugged "$number"
	done
}

# nothing_held: of VFIO, by QEMU; KVM's own file for VFIO stays, and holds nothing then
# shellcheck disable=SC2317 # called by within
nothing_held() {
	for fd in "/proc/$(cat /run/vm/pid)"/fd/*; do
		! readlink "$fd" | grep vfio | grep -v '^anon_inode:kvm-vfio$' || return 1
	done
}

load_ours
ok "our mtty" modprobe mtty
load_sample mdpy

step "A VM without any of them"
# Where ACPI routes interrupts the VM's kernel runs a long method each time that a
# card comes, half a minute in a VM that is emulated in an emulated guest.
vm_append="$vm_append acpi=noirq noapic 8250.nr_uarts=8"
vm_start /lib/tests/vm/hotplug.sh
ok "it runs" vm_wait_for '^waiting' 800
contains "it has slots for hotplug" "$(cat /run/vm/log)" '^slots: [1-9]'
fails "what is not there can't be plugged in" vm_plug "${ids}10"

for round in $(seq 20); do
	step "Round $round"
	case $round in
	5|10|15)
		plug 10 mtty-2
		plug 11 mdpy-hd
		plug 12 mtty-1
		sees "2 with 3 ports, 1 displays"
		told talk "talked" "it talks to its ports"
		is "all three answered" "$(grep -c "^ttyS[1-9] says: $round\$" /run/vm/log)" 3
		shows '^[1-9]' "by interrupts" statistic ${ids}10 interrupts card
		unplug 12 10 11
		sees "0 with 0 ports, 0 displays" ;;
	20)
		plug 10 mtty-2
		sees "1 with 2 ports, 0 displays"
		told traffic "traffic on 2 ports" "data goes through its ports"
		ok "unplug it meanwhile" vm_unplug ${ids}10
		remove_plugged 10
		ok "the VM's programs have lost one port" vm_wait_for "^$round: port 1 has gone" 240
		ok "and the other" vm_wait_for "^$round: port 2 has gone" 240
		sees "0 with 0 ports, 0 displays" ;;
	*[13579])
		plug 10 mtty-1
		sees "1 with 1 ports, 0 displays"
		unplug 10 ;;
	*)
		plug 10 mdpy-vga
		sees "0 with 0 ports, 1 displays"
		told draw "drawn: $round" "it can draw there"
		unplug 10 ;;
	esac
	# shellcheck disable=SC2154 # from tap.sh
	[ "$failures" = 0 ] || break
done

step "Afterwards"
within 60 "QEMU holds nothing of VFIO" nothing_held
gives "vfio" "no group is left" ls /dev/vfio
gives "" "nor in the kernel" ls /sys/kernel/iommu_groups
gives "" "nor a device" ls $devices
has_instances mtty-1=24 mtty-2=12 mdpy-vga=4
vm_tell "$round end"
ok "the VM ends by itself" vm_wait
ok "our mtty goes" rmmod mtty
unload_sample mdpy && unload_ours_too
exit 0
