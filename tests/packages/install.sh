# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The Debian package is installed for the running kernel, and once more, and
# removed; it leaves nothing.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES/$deb"
kernel=$(kernels)
own=$(own_mdev "$kernel")
contains "the kernel $kernel has an mdev of its own" "$own" '/kernel/drivers/vfio/mdev/mdev\.ko'
# 5.10's mdev brings vfio_mdev, which brings mdev: it is shown twice
own_file=$(printf '%s\n' "$own" | sed -n 's,^insmod \(/.*/mdev\.ko[^ ]*\).*,\1,p' | sort -u)
own_sum=$(there "md5sum <$own_file")
machine=$(there 'uname -m')
runs "$kernel"
everything >before

step "Install"
ok "the README's command installs it" there "$(readme '^apt install')"
contains "it says for which kernel it built" "$(said)" "^mdev-dkms: ${kernel//+/\\+} now has the modules mdev, vfio_mdev, mtty and mdev_sim\."
is "nothing says that an mdev is loaded" "$(said | grep 'another mdev')" ""
is "dkms has it installed" "$(dkms_state "$kernel")" installed
built_for "$kernel"
# dkms 3.2 moves it away, and notes from where
away=/var/lib/dkms/mdev/original_module/$kernel/$machine/$(basename "$own_file")
case $SUITE in
bullseye|bookworm)
	kept=$own_file ;;
*)
	kept=$away
	gives "$own_file" "dkms notes where the kernel's own mdev is from" there "cat $away.origin" ;;
esac
is "the kernel's own mdev is kept in one place" \
	"$(there "find /lib/modules/$kernel/kernel /var/lib/dkms/mdev -name 'mdev.ko*' ! -name '*.origin' \
		! -path '*/$version/*' ! -path '*/kernel-$kernel-$machine/*'")" "$kept"
gives "$own_sum" "as it was" there "md5sum <$kept"
shows '^mdev:c0001 vfio_mdev$' "depmod knows the alias by which udev loads the bridge" \
	there "sed -n 's/^alias \(mdev:.*\)/\1/p' /lib/modules/$kernel/modules.alias"
# what other drivers are built with
folder=/var/lib/dkms/mdev/kernel-$kernel-$machine
for file in mdev.mk include/linux/mdev.h; do
	ok "dkms keeps $file beside the modules" there "cmp $folder/$file /usr/src/mdev-$version/$file"
done
shows '[[:space:]]mdev_stable_register_device[[:space:]].*EXPORT_SYMBOL' "and Module.symvers, with our symbols" there "cat $folder/Module.symvers"
for page in mdev vfio_mdev mtty mdev_sim; do
	ok "$page has a man page" there "zcat /usr/share/man/man4/$page.4.gz | grep -q '^.TH ${page^^} 4'"
done
ok "so has mdev-sim" there "zcat /usr/share/man/man8/mdev-sim.8.gz | grep -q '^.TH MDEV'"
documentation /usr/share/doc/mdev-dkms
gives "mdev-sim $version" "mdev-sim is of this version" there "mdev-sim version | head -n 1"
shows ' nvidia-t4$' "and knows the ready-made cards" there "mdev-sim help"
shows '^ExecStart=/usr/sbin/mdev-sim add %i$' "there is a unit for it" \
	there "cat /usr/lib/systemd/system/mdev-sim@.service"
contains "which waits for what dkms builds at boot" "$out" '^After=dkms\.service$'
is "which is not enabled" "$(there "find /etc/systemd -name 'mdev-sim*'")" ""
ok "there is a rule for udev" there "test -s /usr/lib/udev/rules.d/61-mdev-dkms.rules"
shows '^ii +mdev-dkms ' "dpkg has it" there 'dpkg -l mdev-dkms'

step "The parameters in the man pages"
for module in mdev vfio_mdev mtty mdev_sim; do
	is "are those of $module.ko" \
		"$(there "zcat /usr/share/man/man4/$module.4.gz" | sed -n '/^\.SH PARAMETERS/,/^\.SH FILES/s/^\.B //p' | sort)" \
		"$(there "modinfo -k $kernel -F parm $module" | cut -d: -f 1 | sort)"
done

step "Install again, while another mdev is in use"
# no kernel runs here: this is what the running one would show
mkdir -p upper/sys/module/mdev
echo 0123456789ABCDEF01234567 >upper/sys/module/mdev/srcversion
ok "apt installs it again" there "apt-get -q -y --reinstall install ./$deb"
contains "it says what takes effect when" "$(said)" \
	'^mdev-dkms: another mdev module is loaded, and stays loaded until'
is "dkms has it installed" "$(dkms_state "$kernel")" installed

step "And while this one is in use"
there "modinfo -k $kernel -F srcversion mdev" >upper/sys/module/mdev/srcversion
# with a variable that means something to our Makefile
ok "apt installs it again" there "BUILD=elsewhere apt-get -q -y --reinstall install ./$deb"
is "dkms has it installed" "$(dkms_state "$kernel")" installed
is "nothing says that another mdev is loaded" "$(said | grep 'another mdev')" ""
rm -r upper/sys/module

step "Remove"
ok "the README's command removes it" there "$(readme '^apt purge')"
is "the kernel's own mdev is back in place" "$(own_mdev "$kernel")" "$own"
gives "$own_sum" "with the bytes it had" there "md5sum <$own_file"
fails "dkms has no folder of ours" there "ls -d /var/lib/dkms/mdev"
fails "there is no mtty" there "modinfo -k $kernel mtty"
fails "and no mdev_sim" there "modinfo -k $kernel mdev_sim"
everything >after
run diff before after
is "all is as before" "$out" ""
