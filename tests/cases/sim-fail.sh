# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What mdev_sim does wrong on purpose: calls that fail, each time or once, delays,
# a refused removal, lost interrupts, the report of an error.
# guest: memory=256M timeout=300
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim
card gpu0
type gpu0 1 edu=1 'bar0=1M mem32' max_instances=4
plug gpu0
create=$parents/gpu0/mdev_supported_types/mdev_sim-1/create

# set_fault FILE VALUE [SHOWN]
set_fault() {
	ok "$1 is $2" "echo $2 > $config/gpu0/$1"
	gives "${3-$2}" "which it shows" cat "$config/gpu0/$1"
}

step "What can be written"
for file in fail_create fail_open fail_reset fail_migration; do
	gives 0 "$file is off" cat "$config/gpu0/$file"
	set_fault $file EIO
	set_fault $file 'EIO 3'
	set_fault $file 5 EIO
	set_fault $file '500 2'
	for value in EWHAT '' 'EIO 0' '0 1' 'EIO x' '-1' 'EIO 1 2'; do
		fails_with EINVAL "it refuses $value" "echo '$value' > $config/gpu0/$file"
	done
	for value in 512 529 4096; do
		fails_with ERANGE "it refuses $value" "echo $value > $config/gpu0/$file"
	done
	gives '500 2' "it is as before" cat "$config/gpu0/$file"
	set_fault $file 0
done
for file in create_delay_ms remove_delay_ms; do
	fails_with ERANGE "$file refuses 60001" "echo 60001 > $config/gpu0/$file"
done

step "Creating"
set_fault fail_create ENOSPC
fails_with ENOSPC "fails" "echo ${uuid}1 > $create"
fails_with ENOSPC "and again" "echo ${uuid}1 > $create"
gives 0 "nothing is left" cat $config/gpu0/instances
set_fault fail_create 'EIO 2'
create gpu0 mdev_sim-1 1
gives 'EIO 1' "the next one fails" cat $config/gpu0/fail_create
fails_with EIO "it does" "echo ${uuid}2 > $create"
gives 0 "then it is over" cat $config/gpu0/fail_create
create gpu0 mdev_sim-1 2
set_fault create_delay_ms 1500
before=$(cut -d. -f1 /proc/uptime)
create gpu0 mdev_sim-1 3
ok "creating takes a while" "[ \$((\$(cut -d. -f1 /proc/uptime) - $before)) -ge 1 ]"
set_fault create_delay_ms 60000
start "exec vfio-client write $create ${uuid}4"
waits_in sim_faults_delay "it takes a minute"
ok "who waits can be killed" "kill -9 $job; wait $job; :"
within 30 "there is no fourth one" "grep -x 3 $config/gpu0/instances"
set_fault create_delay_ms 0

step "Opening"
set_fault fail_open EPERM
shows 'EPERM' "fails" "vfio-client open ${uuid}1; :"
set_fault fail_open 'EBUSY 1'
shows 'EBUSY' "fails once" "vfio-client open ${uuid}1; :"
gives success "then it works" vfio-client open ${uuid}1

step "Resetting"
set_fault fail_reset EIO
fails "a reset fails" vfio-client sim ${uuid}1 0 0 0
set_fault fail_reset 0
shows '^1\.\.[0-9]+$' "then it works" vfio-client edu ${uuid}1

step "Interrupts that get lost"
gives 0 "none does" cat $config/gpu0/lose_interrupts
shows '^raised 1 times$' "the first one comes" vfio-client simwait ${uuid}1 intx
set_fault lose_interrupts 3
shows '^raised 4 times$' "three don't" vfio-client simwait ${uuid}1 intx
gives 0 "then it is over" cat $config/gpu0/lose_interrupts

step "An error is reported"
start "exec vfio-client simwait ${uuid}1 error >/run/case/error"
within 30 "a user has it open" "grep -x open /run/case/error"
ok "the card fails" "echo 1 > $config/gpu0/error"
ok "the user hears of it" wait "$job"
gives "open
error" "by the error interrupt" cat /run/case/error
fails_with ERANGE "only 1 can be written" "echo 2 > $config/gpu0/error"

step "Removal is refused"
set_fault refuse_remove 1
fails_with EBUSY "it is" "echo 1 > $mdevs/${uuid}1/remove"
gives success "the device works" vfio-client open ${uuid}1
gives 3 "there are three" cat $config/gpu0/instances
set_fault refuse_remove 0
remove 1
set_fault remove_delay_ms 1500
before=$(cut -d. -f1 /proc/uptime)
remove 2
ok "it takes a while" "[ \$((\$(cut -d. -f1 /proc/uptime) - $before)) -ge 1 ]"
set_fault refuse_remove 1
fails_with EBUSY "it is refused" "echo 1 > $mdevs/${uuid}3/remove"
unplug gpu0
gives "" "but not when the card is pulled out" ls $mdevs
plug gpu0
gives 1 "what was set stays" cat $config/gpu0/refuse_remove

step "The card's directory is removed while removing takes long"
set_fault refuse_remove 0
create gpu0 mdev_sim-1 1
create gpu0 mdev_sim-1 2
create gpu0 mdev_sim-1 3
set_fault remove_delay_ms 60000
before=$(cut -d. -f1 /proc/uptime)
drop gpu0
within 30 "the card is gone" "! ls $parents/gpu0"
gives "" "and its devices" ls $mdevs
ok "unload" rmmod mdev_sim
ok "none waited" "[ \$((\$(cut -d. -f1 /proc/uptime) - $before)) -lt 60 ]"
