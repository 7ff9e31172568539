# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# One allocation of memory after the other fails, once each: in creating a
# device, binding and opening it, and in loading each module. Nothing may be
# left of a failed attempt, and the next one works.
#
# Only the allocations of the one system call count that is tried. In loading
# also only those with one of our modules on the stack: the rest are the
# kernel's own, which says on its own account what it makes of them.
# Left out everywhere are those of VFIO's vfio_create_group(): when the group's
# character device can't be added, VFIO itself warns (vfio_group_release) and
# by its source does not let go of the IOMMU group. And, in loading, those of
# the driver core's bus_register(), which with lockdep gives a key back that it
# has not registered yet, and warns.
# guest: memory=512M timeout=900 files=tests/cases/data/words.sh
# shellcheck source=tests/cases/data/words.sh
. /case/words.sh

failslab=/sys/kernel/debug/failslab
pages=/sys/kernel/debug/fail_page_alloc
mtty=/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-2
test=/sys/devices/virtual/mdev_test/mdev_test0
bridge=/sys/bus/mdev/drivers/vfio_mdev
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

if [ ! -e /proc/self/fail-nth ] || [ ! -e $failslab/require-start ]; then
	skip "without memory" "this kernel can't make allocations fail: no /proc/self/fail-nth, or no $failslab/require-start"
	exit 0
fi

step "Let allocations fail that may sleep, too, and say nothing of it"
for fault in $failslab $pages; do
	ok "those as well" "echo N > $fault/ignore-gfp-wait"
	ok "in silence" "echo 0 > $fault/verbose"
	# as many callers as are looked at
	ok "32 deep" "echo 32 > $fault/stacktrace-depth"
done
ok "single pages, too" "echo 0 > $pages/min-order"

# only_from START END: count the allocations that come from there
only_from() {
	for fault in $failslab $pages; do
		echo "$1" >"$fault/require-start"
		echo "$2" >"$fault/require-end"
	done
}

# function_range NAME: its first address, and that of the next one
function_range() {
	sort /proc/kallsyms | awk -v name="$1" '
		found && $1 != found { print "0x" found, "0x" $1; exit }
		$3 == name { found = $1 }'
}

everywhere() { only_from 0 0xffffffffffffffff; }

# from_modules: where modules are, above the kernel
from_modules() {
	only_from "0x$(sed -n 's/^\([0-9a-f]*\) . _end$/\1/p' /proc/kallsyms)" 0xffffffffff000000
}

# what a failed allocation may lead to
answers="ENOMEM|success"

# each_fails DESCRIPTION AFTERWARDS ATTEMPT: ATTEMPT with the first, second and
# so on allocation failing, until it has no more; AFTERWARDS looks each time
# what there is, and says what is wrong
each_fails() {
	title=$1 afterwards=$2
	shift 2
	nth=0 errors='' bad=''
	diag "\$ vfio-client nomem N $*    # N = 1, 2, 3 and so on"
	while [ $nth -lt 2000 ]; do
		nth=$((nth + 1))
		vfio-client nomem $nth "$@" >/run/case/answer
		read -r answer </run/case/answer
		case $answer in
		*", none failed") break ;;
		*", one failed") errors="$errors ${answer%,*}" ;;
		*) bad="$bad $nth:broken($answer)" ;;
		esac
		$afterwards "${answer%%,*}" >/run/case/why 2>&1
		[ ! -s /run/case/why ] || bad="$bad $nth:${answer%%,*}:$(cat /run/case/why)"
	done
	[ "$answer" != "success, none failed" ] || $afterwards success >/run/case/why 2>&1
	[ ! -s /run/case/why ] || bad="$bad afterwards:$(cat /run/case/why)"
	diag "$(echo "$errors" | tr ' ' '\n' | grep . | sort | uniq -c | tr -s ' \n' ' ')"
	is "$title: with nothing failing it works" "$answer" "success, none failed"
	is "$title: each time all was in order ($((nth - 1)) allocations)" "$bad" ""
	unexpected=$(echo "$errors" | tr ' ' '\n' | grep -vxE "$answers|" | sort -u | tr '\n' ' ')
	is "$title: the answer was $answers" "$unexpected" ""
	ok "$title: allocations did fail" test $nth -gt 1
}

load mtty mdev_test
# udev would load the bridge for a device that waits for it, and be in our way
run "kill \$(pidof uevent)"

# but_not_in FUNCTION
but_not_in() {
	range=$(function_range "$1")
	ok "$1 can be left out" test -n "$range"
	for fault in $failslab $pages; do
		run "echo ${range% *} > $fault/reject-start; echo ${range#* } > $fault/reject-end"
	done
}
but_not_in vfio_create_group
free=$(cat $mtty/available_instances)

# made ANSWER: afterwards of creating; says what is wrong. It runs often, on a
# slow kernel: so without other programs.
made() {
	if [ "$1" = success ]; then
		[ -d $mdev/mdev_type ] || echo "it has no type"
		echo 1 >$mdev/remove || echo "it can't be removed"
	fi
	for left in /sys/bus/mdev/devices/* /sys/devices/virtual/*/*/"$uuid" \
		/sys/devices/virtual/*/*/mdev_supported_types/*/devices/*; do
		if [ -e "$left" ] || [ -L "$left" ]; then echo "$left is left"; fi
	done
	for now in "$free $mtty" "8 $test/mdev_supported_types/mdev_test-a"; do
		read -r instances <"${now#* }/available_instances"
		[ "$instances" = "${now%% *}" ] || echo "an instance is lost"
	done
	read -r creates <$test/counters/creates
	read -r removes <$test/counters/removes
	[ "$creates" = "$removes" ] || echo "the parent has one left"
}

# VFIO's groups go by themselves, and late where the kernel delays releases
no_group_left() {
	within 30 "no group is left" "[ -z \"\$(ls /sys/kernel/iommu_groups)\" ]"
}

step "Create"
everywhere
each_fails "mtty" made write $mtty/create $uuid
each_fails "mdev_test" made write $test/mdev_supported_types/mdev_test-a/create $uuid
no_group_left

step "Bind"
ok "create a device" "echo $uuid > $mtty/create && echo $uuid > $bridge/unbind"
bound() {
	if [ "$1" = success ]; then
		[ -e $mdev/driver ] && [ -e $mdev/iommu_group ] || echo "it is not bound"
	else
		[ ! -e $mdev/driver ] || echo "it is bound"
		[ ! -e $mdev/iommu_group ] || echo "it has a group"
		echo $uuid >$bridge/bind || echo "it can't be bound"
	fi
	vfio-client open $uuid >/dev/null || echo "it can't be opened"
	echo $uuid >$bridge/unbind || echo "it can't be unbound"
}
each_fails "the bridge" bound write $bridge/bind $uuid
no_group_left
ok "bind it again" "echo $uuid > $bridge/bind"

step "Open"
usable() {
	vfio-client open $uuid >/dev/null || echo "it can't be opened"
	[ ! -c /dev/iommu ] || VFIO_ACCESS=cdev vfio-client open $uuid >/dev/null || echo "its character device can't"
}
each_fails "by its group" usable fd $uuid
if [ -c /dev/iommu ]; then
	each_fails "its character device" usable bind $uuid
else
	skip "its character device" "this kernel has no /dev/iommu"
fi
ok "no user is left: it can be removed" "echo 1 > $mdev/remove"

step "Load"
for module in mdev_test mtty vfio_mdev mdev; do
	ok "unload" rmmod $module
done
# the core asks for the bridge by itself, which would be in the way
ok "nobody loads a module but we" "echo /bin/false > /proc/sys/kernel/modprobe"
from_modules
but_not_in bus_register

# loaded_as MODULE PATH ANSWER: PATH is what the module makes
loaded_as() {
	if [ "$3" = success ]; then
		[ -e "$2" ] || echo "it does nothing"
		rmmod "$1" || echo "it can't be unloaded"
	else
		! grep "^$1 " /proc/modules || echo "it is loaded"
	fi
	is_gone "$2"
	[ "$1" != mdev ] || is_gone /sys/class/mdev_bus
}

# is_gone PATH: the driver core gives the names of drivers and classes up when
# they are released, and that is seconds late where the kernel delays releases
is_gone() {
	for _ in $(seq 100); do
		[ -e "$1" ] || return 0
		usleep 100000
	done
	echo "$1 is left"
}
file_of() { find /lib/modules -path "*/updates/$1.ko"; }

# each_load_fails MODULE PATH
each_load_fails() {
	each_fails "$1" "loaded_as $1 $2" insmod "$(file_of "$1")"
	ok "it loads" modprobe "$1"
}
# the driver core says EINVAL where it can't make a module's folder "drivers"
answers="ENOMEM|EINVAL|success"
each_load_fails mdev /sys/bus/mdev
each_load_fails vfio_mdev $bridge
each_load_fails mtty /sys/devices/virtual/mtty
ok "mtty unloads" rmmod mtty

step "Load the bridge, where devices wait for it"
but_not_in vfio_create_group
ok "unload it" rmmod vfio_mdev
ok "the sample loads" modprobe mtty
ok "create a device" "echo $uuid > $mtty/create"
each_fails "vfio_mdev" "loaded_as vfio_mdev $bridge" insmod "$(file_of vfio_mdev)"
ok "it loads" modprobe vfio_mdev
gives success "at last it is bound and works" vfio-client open $uuid
ok "and can be removed" "echo 1 > $mdev/remove"
everywhere
gives "$free" "all instances are there" cat $mtty/available_instances
