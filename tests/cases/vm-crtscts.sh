# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A MiB through a port of a VM whose reader is slow, with a wire for a plug, and 64 KiB
# with a plug that has flow control: RTS stops the writer, and no byte is lost.
# long: a quarter of an hour of a processor in an emulated VM
# guest: nested=yes timeout=3600
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
devices=/sys/bus/mdev/devices
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty

step "A card with two ports, and one whose plug is a wire"
ok "create the one" "echo ${uuid}1 > $types/mtty-2/create"
ok "create the other" "echo ${uuid}2 > $types/mtty-1/create"
ok "with a wire" "echo wire > $devices/${uuid}2/vendor/plug"

step "A VM with both"
cp "$(which vfio-client)" /lib/tests/
ok "it runs to its end" vm_run /lib/tests/vm/crtscts.sh ${uuid}1 ${uuid}2
vm=$(cat /run/vm/log)
for plug in flow wire; do
	contains "$plug: all of it, and none is lost" "$vm" "^$plug: all is right\$"
done
contains "the driver has nothing to complain of" "$vm" '^no complaint$'

step "What the cards counted"
gives "0 0" "flow: no byte was lost" cat $devices/${uuid}1/vendor/lost_bytes
gives "65536 0" "all arrived" cat $devices/${uuid}1/vendor/rx_bytes
gives 0 "wire: no byte was lost" cat $devices/${uuid}2/vendor/lost_bytes
gives 1048576 "a MiB arrived" cat $devices/${uuid}2/vendor/rx_bytes
