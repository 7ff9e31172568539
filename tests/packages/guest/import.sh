# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A PC with Secure Boot that does not know the key yet, and is asked to take it
# at its next boot. Its kernel was told to refuse modules without a signature
# that it knows.
# shellcheck disable=SC2034,SC2154 # of signed.sh; for tap.sh
tests=$FIRST

logged 'Secure boot enabled' "Secure Boot is on"
gives Y "the kernel wants signatures" cat /sys/module/module/parameters/sig_enforce
ok "its own modules load" modprobe vfio
fails "mdev, signed with a key that it does not know, does not" modprobe mdev
contains "for want of that key" "$err" 'Key was rejected by service|Required key not available'
logged 'Loading of module with unavailable key is rejected' "the kernel says so, too"

ok "the firmware's variables are there" "modprobe efivarfs && mount -t efivarfs efivarfs /sys/firmware/efi/efivars"
ok "the owner asks for the key to be taken" mokutil --import /case/MOK.der --hash-file /case/password
shows "CN=$(cat /case/name)" "it waits for the next boot" mokutil --list-new
