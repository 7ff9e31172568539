# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Linux' serial driver in a VM: it finds 16550As, and sets rates and frames; breaks,
# modem lines, hardware flow control, and data through two ports at once, with each
# plug; and a kernel's console.
# long: four minutes of a processor in an emulated VM
# guest: nested=yes timeout=1800
# shellcheck source=tests/lib/plugs.sh
. /lib/tests/plugs.sh

load mtty
plugs_make
plugs_run uart.sh
for port in 1 2 3; do
	contains "the driver knows the card, ttyS$port" "$vm" "ttyS$port at I/O 0x[0-9a-f]+ .*is a 16550A"
	contains "and finds a 16550A when it probes" "$vm" "/dev/ttyS$port, UART: 16550A"
done
is "there are no more than three, and nothing is said of the card's ids" \
	"$(echo "$vm" | grep -cE '^\[.*(ttyS[4-9] at|Redundant entry)')" 0
plugs_are_right

step "Boot one whose kernel has its console on the third, named by its address"
# without a rate: the kernel works it out from the divisor
address=$(echo "$vm" | sed -n 's/.*ttyS3 at I\/O \(0x[0-9a-f]*\) .*/\1/p')
own_append=$vm_append
vm_append="$(echo "$own_append" | sed "s/console=ttyS0/console=uart8250,io,$address/")"
ok "it runs to its end" vm_run /lib/tests/vm/address.sh ${uuid}1 ${uuid}2
contains "the kernel's console is on it" "$(cat /run/vm/log)" '^address: all is right$'
vm_append=$own_append

step "Boot one whose kernel has its console on a port"
vm_append="printk.time=0 $(echo "$vm_append" | sed 's/console=ttyS0/console=ttyS1/')"
ok "it runs to its end" vm_run /lib/tests/vm/console.sh ${uuid}2
contains "the kernel's text, and its SysRq key, go through the port" "$(cat /run/vm/log)" '^console: all is right$'

step "What the cards counted"
# probing sends two
breaks='([6-9]|[1-9][0-9]+)'
shows "^$breaks $breaks\$" "flow: breaks" statistic ${uuid}1 breaks
gives "0 0" "flow: no byte was lost" statistic ${uuid}1 lost
shows "^$breaks\$" "wire: breaks" statistic ${uuid}2 breaks
run "grep . $devices/${uuid}*/vendor/*"
