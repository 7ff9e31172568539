# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A guest whose firmware has no key yet, and takes those that it is given. Its
# kernel was told to refuse modules without a signature that it knows.
# shellcheck disable=SC2034,SC2154 # of signed.sh; for tap.sh
tests=$FIRST

gives Y "the kernel wants signatures" cat /sys/module/module/parameters/sig_enforce
ok "its own modules load" modprobe vfio
fails "mdev, signed with a key that it does not know, does not" modprobe mdev
contains "for want of that key" "$err" 'Key was rejected by service|Required key not available'
logged 'Loading of module with unavailable key is rejected' "the kernel says so, too"

# The attributes come before the value: kept, there for the firmware and for
# the kernel, signed, with a date.
ok "the firmware's variables are there" "modprobe efivarfs && mount -t efivarfs efivarfs /sys/firmware/efi/efivars"
for name in db-d719b2cb-3d3a-4596-a3bc-dad00e67656f \
		KEK-8be4df61-93ca-11d2-aa0d-00e098032b8c \
		PK-8be4df61-93ca-11d2-aa0d-00e098032b8c; do
	ok "it gets ${name%%-*}" "{ printf '\\047\\0\\0\\0'; cat /case/${name%%-*}.auth; } >/run/value &&
		dd if=/run/value of=/sys/firmware/efi/efivars/$name bs=64k"
done
