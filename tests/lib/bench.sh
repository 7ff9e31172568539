# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Words for the cases of "make bench".

# bench TYPE: what operations on its devices cost, in lines "# bench NAME: COUNT"
#
# Beforehand the guest becomes quiet: nobody hears uevents, the console gets no
# messages but warnings, and the kernel is done with booting. Sleeping costs
# nothing, as a guest that idles skips it.
bench() {
	run "killall uevent"
	run "dmesg -n 5"
	run "sleep 60"
	ok "the client counts" "vfio-client bench /sys/class/mdev_bus/mtty/mdev_supported_types/$1 3000 >/run/case/counts"
	sed 's/^/# bench /' /run/case/counts
}
