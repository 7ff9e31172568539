# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The registers of a 16550A, on each port, with each plug.
# guest: memory=256M

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty

for ports in 1 2; do
	step "A card with $ports ports"
	ok "create it" "echo $uuid$ports > $types/mtty-$ports/create"
	for port in $(seq 0 $((ports - 1))); do
		shows '^1\.\.[0-9]+$' "all checks of port $port pass" vfio-client uart $uuid$ports "$port"
	done
	vendor=/sys/bus/mdev/devices/$uuid$ports/vendor
	for plug in flow wire; do
		ok "a plug with \"$plug\"" "echo $plug > $vendor/plug"
		for port in $(seq 0 $((ports - 1))); do
			shows '^1\.\.[0-9]+$' "port $port keeps the data sheet's rules" \
				vfio-client rules $uuid$ports "$port" $plug
		done
	done
	gives "wire" "the plug outlasts resets and users" cat $vendor/plug
done

step "The plug"
ok "create a card" "echo ${uuid}3 > $types/mtty-2/create"
vendor=/sys/bus/mdev/devices/${uuid}3/vendor
gives "flow" "a new one has flow control" cat $vendor/plug
fails_with EINVAL "there is no other than the two" "echo cable > $vendor/plug"
gives "flow" "it is as it was" cat $vendor/plug
hold ${uuid}3
fails_with EBUSY "it can't be changed while the card is open" "echo wire > $vendor/plug"
gives "flow" "it is as it was" cat $vendor/plug
let_go
ok "but afterwards" "echo wire > $vendor/plug"
gives "wire" "it is" cat $vendor/plug

step "The counters"
# counters NAME=VALUE…: of the two ports
counters() {
	for counter; do
		gives "${counter#*=}" "${counter%%=*}" statistic ${uuid}3 "${counter%%=*}"
	done
}
counters tx="0 0" rx="0 0" lost="0 0" overruns="0 0" breaks="0 0" interrupts="0 0"
ok "17 bytes and a break at the second port" vfio-client count ${uuid}3 1 17
counters tx="0 17" rx="0 16" lost="0 2" overruns="0 2" breaks="0 1" interrupts="0 1"
ok "flow control again" "echo flow > $vendor/plug"
ok "34 bytes and a break" vfio-client count ${uuid}3 1 34
counters tx="0 33" rx="0 32" lost="0 5" overruns="0 3" breaks="0 2" interrupts="0 2"
