# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# One allocation of memory after the other fails, once each, in plugging a card in
# that is a PCI function. The PCI core warns of a function that it can't register, and
# goes on with it.
# guest: memory=512M timeout=900
# allow-log: WARNING: .* pci_device_add\+
# allow-log: Call Trace:
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh
# shellcheck source=tests/lib/failing-memory.sh
. /lib/tests/failing-memory.sh

if [ "$(uname -m)" != x86_64 ]; then
	skip "a PCI function" "pci=1 is for x86 only"
	exit 0
fi
load_sim
# It keeps the driver: the name of one that goes is taken for a while where the
# kernel delays releases.
for card in keeper gpu0; do
	card $card driver=sim pci=1
	type $card 1 'bar0=1M mem32'
	plug $card
done
address=$(cat $config/gpu0/parent)
unplug gpu0

# plugged ANSWER: afterwards of plugging in; says what is wrong
plugged() {
	read -r live <$config/gpu0/live
	if [ "$1" = success ]; then
		[ "$live" = 1 ] || echo "it is not live"
		echo 0 >$config/gpu0/live || echo "it can't be pulled out"
	else
		[ "$live" = 0 ] || echo "it is live"
	fi
	is_gone $parents/"$address"
	is_gone /sys/bus/pci/devices/"$address"
}

step "Plugging in"
# Without memory for the bus, this function of 6.12's puts the bridge twice: once
# itself, and once by release_pcibus_dev().
but_not_in pci_register_host_bridge
everywhere
answers="ENOMEM|EINVAL|ENODEV|success"
each_fails "a PCI function" plugged write $config/gpu0/live 1

step "All works afterwards"
plug gpu0
gives "$address" "at the same address" cat $config/gpu0/parent
drop gpu0
drop keeper
ok "unload" rmmod mdev_sim
