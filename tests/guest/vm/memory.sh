# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What a VM runs that has a device with memory in its first BAR, and is moved: the
# commands that it reads from its console, "NUMBER read OFFSET", "NUMBER write OFFSET
# VALUE", of 32 bits, and "NUMBER rom". After each it prints "done NUMBER".
#
# "NUMBER transfer ADDRESS" has the device write to memory that the kernel leaves alone,
# until "NUMBER compare ADDRESS": the number of a transfer, to each of 8 pages in turn.
# It says when the first 20 are done.
pages=8
transfer=0
for device in /sys/bus/pci/devices/*; do
	[ "$(cat "$device/vendor" "$device/device" | tr '\n' ' ')" != "0x1234 0x11e8 " ] || break
done
echo 1 >"$device/enable"
read -r base _ <"$device/resource"
echo "BAR 0 is at $base"

# register OFFSET VALUE
register() { devmem $((base + $1)) 32 "$2"; }

transfers() {
	register 0x80 0x40000
	register 0x90 4
	while [ ! -e /stop ]; do
		transfer=$((transfer + 1))
		register 0x40000 $transfer
		register 0x88 $(($1 + transfer % pages * 4096))
		register 0x98 3
		[ $transfer != 20 ] || echo "20 transfers"
	done
	echo "$transfer" >/transfers
}

compare() {
	local wrong=0 n=$pages is

	: >/stop
	wait
	read -r last </transfers
	while [ $n -gt 0 ]; do
		n=$((n - 1))
		is=$(devmem $(($1 + (last - n) % pages * 4096)) 32)
		[ $((is)) = $((last - n)) ] || wrong=$((wrong + 1))
	done
	echo "after $last transfers $wrong pages are wrong"
}

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
	transfer)
		# a bus master
		printf '\006' | dd of="$device/config" bs=1 seek=4 conv=notrunc 2>/dev/null
		transfers "$offset" & ;;
	compare)
		compare "$offset" ;;
	end)
		break ;;
	esac
	echo "done $number"
done </dev/console
