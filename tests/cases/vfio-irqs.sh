# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A card's interrupts: each kind of request, right or wrong, delivery, and changes
# under traffic.
# guest: memory=256M cpus=2

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty

for ports in 1 2; do
	step "A card with $ports ports"
	ok "create it" "echo $uuid$ports > $types/mtty-$ports/create"
	# the second card tries it together with the first, too
	other=''
	[ $ports = 1 ] || other=${uuid}1
	# shellcheck disable=SC2086 # or without another one
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client irqs $uuid$ports $other
	shows '^1\.\.3$' "none gets lost while all is changed" vfio-client irqchange $uuid$ports $((ports - 1)) 4
	shows '^[1-9][0-9]*$' "interrupts were counted" statistic $uuid$ports interrupts card
done
