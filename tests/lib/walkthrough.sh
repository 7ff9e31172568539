# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The walk-through of the kernel's documentation, "Using the Sample Code" in
# Documentation/driver-api/vfio-mediated-device.rst, from loading the modules to
# unloading them. A test case and the demo run this same file; the demo tells a
# person what the TAP says.
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

parent=/sys/devices/virtual/mtty/mtty
types=$parent/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid
vm_script=${vm_script:-/lib/tests/vm/walkthrough.sh}

step "Load the modules"
ok "mtty.ko is loaded, and mdev.ko with it" modprobe mtty
ok "vfio_mdev.ko has come by itself" "grep ^vfio_mdev /proc/modules"
ok "VFIO's driver for the IOMMU is loaded" modprobe vfio_iommu_type1

step "Look at the parent device and the types it offers"
shows 'mtty-2' "the parent's tree is there" tree $parent
before=$(cat $types/mtty-2/available_instances)
gives "vfio-pci" "its devices are PCI devices for VFIO" cat $types/mtty-2/device_api

step "Create a mediated device, a serial card with two ports"
ok "a device is made by writing a UUID" "echo $uuid > $types/mtty-2/create"
gives $((before - 1)) "there is room for one less" cat $types/mtty-2/available_instances

step "See that vfio_mdev took it, and its IOMMU group"
shows '/vfio_mdev$' "its driver is vfio_mdev" readlink $mdev/driver
shows '/iommu_groups/[0-9]+$' "it has an IOMMU group" readlink $mdev/iommu_group
ok "the group has its node in /dev/vfio" "ls -l /dev/vfio/$(basename "$(readlink $mdev/iommu_group)")"

step "Boot a VM with it and use the two serial ports there"
ok "the VM runs to its end" vm_run "$vm_script" $uuid
vm=$(cat /run/vm/log)
contains "the VM sees the card" "$vm" 'Serial controller: Device 4348:3253'
contains "the VM's kernel has ttyS1 on it" "$vm" 'ttyS1 at I/O 0x[0-9a-f]+ .*is a 16550A'
contains "the VM's kernel has ttyS2 on it" "$vm" 'ttyS2 at I/O 0x[0-9a-f]+ .*is a 16550A'
contains "setserial shows ttyS1" "$vm" '/dev/ttyS1, UART: 16550A'
contains "setserial shows ttyS2" "$vm" '/dev/ttyS2, UART: 16550A'
contains "text sent to ttyS1 comes back" "$vm" '^ttyS1 says: first port$'
contains "text sent to ttyS2 comes back" "$vm" '^ttyS2 says: second port$'

step "Remove the device"
ok "it is removed by writing 1" "echo 1 > $mdev/remove"
fails "it is gone" "ls $mdev"
gives "$before" "there is room for it again" cat $types/mtty-2/available_instances

step "Unload the modules"
ok "mtty.ko is unloaded" rmmod mtty
ok "vfio_mdev.ko is unloaded" rmmod vfio_mdev
ok "mdev.ko is unloaded" rmmod mdev
