# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# With a key configured, dkms signs the modules with it.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES/$deb"
kernel=$(kernels)
runs "$kernel"

step "A key"
mkdir -p upper/etc/mok
ok "is made" openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -outform DER \
	-subj "/CN=the tests' own key/" -keyout upper/etc/mok/MOK.priv -out upper/etc/mok/MOK.der
if there 'grep -q mok_signing_key /usr/sbin/dkms'; then
	there 'printf "mok_signing_key=/etc/mok/MOK.priv\nmok_certificate=/etc/mok/MOK.der\n" >>/etc/dkms/framework.conf'
else
	diag "this dkms calls a program that signs, and has one with this key"
	mkdir -p upper/root
	cp upper/etc/mok/MOK.priv upper/root/mok.priv
	cp upper/etc/mok/MOK.der upper/root/mok.der
	there 'echo sign_tool=/etc/dkms/sign_helper.sh >>/etc/dkms/framework.conf'
fi

step "Install"
ok "apt installs it" there "apt-get -q -y install ./$deb"
for module in mdev vfio_mdev mtty; do
	gives "the tests' own key" "$module.ko is signed with it" \
		there "modinfo -k $kernel -F signer $module"
	is "by its number, too" \
		"$(there "modinfo -k $kernel -F sig_key $module" | tr -d ':\n')" \
		"$(openssl x509 -inform DER -in upper/etc/mok/MOK.der -noout -serial | sed 's/serial=//')"
done
