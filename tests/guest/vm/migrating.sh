# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What a VM runs that is moved from host to host: the commands that it reads from
# its console, "NUMBER WORD [TEXT]", with the first port of its card, by its
# driver and by its registers. After each it prints "done NUMBER".
base=$(cat /sys/class/tty/ttyS1/port)

# out REGISTER BYTE…, in hexadecimal, to this register and the following ones
out() {
	at=$((base + $1))
	shift
	# shellcheck disable=SC2059 # escapes
	printf "$(printf '\\x%s' "$@")" | dd of=/dev/port bs=$# seek=$at oflag=seek_bytes conv=notrunc 2>/dev/null
}

# drain NUMBER: that often the byte that comes next, and the last digit of LSR
# after it, which is 1 while there are more. A process takes long here, so each
# reads the registers from RBR to LSR.
drain() {
	left=$1
	while [ "$left" -gt 0 ]; do
		dd if=/dev/port bs=6 count=1 skip="$((base))" iflag=skip_bytes 2>/dev/null
		left=$((left - 1))
	done >/tmp/drained
	# shellcheck disable=SC2046 # words
	echo "in the card:" $(hexdump -v -e '6/1 "%02x" "\n"' /tmp/drained | sed 's/^\(..\).*\(.\)$/\1 \2/')
}

echo "the port is at $base"
echo "waiting"
while read -r number word text; do
	case $word in
	open)
		open_port ttyS1 ;;
	close)
		exec 7>&- ;;
	interrupts)
		out 1 "$text" ;;
	put)
		for byte in $text; do
			out 0 "$byte"
		done ;;
	put-and-off)
		# at once, so that QEMU hears of the interrupt after both
		out 0 "$text" 00 ;;
	fifo)
		out 2 07 ;;
	drain)
		drain "$text" ;;
	line)
		# shellcheck disable=SC3045 # busybox has it
		if read -r -t 20 line <&7; then
			echo "a line came: $line"
		else
			echo "no line came"
		fi ;;
	talk)
		talk ttyS1 "$text" ;;
	traffic)
		send_random ttyS1 "$text" & ;;
	end)
		break ;;
	esac
	echo "done $number"
done </dev/console
