#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# dkms calls it (POST_BUILD) where it has built the modules. It puts what the
# build of other drivers needs beside them in dkms's own folder: our headers,
# the modules' symbols, and the makefile that names both. So these fit the
# modules, and come and go with them; the link that dkms makes to the folder of
# the version that is installed, kernel-KVER-ARCH, leads there.
# usage: dkms-post-build.sh KVER ARCH
set -u

kver=$1
folder=../$1/$2

if [ ! -d "$folder/module" ]; then
	echo "mdev-dkms: dkms keeps the modules for $kver elsewhere than in $(dirname "$PWD")/$kver/$2, so other drivers can't be built on them." >&2
	exit 1
fi
# All or nothing: with half of it a driver's build would fail in riddles.
if ! cp -r include mdev.mk "build/$kver/Module.symvers" "$folder/"; then
	rm -rf "$folder/include" "$folder/mdev.mk" "$folder/Module.symvers"
	echo "mdev-dkms: other drivers can't be built on the modules for $kver, see above." >&2
	exit 1
fi
