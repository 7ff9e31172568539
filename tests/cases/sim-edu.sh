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

step "It is a device like others beside that"
create gpu0 edu-msix 1
lines=$(dmesg | wc -l)
shows "^fuzz: [0-9]{3,} calls, [0-9]{2,} succeeded" "it survives random calls" \
	vfio-client fuzz ${uuid}1 6s "$(cut -d " " -f 1 /proc/uptime | tr -d .)"
ok "the log has grown by a few lines at most" "[ \$((\$(dmesg | wc -l) - $lines)) -le 5 ]"
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client edu ${uuid}1
drop gpu0
ok "unload" rmmod mdev_sim
