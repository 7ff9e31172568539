# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What a VM does that has two devices with memory, an edu and an NVIDIA card: it
# writes to each, and reads all of it back afterwards.

# base BAR: of $device
base() { sed -n "$(($1 + 1))s/ .*//p" "$device/resource"; }

# find_device VENDOR DEVICE
find_device() {
	for device in /sys/bus/pci/devices/*; do
		[ "$(cat "$device/vendor" "$device/device" | tr '\n' ' ')" != "0x$1 0x$2 " ] || return 0
	done
	echo "there is no $1:$2"
}

run lspci -nn
find_device 1234 11e8
echo 1 >"$device/enable"
edu=$(base 0)
find_device 10de 1eb8
echo 1 >"$device/enable"
gpu=$(base 0)
gpu_memory=$(base 1)
devmem $((edu + 4)) 32 0x12345678
devmem $((edu + 0x80000)) 32 0xcafe0001
devmem $((gpu + 0x80000)) 32 0xcafe0002
devmem $((gpu_memory + 0x3fffffc)) 32 0xcafe0003
echo "1234:11e8 4: $(devmem $((edu + 4)) 32)"
echo "1234:11e8 0x80000: $(devmem $((edu + 0x80000)) 32)"
echo "10de:1eb8 0x80000: $(devmem $((gpu + 0x80000)) 32)"
echo "10de:1eb8 BAR 1: $(devmem $((gpu_memory + 0x3fffffc)) 32)"
echo waiting
read -r _ </dev/console
