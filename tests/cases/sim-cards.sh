# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# mdev-sim with the ready-made cards: each is made, its devices are created and
# removed as KubeVirt's device manager and mdevctl do, it is pulled, plugged in
# again, and removed. What the kernel refuses of a card file is said, and undone.
# guest: memory=512M modules=configfs files="scripts/mdev-sim:/usr/bin/mdev-sim cards:/usr/share/mdev-dkms/cards"

# shellcheck source=tests/lib/tap.sh
. /lib/tests/tap.sh

bus=/sys/class/mdev_bus
config=/sys/kernel/config/mdev_sim
devices=/sys/bus/mdev/devices

# create TYPE-FOLDER: a device; by echo, as busybox's cat tries a failed write twice
create() { fresh=$(new_uuid); echo "$fresh" >"$1/create"; }

# types_of PARENT: each type with its name and how many there can be, as a program
# finds them that knows nothing but the bus
types_of() {
	for type in "$bus/$1"/mdev_supported_types/*; do
		echo "$(basename "$type"): $(cat "$type/name"), $(cat "$type/available_instances"), $(cat "$type/device_api")"
	done
}

# each_type CARD PARENT: a device of each of its types is created, seen, opened and removed
each_type() {
	for type in "$bus/$2"/mdev_supported_types/*; do
		id=$(basename "$type")
		before=$(cat "$type/available_instances")
		ok "$id can be made" test "$before" -gt 0
		uuid=$(new_uuid)
		ok "a device of $id is created" "echo $uuid > $type/create"
		gives "$((before - 1))" "one less is available" cat "$type/available_instances"
		gives "$(cat "$type/name")" "it has the type's name" cat "$devices/$uuid/mdev_type/name"
		gives "$2" "its parent is the card" "basename \$(dirname \$(readlink -f $devices/$uuid))"
		shows '/vfio_mdev$' "the bridge has it" readlink "$devices/$uuid/driver"
		gives success "a user can open it" vfio-client open "$uuid"
		gives 1 "the card counts it" cat "$config/$1/instances"
		ok "it is removed" "echo 1 > $devices/$uuid/remove"
		gives "$before" "all are available again" cat "$type/available_instances"
	done
}

# plug_and_pull CARD: it goes and comes with the same types
plug_and_pull() {
	before=$(types_of "$1")
	uuid=$(new_uuid)
	type=$(find $bus/"$1"/mdev_supported_types/ -mindepth 1 -maxdepth 1 | head -n 1)
	ok "it has a device" "echo $uuid > $type/create"
	ok "it is pulled out" mdev-sim unplug "$1"
	fails "the parent is gone" "ls -d $bus/$1"
	fails "and its device" "ls -d $devices/$uuid"
	shows "^$1 +unplugged +- +0 " "list says so" mdev-sim list
	ok "it is plugged in" mdev-sim plug "$1"
	is "with the same types" "$(types_of "$1")" "$before"
	mdev-sim show "$1" >/tmp/shown.conf
	ok "what show prints makes the same card" mdev-sim add /tmp/shown.conf again
	is "in all settings" "$(mdev-sim show again | grep -v '^#')" "$(grep -v '^#' /tmp/shown.conf)"
	ok "it is removed" mdev-sim remove again
	ok "and so is $1" mdev-sim remove "$1"
	fails "the parent is gone" "ls -d $bus/$1"
	gives "" "nothing is left in configfs" ls $config
}

step "Nothing is loaded"
shows 'no cards: .* not loaded' "list says so" "mdev-sim list 2>&1"
shows '^mdev_sim.ko is not loaded$' "and version" mdev-sim version
shows '^display edu failing intel-gvtg nvidia-t4$' "help names the ready-made cards" mdev-sim help
fails "a wrong card file" "mdev-sim add ./nothing.conf"
fails "loads nothing" "grep -E '^mdev' /proc/modules"

step "NVIDIA T4"
ok "mdev-sim makes it, and loads the module" mdev-sim add nvidia-t4
contains "it says where its parent is" "$out" "Its parent device: $bus/nvidia-t4\$"
command=$(echo "$out" | sed -n 's/^    //p')
contains "and how to make a device" "$command" '/nvidia-222/create$'
is "its types are those of a T4" "$(types_of nvidia-t4)" "nvidia-222: GRID T4-1B, 16, vfio-pci
nvidia-223: GRID T4-2B, 8, vfio-pci"
shows 'num_heads=4, .*framebuffer=2048M, .*max_instance=8$' "with NVIDIA's description" \
	cat $bus/nvidia-t4/mdev_supported_types/nvidia-223/description
ok "the command that it shows works" "$command"
ok "what a user of VFIO needs is loaded" modprobe vfio_iommu_type1
uuid=$(ls $devices)
gives 15 "it makes a device" cat $bus/nvidia-t4/mdev_supported_types/nvidia-222/available_instances
gives 0 "the card has no other type any more" cat $bus/nvidia-t4/mdev_supported_types/nvidia-223/available_instances
fails_with EUSERS "which can't be created" create $bus/nvidia-t4/mdev_supported_types/nvidia-223
shows '^nvidia-t4 +plugged +nvidia-t4 +1 +nvidia-222 nvidia-223$' "list shows the card" mdev-sim list
ok "the device is removed" "echo 1 > $devices/$uuid/remove"
each_type nvidia-t4 nvidia-t4
step "All that a T4 has"
for _ in 1 2 3 4 5 6 7 8; do
	quietly create $bus/nvidia-t4/mdev_supported_types/nvidia-223
done
gives 8 "eight of the larger type" cat $config/nvidia-t4/instances
fails_with EUSERS "and not a ninth" create $bus/nvidia-t4/mdev_supported_types/nvidia-223
fails "the card can't be made twice" mdev-sim add nvidia-t4
contains "which it says" "$err" "there is a card nvidia-t4 already"
gives 8 "and it is as it was" cat $config/nvidia-t4/instances
for mdev in "$devices"/*; do
	quietly "echo 1 > $mdev/remove"
done
gives 0 "all are removed" cat $config/nvidia-t4/instances
plug_and_pull nvidia-t4

step "Intel GVT-g"
ok "mdev-sim makes it" mdev-sim add intel-gvtg
is "its types are those of GVT-g" "$(types_of intel-gvtg)" "i915-GVTg_V5_4: GVTg_V5_4, 1, vfio-pci
i915-GVTg_V5_8: GVTg_V5_8, 2, vfio-pci"
gives "low_gm_size: 128MB
high_gm_size: 512MB
fence: 4
resolution: 1920x1200
weight: 4" "the description has five lines" cat $bus/intel-gvtg/mdev_supported_types/i915-GVTg_V5_4/description
each_type intel-gvtg intel-gvtg
uuid=$(new_uuid)
ok "one of the smaller type" "echo $uuid > $bus/intel-gvtg/mdev_supported_types/i915-GVTg_V5_8/create"
gives 0 "leaves no room for the larger one" cat $bus/intel-gvtg/mdev_supported_types/i915-GVTg_V5_4/available_instances
gives 1 "and for another small one" cat $bus/intel-gvtg/mdev_supported_types/i915-GVTg_V5_8/available_instances
ok "it is removed" "echo 1 > $devices/$uuid/remove"
plug_and_pull intel-gvtg

for card in edu display; do
	step "$card"
	ok "mdev-sim makes it" mdev-sim add $card
	each_type $card $card
	plug_and_pull $card
done

step "A card that fails"
ok "mdev-sim makes it" mdev-sim add failing
type=$bus/failing/mdev_supported_types/mdev_sim-failing
uuid=$(new_uuid)
ok "the first device is created" "echo $uuid > $type/create"
fails_with ENOSPC "the second not" create $type
ok "the third again" create $type
gives success "the first open works" vfio-client open "$uuid"
shows 'I/O error|Input/output error|EIO' "the second not" "vfio-client open $uuid 2>&1 || true"
gives success "the third again" vfio-client open "$uuid"
ok "it refuses to remove one" "echo 1 > $config/failing/refuse_remove"
fails "which stays" "echo 1 > $devices/$uuid/remove"
ok "the card is removed all the same" mdev-sim remove failing
fails "with its devices" "ls -d $devices/$uuid"

step "Other names and settings"
ok "a T4 with a PCI address for a name" mdev-sim add nvidia-t4 0000:65:00.0 types/222/max_instances=4
is "what the command line says counts" "$(types_of 0000:65:00.0 | head -n 1)" "nvidia-222: GRID T4-1B, 4, vfio-pci"
mkdir -p /etc/mdev-dkms/cards
printf 'driver = own\ntypes/1/name = my own\ntypes/1/rom = rom.bin\n' >/etc/mdev-dkms/cards/edu.conf
head -c 1024 /bin/busybox >/etc/mdev-dkms/cards/rom.bin
ok "the administrator's card files come first" mdev-sim add edu
shows '^own-1: my own, 1, ' "with its types" types_of edu
ok "the ROM has the file's bytes" cmp /etc/mdev-dkms/cards/rom.bin $config/edu/types/1/rom
ok "the card is removed" mdev-sim remove edu

if [ "$(uname -m)" = x86_64 ]; then
	ok "a T4 with an address of its own" mdev-sim add nvidia-t4 first pci=1 pci_domain=0xff80
	shows '^first +plugged +ff80:00:00\.0 ' "list shows it" mdev-sim list
	shows '^pci_domain = 0xff80$' "show shows what was set" mdev-sim show first
	fails "no other card can have it" mdev-sim add nvidia-t4 second pci=1 pci_domain=0xff80
	contains "the kernel's reason is shown" "$err" '^mdev-sim: the kernel says: mdev_sim: second: .* its pci_domain is in use'
	ok "it is removed" mdev-sim remove first
else
	skip "a T4 with an address of its own" "pci=1 is for x86 only"
fi

step "A name that another parent has"
before=$(ls $config)
ok "there is another parent" modprobe mtty
fails "no card can have its name" mdev-sim add edu mtty
contains "which it says" "$err" '^mdev-sim: the card needs another name, as in "mdev-sim add edu NAME": /sys/class/mdev_bus/mtty is another parent, /sys/devices/.*/mtty$'
is "nothing is left of it" "$(ls $config)" "$before"
ok "another name will do" mdev-sim add edu own
ok "the other parent goes" rmmod mtty
ok "now the name is free" mdev-sim add edu mtty
contains "and the card is found" "$(readlink -f $bus/mtty)" '^/sys/devices/mdev_sim/mtty$'
ok "plugging it in again changes nothing" mdev-sim plug mtty
ok "it is pulled out" mdev-sim unplug mtty
ok "the other parent comes back" modprobe mtty
fails "the card can't be plugged in" mdev-sim plug mtty
contains "which it says" "$err" "^mdev-sim: the card mtty can't be plugged in: /sys/class/mdev_bus/mtty is another parent"
gives 0 "it is not" cat $config/mtty/live
ok "the other parent goes" rmmod mtty
ok "both cards are removed" "mdev-sim remove own && mdev-sim remove mtty"

step "What the kernel refuses"
before=$(ls $config)
# refused REGEX LINE…: of this card file the last line is refused
refused() {
	want=$1
	shift
	printf '%s\n' "$@" >/tmp/wrong.conf
	fails "refused: $(tail -n 1 /tmp/wrong.conf)" mdev-sim add /tmp/wrong.conf
	contains "with its place" "$err" "^mdev-sim: /tmp/wrong.conf:$#: $want"
	is "and no card is left" "$(ls $config)" "$before"
}
# because: the kernel's log had the reason, and it was shown
because() { contains "the kernel's reason is shown" "$err" '^mdev-sim: the kernel says: mdev_sim'; }
refused 'types/1/bar0 = 3M mem32 is refused: Numerical result out of range' 'driver = a' 'types/1/name = b' 'types/1/bar0 = 3M mem32'
because
refused 'types/1/msi = 3 is refused: ' 'types/1/msi = 3'
because
refused 'driver = a b is refused: Invalid argument' 'driver = a b'
because
refused 'fail_create = ENOSUCH is refused: Invalid argument' 'fail_create = ENOSUCH'
because
refused 'there is no setting "types/1/colour"' 'types/1/name = x' 'types/1/colour = red'
refused 'there is no setting "colour"' 'colour = red'
# parts that do not fit together are found when it is plugged in
printf 'types/1/bar0 = 16K mem64\ntypes/1/bar1 = 16K mem32\n' >/tmp/wrong.conf
fails "two BARs in one place" mdev-sim add /tmp/wrong.conf
because
is "no card is left" "$(ls $config)" "$before"

step "The end"
ok "the last card is removed" mdev-sim remove 0000:65:00.0
ok "the module can be unloaded" rmmod mdev_sim
