# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Words for the cases of "make bench" and "make bench-many". A FOLDER has the file
# "create" for the devices that are counted.

# quiet: the guest becomes quiet: nobody hears uevents, the console gets no
# messages but warnings, and the kernel is done with booting. With icount sleeping
# costs nothing, as a guest that idles skips it.
quiet() {
	run "killall uevent"
	run "dmesg -n 5"
	run "sleep 60"
}

# count ARGUMENT…: what vfio-client counts, in lines "# bench NAME: COUNT"
count() {
	quiet
	ok "the client counts" "vfio-client $* >/run/case/counts"
	sed 's/^/# bench /' /run/case/counts
}

# bench FOLDER [empty]: what all operations cost; empty: devices that do nothing
bench() { count bench "$1" 3000 "${2:-}"; }

# bench_many FOLDER: what creating and removing costs, up to 60,000 devices
bench_many() { count benchmany "$1" 60000; }

# bench_cpus FOLDER FOLDER: how long 1,000 devices on two parents take
bench_cpus() { count benchcpus "$1" "$2" 1000; }
