# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Two cards in one VM. While it runs one is removed: QEMU unplugs it from the
# VM, which keeps the other one until QEMU is killed.
# guest: nested=yes timeout=1800
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh
vm_with_hotplug

types=/sys/class/mdev_bus/mtty/mdev_supported_types
devices=/sys/bus/mdev/devices
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty

step "Boot a VM with a card with two ports and a card with one"
ok "create the one" "echo ${uuid}2 > $types/mtty-2/create"
ok "create the other" "echo ${uuid}1 > $types/mtty-1/create"
vm_start /lib/tests/vm/three-ports.sh ${uuid}2 ${uuid}1
vm_wait_for '^waiting' 800 || vm_again '^waiting' 800 /lib/tests/vm/three-ports.sh ${uuid}2 ${uuid}1
ok "it gets to the end of its script" vm_wait_for '^waiting' 1
vm=$(cat /run/vm/log)
contains "it sees two cards" "$vm" '^2 cards$'
for port in 1 2 3; do
	contains "ttyS$port is a 16550A" "$vm" "ttyS$port at I/O 0x[0-9a-f]+ .*is a 16550A"
	contains "text sent to ttyS$port comes back" "$vm" "^ttyS$port says: port $port\$"
	contains "data sent to ttyS$port comes back" "$vm" "^ttyS$port returned all 8192 bytes"
done

step "It is running"
for number in 1 2; do
	ok "card $number is whole" ls $devices/$uuid$number/driver/ $devices/$uuid$number/vendor/plug
	gives EBUSY "nobody else gets it" "vfio-client open $uuid$number | cut -d ' ' -f 1"
done
fails_with EAGAIN "the sample can't be unloaded" rmmod mtty
vm_tell "text"
ok "the VM noticed nothing" vm_wait_for '^ttyS3 says: text$' 300

# QEMU's machine "virt" has no hotplug on the bus where the cards are
case $(uname -m) in
aarch64)
	step "It can't be unplugged"
	fails "removing a card waits" timeout 15 sh -c "echo 1 > $devices/${uuid}2/remove"
	left=2 ;;
*)
	step "A card is removed, and so unplugged"
	ok "it can be removed" timeout 300 sh -c "echo 1 > $devices/${uuid}2/remove"
	fails "it is gone" "ls $devices/${uuid}2"
	left=1 ;;
esac
vm_tell "still here"
ok "the other one works in the VM" vm_wait_for '^ttyS3 says: still here$' 300
contains "the VM sees what is left" "$(cat /run/vm/log)" "^cards left: $left\$"
ok "and has it" ls $devices/${uuid}1/driver/

step "QEMU is killed"
vm_kill
shows ': whole in ' "that card works" vfio-client loop ${uuid}1 0 4096
for mdev in "$devices"/*; do
	ok "it can be removed" "echo 1 > $mdev/remove"
done
gives 24 "all ports are free" cat $types/mtty-1/available_instances
ok "the modules unload" "rmmod mtty && rmmod vfio_mdev && rmmod mdev"
