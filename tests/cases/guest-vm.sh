# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The user's VM: a driver hears of it in time.
# guest: memory=256M modules="kvm-amd"

parent=/sys/devices/platform/mdev_pages_test
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

load mdev_pages_test
# the emulated processor is able to do it; one that is not emulated may not be
run modprobe kvm-amd
[ -c /dev/kvm ] || run modprobe kvm-intel
if [ ! -c /dev/kvm ]; then
	skip "the user's VM" "no /dev/kvm: this processor can't run any"
	exit 0
fi

for type in notifier op; do
	ok "create a device" "echo $uuid > $parent/mdev_supported_types/mdev_pages_test-$type/create"
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client vm $uuid
	ok "remove it" "echo 1 > /sys/bus/mdev/devices/$uuid/remove"
done
for module in mdev_pages_test vfio_mdev mdev; do
	ok "unload" rmmod $module
done
