# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The kernel is upgraded, then the package, then both go; and what becomes of a
# driver that dkms has built on it, that of docs/api.md.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

next_deb=$(basename "$(find "$PACKAGES" -name 'mdev-dkms_*.deb' ! -name "$deb")")
next_version=${next_deb#mdev-dkms_}
next_version=${next_version%-1_all.deb}
bring "$PACKAGES/$deb" "$PACKAGES/$next_deb"
first=$(kernels)
runs "$first"

step "Installed for the first kernel"
ok "apt installs it" there "apt-get -q -y install ./$deb"
is "dkms has it installed" "$(dkms_state "$first")" installed

step "A driver is built on it"
put_driver
ok "dkms installs it" there "dkms install acme-note/1.0 -k $first"

step "An upgrade that breaks off"
# dpkg has had the old version's files removed, when it finds the new one's cut short
head -c -4000 "$PACKAGES/$next_deb" >upper/root/short.deb
fails "dpkg can't unpack it" there "dpkg -i short.deb"
gives "install ok installed" "the package is as it was" there "dpkg-query -W -f '\${Status}' mdev-dkms"
is "dkms has it installed" "$(dkms_state "$first")" installed
built_for "$first"
no_former
ok "the driver is built on it again" there "dkms install acme-note/1.0 -k $first"

step "A new kernel from the archive"
ok "apt upgrades the kernel" there 'apt-get -q -y install linux-image-amd64 linux-headers-amd64'
second=$(kernels | grep -vxF "$first")
is "there are two kernels" "$(kernels | wc -l)" 2
# by now dkms may have moved it
own=$(there "dpkg -L linux-image-$second" | sed -n 's,^\(/usr\)\?\(/lib/.*/mdev\.ko.*\),\2,p')
contains "$second has an mdev of its own" "$own" '/kernel/drivers/vfio/mdev/mdev\.ko'
is "dkms has it installed for $second" "$(dkms_state "$second")" installed
built_for "$second"
is "and still for $first" "$(dkms_state "$first")" installed
is "and the driver for $second" "$(driver_state "$second")" installed

step "The next version, $next_version, can't be built"
compiler_fails
fails "apt can't install it" there "apt-get -q -y install ./$next_deb"
told=$(said)
for kernel in "$first" "$second"; do
	contains "it says what $kernel has" "$told" "^mdev-dkms: ${kernel//+/\\+} still has the former modules, of version $version\\.$"
	former_for "$kernel"
done
compiler_works

step "Now it can"
ok "dpkg configures it" there "dpkg --configure mdev-dkms"
told=$(said)
for kernel in "$first" "$second"; do
	contains "it says that it has built for $kernel" "$told" "^mdev-dkms: ${kernel//+/\\+} now has the modules"
	is "dkms has it installed" "$(dkms_state "$kernel" "$next_version")" installed
	is "and the former version not" "$(dkms_state "$kernel")" ""
	built_for "$kernel" "$next_version"
	is "the driver is there" "$(driver_state "$kernel")" installed
done
case $SUITE in
bullseye|bookworm) ;;
*)	# BUILD_DEPENDS_REBUILD, which dkms 3.2 knows
	is "dkms has built it again, once for each" \
		"$(echo "$told" | grep -cF 'Rebuilding module acme-note/1.0 due to updated dependencies')" 2 ;;
esac
no_former
is "nothing is left of the former version" \
	"$(there "find / -xdev -path /proc -prune -o -path '*mdev*$version*' ! -path '/root/*' -print")" ""

step "The first kernel goes"
runs "$second"
ok "apt removes it" there "apt-get -q -y purge linux-image-$first linux-headers-$first"
is "dkms has the package for other kernels only" "$(dkms_state "$first" "$next_version" | grep -v added)" ""
is "and nothing of ours is left there" "$(there "find /lib/modules/$first /var/lib/dkms -path '*$first*' 2>/dev/null")" ""
built_for "$second" "$next_version"

step "Purge"
ok "the driver goes" there 'dkms remove acme-note/1.0 --all && rm -r /usr/src/acme-note-1.0'
ok "apt purges it" there 'apt-get -q -y purge mdev-dkms'
shows "^insmod ${own//+/\\+}" "the kernel's own mdev is back in place" there "modprobe -S $second --show-depends mdev"
gives "" "and all files of its package are as they were" there "dpkg --verify linux-image-$second"
fails "there is no mtty" there "modinfo -k $second mtty"
is "no file is left" "$(there 'find / -xdev \( -path /proc -o -path /root -o -path "*/kernel/drivers/vfio/mdev" \
	-o -path "/usr/src/linux-*" \) -prune -o \( -name "*mdev*" -o -name "*mtty*" \) -print')" ""
