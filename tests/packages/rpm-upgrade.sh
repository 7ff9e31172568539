# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The RPM package upgraded, installed anew, with a compiler that fails, and removed.
# long: three minutes; the case rpm installs and removes it.
# suites: bookworm trixie
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

next=$(find "$PACKAGES" -name 'mdev-dkms-*-1.noarch.rpm' ! -name "mdev-dkms-$version-*" -printf '%f\n')
next_version=${next#mdev-dkms-}
next_version=${next_version%-1.noarch.rpm}
rpm_root
rpm_files >before

step "Install"
ok "the README's command installs it" there "$(readme '^dnf install')"
is "dkms has it installed" "$(dkms_state "$kernel")" installed

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

rpm_is_removed before
