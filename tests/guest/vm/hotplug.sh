# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: cards come and go. Lines from outside say what to look for and what
# to do; the answers begin with the same number.
# shellcheck source=tests/guest/vm/serial.sh
. /lib/tests/vm/serial.sh

# count: sets serials, ports and displays, what there is of each. The shell does
# all that is done often: to start a program takes long here.
count() {
	serials='' ports='' displays=''
	for file in /sys/bus/pci/devices/*/vendor; do
		vendor=
		read -r vendor 2>/dev/null <"$file"
		case $vendor in
		0x4348) serials="$serials ${file%/vendor}" ;;
		0x1b36) displays="$displays ${file%/vendor}" ;;
		esac
	done
	# a card has its ports when its driver has it; newer kernels have a device
	# of the serial core's between the two
	for card in $serials; do
		for port in "$card"/tty/* "$card"/*:*/*:*/tty/*; do
			[ ! -e "$port" ] || ports="$ports ${port##*/}"
		done
	done
}

# number_of WORD…
number_of() { words=$#; }

# seen: sets what, as those outside say it
seen() {
	count
	# shellcheck disable=SC2086 # several
	{
		number_of $serials
		what="$words with"
		number_of $ports
		what="$what $words ports,"
		number_of $displays
		what="$what $words displays"
	}
}

# look WHAT: until it is there, or for long enough
look() {
	read -r until _ </proc/uptime
	until=$((${until%.*} + 200))
	while seen && [ "$what" != "$1" ]; do
		read -r now _ </proc/uptime
		[ "${now%.*}" -lt $until ] || break
		usleep 200000
	done
	echo "$number: $what"
}

# draw: into the memory of each display
draw() {
	count
	for card in $displays; do
		echo 1 >"$card/enable"
		read -r start _ <"$card/resource"
		devmem "$start" 32 "$((0x5eed0000 + number))"
		echo "$number: drawn: $(($(devmem "$start" 32) - 0x5eed0000))"
	done
}

# traffic: on every port, until it goes
traffic() {
	count
	opened=0
	for port in $ports; do
		opened=$((opened + 1))
		open_port "$port"
		cat <&7 >"/tmp/$port.got" 2>/dev/null &
		(cat /dev/zero >&7 2>/dev/null; echo "$number: port $opened has gone") &
		exec 7>&-
		until [ -s "/tmp/$port.got" ]; do
			usleep 100000
		done
	done
	echo "$number: traffic on $opened ports"
}

echo "slots: $(find /sys/bus/pci/slots -mindepth 1 -maxdepth 1 | wc -l)"
echo waiting
while read -r number what with </dev/console; do
	case $what in
	look) look "$with" ;;
	talk)
		count
		for port in $ports; do
			talk "$port" "$number"
		done
		echo "$number: talked" ;;
	draw) draw ;;
	traffic) traffic ;;
	end) break ;;
	esac
done
