# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A VM reads the ROM of a device of mdev_sim, and moves to another one, while the device
# writes to the VM's memory: that, its own memory and registers come with it. A change
# of state that fails makes QEMU give up, and the VM goes on. Only with a VM's kernel
# that boots quickly: "make check KERNELS=6.12" has one.
# guest: nested=yes qemu=trixie memory=1800M timeout=1200 modules=configfs
# shellcheck source=tests/lib/moving.sh
. /lib/tests/moving.sh
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

if [ -z "${quick_vms:-}" ]; then
	skip "a running VM moves" "Debian's own kernel takes too long to boot in the VM: make check KERNELS=6.12 has a quick one"
	exit 0
fi

# shellcheck disable=SC2034 # for moving.sh
moving_script=/lib/tests/vm/memory.sh
load_sim
card gpu0
type gpu0 edu edu=1 'bar0=1M mem32' 'bar2=64K mem64' msix=4 max_instances=2
# a PCI expansion ROM without code; what it says is at 52
{
	printf '\125\252\004'
	head -c 21 /dev/zero
	printf '\034\0\0\0PCIR\064\022\350\021\0\0\030\0\0\0\377\0\004\0\0\0\001\200\0\0'
	echo 'the ROM of a card'
} >/run/case/rom
ok "it has a ROM" "cat /run/case/rom >$config/gpu0/types/edu/rom"
plug gpu0
create gpu0 mdev_sim-edu 1
create gpu0 mdev_sim-edu 2
# enough for the small kernel
! grep -q 'Linux version [0-9.]*-vm ' /vm/kernel || vm_memory=64
# for the device: the kernel has what is below
vm_append="$vm_append mem=$((vm_memory - 4))M"
written=$(((vm_memory - 4) * 1024 * 1024))
can_report || vm_card=$vm_card,enable-migration=on

step "A VM"
vm_start $moving_script ${uuid}1
ok "it runs" vm_wait_for '^waiting' 700
# shellcheck disable=SC2154 # from tap.sh
[ "$status" = 0 ] || exit 1
told "it looks at its ROM" rom
contains "it has 2K" "$said" 'Expansion ROM at [0-9a-f]+ .*\[size=2K\]'
contains "it can be read" "$said" '^the ROM of a card$'
told "it writes a register" write 4 0x12345678
told "and memory" write 0x50000 0xcafe0001
told "and 20 pages more" fill 0x60000 20
told "the device begins to write to its memory" transfer $written
ok "it does, and goes on" vm_wait_for '^20 transfers' 300

step "It moves"
arrives /run/vm2 ${uuid}2 unix:$socket
vm_use /run/vm
goes unix:$socket
vm_use /run/vm2
within 120 "there it runs" running
told "it looks at what the device has written" compare $written
contains "all has come" "$said" '^after [0-9]{2,} transfers 0 pages are wrong$'
told "it reads the register" read 4
contains "it has come" "$said" '^it is 0xEDCBA987$'
told "it reads memory" read 0x50000
contains "it has come" "$said" '^it is 0xCAFE0001$'
told "and the last of the 20 pages" read 0x73000
contains "it has come" "$said" '^it is 0x00000014$'
told "it reads what was never written" read 0x90000
contains "which is zero" "$said" '^it is 0x00000000$'
told "it writes memory" write 0x50000 0xcafe0002

step "A failure on the way back"
ok "changes of state fail" "echo EIO > $config/gpu0/fail_migration"
arrives /run/vm ${uuid}1 unix:$socket
vm_use /run/vm2
ok "it tries" migrate unix:$socket
within 120 "and fails" is_migrated failed
within 60 "it goes on" running
told "its memory is there" read 0x50000
contains "it is" "$said" '^it is 0xCAFE0002$'
vm_use /run/vm
fails "the other side ends" vm_wait

step "Back"
ok "they work again" "echo 0 > $config/gpu0/fail_migration"
arrives /run/vm ${uuid}1 unix:$socket
vm_use /run/vm2
goes unix:$socket
vm_use /run/vm
within 120 "there it runs" running
told "it reads memory" read 0x50000
contains "it has come" "$said" '^it is 0xCAFE0002$'
vm_tell end end
ok "the VM ends by itself" vm_wait
drop gpu0
ok "unload" rmmod mdev_sim
