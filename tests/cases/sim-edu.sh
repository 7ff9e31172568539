# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The registers of the educational device: identification, factorial, interrupts
# of each kind, and DMA to and from the user's memory.
# guest: memory=256M timeout=600
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim
card gpu0 driver=edu
type gpu0 intx edu=1 'bar0=1M mem32'
type gpu0 msi edu=1 'bar0=1M mem32' msi=1
type gpu0 msix edu=1 'bar0=1M mem64' msix=4 max_instances=2
plug gpu0

for type in intx msi msix; do
	step "With $type"
	create gpu0 edu-$type 1
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client edu ${uuid}1
	remove 1
done

step "Through other ways into VFIO"
if [ -c /dev/iommu ]; then
	create gpu0 edu-msi 1
	for way in cdev iommu-group; do
		gives success "by $way" env VFIO_ACCESS=$way vfio-client open ${uuid}1
	done
	remove 1
else
	skip "other ways" "this kernel has no /dev/iommu"
fi

step "Transfers of many devices that don't end"
if [ -e /proc/sys/vm/unprivileged_userfaultfd ]; then
	# more of them than a workqueue lets run at a time
	many=264
	card crowd driver=edu
	type crowd edu edu=1 'bar0=1M mem32' max_instances=$many
	plug crowd
	card gpu1 driver=edu
	type gpu1 none
	plug gpu1
	prefix=${uuid%??}
	ok "$many devices" "for n in \$(seq 0 $((many - 1))); do
		printf '$prefix%03d' \$n > $parents/crowd/mdev_supported_types/edu-edu/create || exit
		done"
	start "exec vfio-client simstuck $prefix $many >/run/case/stuck"
	within 100 "each has begun one" "grep -x '$many wait' /run/case/stuck"
	stuck=$job
	start "echo 0 > $config/gpu1/live"
	within 20 "another card can be pulled out" "grep -x 0 $config/gpu1/live"
	sleep 1
	all=$(sed -n 's/^\(reset\|state\) //p' /run/case/stuck)
	is "four more wait for it" "$(echo "$all" | wc -l)" 4
	for waiting in $all; do
		ok "a process waits for a transfer" [ -d "/proc/$waiting" ]
		run "kill -9 $waiting"
		within 20 "it can be killed" [ ! -d "/proc/$waiting" ]
	done
	ok "the transfers go on" [ -d "/proc/$stuck" ]
	run "kill -9 $stuck"
	within 20 "their user can be killed" [ ! -d "/proc/$stuck" ]
	drop gpu1
	drop crowd
	within 60 "the last of its devices is gone, which the log says of each" "[ -z \"\$(ls $mdevs)\" ]"
else
	skip "transfers that don't end" "this kernel has no userfaultfd"
fi

step "It is a device like others beside that"
create gpu0 edu-msix 1
lines=$(dmesg | wc -l)
shows "^fuzz: [0-9]{3,} calls, [0-9]{2,} succeeded" "it survives random calls" \
	vfio-client fuzz ${uuid}1 6s "$(cut -d " " -f 1 /proc/uptime | tr -d .)"
ok "the log has grown by a few lines at most" "[ \$((\$(dmesg | wc -l) - $lines)) -le 5 ]"
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client edu ${uuid}1
drop gpu0
ok "unload" rmmod mdev_sim
