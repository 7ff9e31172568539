# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What both packages say when they have been installed, and the RPM package's script
# that leads there: on directories of the case's own, with a dkms that only writes down
# what it is asked. The cases install and rpm of "make check-packages" install them.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

source=$PWD/src/mdev-1.2.3 newest=9.9
mkdir -p modules bin "$source/scripts/build"
echo 'PACKAGE_VERSION="1.2.3"' >"$source/dkms.conf"
cp "$TOP/scripts/build/version.sh" "$source/scripts/build"
# here SCRIPT: with the directories of the case's own
here() {
	sed "s,/lib/modules,$PWD/modules,g; s,/var/lib/dkms,$PWD/dkms,g; s,/sys/module,$PWD/sys,g; s,/etc/kernel,$PWD/hooks,g" "$1"
}
here "$TOP/scripts/build/dkms-report.sh" >"$source/scripts/build/dkms-report.sh"
# what an upgrade keeps is tested by dkms-former
echo "echo former \"\$@\" >>$PWD/calls" >"$source/scripts/build/dkms-former.sh"
# as rpm expands it
sed -n '/^%post$/,/^%preun$/{/^%/d; p}' "$TOP/rpm/mdev-dkms.spec" |
	sed "s,%{module},mdev,g; s,%{name},mdev-dkms,g; s,%{version},1.2.3,g; s,%%,%,g; s,%{_usrsrc},$PWD/src,g" >post.rpm
here post.rpm >post
# a dkms that has what stands in status-KERNEL, and a file of a module that holds its version
# shellcheck disable=SC2016 # for the scripts
{
printf '#!/bin/sh\necho "$*" >>%s\nfor kernel; do :; done\n[ "$1" != status ] || cat %s/status-"$kernel" 2>/dev/null\n' "$PWD/calls" "$PWD" >bin/dkms
printf '#!/bin/sh\nfor file; do :; done\n[ -f "$file" ] && cat "$file"\n' >bin/modinfo
}
chmod +x bin/*
PATH=$PWD/bin:$PATH
report=(sh "$source/scripts/build/dkms-report.sh")

step "Without a kernel, as in the image of a container"
gives "" "there is nothing to say" sh post
is "and nothing was amiss" "$err" ""
contains "dkms has the source" "$(cat calls)" '^add -m mdev -v 1\.2\.3'
gives "former keep" "before that, what was installed is kept" head -n 1 calls

step "With a kernel that has no headers"
mkdir -p modules/$newest/kernel
gives "mdev-dkms: $newest has no modules: install its kernel-devel package and run: dkms autoinstall -k $newest" \
	"a sentence tells what to install" sh post
is "nothing was amiss" "$err" ""
mkdir -p hooks/header_postinst.d && touch hooks/header_postinst.d/dkms
gives "mdev-dkms: $newest has no modules: install linux-headers-$newest, and they are built." \
	"it is another one where dkms builds when headers come" "${report[@]}"
mkdir -p modules/$newest/updates/mdev-dkms-former && echo 1.2.2 >modules/$newest/updates/mdev-dkms-former/mdev.ko.xz
gives "mdev-dkms: $newest still has the former modules, of version 1.2.2: install linux-headers-$newest, and they are built." \
	"former modules are named" "${report[@]}"

step "With modules"
# installed KERNEL DIRECTORY MODULE…
installed() {
	local kernel=$1 name

	mkdir -p "modules/$kernel/$2" "modules/$kernel/kernel" "dkms/mdev/1.2.3/$kernel/x86_64"
	for name in "${@:3}"; do echo 1.2.3 >"modules/$kernel/$2/$name.ko"; done
	echo "mdev/1.2.3, $kernel, x86_64: installed" >"status-$kernel"
	ln -sfn "1.2.3/$kernel/x86_64" "dkms/mdev/kernel-$kernel-x86_64"
	touch "dkms/mdev/1.2.3/$kernel/x86_64/Module.symvers"
}
installed $newest updates/dkms mdev vfio_mdev mtty
gives "mdev-dkms: $newest now has the modules mdev, vfio_mdev and mtty." "they are named" "${report[@]}"
mkdir -p modules/$newest/build/include/config
echo CONFIG_CONFIGFS_FS=y >modules/$newest/build/include/config/auto.conf
installed $newest updates/dkms mdev_sim
gives "mdev-dkms: $newest now has the modules mdev, vfio_mdev, mtty and mdev_sim." "with configfs there is one more" "${report[@]}"
rm -r modules/$newest/build
installed $newest-rt extra mdev vfio_mdev mtty
rm "dkms/mdev/1.2.3/$newest-rt/x86_64/Module.symvers"
gives "mdev-dkms: $newest now has the modules mdev, vfio_mdev and mtty.
mdev-dkms: $newest-rt now has the modules mdev, vfio_mdev and mtty.
mdev-dkms: other drivers can't be built on them; see $PWD/dkms/mdev/kernel-$newest-rt-x86_64/log/make.log for the reason." \
	"what a kernel lacks is not said of another one whose name begins alike" "${report[@]}"
rm -r "modules/$newest-rt"

step "With a part of them"
: >modules/$newest/updates/dkms/mtty.ko
: >calls
fails "one that was written to a full disk" "${report[@]}"
contains "it says so" "$err" "^mdev-dkms: the modules that dkms has installed for $newest are incomplete, and are removed\.$"
contains "and they are" "$(cat calls)" "^remove -m mdev -v 1\.2\.3 -k $newest$"
run sh post
contains "the RPM package's script says what to do" "$err" '^mdev-dkms: Once the cause is removed, install the package again\.$'
rm modules/$newest/updates/dkms/mtty.ko
fails "one that is missing" "${report[@]}"

step "While another one is loaded"
installed $newest updates/dkms mtty
mkdir -p sys/mdev && echo 0123 >sys/mdev/srcversion
# it is asked for the one of the running kernel, by name
# shellcheck disable=SC2016 # for the script
printf '#!/bin/sh\nfor file; do :; done\nif [ -f "$file" ]; then cat "$file"; else echo 4567; fi\n' >bin/modinfo
run "${report[@]}"
contains "it says so" "$out" '^mdev-dkms: another mdev module is loaded, and stays loaded until it is unloaded or the machine is rebooted'
echo 4567 >sys/mdev/srcversion
run "${report[@]}"
is "not if it is this one" "$(echo "$out" | grep -c another)" 0
