# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A VM gets a device of a simulated NVIDIA T4. A test case and the demo run this same
# file, as they do walkthrough.sh, with the words of vm.sh.

uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1004
card=/sys/class/mdev_bus/nvidia-t4

step "Simulate an NVIDIA T4"
ok "mdev-sim makes the card" mdev-sim add nvidia-t4
shows 'GRID T4-1B' "it has a T4's types" "grep . $card/mdev_supported_types/*/name"
ok "a device is made by writing a UUID" "echo $uuid > $card/mdev_supported_types/nvidia-222/create"

step "Boot a VM with it"
ok "VFIO's driver for the IOMMU is loaded" modprobe vfio_iommu_type1
ok "the VM runs to its end" vm_run /lib/tests/vm/t4.sh $uuid
vm=$(cat /run/vm/log)
contains "the VM sees a T4" "$vm" '^[0-9a-f:.]+ 3D controller \[0302\]: .*\[10de:1eb8\] \(rev a1\)'
contains "with its subsystem" "$vm" 'Subsystem: .*10de:12a2'
contains "BAR 0 has 16M" "$vm" 'Region 0: Memory at [0-9a-f]+ \(32-bit, non-prefetchable\) .*\[size=16M\]'
contains "BAR 1 256M" "$vm" 'Region 1: Memory at [0-9a-f]+ \(64-bit, prefetchable\) .*\[size=256M\]'
contains "BAR 3 32M" "$vm" 'Region 3: Memory at [0-9a-f]+ \(64-bit, prefetchable\) .*\[size=32M\]'
contains "it has MSI" "$vm" 'MSI: Enable. Count=1/1'

step "Remove the card"
ok "it is pulled out, with its device" mdev-sim remove nvidia-t4
fails "the device is gone" "ls /sys/bus/mdev/devices/$uuid"
