# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Nothing that a build runs has to be executable: not on a file system mounted
# noexec, and not where its bits are lost.
# long: two minutes, in a root of its own; few have such a file system.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES/$deb"
kernel=$(kernels)
runs "$kernel"
folder=/var/lib/dkms/mdev/kernel-$kernel-$(there 'uname -m')

# all_of_it: what the last command built is whole, and no script was left out
all_of_it() {
	is "dkms calls no script that is not executable" "$(said | grep -i 'not executable')" ""
	built_for "$kernel"
	for file in mdev.mk include/linux/mdev.h Module.symvers; do
		ok "dkms keeps $file for other drivers" there "ls $folder/$file"
	done
}

step "dkms's folder on a file system mounted noexec"
echo 300M,noexec >small
fails "no script runs there" there 'cp /bin/true /var/lib/dkms/true && /var/lib/dkms/true'
there 'rm /var/lib/dkms/true'
ok "apt installs the package" there "apt-get -q -y install ./$deb"
all_of_it
rm small

step "Scripts that have lost their bits"
ok "they have" there "chmod a-x /usr/src/mdev-$version/scripts/build/* && dkms remove -m mdev -v $version --all && dkms add -m mdev -v $version"
ok "dkms installs the modules" there "dkms install -m mdev -v $version -k $kernel"
all_of_it
