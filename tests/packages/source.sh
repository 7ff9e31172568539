# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The source is installed without a package, for the running kernel and a newer
# one, and removed; it leaves nothing.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$BUILD/dist/mdev-dkms-$version.tar.gz"
first=$(kernels)
own=$(own_mdev "$first")
runs "$first"
# in_source COMMAND-LINE: there, in the unpacked tarball
in_source() { there "cd mdev-dkms-$version && $1"; }
ok "the tarball is unpacked" there "tar -xf mdev-dkms-$version.tar.gz"
# ours: files with our modules' names that are not a kernel's own
ours() {
	there 'find / -xdev \( -path /proc -o -path /root -o -path "/usr/src/linux-*" -o -path "*/lib/modules/*/kernel" \) \
		-prune -o \( -path "*mdev*" -o -path "*mtty*" \) -print'
}
ours >before

step "Install"
ok "the README's first command" in_source "$(readme '^make install')"
ok "and its second" there "$(readme '^dkms install')"
is "dkms has it installed" "$(dkms_state "$first")" installed
built_for "$first"
gives "mdev-sim $version" "mdev-sim is there" there "mdev-sim version | head -n 1"
shows ' nvidia-t4$' "with its cards" there "mdev-sim help"
shows '^ExecStart=/usr/local/sbin/mdev-sim add %i$' "and its unit" \
	there "cat /usr/local/lib/systemd/system/mdev-sim@.service"
ok "mdev has a man page" there "grep -q '^.TH MDEV 4' /usr/local/share/man/man4/mdev.4"

step "A newer kernel"
ok "apt brings it" there 'apt-get -q -y install linux-image-amd64 linux-headers-amd64'
second=$(kernels | grep -vxF "$first")
is "dkms has built for it" "$(dkms_state "$second")" installed
built_for "$second"

step "Remove"
fails "not while dkms has it" in_source "$(readme '^make uninstall')"
contains "it says what to do first" "$err" "$(readme '^dkms remove')"
ok "the README's first command" there "$(readme '^dkms remove')"
ok "and its second" in_source "$(readme '^make uninstall')"
is "the kernel's own mdev is back in place" "$(own_mdev "$first")" "$own"
contains "and the newer one's" "$(own_mdev "$second")" '/kernel/drivers/vfio/mdev/mdev\.ko'
ours >after
run diff before after
is "no file of ours is left" "$out" ""
