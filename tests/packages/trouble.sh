# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Kernels that can't be served, and builds that fail: said clearly, and mended
# by the next run.
# long: it builds seven times.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES/$deb"
kernel=$(kernels)
runs "$kernel"

# A kernel without VFIO, newer than all others: headers as the installed ones,
# but for that.
novfio=99.9.0-1-amd64
ok "there is a kernel without VFIO" there "
	set -e
	mkdir -p /lib/modules/$novfio/kernel
	cp -a /usr/src/linux-headers-$kernel /usr/src/linux-headers-$novfio
	cp /boot/config-$kernel /boot/config-$novfio
	ln -s /usr/src/linux-headers-$novfio /lib/modules/$novfio/build
	cd /usr/src/linux-headers-$novfio
	sed -i '/^CONFIG_VFIO=/d' include/config/auto.conf
	sed -i '/ CONFIG_VFIO\\(_MODULE\\)\\? /d' include/generated/autoconf.h
	touch /lib/modules/$novfio/modules.order /lib/modules/$novfio/modules.builtin"

step "No headers, and no VFIO"
there "mv /lib/modules/$kernel/build /lib/modules/$kernel/hidden"
ok "apt installs it nevertheless" there "apt-get -q -y install ./$deb"
contains "it says what is missing for the one" "$(said)" "^mdev-dkms: ${kernel//+/\\+} has no modules: install linux-headers-${kernel//+/\\+}"
contains "and what is wrong with the other" "$(said)" "^mdev-dkms can't serve the kernel $novfio: it is built without VFIO"
is "no module was built" "$(there 'find /lib/modules/*/updates /var/lib/dkms -name "*.ko*"')" ""
gives "install ok installed" "the package is installed" there "dpkg-query -W -f '\${Status}' mdev-dkms"

step "The headers come"
there "mv /lib/modules/$kernel/hidden /lib/modules/$kernel/build"
ok "what their package calls" there "run-parts --exit-on-error --arg=$kernel /etc/kernel/header_postinst.d"
is "has built for it" "$(dkms_state "$kernel")" installed

step "A kernel without VFIO comes"
for hooks in header_postinst.d postinst.d; do
	ok "what its packages call does not fail" there "run-parts --exit-on-error --arg=$novfio /etc/kernel/$hooks"
	contains "and says why nothing is built" "$(said)" "^mdev-dkms can't serve the kernel $novfio: it is built without VFIO"
done
is "no module is there for it" "$(there "find /lib/modules/$novfio -name '*.ko*'")" ""

toonew=99.8.0-1-amd64
step "A kernel comes that is too new"
case $SUITE in
bullseye|bookworm)
	skip "it is skipped" "this dkms knows no build that is skipped" ;;
*)	# headers as the installed ones, but for a structure of mdev's
	ok "there is one" there "
		set -e
		mkdir -p /lib/modules/$toonew/kernel
		touch /lib/modules/$toonew/modules.order /lib/modules/$toonew/modules.builtin
		cd /usr/src
		common=\$(sed -n 's,^include  *\(/.*\)/Makefile\$,\1,p' linux-headers-$kernel/Makefile)
		cp -a \$common \$common-$toonew
		cp -a linux-headers-$kernel linux-headers-$toonew
		ln -s /usr/src/linux-headers-$toonew /lib/modules/$toonew/build
		cp /boot/config-$kernel /boot/config-$toonew
		sed -i s,\$common,\$common-$toonew,g linux-headers-$toonew/Makefile
		sed -i 's/^.void (.remove)(struct mdev_device .dev);/& int (*further)(struct mdev_device *dev);/' \
			\$common-$toonew/include/linux/mdev.h
		grep further \$common-$toonew/include/linux/mdev.h"
	ok "what its package calls does not fail" there "run-parts --exit-on-error --arg=$toonew /etc/kernel/header_postinst.d"
	contains "and says where it stands why" "$(said)" "Consult /var/lib/dkms/mdev/$version/build/make.log"
	shows "^mdev-dkms can't serve the kernel $toonew: it has structures" "it stands there" \
		there "cat /var/lib/dkms/mdev/$version/build/make.log"
	is "no module is there for it" "$(there "find /lib/modules/$toonew -name '*.ko*'")" "" ;;
esac
ok "the package goes" there 'apt-get -q -y purge mdev-dkms'

step "The disk is full"
echo 1500k >small
fails "apt can't install it" there "apt-get -q -y install ./$deb"
contains "it says why" "$(said)" '^mdev-dkms: /var/lib/dkms has [0-9] MB of room left'
contains "and what to do" "$(said)" '^mdev-dkms: Once the cause is removed, "dpkg --configure mdev-dkms"'
rm small
is "there is no module" "$(there 'find /lib/modules/*/updates -name "*.ko*"')" ""
ok "what was begun is" there "ls -d /var/lib/dkms/mdev/$version/build/*"

step "Cut off in the middle of a build"
there "dpkg --configure mdev-dkms >/tmp/log 2>&1 &
       until find /var/lib/dkms -name '*.o' | grep -q .; do
		kill -0 \$! || exit 1
		sleep 0.1
       done"
is "when it had begun to compile" "$?" 0
is "there is no module" "$(there 'find /lib/modules/*/updates -name "*.ko*"')" ""

step "The next run"
ok "dpkg configures it" there 'dpkg --configure mdev-dkms'
contains "the kernel without VFIO is named again" "$(said)" "^mdev-dkms can't serve the kernel $novfio"
case $SUITE in
bullseye|bookworm) ;;
*)	contains "and the one that is too new" "$(said)" "^mdev-dkms can't serve the kernel $toonew" ;;
esac
is "dkms has it installed" "$(dkms_state "$kernel")" installed
built_for "$kernel"

step "The disk is full when the modules are copied"
# shellcheck disable=SC2016 # for the shell there
cp=$(there 'readlink -f "$(command -v cp)"')
cat >upper/root/cp <<'end'
#!/bin/sh
/usr/bin/cp.real "$@" || exit
for last; do :; done
case $last in
*/module/mdev.ko*)
	truncate -s 1000 "$last"
	echo "cp: error writing '$last': No space left on device" >&2
	exit 1 ;;
esac
end
ok "the package goes" there 'apt-get -q -y purge mdev-dkms'
ok "there is a cp that says so" there "cp $cp /usr/bin/cp.real && chmod +x cp && mv cp $cp"
fails "apt can't install it" there "apt-get -q -y install ./$deb"
contains "it says what to do" "$(said)" '^mdev-dkms: Once the cause is removed, "dpkg --configure mdev-dkms"'
is "no part of it is left" "$(there 'find /lib/modules/*/updates -name "*.ko*"')" ""
ok "there is room again" there "mv /usr/bin/cp.real $cp"
ok "dpkg configures it" there 'dpkg --configure mdev-dkms'
built_for "$kernel"

step "The compiler fails"
compiler_fails
fails "apt can't install it again" there "apt-get -q -y --reinstall install ./$deb"
contains "the compiler's words are shown" "$(said)" '^  \| .*no compiler today'
compiler_works
ok "dpkg removes it even so" there 'dpkg --purge mdev-dkms'
is "nothing is left" "$(there 'find /lib/modules/*/updates /var/lib/dkms /usr/src -name "*mdev*" ! -path "/usr/src/linux-*"')" ""
