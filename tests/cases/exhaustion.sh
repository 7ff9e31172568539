# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Instances: until there are none, and back again; many of them.
# guest: memory=512M timeout=600

types=/sys/class/mdev_bus/mtty/mdev_supported_types
devices=/sys/bus/mdev/devices
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

# left PORTS CARDS: what the two types say
left() {
	gives "$1" "$1 more of type mtty-1" cat $types/mtty-1/available_instances
	gives "$2" "$2 more of type mtty-2" cat $types/mtty-2/available_instances
}

load vfio_mdev
# it would run a shell for each of thousands of events, that nobody asks for
run "kill \$(pidof uevent)"

step "Four ports for cards of one or two"
ok "the sample loads with four ports" modprobe mtty max_ports=4
left 4 2
ok "a card with one" "echo ${uuid}1 > $types/mtty-1/create"
left 3 1
ok "a card with two" "echo ${uuid}2 > $types/mtty-2/create"
left 1 0
fails_with EUSERS "there is no room for two" "echo ${uuid}3 > $types/mtty-2/create"
left 1 0
ok "but for one" "echo ${uuid}3 > $types/mtty-1/create"
left 0 0
fails_with EUSERS "there is no room at all" "echo ${uuid}4 > $types/mtty-1/create"
fails_with EEXIST "a UUID that exists is the worse mistake" "echo ${uuid}1 > $types/mtty-1/create"
ok "remove the card with two" "echo 1 > $devices/${uuid}2/remove"
left 2 1
ok "remove the others" "echo 1 > $devices/${uuid}1/remove; echo 1 > $devices/${uuid}3/remove"
left 4 2
ok "unload" rmmod mtty
ok "with no ports it loads, too" modprobe mtty max_ports=0
left 0 0
fails_with EUSERS "and has none" "echo ${uuid}1 > $types/mtty-1/create"
ok "unload" rmmod mtty

step "As many as there are by default"
ok "load" modprobe mtty
made=0
while quietly "new_uuid > $types/mtty-1/create"; do made=$((made + 1)); done
is "that is 24" $made 24
left 0 0
fails_with EUSERS "one more is refused" "echo ${uuid}1 > $types/mtty-1/create"
for mdev in "$devices"/*; do quietly "echo 1 > $mdev/remove"; done
left 24 12

step "1000 times one after the other"
failed=0
for _ in $(seq 1000); do
	quietly "echo ${uuid}1 > $types/mtty-2/create && echo 1 > $devices/${uuid}1/remove" ||
		failed=$((failed + 1))
done
is "none fails" $failed 0
left 24 12
ok "unload" rmmod mtty

step "1000 at once"
ok "load" modprobe mtty max_ports=2000
left 2000 1000
failed=0
for _ in $(seq 1000); do quietly "new_uuid > $types/mtty-2/create" || failed=$((failed + 1)); done
is "none fails" $failed 0
gives 1000 "they are there" "ls $devices | wc -l"
gives 1000 "the bridge has them all" "ls -d /sys/bus/mdev/drivers/vfio_mdev/*-* | wc -l"
left 0 0
fails_with EUSERS "one more is refused" "echo ${uuid}1 > $types/mtty-2/create"
ok "unloading removes them all" rmmod mtty
gives "" "none is left" ls $devices
gives "" "nor one of their groups" ls /sys/kernel/iommu_groups
