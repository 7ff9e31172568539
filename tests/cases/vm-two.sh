# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Two cards in one VM. While it runs they can't be removed; when QEMU is killed
# they can.
# guest: nested=yes timeout=900 files="tests/cases/data/words.sh tests/cases/data/three-ports.sh"
# shellcheck source=tests/cases/data/words.sh
. /case/words.sh
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
devices=/sys/bus/mdev/devices
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty

step "Boot a VM with a card with two ports and a card with one"
ok "create the one" "echo ${uuid}2 > $types/mtty-2/create"
ok "create the other" "echo ${uuid}1 > $types/mtty-1/create"
vm_start /case/three-ports.sh ${uuid}2 ${uuid}1
ok "it gets to the end of its script" vm_wait_for '^waiting' 800
vm=$(cat /run/vm/log)
contains "it sees two cards" "$vm" '^2 cards$'
for port in 1 2 3; do
	contains "ttyS$port is a 16550A" "$vm" "ttyS$port at I/O 0x[0-9a-f]+ .*is a 16550A"
	contains "text sent to ttyS$port comes back" "$vm" "^ttyS$port says: port $port\$"
	contains "data sent to ttyS$port comes back" "$vm" "^ttyS$port returned all 8192 bytes"
done

step "It is running"
for number in 1 2; do
	fails_with EBUSY "card $number can't be removed" "echo 1 > $devices/$uuid$number/remove"
	ok "it is whole" ls $devices/$uuid$number/driver/ $devices/$uuid$number/vendor/ports
	gives EBUSY "nobody else gets it" "vfio-client open $uuid$number | cut -d ' ' -f 1"
done
fails_with EAGAIN "the sample can't be unloaded" rmmod mtty
vm_tell "text"
ok "the VM noticed nothing" vm_wait_for '^ttyS3 says: text$' 120

step "QEMU is killed"
vm_kill
ok "a card can be removed" "echo 1 > $devices/${uuid}1/remove"
shows ': whole in ' "the other one works" vfio-client loop ${uuid}2 1 4096
ok "and can be removed" "echo 1 > $devices/${uuid}2/remove"
gives 24 "all ports are free" cat $types/mtty-1/available_instances
ok "the modules unload" "rmmod mtty && rmmod vfio_mdev && rmmod mdev"
