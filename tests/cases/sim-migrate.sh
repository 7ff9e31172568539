# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Devices of mdev_sim are migrated: every way from a state to a state, what travels,
# what is sent again because it was written meanwhile, and what is refused.
# guest: memory=384M timeout=900
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim
card gpu0 driver=sim memory_limit=6M
type gpu0 edu edu=1 'bar0=1M mem32' 'bar2=64 io' 'bar3=256K mem64 prefetch' msix=8 pcie=1 display=64x64 max_instances=3
type gpu0 twin edu=1 'bar0=1M mem32' 'bar2=64 io' 'bar3=256K mem64 prefetch' msix=8 pcie=1 display=64x64 device=0x11e9
type gpu0 plain 'bar0=1M mem32' 'bar3=64K mem64' max_instances=2
type gpu0 stays 'bar0=1M mem32' migration=0
plug gpu0
card small driver=sim memory_limit=8K
type small edu edu=1 'bar0=1M mem32' 'bar2=64 io' 'bar3=256K mem64 prefetch' msix=8 pcie=1 display=64x64
plug small

step "The states"
create gpu0 sim-edu 1
shows '^1\.\.[0-9]+$' "its features are right" vfio-client features ${uuid}1 7
create gpu0 sim-stays 2
shows '^1\.\.[0-9]+$' "without migration it has none" vfio-client features ${uuid}2 none
remove 2

step "From one to another"
create gpu0 sim-edu 2
create gpu0 sim-twin 3
create small sim-edu 4
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client simmigrate ${uuid}1 ${uuid}2 ${uuid}3 ${uuid}4
shows '^8 KiB, then ENOMEM$' "a refused device has given its memory back" vfio-client simfill ${uuid}4 3
shows '^1\.\.[0-9]+$' "one that was moved works" vfio-client edu ${uuid}2

step "From several threads"
create gpu0 sim-plain 5
shows '^1\.\.[0-9]+$' "it survives six threads" vfio-client migraterace ${uuid}5 5
shows '^1024 KiB, then success$' "none of its memory is lost" vfio-client simfill ${uuid}5 0

step "Changes of state that fail"
ok "each does" "echo EIO > $config/gpu0/fail_migration"
shows '^STOP: EIO$' "the first one" vfio-client states ${uuid}1 STOP
shows '^then RUNNING$' "it runs" vfio-client states ${uuid}1 STOP
ok "the second of the next ones does" "echo EBUSY 2 > $config/gpu0/fail_migration"
shows '^STOP: EBUSY$' "on the way to STOP it is the second" vfio-client states ${uuid}1 STOP
gives 0 "then it is over" cat $config/gpu0/fail_migration
ok "once more" "echo EBUSY 2 > $config/gpu0/fail_migration"
shows '^then RUNNING_P2P$' "the device stays where that was" vfio-client states ${uuid}1 STOP
shows '^STOP_COPY: success, a transfer$' "then all works" vfio-client states ${uuid}1 STOP_COPY

step "The file of a transfer stays when the device is closed and the card pulled out"
for state in STOP_COPY PRE_COPY RESUMING; do
	diag "\$ vfio-client stream ${uuid}1 $state &"
	vfio-client stream ${uuid}1 $state >/run/case/stream &
	keeper=$!
	within 30 "its user has closed the device, not the file" "grep -x closed /run/case/stream"
	shows '^then RUNNING$' "it runs" vfio-client states ${uuid}1 RUNNING
	unplug gpu0
	ok "its user tries it" "kill $keeper && wait $keeper"
	contains "and gets an error" "$(cat /run/case/stream)" '^ENODEV$'
	plug gpu0
	create gpu0 sim-edu 1
done
vfio-client stream ${uuid}1 STOP_COPY >/run/case/stream &
keeper=$!
within 30 "once more" "grep -x closed /run/case/stream"
drop gpu0
drop small
fails_with EAGAIN "the module can't be unloaded while the file is there" rmmod mdev_sim
ok "its user goes" "kill $keeper && wait $keeper"
ok "unload" rmmod mdev_sim
