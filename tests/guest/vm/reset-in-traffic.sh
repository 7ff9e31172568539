# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM, at each boot: do what is said from outside.
# shellcheck source=tests/guest/vm/serial.sh
. /lib/tests/vm/serial.sh

# endless_traffic PORT: send and receive until the end
endless_traffic() {
	open_port "$1"
	cat <&7 >/dev/null &
	cat /dev/zero >&7 &
	senders="$senders $!"
}

echo "what now?"
read -r what </dev/console
case $what in
traffic)
	senders=
	endless_traffic ttyS1
	endless_traffic ttyS2
	read -r what </dev/console
	# shellcheck disable=SC2086 # several
	kill -0 $senders && echo "still sending"
	reboot -f
	;;
check)
	send_random ttyS1 64
	send_random ttyS2 64
	;;
esac
