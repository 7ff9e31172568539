# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The kernel's own API on s390x: its drivers vfio_ccw and vfio_ap, built from the source
# of Debian's kernel for the kernel's own mdev.ko, on ours. vfio_ccw gets the
# subchannel of a disk, and a channel program goes through a device of it. The same is
# done on the kernel's own core, and nothing is expected of ours that it does not do.
# (vfio_ap wants KVM, which wants a processor that QEMU does not emulate.)
# guest: arch=s390x disk=yes samples="mdev vfio_ccw vfio_ap" samples_of=ccw
# guest: modules=kvm timeout=600
# shellcheck source=tests/lib/samples.sh
. /lib/tests/samples.sh

# the control unit and its model, which QEMU's virtio-blk-ccw says it is
cutype=3832/02

# find_disk: sets subchannel
find_disk() {
	disk=$(grep -lx $cutype /sys/bus/ccw/devices/*/cutype | head -n 1)
	disk=$(dirname "$(readlink -f "${disk%/*}")")
	subchannel=$(basename "$disk")
}

# driver_is NAME: of the subchannel
driver_is() { readlink "/sys/bus/css/devices/$subchannel/driver" | grep -q "/$1\$"; }

# give_to DRIVER: the subchannel
give_to() {
	echo "$1" >"/sys/bus/css/devices/$subchannel/driver_override" &&
		echo "$subchannel" >"/sys/bus/css/devices/$subchannel/driver/unbind" &&
		echo "$subchannel" >"/sys/bus/css/drivers/$1/bind"
}

# finds_symbols MODULE: all those of mdev, in their versions
finds_symbols() {
	fails "$1 finds the symbols of mdev, in their versions" "dmesg | grep -E '$1: (Unknown symbol|disagrees about version of symbol) mdev_'"
}

# try_ccw CORE
try_ccw() {
	type=/sys/class/mdev_bus/$subchannel/mdev_supported_types/vfio_ccw-io
	step "vfio_ccw on $1"
	ok "load it" insmod $drivers/vfio_ccw.ko
	finds_symbols vfio_ccw
	ok "it gets the disk's subchannel $subchannel" give_to vfio_ccw
	ok "which it drives" driver_is vfio_ccw
	gives "I/O subchannel (Non-QDIO)" "its type" cat "$type/name"
	gives vfio-ccw "its API" cat "$type/device_api"
	gives 1 "there can be one device" cat "$type/available_instances"
	ok "create it" "echo ${ids}10 > $type/create"
	shows "/vfio_ccw_mdev\$" "its driver has it" readlink "$devices/${ids}10/driver"
	gives 0 "there can be no other" cat "$type/available_instances"
	fails_with EUSERS "nor is there" "echo ${ids}11 > $type/create"
	passes "channel programs" vfio-client ccw ${ids}10 383202
	# shellcheck disable=SC2154 # of shows
	said=$out
	hold ${ids}10
	fails_with EAGAIN "vfio_ccw can't be unloaded meanwhile" rmmod vfio_ccw
	start "echo 1 > $devices/${ids}10/remove"
	waits_in vfio_unregister_group_dev "whoever removes the device waits for its user"
	let_go
	ok "then it can be removed" wait "$job"
	gives 1 "there can be one again" cat "$type/available_instances"
	ok "create it again" "echo ${ids}10 > $type/create"
	passes "it works" vfio-client ccw ${ids}10 383202
	ok "the subchannel goes back" give_to io_subchannel
	gives "" "its device has gone" ls $devices
	within 20 "the disk is back" "grep -x $cutype $disk/*/cutype"
	ok "unload it" rmmod vfio_ccw
}

find_disk
ok "there is a disk" driver_is io_subchannel
load_ours
try_ccw "our core"
on_ours=$said

step "vfio_ap, as far as it comes"
fails "KVM does not run here" modprobe kvm
fails "so vfio_ap finds not all its symbols" insmod $drivers/vfio_ap.ko
logged 'vfio_ap: Unknown symbol kvm_' "those of KVM it lacks"
finds_symbols vfio_ap

unload_ours_too || exit 1
ok "the kernel's own core" insmod $drivers/mdev.ko
fails "it is not ours" is_ours
try_ccw "the kernel's own core"
is "each line of the channel programs' is the same" "$on_ours" "$said"
ok "it goes" rmmod mdev
