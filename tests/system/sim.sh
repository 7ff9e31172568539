# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Simulated cards: one that a unit of systemd makes at each boot, several with
# colons in their names, as mdevctl sees them.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "A card, now and at each boot"
ok "its unit is enabled" systemctl enable --now mdev-sim@nvidia-t4
ok "the card is there" ls -d $parents/nvidia-t4/mdev_supported_types/nvidia-222/
modules_are_ours mdev_sim
shows "^nvidia-t4 +plugged" "mdev-sim lists it" mdev-sim list

step "What there can be"
run mdevctl types
types=$out
contains "mdevctl knows the parent" "$types" '^nvidia-t4$'
contains "a type" "$types" '^  nvidia-222$'
contains "its name" "$types" 'Name: GRID T4-1B'
contains "its description" "$types" 'num_heads=4, frl_config=45, framebuffer=1024M'
contains "how many" "$types" 'Available instances: 16'

step "A device for ever"
ok "define it" mdevctl define --auto -u $sims_uuid -p nvidia-t4 -t nvidia-222
ok "start it" mdevctl start -u $sims_uuid
ok "it is there" ls -d /sys/bus/mdev/devices/$sims_uuid/driver/

step "Several cards of one pattern"
for name in 0000:65:00.0 0000:66:00.0; do
	ok "make $name" mdev-sim add nvidia-t4 $name
	shows "^$name\$" "mdevctl knows it" mdevctl types -p $name
	contains "with its types" "$out" '^  nvidia-223$'
	new=$(cat /proc/sys/kernel/random/uuid)
	ok "start a device" mdevctl start -u "$new" -p $name -t nvidia-223
	shows "^$new $name nvidia-223" "it is listed" mdevctl list
	ok "stop it" mdevctl stop -u "$new"
done
ok "both are removed" "mdev-sim remove 0000:65:00.0 && mdev-sim remove 0000:66:00.0"

step "Cards with a PCI address"
diag "the one that comes first is not the one with the lower number"
ok "there is a directory for cards of one's own" mkdir -p /etc/mdev-dkms/cards
ok "the unit of the first one is enabled" "{ cat /usr/share/mdev-dkms/cards/edu.conf; echo 'pci = 1'; echo 'pci_domain = 0xff01'; } \
	> /etc/mdev-dkms/cards/edu-pci.conf && systemctl enable --now mdev-sim@edu-pci"
gives $other_sims_address "where it is" cat /sys/kernel/config/mdev_sim/edu-pci/parent
ok "and that of the second one" "sed 's/^device = .*/&\npci = 1\npci_domain = 0xff00/' /usr/share/mdev-dkms/cards/nvidia-t4.conf > /etc/mdev-dkms/cards/t4-pci.conf &&
	systemctl enable --now mdev-sim@t4-pci"
gives $sims_address "where it is" cat /sys/kernel/config/mdev_sim/t4-pci/parent
shows "^$sims_address 3D controller \[0302\]: NVIDIA .* \[10de:1eb8\] \(rev a1\)" "lspci lists it" \
	lspci -D -nn -s $sims_address
shows "^$sims_address\$" "mdevctl knows it" mdevctl types -p $sims_address
contains "with its types" "$out" '^  nvidia-222$'
