# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The user's memory: pinned, read and written by a driver, which hears of it
# when it goes; and a driver that does it all wrong.
# guest: memory=256M

parent=/sys/devices/platform/mdev_pages_test
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

load mdev_pages_test
# how often the kernel has said that a driver left pages
warnings() { dmesg | grep -c 'the driver mdev_pages_test left'; }

# used TYPE: a device of the type, and a user for it
used() {
	ok "create a device" "echo $uuid > $parent/mdev_supported_types/mdev_pages_test-$1/create"
	is "nothing is in the log about pages" "$(warnings)" "${warned:-0}"
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client pages $uuid
	logged 'the driver mdev_pages_test left [0-9]+ pages pinned' "the log says that pages were left"
	is "once" "$(warnings)" $((${warned:-0} + 1))
	shows '^1\.\.[0-9]+$' "a second time, too" vfio-client pages $uuid
	is "the log says no more" "$(warnings)" $((${warned:-0} + 1))
	warned=$(warnings)
	ok "remove it" "echo 1 > $mdev/remove"
}

# both: with each of the ways to hear of memory that goes
both() {
	step "$1: a driver of the stable API, with notifiers"
	used notifier
	step "$1: ops of its own, with dma_unmap()"
	export PAGES_OP=1
	used op
	unset PAGES_OP
}

by_each_way both

step "Unloading"
settle
for module in mdev_pages_test vfio_mdev mdev; do
	ok "unload" rmmod $module
done
