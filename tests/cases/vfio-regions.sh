# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What VFIO says about a card's regions, accesses to them, its config space.
# guest: memory=256M

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty

for ports in 1 2; do
	step "A card with $ports ports"
	ok "create it" "echo $uuid$ports > $types/mtty-$ports/create"
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client regions $uuid$ports $ports
	shows '^1\.\.[0-9]+$' "a second time, too" vfio-client regions $uuid$ports $ports
done
