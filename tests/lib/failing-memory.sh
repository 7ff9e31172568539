# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For the cases in which one allocation of memory after the other fails, once
# each. Nothing may be left of a failed attempt, and the next one works.
#
# Only the allocations of the one system call count that is tried. In loading
# also only those with one of our modules on the stack: the rest are the
# kernel's own, which says on its own account what it makes of them.

failslab=/sys/kernel/debug/failslab
pages=/sys/kernel/debug/fail_page_alloc
# shellcheck disable=SC2034 # the cases use them
{
mtty=/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-2
bridge=/sys/bus/mdev/drivers/vfio_mdev
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid
}

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

everywhere() { only_from 0 0xffffffffffffffff; }

# from_modules: where modules are, above the kernel
from_modules() {
	only_from "0x$(sed -n 's/^\([0-9a-f]*\) . _end$/\1/p' /proc/kallsyms)" 0xffffffffff000000
}

# function_range NAME: its first address, and that of the next one
function_range() {
	sort /proc/kallsyms | awk -v name="$1" '
		found && $1 != found { print "0x" found, "0x" $1; exit }
		$3 == name { found = $1 }'
}

# but_not_in FUNCTION: those of its allocations don't count; of one function only
but_not_in() {
	range=$(function_range "$1")
	ok "$1 can be left out" test -n "$range"
	for fault in $failslab $pages; do
		run "echo ${range% *} > $fault/reject-start; echo ${range#* } > $fault/reject-end"
	done
}

# When the character device of a group can't be added, VFIO itself warns
# (vfio_group_release), and by its source does not let go of the IOMMU group.
but_not_for_groups() { but_not_in vfio_create_group; }

# what a failed allocation may lead to, unless the case says otherwise
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

# file_of MODULE
file_of() { find /lib/modules -path "*/updates/$1.ko"; }
