# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# One allocation of memory after the other fails, once each: in plugging a card of
# mdev_sim in, creating a device of it, opening that, and beginning a migration.
# guest: memory=512M timeout=900
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh
# shellcheck source=tests/lib/failing-memory.sh
. /lib/tests/failing-memory.sh

uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100
load_sim
# udev would load the bridge for a device that waits for it, and be in our way
run "kill \$(pidof uevent)"
but_not_for_groups
card gpu0 driver=sim
type gpu0 1 edu=1 'bar0=1M mem32' msix=64 max_instances=4 name=one
type gpu0 2 'bar0=1M mem32' description=two
types=$parents/gpu0/mdev_supported_types

# plugged ANSWER: afterwards of plugging in; says what is wrong
plugged() {
	read -r live <$config/gpu0/live
	if [ "$1" = success ]; then
		[ "$live" = 1 ] || echo "it is not live"
		[ -e $types/sim-2/create ] || echo "a type is missing"
		echo 0 >$config/gpu0/live || echo "it can't be pulled out"
	else
		[ "$live" = 0 ] || echo "it is live"
	fi
	for left in "$parents"/* /sys/devices/mdev_sim/gpu0; do
		[ ! -e "$left" ] || is_gone "$left"
	done
}

# made ANSWER: afterwards of creating
made() {
	if [ "$1" = success ]; then
		[ -d $mdevs/${uuid}1/mdev_type ] || echo "it has no type"
		echo 1 >$mdevs/${uuid}1/remove || echo "it can't be removed"
	fi
	[ ! -e $mdevs/${uuid}1 ] || echo "it is left"
	read -r instances <$config/gpu0/instances
	[ "$instances" = 0 ] || echo "an instance is lost"
}

usable() { vfio-client open ${uuid}1 >/dev/null || echo "it can't be opened"; }

step "Plugging in"
# The driver stays from here on. Without memory for it, its name would stay for
# seconds where the kernel delays releases, and sysfs would warn.
plug gpu0
unplug gpu0
everywhere
# the driver core says EINVAL where it can't bind
answers="ENOMEM|EINVAL|success"
each_fails "a card" plugged write $config/gpu0/live 1
answers="ENOMEM|success"
plug gpu0

step "Creating"
each_fails "a device" made write $types/sim-1/create ${uuid}1

step "Opening"
create gpu0 sim-1 1
each_fails "by its group" usable fd ${uuid}1
if [ -c /dev/iommu ]; then
	each_fails "its character device" usable bind ${uuid}1
else
	skip "its character device" "this kernel has no /dev/iommu"
fi

step "Migrating"
for state in STOP_COPY PRE_COPY RESUMING; do
	each_fails "to $state" usable state ${uuid}1 $state
done

step "All works afterwards"
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client edu ${uuid}1
drop gpu0
ok "unload" rmmod mdev_sim
