# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Devices of mdev_sim as VFIO's users see them: configuration space, BARs of all
# kinds, expansion ROM, interrupts, reset; how much memory there can be; random calls.
# guest: memory=384M timeout=600
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim
card gpu0 driver=sim memory_limit=17424K
type gpu0 plain 'bar0=1M mem32' max_instances=4
type gpu0 all vendor=0x10de device=0x1eb8 class=0x030200 'bar0=16 io' 'bar1=16M mem32' \
	'bar2=256M mem64 prefetch' 'bar4=64K mem64' msi=32 msix=128 msix_bar=4 pcie=1 max_instances=4
type gpu0 vectors 'bar0=4K mem32' 'bar1=64K mem32' 'bar5=256 io' intx=0 msi=1 msix=2048
type gpu0 large 'bar0=4G mem64' 'bar2=8G mem64 prefetch' msix=8
type gpu0 none intx=0 pm=0
type gpu0 rom intx=0
type gpu0 rom1m 'bar0=4K mem32'
ok "a ROM of 10000 bytes" "head -c 10000 /bin/busybox >/run/case/rom && cat /run/case/rom >$config/gpu0/types/rom/rom"
ok "and one of 1 MiB" "head -c 1048576 /bin/busybox >/run/case/rom1m && cat /run/case/rom1m >$config/gpu0/types/rom1m/rom"
plug gpu0

# checks N BARS MSI MSIX
checks() { shows '^1\.\.[0-9]+$' "all checks pass" vfio-client sim "$uuid$1" "$2" "$3" "$4"; }

step "One BAR of memory"
create gpu0 sim-plain 1
checks 1 0 0 0

step "BARs of all kinds"
create gpu0 sim-all 2
checks 2 0124 32 128

step "As many vectors as there can be"
create gpu0 sim-vectors 3
checks 3 015 1 2048

step "A BAR behind whose first 4 GiB no MSI-X table can be"
create gpu0 sim-large 7
checks 7 02 0 8
remove 7

step "Without anything"
create gpu0 sim-none 4
checks 4 "" 0 0

step "Expansion ROMs"
create gpu0 sim-rom 5
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client simrom ${uuid}5 /run/case/rom
create gpu0 sim-rom1m 6
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client simrom ${uuid}6 /run/case/rom1m
checks 6 0 0 0

step "Not more memory than the card may have"
# of which the ROMs take 16 KiB and 1 MiB
shows '^16384 KiB, then ENOMEM$' "the limit is 16 MiB" vfio-client simfill ${uuid}2 2
shows '^16384 KiB, then ENOMEM$' "all of it is free again" vfio-client simfill ${uuid}2 2
shows '^16384 KiB, then success$' "a BAR that is as large" vfio-client simfill ${uuid}2 1
checks 1 0 0 0

step "Memory of a BAR, pinned for another device"
ok "the other device's driver loads" modprobe mdev_pages_test
other=/sys/devices/platform/mdev_pages_test
ok "it is created" "echo ${uuid}9 > $other/mdev_supported_types/mdev_pages_test-op/create"
shows '^1\.\.4$' "all checks pass" vfio-client simpin ${uuid}2 ${uuid}9 2
remove 9
ok "unload that driver" rmmod mdev_pages_test

step "Opened and closed from several threads at once"
ok "each gets it, or is told that it is busy" vfio-client closerace ${uuid}2 300

step "Random calls"
seed=$(cut -d " " -f 1 /proc/uptime | tr -d .)
for n in 1 2 3 6; do
	lines=$(dmesg | wc -l)
	shows "^fuzz: [0-9]{3,} calls, [0-9]{2,} succeeded" "it survives 6 seconds" \
		vfio-client fuzz "$uuid$n" 6s "$seed"
	ok "the log has grown by a few lines at most" "[ \$((\$(dmesg | wc -l) - $lines)) -le 5 ]"
done
checks 2 0124 32 128

step "Pulled out while they are used"
start "exec vfio-client closerace ${uuid}2 100000"
usleep 500000
ok "pulling out ends, however often one is opened" "echo 0 > $config/gpu0/live"
fails "that user gets no more" wait "$job"
gives "" "no device is left" ls $mdevs

step "A user is asked to let go"
plug gpu0
create gpu0 sim-all 2
start "exec vfio-client asked ${uuid}2 >/run/case/asked"
within 30 "somebody has it open" "grep -q open /run/case/asked"
remove 2
ok "that one has heard of it" wait "$job"
drop gpu0
ok "unload" rmmod mdev_sim
