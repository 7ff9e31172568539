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
runs "$kernel"
everything >before

step "Install"
ok "the README's command installs it" there "$(readme '^apt install')"
contains "it says for which kernel it built" "$(said)" "^mdev-dkms: ${kernel//+/\\+} has the modules mdev, vfio_mdev and mtty now"
is "nothing says that an mdev is loaded" "$(said | grep 'another mdev')" ""
is "dkms has it installed" "$(dkms_state "$kernel")" installed
built_for "$kernel"
shows 'mdev\.ko' "the kernel's own mdev is kept, in its place or, by newer versions of dkms, in dkms's folder" \
	there "find /lib/modules/$kernel/kernel /var/lib/dkms/mdev/original_module -name 'mdev.ko*' 2>/dev/null; true"
shows '^mdev:c0001 vfio_mdev$' "depmod knows the alias by which udev loads the bridge" \
	there "sed -n 's/^alias \(mdev:.*\)/\1/p' /lib/modules/$kernel/modules.alias"
for page in mdev vfio_mdev mtty; do
	ok "$page has a man page" there "zcat /usr/share/man/man4/$page.4.gz | grep -q '^.TH ${page^^} 4'"
done
shows '^ii +mdev-dkms ' "dpkg has it" there 'dpkg -l mdev-dkms'

step "The parameters in the man pages"
for module in mdev vfio_mdev mtty; do
	is "are those of $module.ko" \
		"$(there "zcat /usr/share/man/man4/$module.4.gz" | sed -n '/^\.SH PARAMETERS/,/^\.SH FILES/s/^\.B //p' | sort)" \
		"$(there "modinfo -k $kernel -F parm $module" | cut -d: -f 1 | sort)"
done

step "Install again, while another mdev is in use"
# no kernel runs here: this is what the running one would show
mkdir -p upper/sys/module/mdev
ok "apt installs it again" there "apt-get -q -y --reinstall install ./$deb"
contains "it says what takes effect when" "$(said)" \
	'^mdev-dkms: another mdev module is loaded, and stays until'
is "dkms has it installed" "$(dkms_state "$kernel")" installed
rm -r upper/sys/module

step "Remove"
ok "the README's command removes it" there "$(readme '^apt purge')"
is "the kernel's own mdev is back in place" "$(own_mdev "$kernel")" "$own"
fails "there is no mtty" there "modinfo -k $kernel mtty"
everything >after
run diff before after
is "all is as before" "$out" ""
