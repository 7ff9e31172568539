# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Words for the cases of "make bench".

# bench FOLDER [empty]: what operations on devices cost whose file "create" is there, in
# lines "# bench NAME: COUNT"; empty: they do nothing
#
# Beforehand the guest becomes quiet: nobody hears uevents, the console gets no
# messages but warnings, and the kernel is done with booting. Sleeping costs
# nothing, as a guest that idles skips it.
bench() {
	run "killall uevent"
	run "dmesg -n 5"
	run "sleep 60"
	ok "the client counts" "vfio-client bench $1 3000 ${2:-} >/run/case/counts"
	sed 's/^/# bench /' /run/case/counts
}
