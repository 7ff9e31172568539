# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# One allocation of memory after the other fails, once each: when a device pins
# its user's memory, when the user unmaps it, and in beginning a log of DMA.
# guest: memory=512M timeout=900
# shellcheck source=tests/lib/failing-memory.sh
. /lib/tests/failing-memory.sh

parent=/sys/devices/platform/mdev_pages_test/mdev_supported_types
nothing() { :; }

load mtty mdev_pages_test
everywhere

for type in op notifier; do
	step "Memory, and a driver with the $type"
	ok "a device" "echo $uuid > $parent/mdev_pages_test-$type/create"
	# the first call starts the workers
	each_fails "pinning" nothing pin $uuid
	ok "it works" vfio-client nomem 0 pin $uuid
	answers=success
	each_fails "unmapping" nothing unmap $uuid
	answers="ENOMEM|success"
	is "no driver was said to leave pages" "$(dmesg | grep -c 'the driver .* left')" 0
	ok "remove it" "echo 1 > $mdev/remove"
done

step "A log"
if can_report; then
	ok "a device" "echo $uuid > $mtty/create"
	each_fails "a log" nothing log $uuid
	ok "remove it" "echo 1 > $mdev/remove"
else
	skip "a log" "this kernel has no DMA logging: no iova_bitmap, or none that works"
fi
