# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# An initramfs that holds a copy of a module is regenerated when the modules come
# and go; one that holds none is left alone. With initramfs-tools and dracut.
# long: a minute; the case rpm looks at what dracut makes.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES/$deb"
kernel=$(kernels)
runs "$kernel"
image=/boot/initrd.img-$kernel
own=kernel/drivers/vfio/mdev/mdev
case $SUITE in
bullseye) own="$own $(dirname $own)/vfio_mdev" ;;	# by its softdep, as ours
esac
ours="updates/dkms/mdev updates/dkms/vfio_mdev"
copies() { copies_in "$image" "$kernel"; }
identity() { there "stat -c '%i %y' $image"; }
by_dkms() { there "dkms $1 -m mdev -v $version -k $kernel"; }

step "The kernel's own mdev in an initramfs"
ok "it is asked for" there "echo mdev >>/etc/initramfs-tools/modules; echo MODULES=list >/etc/initramfs-tools/conf.d/case"
ok "an initramfs is made" there "update-initramfs -c -k $kernel"
is "it holds the kernel's own" "$(copies)" "$own"

step "Install"
ok "apt installs the package" there "apt-get -q -y install ./$deb"
contains "it says what it does" "$(said)" "^mdev-dkms: ${image//+/\\+} holds a copy of the modules, and is regenerated"
is "the initramfs holds ours, and the bridge" "$(copies)" "$ours"
gives "$(there "modinfo -k $kernel -F srcversion mdev")" "the very one" \
	there "unmkinitramfs $image image && modinfo -F srcversion \$(find image -name 'mdev.ko*')"

step "It can't be regenerated"
there "sed -i s/^update_initramfs=.*/update_initramfs=no/ /etc/initramfs-tools/update-initramfs.conf"
ok "that fails no removal" by_dkms uninstall
contains "it says what to do" "$(said)" "regenerate it: update-initramfs -u -k $kernel"
there "sed -i s/^update_initramfs=.*/update_initramfs=yes/ /etc/initramfs-tools/update-initramfs.conf"
ok "that is done" there "update-initramfs -u -k $kernel"
is "it holds the kernel's own" "$(copies)" "$own"

step "No copy"
ok "none is wanted any more" there "sed -i /mdev/d /etc/initramfs-tools/modules; update-initramfs -u -k $kernel"
is "there is none" "$(copies)" ""
before=$(identity)
ok "dkms installs the modules" by_dkms install
is "the initramfs is left alone" "$(identity)" "$before"
is "and nothing is said" "$(said | grep 'holds a')" ""

step "dracut"
dracut_takes mdev
ok "apt installs it in the other's place" there "apt-get -q -y install dracut"
ok "an initramfs is made" there "dracut --force $image $kernel"
is "it holds ours, and the bridge" "$(copies)" "$ours"
ok "apt removes the package" there "apt-get -q -y purge mdev-dkms"
contains "it says what it does" "$(said)" "^mdev-dkms: ${image//+/\\+} holds a copy of the modules, and is regenerated"
is "the initramfs holds the kernel's own" "$(copies)" "$own"
