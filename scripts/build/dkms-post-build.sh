#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# dkms calls it (POST_BUILD) where it has built the modules. It puts what the
# build of other drivers needs beside them in dkms's own directory: our headers,
# the modules' symbols, and the makefile that names both. So these fit the
# modules, and come and go with them; the link that dkms makes to the directory of
# the version that is installed, kernel-KVER-ARCH, leads there.
#
# The modules do not need it: a failure here is reported, and does not fail their
# build.
# usage: dkms-post-build.sh KVER ARCH
set -u

kver=$1
arch=$2
cd "$(dirname "$0")/../.." || exit 0

# What an upgrade has kept gives way: dkms compares versions with what it finds.
sh scripts/build/dkms-former.sh drop "$kver"

# give_up REASON
give_up() {
	echo "mdev-dkms: other drivers can't be built on the modules for $kver: $1." >&2
	exit 0
}

# find_folder: where dkms keeps the modules; up to 3.1.7 some versions still
# have them in one with a name of its own then, the newest if others are left
find_folder() {
	if [ -d "../$kver/$arch/module" ]; then
		echo "../$kver/$arch"
		return
	fi
	# shellcheck disable=SC2012 # mktemp's names
	ls -d -t "../$kver/tmp_${arch}"_*/ "../$kver/.tmp_${arch}"_*/ 2>/dev/null | head -n 1
}

folder=$(find_folder)
[ -n "$folder" ] ||
	give_up "this dkms keeps them elsewhere than in $(dirname "$PWD")/$kver/$arch"
# All or nothing: with half of it a driver's build would fail in riddles.
if ! cp -r include mdev.mk "build/$kver/Module.symvers" "$folder/"; then
	rm -rf "$folder/include" "$folder/mdev.mk" "$folder/Module.symvers"
	give_up "what they need could not be copied to $folder, see above"
fi
