# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The RPM package: checked, installed, upgraded and removed by rpm and dnf, with
# Debian's packages of these, its dkms and its kernel: another distribution's
# can't be had here.
# suites: bookworm trixie
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

step "The package"
ok "rpmlint passes it" rpmlint -c "$TOP/rpm/rpmlint.toml" "$PACKAGES"/mdev-dkms-"$version"-1.*.rpm
contains "without an error or a warning" "$out" '; 0 errors, 0 warnings'

step "A root with rpm and dnf"
kernel=$(kernels)
runs "$kernel"
own=$(own_mdev "$kernel")
dracut_takes mdev
ok "apt installs them" there 'apt-get -q -y install rpm dnf dracut'
rpm_knows dkms /bin/sh
bring "$PACKAGES"/mdev-dkms-*.noarch.rpm
next=$(find "$PACKAGES" -name 'mdev-dkms-*-1.noarch.rpm' ! -name "mdev-dkms-$version-*" -printf '%f\n')
next_version=${next#mdev-dkms-}
next_version=${next_version%-1.noarch.rpm}
there 'find / -xdev \( -name "*mdev*" -o -name "*mtty*" \) ! -path "/root/*" | sort' >before

step "The kernel's own mdev in an initramfs, where such systems have it"
image=/boot/initramfs-$kernel.img
ok "an initramfs is made" there "rm -f /boot/initrd.img-*; dracut --force $image $kernel"
is "it holds the kernel's own" "$(copies_in "$image" "$kernel")" kernel/drivers/vfio/mdev/mdev
other=/boot/0123456789abcdef0123456789abcdef/$kernel/initrd
ok "there is another one where systemd-boot has it" there "install -D $image $other"

step "Install"
ok "the README's command installs it" there "$(readme '^dnf install')"
contains "it says for which kernel it built" "$(said)" "^mdev-dkms: ${kernel//+/\\+} now has the modules mdev, vfio_mdev, mtty and mdev_sim\."
contains "it says that it regenerates the initramfs" "$(said)" "^mdev-dkms: ${image//+/\\+} holds a copy of the modules, and is regenerated"
is "dkms has it installed" "$(dkms_state "$kernel")" installed
built_for "$kernel"
is "which holds ours, and the bridge" "$(copies_in "$image" "$kernel")" "updates/dkms/mdev updates/dkms/vfio_mdev"
is "and so does the other one" "$(copies_in "$other" "$kernel")" "updates/dkms/mdev updates/dkms/vfio_mdev"
gives "" "what it installed is as it was" there 'rpm -V mdev-dkms'
documentation /usr/share/doc/mdev-dkms

step "The next version"
ok "dnf upgrades to it" there "dnf upgrade ./$next"
is "dkms has it installed" "$(dkms_state "$kernel" "$next_version")" installed
is "and the former version not" "$(dkms_state "$kernel")" ""
built_for "$kernel" "$next_version"

step "The same version, packaged anew"
ok "rpm upgrades to it" there "rpm -U mdev-dkms-$next_version-1.2.noarch.rpm"
is "dkms has it installed" "$(dkms_state "$kernel" "$next_version")" installed
built_for "$kernel" "$next_version"

step "A build that fails"
compiler_fails
ok "rpm installs it again" there "rpm -U --force mdev-dkms-$next_version-1.2.noarch.rpm"
contains "the compiler's words are shown" "$(said)" 'no compiler today'
contains "it says what there is" "$(said)" "^mdev-dkms: ${kernel//+/\\+} still has the former modules, of version $next_version; the reason is above"
former_for "$kernel" "$next_version"
compiler_works

step "Remove"
ok "the README's command removes it" there "$(readme '^dnf remove')"
is "the kernel's own mdev is back in place" "$(own_mdev "$kernel")" "$own"
is "and in the initramfs" "$(copies_in "$image" "$kernel")" kernel/drivers/vfio/mdev/mdev
there 'find / -xdev \( -name "*mdev*" -o -name "*mtty*" \) ! -path "/root/*" | sort' >after
run diff before after
is "no file is left" "$out" ""
