# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: use three ports; then a line from outside through the last one.
# shellcheck source=tests/lib/vm-serial.sh
. /lib/tests/vm-serial.sh

echo "$(lspci -n -d 4348:3253 | wc -l) cards"
run "dmesg | grep -E 'ttyS[1-9]'"
for port in 1 2 3; do
	talk ttyS$port "port $port"
	send_random ttyS$port 8
done
echo waiting
read -r line </dev/console
talk ttyS3 "$line"
read -r line </dev/console
