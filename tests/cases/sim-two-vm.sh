# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Devices of two simulated cards in one VM, whose QEMU an ordinary user runs: the user
# needs the two groups, and no right beside. Memory BARs are there on each architecture.
# guest: nested=yes timeout=1200 modules=configfs
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

user=tester
echo "$user:x:1000:1000::/:/bin/sh" >>/etc/passwd
echo "$user:x:1000:" >>/etc/group
# the user is one who runs VMs, without mdevs
[ ! -c /dev/kvm ] || chown $user /dev/kvm
groups() { for n in 1 2; do basename "$(readlink $mdevs/$uuid$n/iommu_group)"; done; }

load_sim
ok "VFIO's driver for the IOMMU is loaded" modprobe vfio_iommu_type1
card gpu0 driver=edu
type gpu0 edu edu=1 'bar0=1M mem32' msi=1
plug gpu0
card 0000:65:00.0 driver=nvidia
type 0000:65:00.0 222 vendor=0x10de device=0x1eb8 class=0x030200 'bar0=1M mem32' 'bar1=64M mem64 prefetch'
plug 0000:65:00.0
create gpu0 edu-edu 1
create 0000:65:00.0 nvidia-222 2

step "Without a right"
vm_as $user
vm_start /lib/tests/vm/two-cards.sh ${uuid}1 ${uuid}2
fails "QEMU ends" vm_wait
contains "for want of permission" "$(cat /run/vm/log)" '/dev/vfio/[0-9]+.*Permission denied'

step "With the two groups"
for group in $(groups); do
	ok "group $group is the user's" chown $user "/dev/vfio/$group"
done
gives 64 "the user may lock 64 KiB" sh -c 'ulimit -l 64; ulimit -l'
# shellcheck disable=SC3045 # busybox has it
ulimit -l 64
vm_start /lib/tests/vm/two-cards.sh ${uuid}1 ${uuid}2
ok "the VM is up" vm_wait_for '^waiting' 800
gives 1000 "QEMU is the user's" stat -c %u "/proc/$(cat /run/vm/pid)"
vm=$(cat /run/vm/log)
contains "the VM sees the one" "$vm" '^[0-9a-f:.]+ Unclassified device .*\[1234:11e8\]'
contains "and the other" "$vm" '^[0-9a-f:.]+ 3D controller .*\[10de:1eb8\]'
contains "the one computes" "$vm" '^1234:11e8 4: 0xEDCBA987$'
contains "it has memory" "$vm" '^1234:11e8 0x80000: 0xCAFE0001$'
contains "the other has memory" "$vm" '^10de:1eb8 0x80000: 0xCAFE0002$'
contains "also in its second BAR" "$vm" '^10de:1eb8 BAR 1: 0xCAFE0003$'

vm_tell end
ok "the VM ends" vm_wait
for n in 1 2; do
	remove $n
done
for name in gpu0 0000:65:00.0; do
	unplug $name
	drop $name
done
ok "unload" rmmod mdev_sim
