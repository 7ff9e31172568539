# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A VM with a card is saved to a file and restored on another card, moved back
# over a socket while it sends, and refused by a card of another kind: by Debian
# 13's QEMU, since that of 12 knows the first version of the protocol only. Only
# with a VM's kernel that boots quickly: "make check KERNELS=6.12" has one.
# guest: nested=yes qemu=trixie memory=1800M timeout=1800
# shellcheck source=tests/lib/moving.sh
. /lib/tests/moving.sh

if [ -z "${quick_vms:-}" ]; then
	skip "a running VM moves" "Debian's own kernel takes too long to boot in the VM: make check KERNELS=6.12 has a quick one"
	exit 0
fi

types=/sys/class/mdev_bus/mtty/mdev_supported_types
cards=83b8f4f2-509f-382f-3c1e-e6bfe0fa200
devices=/sys/bus/mdev/devices
moving_script=/lib/tests/vm/migrating.sh
interrupts() { statistic "$1" interrupts card; }

load mtty
ok "create a card" "echo ${cards}1 > $types/mtty-2/create"
ok "and another" "echo ${cards}2 > $types/mtty-2/create"
ok "and one with a single port" "echo ${cards}3 > $types/mtty-1/create"

# enough for the small kernel
! grep -q 'Linux version [0-9.]*-vm ' /vm/kernel || vm_memory=64

step "QEMU's defaults"
vm_more=-S
vm_start $moving_script ${cards}1
if can_report; then
	ok "it migrates, as the kernel can report what a device has written" migrate file:$state
	within 120 "it has" is_migrated completed
else
	fails "without a report of what a device has written, it does not" migrate file:$state
	# shellcheck disable=SC2154 # from tap.sh
	contains "and says why" "$err" 'dirty tracking'
fi
ok "it ends" quit
can_report || vm_card=$vm_card,enable-migration=on

step "A VM"
vm_more=''
vm_start $moving_script ${cards}1
ok "it runs" vm_wait_for '^waiting' 700
# shellcheck disable=SC2154 # from tap.sh
[ "$status" = 0 ] || exit 1
told "it opens its port" open
told "it switches the port's interrupts off" interrupts 00
told "a line comes into the card" put 63 74 6c 0a
before=$(interrupts ${cards}1)
told "and its interrupts on" interrupts 03
told "it waits" line
contains "the line comes: a VM that stays" "$said" '^a line came: ctl$'
after=$(interrupts ${cards}1)
ok "by an interrupt: $before, $after" "[ $after -gt $before ]"
told "it switches them off again" interrupts 00
told "another line comes into the card" put 61 62 63 0a

step "To a file, with an interrupt pending, and from it to the other card"
goes file:$state
diag "the file has $(stat -c %s $state) bytes"
arrives /run/vm2 ${cards}2 file:$state
within 120 "it runs" running
told "it goes on" nothing
before=$(interrupts ${cards}2)
told "it switches the interrupts on" interrupts 03
told "it waits" line
contains "the line comes: a VM that has moved" "$said" '^a line came: abc$'
after=$(interrupts ${cards}2)
ok "by an interrupt: $before, $after" "[ $after -gt $before ]"

step "Back over a socket, with bytes on their way"
told "it closes the port" close
told "and uses its registers" fifo
told "18 bytes are sent, of which the receiver has room for 16" \
	put 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50 51 52
arrives /run/vm ${cards}1 unix:$socket
vm_use /run/vm2
goes unix:$socket
vm_use /run/vm
within 120 "there it runs" running
told "it reads them" drain 19
is "each has come once" "$(echo "$said" | sed -n 's/^in the card: //p')" \
	"41 1 42 1 43 1 44 1 45 1 46 1 47 1 48 1 49 1 4a 1 4b 1 4c 1 4d 1 4e 1 4f 1 50 1 51 1 52 0 00 0"
told "the port works" talk back
contains "text comes back" "$said" '^ttyS1 says: back$'

step "A line to the VM that has stayed high"
told "nobody handles interrupts, the registers are used" fifo
told "interrupts on" interrupts 01
told "one comes, and its cause is gone before QEMU hears of it" put-and-off 33
goes file:$state
arrives /run/vm2 ${cards}2 file:$state
within 120 "it runs again" running
told "the port works" talk again
contains "text comes back" "$said" '^ttyS1 says: again$'

step "Back while it sends"
arrives /run/vm ${cards}1 unix:$socket
vm_use /run/vm2
told "it begins to send" traffic 8
within 60 "it sends" "[ \$(statistic ${cards}2 rx port0) -gt 100 ]"
goes unix:$socket
fails "in the middle of it" grep '^ttyS1 returned' /run/vm2/log
vm_use /run/vm
within 120 "there it runs" running
ok "and gets all its data" vm_wait_for '^ttyS1 returned' 300
contains "whole" "$(cat /run/vm/log)" '^ttyS1 returned all 8192 bytes'

step "To a card of another kind"
arrives /run/vm2 ${cards}3 unix:$socket
vm_use /run/vm
ok "it tries" migrate unix:$socket
within 120 "and fails" is_migrated failed
within 60 "it goes on" running
told "the port works" talk here
contains "text comes back" "$said" '^ttyS1 says: here$'
vm_use /run/vm2
fails "the other side ends" vm_wait
contains "and says why" "$(cat /run/vm2/log)" 'load of migration failed'
vm_use /run/vm
vm_tell end end
ok "the VM ends by itself" vm_wait
for card in 1 2 3; do
	ok "remove a card" "echo 1 > $devices/$cards$card/remove"
done
exit 0
