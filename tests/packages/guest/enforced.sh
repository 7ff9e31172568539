# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A PC with Secure Boot whose owner has enrolled the key: the kernel takes modules
# with a signature that it knows only.
# shellcheck disable=SC2034,SC2154 # of signed.sh; for tap.sh
tests=$FIRST
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

logged 'Secure boot enabled' "Secure Boot is on"
gives Y "the kernel wants signatures" cat /sys/module/module/parameters/sig_enforce
logged 'Loading X.509 certificate: UEFI:MokListRT' "the kernel has keys from shim"
logged "Loaded X.509 cert .$(cat /case/name)" "this one, too"
ok "the firmware's variables are there" "modprobe efivarfs && mount -t efivarfs efivarfs /sys/firmware/efi/efivars"
# whose status says that it could not be enrolled again
run mokutil --test-key /case/MOK.der
contains "mokutil says so" "$out" 'is already enrolled'

# refused FOLDER WHAT REGEX: mdev.ko from there is not taken, and the kernel's log
# has such a line
refused() {
	fails "mdev.ko $2 is refused" insmod "/case/$1/mdev.ko"
	contains "for that" "$err" 'Key was rejected by service|Required key not available'
	[ -z "$3" ] || logged "$3" "the kernel says so, too"
}
refused unsigned "without a signature" 'Loading of unsigned module is rejected'
refused stranger "with another key's" 'Loading of module with unavailable key is rejected'
refused changed "changed after it was signed" ''
fails "no mdev is there" "ls -d /sys/module/mdev"

ok "as dkms signed them, all are taken" modprobe -a mdev vfio_mdev mtty mdev_sim
for module in mdev vfio_mdev mtty mdev_sim; do
	gives O "$module counts as signed" cat /sys/module/$module/taint
done
ok "a device can be made" "echo $uuid > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create"
shows '/vfio_mdev$' "the bridge took it" readlink /sys/bus/mdev/devices/$uuid/driver
ok "and removed" "echo 1 > /sys/bus/mdev/devices/$uuid/remove"
ok "the modules go" rmmod mdev_sim mtty vfio_mdev mdev
