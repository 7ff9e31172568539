# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What a VM runs that has a device with memory in its first BAR, and is moved: the
# commands that it reads from its console, "NUMBER read OFFSET", "NUMBER write OFFSET
# VALUE", of 32 bits, and "NUMBER rom". After each it prints "done NUMBER".
for device in /sys/bus/pci/devices/*; do
	[ "$(cat "$device/vendor" "$device/device" | tr '\n' ' ')" != "0x1234 0x11e8 " ] || break
done
echo 1 >"$device/enable"
read -r base _ <"$device/resource"
echo "BAR 0 is at $base"

echo "waiting"
while read -r number word offset value; do
	case $word in
	read)
		echo "it is $(devmem $((base + offset)) 32)" ;;
	write)
		devmem $((base + offset)) 32 "$value" ;;
	fill)
		# this many pages
		while [ "$value" -gt 0 ]; do
			value=$((value - 1))
			devmem $((base + offset + value * 4096)) 32 $((value + 1))
		done ;;
	rom)
		run lspci -v -s "${device##*/}"
		echo 1 >"$device/rom"
		run "tail -c +53 $device/rom | head -n 1" ;;
	end)
		break ;;
	esac
	echo "done $number"
done </dev/console
