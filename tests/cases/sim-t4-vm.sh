# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A VM with a device of a simulated NVIDIA T4 sees what the README shows.
# guest: nested=yes timeout=900 modules=configfs
# guest: files="scripts/mdev-sim:/usr/bin/mdev-sim cards:/usr/share/mdev-dkms/cards"
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

load mdev_sim

step "A device of a T4"
ok "mdev-sim makes the card" mdev-sim add nvidia-t4
ok "a device is created" "echo $uuid > /sys/class/mdev_bus/nvidia-t4/mdev_supported_types/nvidia-222/create"

step "In a VM"
ok "the VM does its work" vm_run /lib/tests/vm-t4.sh $uuid
vm=$(cat /run/vm/log)
contains "it sees a T4" "$vm" '^[0-9a-f:.]+ 3D controller \[0302\]: .*\[10de:1eb8\] \(rev a1\)'
contains "with its subsystem" "$vm" 'Subsystem: .*10de:12a2'
contains "BAR 0 has 16M" "$vm" 'Region 0: Memory at [0-9a-f]+ \(32-bit, non-prefetchable\) .*\[size=16M\]'
contains "BAR 1 256M" "$vm" 'Region 1: Memory at [0-9a-f]+ \(64-bit, prefetchable\) .*\[size=256M\]'
contains "BAR 3 32M" "$vm" 'Region 3: Memory at [0-9a-f]+ \(64-bit, prefetchable\) .*\[size=32M\]'
contains "it has MSI" "$vm" 'MSI: Enable. Count=1/1'

step "Afterwards"
ok "the card is removed" mdev-sim remove nvidia-t4
fails "with its device" "ls -d /sys/bus/mdev/devices/$uuid"
