# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Everything that root can do with cards of mdev_sim, at the same time: settings are
# written and read, cards plugged in and pulled out, folders made and removed, devices
# made, used and removed, the module unloaded and loaded. Each may fail; nothing may
# hang, or be left.
# long: a minute of two processors
# guest: memory=512M cpus=4 timeout=600
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim
case $(uname -m) in
x86_64) export pci=1 ;;
*) export pci=0 ;;
esac
head -c 30000 /bin/busybox >/run/case/rom

# each LINE: runs it again and again, for each of two cards, until the end
loops=
each() {
	diag "again and again: $1"
	while :; do
		for card in gpu0 gpu1; do
			here=$config/$card
			number=$((number + 1))
			eval "$1"
		done
	done </dev/null >/dev/null 2>&1 &
	loops="$loops $!"
}

# shellcheck disable=SC2016 # each() evaluates them
chaos() {
	number=0
	each 'mkdir $here; mkdir $here/types/1; echo 1M mem32 >$here/types/1/bar0
		echo 1 >$here/types/1/edu; echo 8 >$here/types/1/max_instances; usleep 200000'
	each 'echo 1 >$here/live'
	each 'echo 0 >$here/live'
	each 'mkdir $here/types/$((number % 5 + 2)); rmdir $here/types/$((number % 3 + 2))'
	each 'echo driver$((number % 7)) >$here/driver; echo $((number % 2 * pci)) >$here/pci
		echo 0xff0$((number % 3)) >$here/pci_domain
		echo $((number % 2))M >$here/memory_limit; echo 4M mem64 >$here/types/1/bar2
		echo 64x64 >$here/types/1/display; cat /run/case/rom >$here/types/1/rom'
	each 'cat $here/* $here/types/*/*'
	each 'echo 1 >$here/error; echo EIO 3 >$here/fail_create; echo $((number % 2)) >$here/refuse_remove
		echo 3 >$here/remove_delay_ms'
	each 'for create in $parents/*/mdev_supported_types/*-1/create; do
			echo $uuid$((number % 8)) >$create
		done'
	each 'echo 1 >$mdevs/$uuid$((number % 8))/remove'
	each 'timeout 20 vfio-client closerace $uuid$((number % 8)) 5'
	each 'rmdir $here/types/*; rmdir $here; rmmod mdev_sim; sleep 1'
	each 'modprobe mdev_sim; usleep 100000'
}

step "All at once"
chaos
sleep 40
# shellcheck disable=SC2086 # several
run kill -9 $loops
within 60 "nobody hangs" "! pgrep 'vfio-client|rmdir|rmmod|modprobe'"

step "What is left goes"
ok "the module loads" modprobe mdev_sim
# all_gone: every card and the module
all_gone() {
	[ -d $config ] || return 0
	for here in "$config"/*/; do
		[ -d "$here" ] || continue
		echo 0 >"$here/live"
		rmdir "$here"/types/*/ "$here"
	done 2>/run/case/why
	rmmod mdev_sim
}
within 60 "all cards, and the module" all_gone
gives "" "no parent is left" ls $parents
gives "" "nor a device" ls $mdevs
fails "nor a card" "ls /sys/devices/mdev_sim"

step "All works afterwards"
ok "the module loads" modprobe mdev_sim
card gpu0
type gpu0 edu edu=1 'bar0=1M mem32'
plug gpu0
create gpu0 mdev_sim-edu 1
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client edu ${uuid}1
drop gpu0
ok "unload" rmmod mdev_sim
