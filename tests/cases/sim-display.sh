# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Displays of mdev_sim as VFIO's users see them: the plane, the picture, the EDID,
# and how much memory they take.
# guest: memory=384M timeout=600
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim
card gpu0 driver=sim memory_limit=16M
type gpu0 vga display=640x480 max_instances=8 'bar0=64K mem32'
# lines and pages have no common border
type gpu0 odd display=801x603 max_instances=2 'bar0=1M mem32' edu=1 msix=64
type gpu0 small display=64x64 intx=0 'bar0=4K mem32'
type gpu0 large display=8192x64
type gpu0 none 'bar0=64K mem32'
type gpu0 big display=2048x1024 'bar0=8M mem32'
plug gpu0

# checks N WIDTH HEIGHT
checks() { shows '^1\.\.[0-9]+$' "all checks pass" vfio-client simdisplay "$uuid$1" "$2" "$3"; }

step "640x480"
create gpu0 sim-vga 1
checks 1 640 480
shows '^1\.\.[0-9]+$' "it is such a display as the kernel's samples are" vfio-client display ${uuid}1 640 480

step "An odd size, beside registers and MSI-X"
create gpu0 sim-odd 2
checks 2 801 603
shows '^1\.\.[0-9]+$' "the registers are there" vfio-client edu ${uuid}2
shows '^1\.\.[0-9]+$' "and the BARs" vfio-client sim ${uuid}2 0 0 64

step "The smallest, and the widest"
create gpu0 sim-small 3
checks 3 64 64
create gpu0 sim-large 4
checks 4 8192 64

step "A type without a display"
create gpu0 sim-none 5
checks 5 0 0

step "Random calls"
seed=$(cut -d " " -f 1 /proc/uptime | tr -d .)
shows "^fuzz: [0-9]{3,} calls, [0-9]{2,} succeeded" "it survives 6 seconds" \
	vfio-client fuzz ${uuid}2 6s "$seed"
checks 2 801 603

step "The picture counts as the memory of BARs does"
card gpu1 driver=sim memory_limit=1M
type gpu1 vga display=640x480
plug gpu1
create gpu1 sim-vga 6
shows '^1200 KiB, then success$' "640x480 takes 1200 KiB" vfio-client simfill ${uuid}1 9
shows '^1024 KiB, then ENOMEM$' "the limit is 1 MiB" vfio-client simfill ${uuid}6 9
shows '^1024 KiB, then ENOMEM$' "also for who reads it only" vfio-client simfill ${uuid}6 9 read
drop gpu1

step "It is charged to the memory cgroup of its user, and so are BARs"
create gpu0 sim-big 7
cgroups=/run/cgroups
quietly "mkdir $cgroups && mount -t cgroup2 none $cgroups"
quietly "echo +memory > $cgroups/cgroup.subtree_control"
# charged NAME COMMAND: how many KiB a cgroup of its own is charged at most for it
charged() {
	mkdir "$cgroups/$1"
	# shellcheck disable=SC2016 # for the shell there
	sh -c 'echo $$ >"$0/cgroup.procs" && exec vfio-client $1' "$cgroups/$1" "$2" >/run/case/charged || return
	echo "$(cat /run/case/charged): $(($(cat "$cgroups/$1/memory.peak") / 1024))"
}
quietly "mkdir $cgroups/none"
if [ -e $cgroups/none/memory.peak ]; then
	shows '^0 KiB, then success: ([0-9]{1,3}|[1-3][0-9]{3})$' "less than 4 MiB to open it" charged open "simfill ${uuid}7 6"
	shows '^8192 KiB, then success: (8[2-9]|9)[0-9]{2,3}$' "8 MiB and some more to read the picture" \
		charged picture "simfill ${uuid}7 9 read"
	shows '^8192 KiB, then success: (8[2-9]|9)[0-9]{2,3}$' "and to write a BAR" charged bar "simfill ${uuid}7 0"
else
	skip "it is charged" "this kernel does not tell how much a memory cgroup was charged at most (Linux 5.19, CONFIG_MEMCG)"
fi

step "Pulled out while it is shown"
hold ${uuid}1
start "echo 0 > $config/gpu0/live"
waits_in sim_configfs_card_live_store "pulling it out waits for the user"
let_go
ok "then it is gone" wait "$job"
gives "" "with all devices" ls $mdevs
drop gpu0
ok "unload" rmmod mdev_sim
