# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# QEMU shows the displays of mdev_sim: a screenshot has the test picture, point by
# point, with ramfb and without; and nothing is amiss where nobody looks.
# guest: nested=yes timeout=900 modules=configfs
# guest: files="/usr/share/seabios/vgabios-ramfb.bin:/usr/share/seabios/vgabios-ramfb.bin"
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh
# shellcheck source=tests/lib/sim.sh
. /lib/tests/sim.sh

load_sim
card gpu0
# a display controller each, by different devices' ids
type gpu0 vga display=640x480 class=0x038000 device=1 'bar0=64K mem32' max_instances=2
# no power of two; QEMU pads the lines of a screenshot to 4 bytes
type gpu0 odd display=804x603 class=0x038000 device=2
plug gpu0
create gpu0 mdev_sim-vga 1
create gpu0 mdev_sim-odd 2
create gpu0 mdev_sim-vga 3

# screenshot ID WIDTH HEIGHT
screenshot() {
	file=/run/case/$1.ppm
	ok "QEMU takes a screenshot" vm_qmp \
		"{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"$file\",\"device\":\"$1\"}}"
	shows ' 0 wrong$' "it shows the test picture" vfio-client picture "$file" "$2" "$3"
}

step "A VM with three displays, two of them switched on"
vm_more="-device vfio-pci-nohotplug,id=first,sysfsdev=$mdevs/${uuid}1,display=on,ramfb=on"
vm_more="$vm_more -device vfio-pci,id=second,sysfsdev=$mdevs/${uuid}2,display=on"
vm_more="$vm_more -device vfio-pci,id=third,sysfsdev=$mdevs/${uuid}3"
vm_start /lib/tests/vm/display.sh
ok "it boots" vm_wait_for '^the displays can be looked at' 400
vm=$(cat /run/vm/log)
contains "it sees the first" "$vm" 'Display controller \[0380\]: .*\[1234:0001\]'
contains "and the second" "$vm" 'Display controller \[0380\]: .*\[1234:0002\]'
is "three in all" "$(echo "$vm" | grep -c 'Display controller')" 3

step "Screenshots"
screenshot first 640 480
screenshot second 804 603
screenshot first 640 480

step "The end"
vm_tell seen
ok "the VM does its work" vm_wait
drop gpu0
