# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the guest's first process does at the end of each case, on a kernel with
# kmemleak. It speaks into the kernel's log, where run-case.sh finds reports.

to_log() { sed 's/^/leak scan: /' >/dev/console; }

# find_leaks: an object counts as leaked when two scans miss it, the second of them
# more than five seconds after it was made
find_leaks() {
	{
		echo scan >/sys/kernel/debug/kmemleak &&
			sleep 6 &&
			echo scan >/sys/kernel/debug/kmemleak &&
			cat /sys/kernel/debug/kmemleak
	} >/run/leaks 2>&1 || echo "kmemleak: error: it can't scan" >>/run/leaks
	to_log </run/leaks
	echo "done" | to_log
}

# names_of_ours: those that are loaded
names_of_ours() {
	for ko in "/lib/modules/$(uname -r)"/updates/*.ko "/lib/modules/$(uname -r)"/extra/*.ko; do
		name=${ko##*/}
		name=${name%.ko}
		! grep -q "^$name " /proc/modules || echo "$name"
	done
}

# unload_ours: nobody of the case is left to use them. A case that has loaded a
# driver of somebody else's that must not be unloaded wrote why to
# /run/modules-stay.
unload_ours() {
	kill -9 -1
	if [ -e /run/modules-stay ]; then
		to_log </run/modules-stay
		return
	fi
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		ours=$(names_of_ours)
		[ -n "$ours" ] || return
		for name in $ours; do rmmod "$name" 2>/dev/null; done
		sleep 1
	done
	echo "leaked: what keeps these modules loaded: $(names_of_ours)" | to_log
}
