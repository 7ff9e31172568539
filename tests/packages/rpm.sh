# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The RPM package: checked, installed and removed by rpm and dnf, with
# Debian's packages of these, its dkms and its kernel: another distribution's
# can't be had here.
# suites: bookworm trixie
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

step "The package"
ok "rpmlint passes it" rpmlint -c "$TOP/rpm/rpmlint.toml" "$PACKAGES"/mdev-dkms-"$version"-1.*.rpm
contains "without an error or a warning" "$out" '; 0 errors, 0 warnings'

rpm_root
rpm_files >before

step "The kernel's own mdev in an initramfs, where such systems have it"
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

rpm_is_removed before
