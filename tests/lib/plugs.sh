# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For cases in which Linux drives the ports of two cards in a VM: ttyS1 and ttyS2 of one
# whose plug has flow control, ttyS3 of one whose plug is a wire.

# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
devices=/sys/bus/mdev/devices
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

# plugs_make: both cards
plugs_make() {
	step "A card with two ports, and one whose plug is a wire"
	ok "create the one" "echo ${uuid}1 > $types/mtty-2/create"
	ok "create the other" "echo ${uuid}2 > $types/mtty-1/create"
	ok "with a wire" "echo wire > $devices/${uuid}2/vendor/plug"
}

# plugs_run SCRIPT: boot a VM with both that runs it; sets vm to what it prints
plugs_run() {
	step "Boot a VM with both"
	# what the script in the VM calls
	cp "$(which vfio-client)" /lib/tests/
	ok "it runs to its end" vm_run /lib/tests/vm/"$1" ${uuid}1 ${uuid}2
	vm=$(cat /run/vm/log)
}

# plugs_are_right: the script says so of each, and the driver has not complained
plugs_are_right() {
	for plug in flow wire; do
		contains "$plug: all is right" "$vm" "^$plug: all is right\$"
	done
	contains "the driver has nothing to complain of" "$vm" '^no complaint$'
}
