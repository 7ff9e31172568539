# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Words that several cases share, beside those of tests/lib/tap.sh.

# load MODULE…: the core, these drivers, and all that a user of VFIO needs
load() {
	ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev "$@"
	ok "the bridge came by itself" ls /sys/bus/mdev/drivers/vfio_mdev
}

# settle: until udev has handled all events, and loads no more modules for a device
# that has gone already. It may take as long as it gets on.
settle() {
	handled='' heard=none until_up=0
	while :; do
		read -r handled 2>/dev/null </run/uevents.done
		read -r seqnum </sys/kernel/uevent_seqnum
		[ "${handled:-0}" -lt "$seqnum" ] || break
		read -r now_up _ </proc/uptime
		now_up=${now_up%%.*}
		if [ "$handled" != "$heard" ]; then
			heard=$handled until_up=$((now_up + 200))
		elif [ "$now_up" -ge $until_up ]; then
			fail "udev has heard it all"
			diag "it has heard event $heard, and the last one is $seqnum"
			return
		fi
		usleep 50000
	done
	pass "udev has heard it all"
}

# start LINE: run it in the background; $job is its process. "exec" before a
# program makes $job the program itself.
start() {
	diag "\$ $* &"
	eval "$*" >/run/case/job.out 2>/run/case/job.err &
	job=$!
}

# waits_in FUNCTION DESCRIPTION: $job has come to this function of the kernel
waits_in() { within 30 "$2" "grep $1 /proc/$job/stack"; }

# hold UUID: a user opens the device and keeps it open, as $holder
hold() {
	diag "\$ vfio-client hold $1 &"
	vfio-client hold "$1" >/run/case/hold &
	holder=$!
	within 30 "a user has it open" "grep -x open /run/case/hold"
}

# let_go: that user closes it
let_go() { ok "the user closes it" "kill $holder && wait $holder"; }

# statistic UUID NAME [LINE]: a number of a card of mtty's, of each port or of that line
statistic() {
	sed -n "s/^${3:-port.}.* $2:\([0-9]*\).*/\1/p" "/sys/bus/mdev/devices/$1/vendor/statistics" | xargs
}

# quietly LINE: run it, for loops that would show too much
quietly() { eval "$*" >/dev/null 2>&1; }

# by_each_way FUNCTION: which is given the way in words; by a container, and by
# iommufd where the kernel has that
by_each_way() {
	"$1" "a container"
	run modprobe -q iommufd
	if [ -c /dev/iommu ]; then
		export VFIO_ACCESS=iommu-group
		"$1" "iommufd"
		unset VFIO_ACCESS
	else
		skip "iommufd" "this kernel has none: no /dev/iommu after modprobe iommufd"
	fi
}

# new_uuid: as a person would make one
new_uuid() { cat /proc/sys/kernel/random/uuid; }

# can_report: users can be told which memory a device has written. Either VFIO
# leaves that to the bridge, or the kernel has iova_bitmap, and not only a stub.
can_report() {
	case $(uname -r) in
	5.1?.*|6.0.*) ;;
	*)	grep -qw iova_bitmap_set /proc/kallsyms ;;
	esac
}
