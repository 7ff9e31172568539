# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Words for the kernel's sample drivers for mdev: a serial card and two kinds of
# displays. The case says in which folder the drivers are, and which API they
# speak, as soon as it knows: "kernel" or "stable".
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

drivers=/samples
api=kernel

is_ours() { grep -q 'mdev_stable_register_device.*\[mdev\]' /proc/kallsyms; }

devices=/sys/bus/mdev/devices
ids=83b8f4f2-509f-382f-3c1e-e6bfe0fa10

is_kernel_api() { [ "$api" = kernel ]; }

# driver_of SAMPLE: who drives its devices
driver_of() { if is_kernel_api; then echo "$1"; else echo vfio_mdev; fi; }

# has_instances SAMPLE-TYPE=INSTANCES…: before long, because some count a device
# until its last reference is gone
has_instances() {
	for pair; do
		within 30 "${pair%=*} has ${pair#*=} left" "grep -x ${pair#*=} /sys/class/mdev_bus/${pair%%-*}/mdev_supported_types/${pair%=*}/available_instances"
	done
}

# needs_little_endian: ends the case elsewhere
needs_little_endian() {
	[ "$(uname -m)" = s390x ] || return 0
	skip "the samples" "they store 16 and 32 bits as the CPU does, so on a big-endian one their configuration space is none of PCI"
	exit 0
}

# is_type SAMPLE-TYPE INSTANCES NAME [DESCRIPTION]: what its files say
is_type() {
	type=/sys/class/mdev_bus/${1%-*}/mdev_supported_types/$1
	has_instances "$1=$2"
	gives "$3" "$1: its name" cat "$type/name"
	gives vfio-pci "$1: its API" cat "$type/device_api"
	if [ -n "${4:-}" ]; then
		gives "$4" "$1: what it is" cat "$type/description"
	else
		fails_with ENOENT "$1 goes without a description" cat "$type/description"
	fi
}

# create NUMBER SAMPLE-TYPE
create() { echo "$ids$1" >"/sys/class/mdev_bus/${2%-*}/mdev_supported_types/$2/create"; }

# create_bound NUMBER SAMPLE-TYPE: and its driver has it
create_bound() {
	ok "create $2" create "$1" "$2"
	shows "/$(driver_of "${2%-*}")\$" "its driver has it" readlink "$devices/$ids$1/driver"
	shows "/$2\$" "it is of that type" readlink "$devices/$ids$1/mdev_type"
}

# passes DESCRIPTION COMMAND…: all checks of the client's TAP do
passes() { shows '^1\.\.[1-9][0-9]*$' "$@"; }

# use_up SAMPLE-TYPE ERRNO NUMBER…: create these, and then one too many
use_up() {
	type=$1 errno_too_many=$2
	shift 2
	# the older samples' own choice
	is_kernel_api || errno_too_many=ENOMEM
	for number; do
		ok "another $type" create "$number" "$type"
	done
	has_instances "$type=0"
	fails_with "$errno_too_many" "one too many" create 99 "$type"
	fails_with ENOENT "which leaves nothing behind" ls "$devices/${ids}99"
	fails_with EEXIST "a uuid can't be taken twice" create 10 "$type"
	for number; do
		ok "remove it" "echo 1 > $devices/$ids$number/remove"
	done
}

# rebind NUMBER SAMPLE: the driver can let go of a device and, with our core,
# take it again
rebind() {
	unbind="echo $ids$1 > /sys/bus/mdev/drivers/$(driver_of "$2")/unbind"
	bind="echo $ids$1 > /sys/bus/mdev/drivers/$(driver_of "$2")/bind"
	ok "unbind" "$unbind"
	fails_with ENOENT "it has no driver" ls "$devices/$ids$1/driver"
	if is_ours; then
		ok "bind" "$bind"
		gives success "it works again" vfio-client open "$ids$1"
		ok "unbind once more" "$unbind"
	else
		fails_with ENODEV "that core binds nothing again" "$bind"
	fi
	ok "without a driver it can be removed" "echo 1 > $devices/$ids$1/remove"
	fails_with ENOENT "it is gone" ls "$devices/$ids$1"
}

# With the kernel API the writer waits for the user, as with the kernel's own core.
# With the stable API it gets EBUSY.
remove_while_open() {
	hold "$ids$1"
	fails_with EAGAIN "the sample can't be unloaded meanwhile" rmmod "$2"
	if ! is_kernel_api; then
		fails_with EBUSY "nor the device removed" "echo 1 > $devices/$ids$1/remove"
		let_go
		ok "then it can be removed" "echo 1 > $devices/$ids$1/remove"
		fails_with ENOENT "it is gone" ls "$devices/$ids$1"
		return
	fi
	start "echo 1 > $devices/$ids$1/remove"
	waits_in vfio_unregister_group_dev "whoever removes it waits"
	let_go
	ok "then it can be removed" wait "$job"
	fails_with ENOENT "it is gone" ls "$devices/$ids$1"
}

# lacks SAMPLE: the kernel lacks what it needs
lacks() { [ -e "$drivers/$1.lacks" ]; }

# load_sample SAMPLE: unless it could not be unloaded, see below
load_sample() { ok "load it" "grep -q '^$1 ' /proc/modules || insmod $drivers/$1.ko"; }

# DEBUG_KOBJECT_RELEASE has the samples' own devices released seconds after
# their modules are gone.
late_releases() { dmesg | grep -qE 'kobject: .*\(delayed [0-9]+\)'; }

# unload_sample SAMPLE
unload_sample() {
	if late_releases; then
		late="this kernel releases objects late (CONFIG_DEBUG_KOBJECT_RELEASE), which $1 does not stand"
		echo "$late" >/run/modules-stay
		skip "unload $1" "$late"
		return 1
	fi
	ok "unload $1" rmmod "$1"
}

# unload_with_devices SAMPLE SAMPLE-TYPE NUMBER…: these are there
unload_with_devices() {
	sample=$1 type=$2
	shift 2
	for number; do
		ok "device $number is there" ls -d "$devices/$ids$number"
	done
	if ! unload_sample "$sample"; then
		for number; do
			ok "remove it" "echo 1 > $devices/$ids$number/remove"
		done
		return
	fi
	gives "" "its devices have gone" ls "$devices"
	fails_with ENOENT "so has its parent" ls "/sys/class/mdev_bus/$sample"
	fails_with ENOENT "and its driver" ls "/sys/bus/mdev/drivers/$sample"
	ok "load it again" insmod "$drivers/$sample.ko"
	create_bound 10 "$type"
	gives success "its devices work" vfio-client open "${ids}10"
	ok "unload it again" rmmod "$sample"
	gives "" "its device has gone" ls "$devices"
}

try_mtty() {
	step "mtty, a serial card, on $1"
	load_sample mtty
	is_type mtty-1 24 "Single port serial"
	is_type mtty-2 12 "Dual port serial"
	create_bound 10 mtty-1
	create_bound 11 mtty-2
	has_instances mtty-1=21 mtty-2=10
	for number in 10 11; do
		passes "a client uses it" vfio-client card $ids$number 32534348
	done
	# it loses what does not fit its FIFO
	ok "the port loops" vfio-client loop ${ids}10 0 15
	ok "the first of two" vfio-client loop ${ids}11 0 15
	ok "the second" vfio-client loop ${ids}11 1 15
	# the one that uses the stable API has no limit
	! is_kernel_api || use_up mtty-2 ENOSPC 20 21 22 23 24 25 26 27 28 29
	remove_while_open 10 mtty
	rebind 11 mtty
	has_instances mtty-1=24 mtty-2=12
	ok "create another" create 10 mtty-1
	unload_with_devices mtty mtty-2 10
}

try_mdpy() {
	step "mdpy, a display in a region, on $1"
	load_sample mdpy
	is_type mdpy-vga 4 mdpy-vga "virtual display, 640x480 framebuffer"
	is_type mdpy-xga 4 mdpy-xga "virtual display, 1024x768 framebuffer"
	is_type mdpy-hd 4 mdpy-hd "virtual display, 1920x1080 framebuffer"
	create_bound 10 mdpy-vga
	create_bound 11 mdpy-xga
	create_bound 12 mdpy-hd
	has_instances mdpy-vga=1 mdpy-xga=1 mdpy-hd=1
	gives 1024x768 "the driver's own attributes" cat $devices/${ids}11/vendor/resolution
	for number in 10 11 12; do
		passes "a client uses it" vfio-client card $ids$number 000f1b36
	done
	passes "its picture" vfio-client display ${ids}10 640 480
	passes "its picture" vfio-client display ${ids}11 1024 768
	passes "its picture" vfio-client display ${ids}12 1920 1080
	# counted by the core from 6.1 on, by the sample before
	too_many=EUSERS
	grep -q mdev_register_parent $drivers/mdpy.ko || too_many=ENOMEM
	use_up mdpy-hd $too_many 20
	remove_while_open 10 mdpy
	rebind 11 mdpy
	has_instances mdpy-vga=3 mdpy-xga=3 mdpy-hd=3
	unload_with_devices mdpy mdpy-xga 12
}

try_mbochs() {
	step "mbochs, a display in a dma-buf, on $1"
	if lacks mbochs; then
		skip "mbochs on $1" "$(cat $drivers/mbochs.lacks)"
		return
	fi
	load_sample mbochs
	is_type mbochs-small 64 mbochs-small "virtual display, 4 MB video memory"
	is_type mbochs-medium 16 mbochs-medium "virtual display, 16 MB video memory"
	is_type mbochs-large 4 mbochs-large "virtual display, 64 MB video memory"
	create_bound 10 mbochs-small
	create_bound 11 mbochs-medium
	create_bound 12 mbochs-large
	has_instances mbochs-small=43 mbochs-medium=10 mbochs-large=2
	gives "16 MB" "the driver's own attributes" cat $devices/${ids}11/vendor/memory
	for number in 10 11 12; do
		passes "a client uses it" vfio-client card $ids$number 11111234
		passes "its picture" vfio-client display $ids$number 640 480
	done
	use_up mbochs-large ENOSPC 20 21
	remove_while_open 10 mbochs
	rebind 11 mbochs
	has_instances mbochs-small=48 mbochs-medium=12 mbochs-large=3
	unload_with_devices mbochs mbochs-small 12
}

load_ours() {
	ok "the modules load" modprobe -a vfio_iommu_type1 mdev vfio_mdev
	ok "the core is ours" is_ours
}

# unload_ours_too: fails where the samples could not be unloaded
unload_ours_too() {
	step "Unload the core"
	ok "the bridge" rmmod vfio_mdev
	if late_releases; then
		skip "the core" "the samples are still there"
		return 1
	fi
	ok "the core" rmmod mdev
}

# beside_ours: their devices and our mtty's at once
beside_ours() {
	types=mdpy-vga
	lacks mbochs || types="mdpy-vga mbochs-small"
	ok "our own mtty" modprobe mtty
	fails_with EEXIST "it and the sample have the same name" insmod $drivers/mtty.ko
	ok "a device of it" create 30 mtty-2
	shows '/vfio_mdev$' "the bridge has it" readlink $devices/${ids}30/driver
	for type in $types; do
		load_sample "${type%-*}"
		create_bound 31 "$type"
		gives success "it works" vfio-client open ${ids}31
		gives success "so does ours" vfio-client open ${ids}30
		fails_with EEXIST "its uuid is taken here" create 31 mtty-1
		fails_with EEXIST "and ours is there" create 30 "$type"
		! is_kernel_api || fails_with ENODEV "the bridge can't take it" "echo ${ids}31 > /sys/bus/mdev/drivers/vfio_mdev/bind"
		ok "remove it" "echo 1 > $devices/${ids}31/remove"
	done
	fails_with EAGAIN "the core can't go" rmmod mdev
	ok "our mtty goes" rmmod mtty
	for type in $types; do
		unload_sample "${type%-*}"
	done
}
