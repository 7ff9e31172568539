# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The modules for one kernel as RPM packages, for machines without dkms: built from the
# source package as akmodsbuild does it, checked, installed, upgraded and removed by
# dnf. There is no akmods in Debian: what it does when a kernel comes is not tested.
# suites: bookworm trixie
# long: six minutes; for hosts without dkms only.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

# rebuild SOURCE [OPTION…]: into rpms/
rebuild() {
	ok "it is rebuilt for $kernel" there "rm -rf rpms && rpmbuild --rebuild --nodeps --define 'kernels $kernel' \
		--define '_rpmdir /root/rpms' --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' ${*:2} $1"
}

loads() { loads_from extra/mdev "the one of the package" "$kernel"; }

all_files() { there 'find / -xdev \( -name "*mdev*" -o -name "*mtty*" \) ! -path "/root/*" | sort'; }

step "A root with rpm and dnf"
kernel=$(kernels)
runs "$kernel"
own=$(own_mdev "$kernel")
dracut_takes mdev
ok "apt installs them" there 'apt-get -q -y install rpm dnf dracut'
# rpm can't write a kernel's version with two dashes, and the package does not name it
case $kernel in
*-*-*) rpm_knows /bin/sh akmods dkms ;;
*) rpm_knows /bin/sh akmods dkms "kernel-uname-r = $kernel" ;;
esac
bring "$PACKAGES/mdev-kmod-$version-1.src.rpm" "$PACKAGES/mdev-dkms-$version-1.noarch.rpm"
all_files >before
image=/boot/initramfs-$kernel.img
ok "an initramfs is made" there "rm -f /boot/initrd.img-*; dracut --force $image $kernel"

step "Build"
rebuild "mdev-kmod-$version-1.src.rpm"
is "these packages" "$(there 'ls rpms' | paste -sd ' ')" \
	"akmod-mdev-$version-1.noarch.rpm kmod-mdev-$kernel-$version-1.x86_64.rpm kmod-mdev-common-$version-1.noarch.rpm"
ok "rpmlint passes them" rpmlint -c "$TOP/rpm/rpmlint.toml" upper/root/rpms/*.rpm "$PACKAGES/mdev-kmod-$version-1.src.rpm"
contains "without an error or a warning" "$out" '; 0 errors, 0 warnings'

step "Install"
ok "dnf installs the modules and what goes with them" there "dnf install ./rpms/kmod-mdev-*.rpm"
contains "it says that it regenerates the initramfs" "$(said)" "^mdev-dkms: ${image//+/\\+} holds a copy of the modules, and is regenerated"
loads
is "the initramfs holds ours, and the bridge" "$(copies_in "$image" "$kernel")" "extra/mdev/mdev extra/mdev/vfio_mdev"
gives "" "what it installed is as it was" there "rpm -V kmod-mdev-$kernel kmod-mdev-common"
documentation /usr/share/doc/mdev-dkms
ok "mdev-sim is there" there 'mdev-sim --help'
fails "mdev-dkms is not installed beside it" there "dnf install ./mdev-dkms-$version-1.noarch.rpm"
contains "because they conflict" "$(said)" 'conflicts with mdev-dkms'

step "What akmods takes"
ok "dnf installs it" there 'dnf install ./rpms/akmod-mdev-*.rpm'
rebuild /usr/src/akmods/mdev-kmod.latest "--define 'dist .2'"

step "The same version, packaged anew"
ok "dnf upgrades to it" there 'dnf upgrade ./rpms/*.rpm'
is "it is there, and only it" "$(there "rpm -q kmod-mdev-$kernel --qf '%{RELEASE} '")" "1.2 "
loads

step "Remove"
ok "dnf removes them" there "dnf remove akmod-mdev kmod-mdev-common"
is "the kernel's own mdev is back in place" "$(own_mdev "$kernel")" "$own"
is "and in the initramfs" "$(copies_in "$image" "$kernel")" kernel/drivers/vfio/mdev/mdev
all_files >after
run diff before after
is "no file is left" "$out" ""
