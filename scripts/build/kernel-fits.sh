#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Says in one sentence why the modules can't work on a kernel, and fails; both
# make and dkms.conf ask it before anything is compiled. It reads the headers:
# which API they have, not which version they call themselves.
# usage: kernel-fits.sh KVER KDIR
set -eu

kver=$1
kdir=$2

refuse() {
	echo "mdev-dkms can't serve the kernel $kver: $1." >&2
	exit 1
}

# Where the kernel's headers are: here, behind "source", or in the directory whose
# Makefile this one includes.
header() {
	for dir in "$kdir" "$kdir/source" \
		   $(sed -n 's,^include  *\(/.*\)/Makefile$,\1,p' "$kdir/Makefile"); do
		if [ -e "$dir/$1" ]; then
			echo "$dir/$1"
			return
		fi
	done
}

# Without these files this is not a kernel's directory, and the probes will say so.
config=$kdir/include/config/auto.conf
vfio=$(header include/uapi/linux/vfio.h)

if [ -e "$config" ]; then
	grep -q '^CONFIG_MODULES=y' "$config" ||
		refuse "it takes no modules (CONFIG_MODULES)"
	grep -q '^CONFIG_VFIO=[ym]' "$config" ||
		refuse "it is built without VFIO (CONFIG_VFIO)"
	! grep -q '^CONFIG_VFIO_MDEV=y' "$config" ||
		refuse "its own mdev is built in, and no module can take its place (CONFIG_VFIO_MDEV)"
fi

# 5.10 was the first whose VFIO could add capabilities to what it says about a
# device.
if [ -n "$vfio" ]; then
	grep -q 'define VFIO_DEVICE_FLAGS_CAPS' "$vfio" ||
		refuse "its VFIO is older than that of Linux 5.10, the oldest one supported"
fi
