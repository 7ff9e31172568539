# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the RPM package says when it has been installed: its script, on directories
# of the case's own, with a dkms that only writes down what it is asked. The case rpm
# of "make check-packages" installs it.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

mkdir -p modules bin src/mdev-1.2.3/scripts/build
# what an upgrade keeps is tested by dkms-former
echo "echo former \"\$@\" >>$PWD/calls" >src/mdev-1.2.3/scripts/build/dkms-former.sh
# as rpm expands it
sed -n '/^%post$/,/^%preun$/{/^%/d; p}' "$TOP/rpm/mdev-dkms.spec" |
	sed "s,%{module},mdev,g; s,%{name},mdev-dkms,g; s,%{version},1.2.3,g; s,%%,%,g
		s,%{_usrsrc},$PWD/src,g; s,/lib/modules,$PWD/modules,g; s,/var/lib/dkms,$PWD/dkms,g; s,/sys/module,$PWD/sys,g" >post
# shellcheck disable=SC2016 # for the script
printf '#!/bin/sh\necho "$*" >>%s\n' "$PWD/calls" >bin/dkms
printf '#!/bin/sh\nexit 1\n' >bin/modinfo
chmod +x bin/*
PATH=$PWD/bin:$PATH

step "Without a kernel, as in the image of a container"
gives "" "there is nothing to say" sh post
is "and nothing was amiss" "$err" ""
contains "dkms has the source" "$(cat calls)" '^add -m mdev -v 1\.2\.3'
gives "former keep" "before that, what was installed is kept" head -n 1 calls

step "With a kernel that has no headers"
mkdir -p modules/9.9/kernel
gives "mdev-dkms: 9.9 has no modules: install its kernel-devel package and run: dkms autoinstall -k 9.9" \
	"a sentence tells what to install" sh post
is "nothing was amiss" "$err" ""
