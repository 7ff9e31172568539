# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# After a reboot the simulated cards are there again, with the device that was
# defined; libvirt has them, and gives their devices to domains.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "The cards are there again"
within 60 "the unit has made one" "ls -d $parents/nvidia-t4"
within 60 "and the others" "ls -d $parents/$sims_address $parents/$other_sims_address"
gives $sims_address "each where it was" cat /sys/kernel/config/mdev_sim/t4-pci/parent
gives $other_sims_address "whichever came first" cat /sys/kernel/config/mdev_sim/edu-pci/parent
within 60 "mdevctl has started the device" "ls -d /sys/bus/mdev/devices/$sims_uuid/driver/"
modules_are_ours mdev_sim
shows "^$sims_uuid nvidia-t4 nvidia-222" "mdevctl lists it" mdevctl list

step "The parent in libvirt that is a PCI function"
within 60 "libvirt knows it" "virsh nodedev-list --cap mdev_types | grep -x $sims_node"
shows "<type id='nvidia-222'>" "a type" virsh nodedev-dumpxml $sims_node
contains "another one" "$out" "<type id='nvidia-223'>"
contains "its name" "$out" "<name>GRID T4-1B</name>"
contains "it has a PCI address" "$out" "<domain>65280</domain>"
contains "and ids" "$out" "<product id='0x1eb8'>"

step "Its devices"
new=$(cat /proc/sys/kernel/random/uuid)
describe "$new" $sims_node nvidia-222 >$check/sim.xml
ok "create one" virsh nodedev-create $check/sim.xml
ok "it is there" ls -d "/sys/bus/mdev/devices/$new/driver/"
ok "destroy it" virsh nodedev-destroy "$(nodedev "$new")"
ok "define it" virsh nodedev-define $check/sim.xml
name=$(nodedev "$new" --inactive)
ok "start it" virsh nodedev-start "$name"
ok "it is there" ls -d "/sys/bus/mdev/devices/$new/driver/"
ok "destroy it" virsh nodedev-destroy "$name"
ok "undefine it" virsh nodedev-undefine "$name"

# libvirt takes no other parents than PCI functions and mtty, but their devices
step "The device of the plain card"
within 60 "libvirt lists it" "nodedev $sims_uuid"
shows "<type id='nvidia-222'/>" "with its type" virsh nodedev-dumpxml "$(nodedev $sims_uuid)"

step "Given to a running domain, and taken back"
cat >$check/hostdev.xml <<-END
<hostdev mode='subsystem' type='mdev' model='vfio-pci'>
  <source><address uuid='$sims_uuid'/></source>
</hostdev>
END
rm -f $console
ok "a domain runs" virsh start mtty
within 900 "its VM is up" "grep -q '^@done' $console"
ok "attach the device" virsh attach-device mtty $check/hostdev.xml --live
shows "$sims_uuid" "the domain has it" virsh dumpxml mtty
within 120 "its VM sees it" "grep '10de:1eb8\]' $console"
ok "detach it" virsh detach-device mtty $check/hostdev.xml --live
within 120 "the VM has let it go" "! virsh dumpxml mtty | grep $sims_uuid"
ok "end the domain" virsh destroy mtty
