# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Kernels that can't be served, and builds that fail: said clearly, and mended
# by the next run.
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
contains "it says what is missing for the one" "$(said)" "^mdev-dkms: ${kernel//+/\\+} has none: install linux-headers-${kernel//+/\\+}"
contains "and what is wrong with the other" "$(said)" "^mdev-dkms can't serve the kernel $novfio: it is built without VFIO"
is "no module was built" "$(there 'find /lib/modules/*/updates /var/lib/dkms -name "*.ko*"')" ""
gives "install ok installed" "the package is installed" there "dpkg-query -W -f '\${Status}' mdev-dkms"

step "The headers come"
there "mv /lib/modules/$kernel/hidden /lib/modules/$kernel/build"
ok "what their package calls" there "run-parts --exit-on-error --arg=$kernel /etc/kernel/header_postinst.d"
is "has built for it" "$(dkms_state "$kernel")" installed
ok "the package goes" there 'apt-get -q -y purge mdev-dkms'

step "The disk is full"
echo 1500k >small
fails "apt can't install it" there "apt-get -q -y install ./$deb"
contains "it says why" "$(said)" '^mdev-dkms: /var/lib/dkms has [0-9] MB of room left'
contains "and what to do" "$(said)" '^mdev-dkms: Once the cause is mended, "dpkg --configure mdev-dkms"'
is "there is no module" "$(there 'find /lib/modules/*/updates -name "*.ko*"')" ""
rm small

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
is "dkms has it installed" "$(dkms_state "$kernel")" installed
built_for "$kernel"

step "The compiler fails"
# by its full name, which all others are links to; there may be no plain gcc
machine=$(there "uname -m")
gcc=$(there "find /usr/bin -name '$machine-linux-gnu-gcc-[0-9]*' -type f")
cat >upper/root/gcc <<'end'
#!/bin/sh
case " $* " in *" -c "*classic.c*) echo no compiler today >&2; exit 1 ;; esac
exec /usr/bin/gcc.real "$@"
end
ok "one is there that does" there "mv $gcc /usr/bin/gcc.real && mv /root/gcc $gcc && chmod +x $gcc"
fails "apt can't install it again" there "apt-get -q -y --reinstall install ./$deb"
contains "the compiler's words are shown" "$(said)" '^  \| .*no compiler today'
there "mv /usr/bin/gcc.real $gcc"
ok "dpkg removes it even so" there 'dpkg --purge mdev-dkms'
is "nothing is left" "$(there 'find /lib/modules/*/updates /var/lib/dkms /usr/src -name "*mdev*" ! -path "/usr/src/linux-*"')" ""
