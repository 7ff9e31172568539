#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# dkms calls it (POST_INSTALL, POST_REMOVE) where a kernel's modules have come or
# gone. If the kernel's initramfs holds a copy of one of them, of any origin, it is
# regenerated: the copy would be loaded at the next boot, and the other modules,
# taken from /lib/modules, would not fit it. The system's own tool does so:
# initramfs-tools or dracut.
#
# A failure here is reported, and does not fail the installation.
# usage: dkms-initramfs.sh KVER
set -u

kver=$1

# have PROGRAM
have() { command -v "$1" >/dev/null; }

list() {
	if have lsinitramfs; then
		lsinitramfs "$image"
	else
		lsinitrd "$image"
	fi
}

# It is unpacked only up to the first copy, or once if there is none.
has_copy() { list 2>/dev/null | grep -qE '/(mdev|vfio_mdev|mtty|mdev_sim)\.ko(\.[a-z]+)?$'; }

# identity: changes when the image is written
identity() { stat -c '%i %y' "$image"; }

regenerate() {
	if [ "$image" = "/boot/initrd.img-$kver" ] && have update-initramfs; then
		set -- update-initramfs -u -k "$kver"
	else
		set -- dracut --force "$image" "$kver"
	fi
	echo "mdev-dkms: $image holds a copy of the modules, and is regenerated."
	before=$(identity)
	# dkms runs depmod only after this script
	if ! depmod "$kver" || ! "$@" || [ "$(identity)" = "$before" ]; then
		echo "mdev-dkms: $image still holds an old copy of the modules, which would be loaded at the next boot. Once the cause is removed, regenerate it: $*" >&2
	fi
}

# where initramfs-tools, dracut and systemd-boot's directories have it; there may be
# several, and which one boots is not known here
for image in "/boot/initrd.img-$kver" "/boot/initramfs-$kver.img" \
	     /boot/*/"$kver"/initrd /boot/efi/*/"$kver"/initrd /efi/*/"$kver"/initrd; do
	[ ! -f "$image" ] || ! has_copy || regenerate
done
exit 0
