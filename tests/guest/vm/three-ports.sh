# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: use three ports; then lines from outside through the last one.
# shellcheck source=tests/guest/vm/serial.sh
. /lib/tests/vm/serial.sh

echo "$(lspci -n -d 4348:3253 | wc -l) cards"
run "dmesg | grep -E 'ttyS[1-9]'"
for port in 1 2 3; do
	talk ttyS$port "port $port"
	send_random ttyS$port 8
done
echo waiting
for _ in 1 2; do
	read -r line </dev/console
	run "lspci -n -d 4348:3253"
	echo "cards left: $(lspci -n -d 4348:3253 | wc -l)"
	talk ttyS3 "$line"
done
read -r line </dev/console
