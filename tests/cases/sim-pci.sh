# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Cards of mdev_sim that are PCI functions: what is seen of them on the PCI bus, that
# no other driver gets them, and that they go with their card.
# guest: memory=384M modules=vfio-pci
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

pci=/sys/bus/pci

load_sim
card gpu0 driver=nvidia pci=1 vendor=0x10de device=0x1eb8 subsystem_vendor=0x10de subsystem_device=0x12a2 \
	class=0x030200 revision=0xa1
type gpu0 222 'name=GRID T4-1B' max_instances=4 'bar0=1M mem32'

if [ "$(uname -m)" != x86_64 ]; then
	step "On other architectures than x86"
	fails_with EOPNOTSUPP "it can't be plugged in" "echo 1 > $config/gpu0/live"
	logged 'mdev_sim: gpu0: pci=1 is for x86 only$' "and the log says why"
	ok "the same card" "echo 0 > $config/gpu0/pci"
	plug gpu0
	drop gpu0
	exit
fi

# before the card, so that it is asked first
quietly "modprobe vfio-pci"
for ids in '1234 11e8' '10de 1eb8'; do
	ok "another driver wants all functions $ids" "echo $ids > $pci/drivers/vfio-pci/new_id"
done

step "A PCI function in a domain of its own"
before=$(ls $pci/devices)
plug gpu0
gives ff00:00:00.0 "its parent" cat $config/gpu0/parent
address=ff00:00:00.0
gives "$before
$address" "one function more" ls $pci/devices
shows '/devices/mdev_sim/pciff00:00/ff00:00:00.0$' "its device" readlink -f $parents/$address
for id in vendor=0x10de device=0x1eb8 subsystem_vendor=0x10de subsystem_device=0x12a2 class=0x030200 revision=0xa1; do
	gives "${id#*=}" "its ${id%%=*}" cat "$pci/devices/$address/${id%%=*}"
done
gives "de10b81e" "in configuration space, too" "head -c 4 $pci/devices/$address/config | hexdump -e '4/1 \"%02x\"'"
fails "it has no BARs" "grep -v '^0x0* 0x0* 0x0*$' $pci/devices/$address/resource"
fails "and no IOMMU" "ls $pci/devices/$address/iommu_group"
shows '/bus/pci/drivers/nvidia$' "its driver" readlink -f $pci/devices/$address/driver
gives nvidia-222 "its types" ls $parents/$address/mdev_supported_types
within 20 "udev heard of a function that nobody has a driver for" \
	"grep 'add .*/$address .*MODALIAS=pci:v00001234d000011E8' /run/uevents"
fails "and not of the vendor's" "grep 'add .*/$address .*v000010DE' /run/uevents"
within 20 "udev heard of the parent" "grep 'change .*/$address .*MDEV_STATE=registered' /run/uevents"
ok "somebody writes to its configuration space" "printf '\377\377' | dd of=$pci/devices/$address/config bs=1 seek=4 count=2"
gives "0000" "which changes nothing" "dd if=$pci/devices/$address/config bs=1 skip=4 count=2 2>/dev/null | hexdump -e '2/1 \"%02x\"'"

step "Nobody else's driver gets it"
fails "nobody can unbind its own" "ls $pci/drivers/nvidia/unbind"
fails "another one can't be bound" "echo $address > $pci/drivers/vfio-pci/bind"
ok "somebody asks for all drivers" "echo $address > $pci/drivers_probe"
shows '/bus/pci/drivers/nvidia$' "its driver is as before" readlink -f $pci/devices/$address/driver
free=$(for device in "$pci"/devices/0000:*; do [ -e "$device/driver" ] || basename "$device"; done | head -n 1)
ids=$(sed 's/^0x//' "$pci/devices/$free/vendor" "$pci/devices/$free/device" | paste -sd ' ')
run "echo $ids > $pci/drivers/nvidia/new_id"
run "echo $free > $pci/drivers_probe"
fails "and the driver takes no other function" "ls $pci/devices/$free/driver"

step "Instances"
create $address nvidia-222 1
available $address nvidia-222 3
shows "/pciff00:00/$address/${uuid}1\$" "it is below the card" readlink -f $mdevs/${uuid}1
shows '^1\.\.[0-9]+$' "all checks pass" vfio-client sim ${uuid}1 0 0 0
remove 1

step "The host suspends"
if [ -e /sys/power/pm_test ] && grep -q freeze /sys/power/state; then
	quietly "echo 1 > /sys/module/suspend/parameters/pm_test_delay"
	ok "its devices do" "echo devices > /sys/power/pm_test && echo freeze > /sys/power/state"
	gives 0x10de "the card is as before" cat $pci/devices/$address/vendor
else
	skip "its devices do" "the kernel $(uname -r) can't try out suspending"
fi

step "Several cards"
card gpu1 driver=nvidia pci=1 vendor=0x10de device=0x1eb8
type gpu1 222
card gpu2 driver=i915 pci=1 vendor=0x8086 device=0x1616
type gpu2 GVTg_V5_4
card plain driver=nvidia
type plain 222
plug gpu1
plug gpu2
plug plain
gives ff01:00:00.0 "the second one" cat $config/gpu1/parent
gives ff02:00:00.0 "the third one" cat $config/gpu2/parent
gives i915-GVTg_V5_4 "its type" ls $parents/ff02:00:00.0/mdev_supported_types
fails "no quirk for its ids was applied" "dmesg | grep 'ff02:00:00.0: DMAR'"
gives plain "a plain device with the same driver's name" cat $config/plain/parent
unplug gpu1
fails "it is gone" "ls $pci/devices/ff01:00:00.0"
fails "and its bus" "ls /sys/class/pci_bus/ff01:00"
ok "the driver stays for the first" "ls $pci/drivers/nvidia"
plug gpu1
gives ff01:00:00.0 "it is the same address again" cat $config/gpu1/parent
for name in gpu1 gpu2 plain; do drop $name; done
within 20 "a driver without cards is gone" "! ls $pci/drivers/i915"

step "Cards that keep their addresses"
card left driver=nvidia pci=1 pci_domain=0xff80
type left left
card right driver=nvidia pci=1 pci_domain=0xff01
type right right
# addresses: which are theirs, in whatever order they are plugged in
addresses() {
	gives ff80:00:00.0 "the first one is where it shall be" cat $config/left/parent
	gives ff01:00:00.0 "and so is the second one" cat $config/right/parent
	gives nvidia-left "with its types" ls $parents/ff80:00:00.0/mdev_supported_types
	gives nvidia-right "both of them" ls $parents/ff01:00:00.0/mdev_supported_types
}
plug left
plug right
addresses
unplug left
unplug right
plug right
plug left
addresses
card next driver=nvidia pci=1
type next 1
plug next
gives ff02:00:00.0 "a card that does not choose gets the next one" cat $config/next/parent
unplug next
set_all $config/next pci_domain=0xff80
fails_with EADDRINUSE "one that is taken" "echo 1 > $config/next/live"
logged 'mdev_sim: next: can.t be plugged in: its pci_domain is in use \(-98\)$' "the log says why"
set_all $config/next pci_domain=0xff00
fails_with EADDRINUSE "and one that a card has that did not choose" "echo 1 > $config/next/live"
addresses
unplug left
set_all $config/next pci_domain=0xff80
plug next
gives ff80:00:00.0 "it is free when the first one is out" cat $config/next/parent
set_all $config/left pci=0
plug left
gives left "a plain card is not concerned" cat $config/left/parent
for name in left right next; do drop $name; done

step "Plain cards with the names of a bridge and of a function"
diag "sysfs has a place for one of each, and would show a stack trace"
card pciff00:00
type pciff00:00 1
fails_with EEXIST "a bridge has this name" "echo 1 > $config/pciff00:00/live"
logged 'mdev_sim: pciff00:00: can.t be plugged in: its name is taken in sysfs' "the log says why"
drop pciff00:00
for plain in pciff01:00 ff02:00:00.0; do
	card $plain
	type "$plain" 1
	plug "$plain"
done
card next driver=nvidia pci=1
type next 1
plug next
gives ff03:00:00.0 "the next card has none of them" cat $config/next/parent
unplug next
for domain in 0xff01 0xff02; do
	set_all $config/next pci_domain=$domain
	fails_with EEXIST "a card that wants $domain" "echo 1 > $config/next/live"
done
logged 'mdev_sim: next: can.t be plugged in: another card has the name of its bridge or function \(-17\)$' "the log says why"
for name in next pciff01:00 ff02:00:00.0; do drop "$name"; done

step "What can't be"
card wrong driver=nvidia pci=1
type wrong 222
for vendor in 0 1 0xffff; do
	set_all $config/wrong vendor=$vendor
	fails_with EINVAL "vendor $vendor" "echo 1 > $config/wrong/live"
done
logged 'mdev_sim: wrong: with pci=1 vendor must be from 0x0002 to 0xfffe$' "the log says what is allowed"
set_all $config/wrong vendor=0x10de driver=vfio-pci
fails_with EBUSY "a driver's name that is taken" "echo 1 > $config/wrong/live"
logged "mdev_sim: wrong: can.t be plugged in: the bus has another driver of this name" "the log says why"
fails "nothing is left of it" "ls /sys/class/pci_bus/ff01:00"
drop wrong

step "It is pulled out by its card alone"
diag "another card keeps the driver, which on some kernels goes a while after its last card"
card other driver=nvidia pci=1
type other 222
plug other
for file in remove rescan; do
	fails "it has no file $file" "ls $pci/devices/$address/$file"
done
ok "a scan of all buses" "echo 1 > $pci/rescan"
shows '/bus/pci/drivers/nvidia$' "changes nothing" readlink -f $pci/devices/$address/driver
create $address nvidia-222 1
hold ${uuid}1
start "echo 0 > $config/gpu0/live"
within 30 "its user is waited for" "grep sim_card_unregister /proc/[0-9]*/stack"
let_go
ok "then it is out" wait "$job"
fails "it is gone" "ls $pci/devices/$address"
fails "and its device" "ls $mdevs/${uuid}1"
gives "" "the card has no parent" cat $config/gpu0/parent
ok "a scan of all buses" "echo 1 > $pci/rescan"
fails "does not find it" "ls $pci/devices/$address"
plug gpu0
gives nvidia-222 "plugging in brings it back" ls $parents/$address/mdev_supported_types

step "Pulled out while it is used"
create $address nvidia-222 1
start "exec vfio-client closerace ${uuid}1 100000"
usleep 300000
unplug gpu0
fails "the user gets no more" wait "$job"
fails "it is gone" "ls $pci/devices/$address"
fails "and its bus" "ls /sys/class/pci_bus/ff00:00"

step "Plugged, pulled, removed and scanned at once"
start "while :; do
	for file in $pci/devices/$address/remove $pci/devices/$address/rescan $pci/rescan /sys/class/pci_bus/ff00:00/rescan; do
		[ ! -e \$file ] || echo 1 > \$file
	done
done"
ok "100 times" "for i in \$(seq 100); do
	until echo 1 > $config/gpu0/live; do :; done
	echo ${uuid}1 > $parents/$address/mdev_supported_types/nvidia-222/create
	echo 0 > $config/gpu0/live || exit
done 2>/run/case/noise"
quietly "kill $job; wait $job"
plug gpu0
gives nvidia-222 "it can be had" ls $parents/$address/mdev_supported_types
drop gpu0
drop other
within 30 "no function is left" "[ '$before' = \"\$(ls $pci/devices)\" ]"
ok "unload" rmmod mdev_sim
fails "no driver is left" "ls $pci/drivers/nvidia"
