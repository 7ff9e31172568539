# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What an upgrade keeps, in folders made to look like those of dkms and of two kernels:
# each has its own modules, though the name of one begins like the other's. The cases
# upgrade and rpm of "make check-packages" see a package do so.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

work=$PWD
short=6.1.0-1-amd64
long=$short-test
kept=updates/mdev-dkms-former
mkdir -p modules/{$short,$long}/kernel bin
sed "s,^modules=.*,modules=$work/modules,; s,^built=.*,built=$work/dkms," "$TOP/scripts/build/dkms-former.sh" >former.sh
cp former.sh bin/
echo "echo initramfs \"\$1\" >>$work/calls" >bin/dkms-initramfs.sh
printf '%s\n' '#!/bin/sh' "echo depmod \"\$1\" >>$work/calls" >bin/depmod
chmod +x bin/depmod

# installed KVER: for dkms
installed() {
	mkdir -p "dkms/0.1.0/$1/x86_64/module"
	echo "$1" >"dkms/0.1.0/$1/x86_64/module/mdev.ko.xz"
	ln -s "0.1.0/$1/x86_64" "dkms/kernel-$1-x86_64"
}
kept_for() { gives "$1" "the copy for $1 is of its own module" cat "modules/$1/$kept/mdev.ko.xz"; }
former() { ok "$*" env PATH="$work/bin:$PATH" sh bin/former.sh "$@"; }

step "Nothing is installed"
former keep
is "nothing is kept" "$(find modules -name '*.ko*')" ""

step "Installed for two kernels"
installed $short
installed $long
former keep
kept_for $short
kept_for $long
is "modules.dep is left to dkms" "$(cat calls 2>/dev/null)" ""

step "Once more, when dkms has installed nothing for the one"
rm "dkms/kernel-$short-x86_64"
echo newer >"dkms/0.1.0/$long/x86_64/module/mdev.ko.xz"
former keep
kept_for $short
gives newer "the other's is a new copy" cat "modules/$long/$kept/mdev.ko.xz"

step "The build has succeeded for the one"
former drop $short
fails "its copies are gone" ls "modules/$short/updates"
ok "the other's are not" ls "modules/$long/$kept/mdev.ko.xz"

step "The package goes"
former remove
is "nothing is left" "$(find modules -path '*updates*')" ""
is "modules.dep and the initramfs follow" "$(paste -sd ' ' calls)" "depmod $long initramfs $long"

step "A wrong word"
fails "a wrong word is refused" sh bin/former.sh other
contains "which says what there is" "$err" "usage: dkms-former.sh keep|drop|remove"
