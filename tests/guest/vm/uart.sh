# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: what Linux' driver for the 8250 and its kin makes of the ports. ttyS1
# and ttyS2 are on a card whose plug has flow control, ttyS3 on one with a wire.
client=/lib/tests/vfio-client

run "dmesg | grep -E 'ttyS[1-9]|Redundant entry'"
# the card's ids have told the driver what it is; now it has to find out
for port in 1 2 3; do
	run "setserial /dev/ttyS$port uart unknown ^skip_test autoconfig"
done
run "setserial -g /dev/ttyS[1-3]"
run "$client tty 4096 /dev/ttyS1 /dev/ttyS2" && echo "flow: all is right"
run "$client tty 4096 /dev/ttyS3" && echo "wire: all is right"
run "dmesg | grep -iE 'too much work|input overrun|nobody cared'" || echo "no complaint"
