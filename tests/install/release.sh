# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The whole release is upgraded to the next one: dkms, compiler and kernel. The
# package stays installed, serves both kernels, and goes without a trace.
# suites: bookworm
# shellcheck source=tests/lib/install.sh
. "$TOP/tests/lib/install.sh"

next=trixie

# runs KERNEL: as that of packages.sh, but the upgrade brings a uname of its own, and
# this one has to stay before it
runs() {
	mkdir -p upper/usr/local/bin
	# shellcheck disable=SC2016 # for the shell there
	printf '#!/bin/sh\ncase "$*" in -r) echo %s ;; *) exec /usr/bin/uname "$@" ;; esac\n' "$1" >upper/usr/local/bin/uname
	chmod +x upper/usr/local/bin/uname
}

step "Installed on $SUITE"
ok "a kernel and its headers" there 'apt-get -q update && apt-get -q install linux-image-amd64 linux-headers-amd64'
old=$(kernels)
runs "$old"
ok "the package is built" makes deb
ok "apt installs it" there "apt-get -q install $checkout/build/deb/$deb"
is "dkms has it installed" "$(dkms_state "$old")" installed
built_for "$old"
old_dkms=$(there 'dkms --version')

step "The upgrade to $next"
ok "the sources name it" there "sed -i s/$SUITE/$next/ /etc/apt/sources.list /etc/apt/sources.list.d/*.list"
ok "apt knows what is new" there 'apt-get -q update'
ok "the minimal upgrade, as the release notes tell" there 'apt-get -q upgrade --without-new-pkgs'
ok "the full upgrade" there 'apt-get -q full-upgrade'
gives "" "nothing is left half done" there 'dpkg --audit'
gives "install ok installed" "the package is there" there "dpkg-query -W -f '\${Status}' mdev-dkms"
fails "dkms is another one" [ "$(there 'dkms --version')" = "$old_dkms" ]
new=$(kernels | grep -vxF "$old")
is "there are two kernels" "$(kernels | wc -l)" 2

# serves KERNEL…: dkms says so, and modprobe finds the modules
serves() {
	for kernel; do
		is "dkms has it installed for $kernel" "$(dkms_state "$kernel")" installed
		built_for "$kernel"
	done
}
serves "$old" "$new"

step "Booted with the new kernel"
runs "$new"
ok "what nothing needs any more goes" there 'apt-get -q autoremove'
serves "$old" "$new"
ok "the package is configured again" there 'dpkg-reconfigure mdev-dkms'
serves "$new"

step "The old kernel goes"
ok "apt removes it" there "apt-get -q purge linux-image-$old 'linux-headers-$old*'"
# of kmod's tables the new one's stay there
is "nothing of ours is left there" "$(there "find /lib/modules/$old /var/lib/dkms -path '*$old*' ! -name 'modules.*' ! -path /lib/modules/$old")" ""
serves "$new"

step "Purge"
ok "apt purges it" there 'apt-get -q purge mdev-dkms'
shows "^insmod .*/${new//+/\\+}/kernel/drivers/vfio/mdev/mdev\.ko" "the kernel's own mdev is back in place" there "modprobe -S $new --show-depends mdev"
fails "there is no mtty" there "modinfo -k $new mtty"
is "no file is left" "$(there 'find / -xdev \( -path /proc -o -path /srv -o -path "*/kernel/drivers/vfio/mdev" \
	-o -path "/usr/src/linux-*" -o -path "/usr/include/linux" -o -path "/usr/share/doc/busybox" \) -prune -o \( -name "*mdev*" -o -name "*mtty*" \) -print')" ""
