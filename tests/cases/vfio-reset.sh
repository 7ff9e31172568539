# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# VFIO_DEVICE_RESET in the middle of traffic, on each port.
# guest: memory=256M

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty

for ports in 1 2; do
	step "A card with $ports ports"
	ok "create it" "echo $uuid$ports > $types/mtty-$ports/create"
	for port in $(seq 0 $((ports - 1))); do
		shows '^1\.\.[0-9]+$' "all checks of port $port pass" vfio-client reset $uuid$ports "$port"
	done
done
