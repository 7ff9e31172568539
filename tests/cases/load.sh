# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Loading mdev, vfio_mdev and mtty, and unloading them.
# guest: memory=256M

types=/sys/class/mdev_bus/mtty/mdev_supported_types

step "The core"
ok "mdev loads" modprobe mdev
shows "^updates/mdev.ko:" "it is ours, not the kernel's own" "grep '/mdev.ko:' /lib/modules/*/modules.dep"
ok "the bus is there" ls /sys/bus/mdev
ok "the class is there" ls -d /sys/class/mdev_bus

step "The sample, and with it the bridge"
ok "mtty loads" modprobe mtty
ok "vfio_mdev has come by itself" "grep ^vfio_mdev /proc/modules"
ok "the bridge is a driver on the bus" ls /sys/bus/mdev/drivers/vfio_mdev
shows "devices/virtual/mtty/mtty$" "the class links to the parent" \
	readlink -f /sys/class/mdev_bus/mtty
within 5 "the parent announced itself" \
	"grep ' /devices/virtual/mtty/mtty .*MDEV_STATE=registered' /run/uevents"
for type in mtty-1 mtty-2; do
	for file in available_instances create device_api devices name; do
		ok "$type has $file" ls -d $types/$type/$file
	done
done
gives vfio-pci "the types are PCI devices" cat $types/mtty-1/device_api

step "Unloading"
fails_with EAGAIN "the core can't go before the sample" rmmod mdev
ok "the sample unloads" rmmod mtty
fails "its parent is gone" ls /sys/class/mdev_bus/mtty
within 5 "and said so" \
	"grep ' /devices/virtual/mtty/mtty .*MDEV_STATE=unregistered' /run/uevents"
ok "the bridge unloads" rmmod vfio_mdev
ok "the core unloads" rmmod mdev
fails "the bus is gone" ls -d /sys/bus/mdev
