# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Device features and migration: what a driver's ops have to be, the way from a
# state to a state, and a card that is moved to another.
# guest: memory=256M timeout=300

parent=/sys/devices/platform/mdev_migration_test
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
cards=83b8f4f2-509f-382f-3c1e-e6bfe0fa200
mdev=/sys/bus/mdev/devices/$uuid

load mdev_migration_test

# make TYPE: a device of the test's driver
make() { ok "create one of type $1" "echo $uuid > $parent/mdev_supported_types/mdev_migration_test-$1/create"; }
unmake() { ok "remove it" "echo 1 > $mdev/remove"; }

# way "STATES" "VISITS": a user who asks for these leads the driver by these
way() {
	# shellcheck disable=SC2086 # one argument for each
	run vfio-client states $uuid $1
	gives "$2" "to $1: the driver is led by $2" cat $mdev/visits
}

step "The next state is the one that VFIO would choose"
compared=$(cat /sys/module/mdev_migration_test/parameters/compared)
if [ "$compared" = 0 ]; then
	skip "comparing with VFIO" "this kernel's VFIO does not know the states"
else
	gives 0 "in all of $compared ways" cat /sys/module/mdev_migration_test/parameters/different
fi

step "Ops that don't fit together"
# refused TYPE WHY
refused() {
	fails_with EINVAL "$1 is refused" "echo $uuid > $parent/mdev_supported_types/mdev_migration_test-$1/create"
	logged "device ops have $2\$" "and the log says why"
	fails "nothing is left" "ls $mdev"
}
refused no_flags 'migration ops but no migration_flags'
refused other_flags 'migration_flags without VFIO_MIGRATION_STOP_COPY'
refused odd_flags 'migration_flags that are not known'
refused flags_only 'migration_flags but not all three migration ops'
dmesg -c >/dev/null
refused no_set 'migration_flags but not all three migration ops'
dmesg -c >/dev/null
refused no_get 'migration_flags but not all three migration ops'
dmesg -c >/dev/null
refused no_size 'migration_flags but not all three migration ops'

step "Features"
# features TYPE FLAGS [op]
features() {
	make "$1"
	shift
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client features $uuid "$@"
	unmake
}
features none none
features feature none op
features stop_copy 1
features p2p 3
features pre_copy 5
features all 7 op

step "Single arcs"
make stop_copy
way "STOP RUNNING" "1 2"
way "STOP_COPY" "1 3"
shows '^STOP_COPY: success, a transfer$' "that one has a file" vfio-client states $uuid STOP_COPY
run "cat $mdev/visits"
way "STOP_COPY RESUMING" "1 3 1 4"
way "RESUMING RUNNING" "1 4 1 2"
way "RUNNING STOP STOP STOP" "1"
way "RUNNING_P2P PRE_COPY PRE_COPY_P2P ERROR 8 4294967295" ""
shows '^ERROR: EINVAL$' "what there is not is EINVAL" vfio-client states $uuid ERROR
for state in RUNNING_P2P PRE_COPY PRE_COPY_P2P 8 77 2147483650 4294967295; do
	shows "^$state: EINVAL\$" "likewise" vfio-client states $uuid $state
done
unmake
make p2p
way "STOP RUNNING" "5 1 5 2"
way "RUNNING_P2P STOP_COPY RUNNING" "5 1 3 1 5 2"
way "RESUMING RUNNING_P2P" "5 1 4 1 5"
way "PRE_COPY PRE_COPY_P2P" ""
unmake
make pre_copy
way "PRE_COPY STOP_COPY" "6 3"
way "PRE_COPY STOP" "6 2 1"
way "STOP PRE_COPY" "1 2 6"
way "STOP_COPY PRE_COPY" "1 3"
way "RUNNING_P2P PRE_COPY_P2P" ""
unmake
make all
way "PRE_COPY STOP_COPY" "6 7 3"
way "PRE_COPY RESUMING" "6 2 5 1 4"
way "PRE_COPY_P2P RUNNING" "5 7 5 2"
way "STOP PRE_COPY_P2P PRE_COPY PRE_COPY_P2P" "5 1 5 7 6 7"
way "STOP_COPY PRE_COPY PRE_COPY_P2P RUNNING" "5 1 3 1 5 2"
shows '^STOP_COPY: success$' "a transfer that goes on has no second file" vfio-client states $uuid PRE_COPY STOP_COPY
run "cat $mdev/visits"

step "A driver that fails on the way"
run "echo 1 > /sys/module/mdev_migration_test/parameters/refuse"
shows '^STOP_COPY: EIO$' "its error is the answer" vfio-client states $uuid STOP_COPY
shows '^then RUNNING_P2P$' "and the state where that was" vfio-client states $uuid STOP_COPY
run "echo 0 > /sys/module/mdev_migration_test/parameters/refuse"
unmake

step "Drivers that do it wrong"
make lavish
shows '^STOP_COPY: EINVAL$' "a file for an arc that begins no transfer, on the way" vfio-client states $uuid STOP_COPY
unmake
make nonsense
shows '^STOP_COPY: EINVAL$' "a state that there is not" vfio-client states $uuid STOP_COPY
unmake
ok "it unloads: none of its files was left open" rmmod mdev_migration_test

step "A card with two ports, and one with one, to another"
types=/sys/class/mdev_bus/mtty/mdev_supported_types
load mtty
for ports in 1 2; do
	ok "create a card" "echo ${cards}1 > $types/mtty-$ports/create"
	ok "and another" "echo ${cards}2 > $types/mtty-$ports/create"
	ok "and one of another kind" "echo ${cards}3 > $types/mtty-$((3 - ports))/create"
	shows '^1\.\.[0-9]+$' "its features are right" vfio-client features ${cards}1 7
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client migrate ${cards}1 ${cards}2 ${cards}3 $ports
	shows '^1\.\.[0-9]+$' "interrupts that are pending meanwhile come" vfio-client pending ${cards}1 ${cards}2 $ports
	shows '^1\.\.[0-9]+$' "it survives six threads" vfio-client migraterace ${cards}1 5
	for card in 1 2 3; do
		ok "remove it" "echo 1 > /sys/bus/mdev/devices/$cards$card/remove"
	done
done

step "A card whose plug is a wire, to another"
for card in 1 2 3; do
	ok "create a card" "echo $cards$card > $types/mtty-2/create"
done
for card in 1 2; do
	ok "with a wire" "echo wire > /sys/bus/mdev/devices/$cards$card/vendor/plug"
done
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client migratewire ${cards}1 ${cards}2 ${cards}3
for card in 1 2 3; do
	ok "remove it" "echo 1 > /sys/bus/mdev/devices/$cards$card/remove"
done

step "Without memory"
failslab=/sys/kernel/debug/failslab
if [ -e /proc/self/fail-nth ] && [ -e $failslab/ignore-gfp-wait ]; then
	ok "let allocations fail that may sleep, too" "echo N > $failslab/ignore-gfp-wait"
	ok "in silence" "echo 0 > $failslab/verbose"
	ok "create a card" "echo ${cards}1 > $types/mtty-2/create"
	for state in STOP_COPY PRE_COPY RESUMING; do
		nth=0 answer='' answers=''
		until [ "$answer" = "success, none failed" ] || [ $nth = 100 ]; do
			nth=$((nth + 1))
			answer=$(vfio-client nomem $nth state ${cards}1 $state)
			answers="$answers ${answer%%,*}"
		done
		is "$state: works when nothing fails" "$answer" "success, none failed"
		contains "$state: ENOMEM otherwise" "$answers" '^( (ENOMEM|success))+$'
		contains "$state: not only successes" "$answers" ENOMEM
	done
	ok "remove it" "echo 1 > /sys/bus/mdev/devices/${cards}1/remove"
else
	skip "without memory" "this kernel can't make allocations fail"
fi

step "The file of a transfer stays when the device is closed and removed"
# keep STATE
keep() {
	diag "\$ vfio-client stream ${cards}1 $1 &"
	vfio-client stream ${cards}1 "$1" >/run/case/stream &
	keeper=$!
	within 30 "its user has closed the card, not the file" "grep -x closed /run/case/stream"
}
# tries_it: the user does, and ends
tries_it() {
	ok "its user tries it" "kill $keeper && wait $keeper"
	contains "and gets an error" "$(cat /run/case/stream)" '^ENODEV$'
}
for state in STOP_COPY PRE_COPY RESUMING; do
	ok "create a card" "echo ${cards}1 > $types/mtty-2/create"
	keep $state
	gives success "the card can be opened again" vfio-client open ${cards}1
	shows '^then RUNNING$' "and runs" vfio-client states ${cards}1 RUNNING
	ok "and removed" "echo 1 > /sys/bus/mdev/devices/${cards}1/remove"
	fails_with EAGAIN "the sample can't be unloaded while the file is there" rmmod mtty
	tries_it
done
for module in mtty vfio_mdev mdev; do
	ok "unload" rmmod $module
done
