# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Cards of mdev_sim: what configfs takes, and what it refuses, what is seen of a
# card that is plugged in, how many instances there can be, and how it goes.
# guest: memory=256M
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim

step "Loading makes nothing"
gives "" "no card" ls $config
gives "" "no parent" ls $parents

step "A card, not plugged in"
ok "make one" mkdir $config/gpu0
gives "mdev_sim" "its driver" cat $config/gpu0/driver
gives 268435456 "its memory" cat $config/gpu0/memory_limit
gives auto "its PCI domain" cat $config/gpu0/pci_domain
gives 0 "it is not live" cat $config/gpu0/live
gives "" "so it has no parent" cat $config/gpu0/parent
gives 0 "and no instances" cat $config/gpu0/instances
gives "" "no parent is seen" ls $parents
fails_with EINVAL "it can't be plugged in without types" "echo 1 > $config/gpu0/live"
logged 'mdev_sim: gpu0: a card without types' "and the log says so"
fails_with ENODEV "it can't report an error" "echo 1 > $config/gpu0/error"
ok "pulling it out does nothing" "echo 0 > $config/gpu0/live"

step "A type"
ok "make one" mkdir $config/gpu0/types/222
type=$config/gpu0/types/222
for default in vendor=0x1234 device=0x11e8 subsystem_vendor=0x1af4 subsystem_device=0x1100 \
	class=0x00ff00 revision=0x10 bar0=none bar5=none intx=1 msi=0 msix=0 msix_bar=auto pm=1 pcie=0 \
	edu=0 display=0 migration=1 max_instances=1 cost=1 device_api=vfio-pci name= description=; do
	gives "${default#*=}" "its ${default%%=*}" cat "$type/${default%%=*}"
done
fails "there are files of a card" "cat $type/live"
fails_with EACCES "and no others" "echo 1 > $type/other"

step "What is written is shown"
# takes FILE VALUE [SHOWN]
takes() {
	ok "$1 takes $2" "echo '$2' > $type/$1"
	gives "${3-$2}" "and shows it" cat "$type/$1"
}
takes vendor 0x10de
takes device 7864 0x1eb8
takes class 0x030200
takes bar0 '16M mem32'
takes bar0 '16384K mem32' '16M mem32'
takes bar0 '4K mem32'
takes bar1 '256M mem64 prefetch'
takes bar1 '16G mem64'
takes bar3 '256 io'
takes bar3 '4 io'
takes bar3 none
takes display 640x480
takes display 64x8192
takes display 0
takes msi 32
takes msix 2048
takes msix_bar 4
takes msix_bar auto
takes name 'GRID T4-1B'
takes device_api vfio-ccw
takes max_instances 65535
takes migration 0
takes migration 1
type=$config/gpu0
takes pci_domain 0xff00
takes pci_domain 65535 0xffff
takes pci_domain auto
type=$config/gpu0/types/222
printf 'num_heads=4, frl_config=45\nframebuffer=1024M' > $type/description
gives "num_heads=4, frl_config=45
framebuffer=1024M" "a description may have several lines" cat $type/description

step "What is wrong is refused, and the log says what is allowed"
# refuses ERRNO FILE VALUE
refuses() {
	before=$(cat "$type/$2")
	fails_with "$1" "$2 refuses $3" "echo '$3' > $type/$2"
	is "it is as before" "$(cat "$type/$2")" "$before"
}
refuses ERANGE vendor 0x10000
refuses EINVAL vendor x
refuses ERANGE class 0x1000000
refuses ERANGE max_instances 0
refuses ERANGE max_instances 65536
refuses EINVAL msi 3
refuses ERANGE msi 64
refuses ERANGE msix 2049
refuses ERANGE msix_bar 6
refuses EINVAL msix_bar none
refuses ERANGE intx 2
refuses EINVAL edu -1
refuses ERANGE migration 2
for value in '' 1 640 640x 640x480x 640x480x32 x480 0x 640X480 '640 x480' -640x480 640x-480 a; do
	refuses EINVAL display "$value"
done
for value in 63x64 64x63 8193x64 64x8193 0x480 00x0 4294967295x4294967295; do
	refuses ERANGE display "$value"
done
for value in '' mem32 1M '1M mem' '1M mem32 fetch' '1M mem32 prefetch more' '4 io prefetch' '1Q mem32' \
	'-1 io' 'none io' '0x mem32' '1M  mem32'; do
	refuses EINVAL bar2 "$value"
done
for value in '0 io' '2 io' '512 io' '12 io' '2K mem32' '2G mem32' '32G mem64' '3M mem64' '99999999999G mem64'; do
	refuses ERANGE bar2 "$value"
done
refuses ERANGE name "$(head -c 129 /dev/zero | tr '\0' n)"
refuses EINVAL name "$(printf 'a\nb')"
refuses EINVAL name "$(printf 'a\033b')"
refuses ERANGE description "$(head -c 1025 /dev/zero | tr '\0' n)"
refuses EINVAL device_api 'vfio pci'
sleep 6
refuses EINVAL msi 5
logged 'mdev_sim: gpu0/types/222: msi must be 0, or a power of two up to 32$' "the log says what is allowed"
type=$config/gpu0
refuses EINVAL driver 'n/a'
refuses EINVAL driver .n
refuses EINVAL driver ''
refuses ERANGE driver "$(head -c 33 /dev/zero | tr '\0' n)"
fails_with EINVAL "driver refuses a NUL byte" "printf '\\000' | cat > $type/driver"
fails_with EINVAL "and one among others" "printf 'nv\\000idia' | cat > $type/driver"
gives mdev_sim "it is as before" cat $type/driver
fails_with EINVAL "so does device_api" "printf 'vfio\\000pci' | cat > $type/types/222/device_api"
for value in '' none ff00 -1 'auto 1'; do
	refuses EINVAL pci_domain "$value"
done
for value in 0 0xfeff 0x10000; do
	refuses ERANGE pci_domain "$value"
done
refuses ERANGE homogeneous 2
refuses ERANGE budget 0x100000000
refuses EINVAL memory_limit G
refuses ERANGE memory_limit 99999999999G
refuses ERANGE live 2
for file in parent instances; do
	fails "nobody writes $file" "echo 1 > $config/gpu0/$file"
done
seconds() { cut -d . -f 1 /proc/uptime; }
lines=$(dmesg | wc -l)
start=$(seconds)
for _ in $(seq 300); do quietly "echo 3 > $config/gpu0/types/222/msi"; done
# ten in five seconds, and one that tells how many are missing
intervals=$((($(seconds) - start) / 5 + 2))
ok "300 wrong writes are not 300 lines" "[ \$((\$(dmesg | wc -l) - $lines)) -le $((11 * intervals)) ]"

step "An expansion ROM"
rom=$config/gpu0/types/222/rom
gives "" "there is none at first" cat $rom
ok "it takes 3000 bytes" "head -c 3000 /bin/busybox >/run/case/rom && cat /run/case/rom >$rom"
ok "and has them" cmp /run/case/rom $rom
ok "it takes others" "head -c 5000 /bin/busybox | tail -c 2000 >/run/case/rom && cat /run/case/rom >$rom"
ok "and has them" cmp /run/case/rom $rom
ok "it takes 1 MiB" "head -c 1048576 /bin/busybox >/run/case/rom && cat /run/case/rom >$rom"
ok "and has them" cmp /run/case/rom $rom
fails_with EFBIG "a byte more is too much" "head -c 1048577 /bin/busybox >/run/case/rom && cat /run/case/rom >$rom"
ok "it takes a small one again" "echo small >$rom"
gives small "and has it" cat $rom
diag "while it changes, it is read again and again"
head -c 1048576 /bin/busybox >/run/case/rom
while :; do
	cat /run/case/rom >$rom
	echo small >$rom
done &
changer=$!
whole=0 torn=0
for _ in $(seq 400); do
	if cat $rom >/run/case/got 2>/dev/null; then
		whole=$((whole + 1))
		cmp -s /run/case/rom /run/case/got || [ "$(wc -c </run/case/got)" = 6 ] || torn=$((torn + 1))
	fi
done
ok "who reads it gets the one or the other, or an error" "kill $changer; [ $whole -gt 0 ] && [ $torn = 0 ]"
diag "$whole of 400 times it was read, $torn times neither was"
ok "it takes a small one again" "echo small >$rom"

step "Names"
for name in 0000:65:00.0 a 'x-1+2_3.4' "$(head -c 40 /dev/zero | tr '\0' n)"; do
	ok "a card may be called $name" mkdir "$config/$name"
	ok "and a type of it" mkdir "$config/$name/types/$name"
	fails "which comes first" rmdir "$config/$name"
	ok "remove it" rmdir "$config/$name/types/$name" "$config/$name"
done
for name in .a 'a b' 'ä' 'a!' "$(head -c 41 /dev/zero | tr '\0' n)"; do
	fails_with EINVAL "no card may be called $name" mkdir "$config/$name"
done
fails_with EINVAL "nor a type 65 bytes long" mkdir "$config/gpu0/types/$(head -c 65 /dev/zero | tr '\0' n)"

step "As many as there can be"
ok "64 types" "for i in \$(seq 2 64); do mkdir $config/gpu0/types/\$i || exit; done"
fails_with ENOSPC "and not one more" mkdir $config/gpu0/types/more
ok "remove them" "for i in \$(seq 2 64); do rmdir $config/gpu0/types/\$i || exit; done"
ok "64 cards" "for i in \$(seq 2 64); do mkdir $config/\$i || exit; done"
fails_with ENOSPC "and not one more" mkdir $config/more
ok "remove them" "for i in \$(seq 2 64); do rmdir $config/\$i || exit; done"

step "Settings that don't fit together"
rmdir $config/gpu0/types/222
# odd WHY FILE=VALUE…
odd() {
	why=$1
	shift
	quietly "mkdir $config/gpu0/types/odd"
	for setting; do quietly "echo '${setting#*=}' > $config/gpu0/types/odd/${setting%%=*}"; done
	fails_with EINVAL "refused: $*" "echo 1 > $config/gpu0/live"
	logged "mdev_sim: gpu0/types/odd: $why" "and the log says why"
	gives 0 "it is not live" cat $config/gpu0/live
	quietly "rmdir $config/gpu0/types/odd"
}
sleep 6
odd "bar5 can.t be mem64" 'bar5=1M mem64'
odd "the BAR behind a mem64 one must be none" 'bar0=1M mem64' 'bar1=1M mem32'
odd "edu needs a bar0" edu=1
odd "edu needs a bar0" edu=1 'bar0=512K mem32'
odd "edu needs a bar0" edu=1 'bar0=4 io'
quietly "mkdir $config/gpu0/types/odd && echo 1M > $config/gpu0/memory_limit && head -c 600000 /bin/busybox >$config/gpu0/types/odd/rom"
plug gpu0
unplug gpu0
quietly "mkdir $config/gpu0/types/two && echo rom >$config/gpu0/types/two/rom"
fails_with EINVAL "refused: two ROMs that are too large together" "echo 1 > $config/gpu0/live"
logged "mdev_sim: gpu0/types/two: the ROMs need more than memory_limit" "and the log says why"
quietly "rmdir $config/gpu0/types/two $config/gpu0/types/odd && echo 256M > $config/gpu0/memory_limit"
odd "no memory BAR of up to 4G has room for the MSI-X table" msix=1
odd "no memory BAR of up to 4G has room for the MSI-X table" msix=2048 'bar0=32K mem32'
odd "no memory BAR of up to 4G has room for the MSI-X table" msix=1 'bar0=8G mem64'
odd "msix_bar is not a memory BAR of up to 4G" msix=1 msix_bar=1 'bar0=1M mem32'
fails "nothing is left of them" "ls /sys/devices/mdev_sim/gpu0"

step "Plugged in"
set_all $config/gpu0 driver=nvidia
type gpu0 222 'name=GRID T4-1B' max_instances=3
ok "it has a ROM" "echo small >$config/gpu0/types/222/rom"
type gpu0 223 max_instances=2
plug gpu0
gives 1 "it is live" cat $config/gpu0/live
gives gpu0 "its parent" cat $config/gpu0/parent
shows '/devices/mdev_sim/gpu0$' "its device" readlink -f $parents/gpu0
shows '/nvidia$' "and the device's driver" readlink $parents/gpu0/driver
gives "nvidia-222
nvidia-223" "its types" ls $parents/gpu0/mdev_supported_types
gives "GRID T4-1B" "the name of one" cat $parents/gpu0/mdev_supported_types/nvidia-222/name
fails "one without name has no such file" "ls $parents/gpu0/mdev_supported_types/nvidia-223/name"
gives vfio-pci "the API" cat $parents/gpu0/mdev_supported_types/nvidia-222/device_api
within 20 "udev heard of it" "grep 'change .*/mdev_sim/gpu0 .*MDEV_STATE=registered' /run/uevents"
ok "once more changes nothing" "echo 1 > $config/gpu0/live"
diag "the lines in the log are limited to 10 in five seconds"
sleep 6
for setting in driver=x budget=1 homogeneous=1 memory_limit=1M vendor=1 pci=0 pci_domain=0xff00; do
	fails_with EBUSY "${setting%%=*} can't be changed now" "echo ${setting#*=} > $config/gpu0/${setting%%=*}"
done
logged 'mdev_sim: gpu0: is plugged in: pull it out to change it' "the log says why"
for setting in name=x description=x max_instances=9 'bar0=none' msi=1 msix_bar=1 device_api=x display=640x480; do
	fails_with EBUSY "nor a type's ${setting%%=*}" "echo ${setting#*=} > $config/gpu0/types/222/${setting%%=*}"
done
sleep 6
ok "configfs takes a ROM" "echo other >$config/gpu0/types/222/rom"
gives small "but it stays as it was" cat $config/gpu0/types/222/rom
logged 'mdev_sim: gpu0/types/222: the rom can.t be changed while the card is plugged in' "and the log says why"
fails "nobody can unbind the driver" "ls /sys/bus/mdev_sim/drivers/nvidia/unbind"

step "Instances"
available gpu0 nvidia-222 3
create gpu0 nvidia-222 1
create gpu0 nvidia-222 2
create gpu0 nvidia-222 3
gives 3 "it counts them" cat $config/gpu0/instances
available gpu0 nvidia-222 0
available gpu0 nvidia-223 2
fails_with EUSERS "no fourth one" "echo ${uuid}4 > $parents/gpu0/mdev_supported_types/nvidia-222/create"
create gpu0 nvidia-223 4
shows '/vfio_mdev$' "the bridge takes them" readlink $mdevs/${uuid}4/driver
remove 2
available gpu0 nvidia-222 1
gives success "one can be opened" vfio-client open ${uuid}1
ok "a type that is removed from configfs" rmdir $config/gpu0/types/223
ok "stays until the card is pulled out" ls $parents/gpu0/mdev_supported_types/nvidia-223

step "Pulled out, with instances"
unplug gpu0
gives "" "they are gone" ls $mdevs
gives "" "and the parent" ls $parents
fails "and its device" "ls /sys/devices/mdev_sim/gpu0"
gives 0 "it is not live" cat $config/gpu0/live
plug gpu0
gives "nvidia-222" "once more, with one type less" ls $parents/gpu0/mdev_supported_types
unplug gpu0

step "A budget for all types"
set_all $config/gpu0 budget=8
set_all $config/gpu0/types/222 max_instances=16 cost=1
type gpu0 big max_instances=16 cost=3
plug gpu0
available gpu0 nvidia-222 8
available gpu0 nvidia-big 2
create gpu0 nvidia-big 1
available gpu0 nvidia-222 5
available gpu0 nvidia-big 1
create gpu0 nvidia-222 2
create gpu0 nvidia-222 3
create gpu0 nvidia-222 4
available gpu0 nvidia-222 2
available gpu0 nvidia-big 0
fails_with EUSERS "another big one costs too much" "echo ${uuid}5 > $parents/gpu0/mdev_supported_types/nvidia-big/create"
remove 1
available gpu0 nvidia-big 1
unplug gpu0

step "The first instance decides the type"
set_all $config/gpu0 budget=0 homogeneous=1
plug gpu0
available gpu0 nvidia-222 16
available gpu0 nvidia-big 16
create gpu0 nvidia-222 1
available gpu0 nvidia-222 15
available gpu0 nvidia-big 0
fails_with EUSERS "none of the other" "echo ${uuid}2 > $parents/gpu0/mdev_supported_types/nvidia-big/create"
remove 1
available gpu0 nvidia-big 16
create gpu0 nvidia-big 1
available gpu0 nvidia-222 0

step "Names that sysfs needs itself"
for own in power uevent module; do
	if [ $own = power ] && [ ! -d /sys/devices/platform/power ]; then
		skip "no card power" "this kernel's devices have no such file: it is built without CONFIG_PM"
		continue
	fi
	card $own
	type "$own" 1
	fails_with EEXIST "no card $own can be plugged in" "echo 1 > $config/$own/live"
	logged "mdev_sim: $own: can.t be plugged in: its name is taken in sysfs" "the log says why"
	drop "$own"
done

step "Two cards of one driver"
card 0000:65:00.0 driver=nvidia
type 0000:65:00.0 222
plug 0000:65:00.0
shows '/nvidia$' "it has the same driver" readlink $parents/0000:65:00.0/driver
create 0000:65:00.0 nvidia-222 2
unplug gpu0
shows '/nvidia$' "it keeps it" readlink $parents/0000:65:00.0/driver
gives "${uuid}2" "and its device" ls $mdevs

step "The folder of a card that is plugged in is removed"
drop 0000:65:00.0
gives "" "the card is gone" ls $parents
gives "" "and its device" ls $mdevs

step "While a user has a device open"
set_all $config/gpu0 homogeneous=0
plug gpu0
create gpu0 nvidia-222 1
hold ${uuid}1
start "echo 0 > $config/gpu0/live"
waits_in sim_configfs_card_live_store "pulling it out waits for the user"
gives 1 "it is live meanwhile" cat $config/gpu0/live
gives "" "but no parent to be used" cat $config/gpu0/parent
fails_with EBUSY "it can't be plugged in meanwhile" "echo 1 > $config/gpu0/live"
logged "mdev_sim: gpu0: can.t be plugged in: it is still being pulled out" "the log says why"
ok "who waits can be killed" "kill -9 $job; wait $job; :"
gives 1 "it is live still" cat $config/gpu0/live
card other
type other 1
plug other
unplug other
drop other
let_go
within 30 "then it is gone" "grep -x 0 $config/gpu0/live"

step "The folder is removed while a user has a device open"
plug gpu0
create gpu0 nvidia-222 1
hold ${uuid}1
drop gpu0
logged 'mdev_sim: gpu0: a device is still in use: the card goes when' "and the log says that it is in use"
ok "there can be 63 other ones" "for i in \$(seq 63); do mkdir $config/more\$i || exit; done"
fails_with ENOSPC "but no 64th, as this one is still there" "mkdir $config/more64"
ok "they go" "rmdir $config/more*"
card gpu0 driver=nvidia
type gpu0 222
fails_with EBUSY "one of the same name can't be plugged in yet" "echo 1 > $config/gpu0/live"
logged "mdev_sim: gpu0: can.t be plugged in: a card of this name is still being pulled out" "the log says why"
fails_with EAGAIN "the module can't be unloaded" rmmod mdev_sim
let_go
within 30 "then it can" "echo 1 > $config/gpu0/live"

step "Pulled out while somebody plugs it in at once"
start "while :; do echo 1 > $config/gpu0/live; done 2>/dev/null"
plugger=$job
# pull_out: may find it being plugged in, but ends
pull_out() {
	timeout 20 sh -c "echo 0 > $config/gpu0/live" 2>/run/case/why || grep -q busy /run/case/why
}
ok "each of 100 writers comes back" "(for i in \$(seq 100); do pull_out || exit; done)"
run kill "$plugger"
within 30 "it can be pulled out for good" "echo 0 > $config/gpu0/live && grep -x 0 $config/gpu0/live"
ok "it is plugged in" "echo 1 > $config/gpu0/live"

step "Drivers of many names"
card many
type many 1
ok "135 drivers, one after the other" "for i in \$(seq 135); do
	echo driver\$i > $config/many/driver && echo 1 > $config/many/live &&
		[ -d $parents/many/mdev_supported_types/driver\$i-1 ] && echo 0 > $config/many/live || exit
	done"
ok "are not all kept" "[ \$(ls /sys/bus/mdev_sim/drivers | wc -l) -le 128 ]"
drop many

step "Unloading"
create gpu0 nvidia-222 1
fails_with EAGAIN "not while there are cards in configfs" rmmod mdev_sim
ok "they still work" "ls $mdevs/${uuid}1/driver/"
drop gpu0
ok "then it unloads" rmmod mdev_sim
fails "nothing is left of it" "ls $config"
fails "nor here" "ls /sys/devices/mdev_sim"
fails "nor here" "ls /sys/bus/mdev_sim"
ok "it loads again" modprobe mdev_sim
ok "unload all" "rmmod mdev_sim && rmmod vfio_mdev && rmmod mdev"
