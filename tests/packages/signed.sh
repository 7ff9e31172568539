# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# With a key configured, dkms signs the modules with it, and a kernel that was
# booted with Secure Boot takes them if the firmware has that key. (As a machine
# owner's key it would come to the kernel by way of shim: that is not tried.)
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

step "Other signatures"
# on one of the modules as it was when it was signed
there "mkdir modules && cp /lib/modules/$kernel/updates/dkms/*.ko* modules/"
mkdir -p unsigned stranger changed keys
ok "mdev.ko is unpacked" "case \$(ls upper/root/modules/mdev.ko*) in
	*.xz) xz -dc upper/root/modules/mdev.ko.xz ;;
	*) cat upper/root/modules/mdev.ko ;;
	esac >signed.ko"
# at its end are the signature, 12 bytes about it with its length, and 28 of text
ok "one without a signature" "perl -0777 -ne '
	/~Module signature appended~\\n\\z/ or die;
	print substr(\$_, 0, -40 - unpack(\"N\", substr(\$_, -32, 4)))' signed.ko >unsigned/mdev.ko"
ok "one that was changed" "perl -0777 -pe 's/(\\0version=)$version\\0/\${1}9.9.9\\0/ or die' signed.ko >changed/mdev.ko"
ok "another key" openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 \
	-subj "/CN=a stranger's key/" -keyout keys/stranger.priv -out keys/stranger.pem
cp unsigned/mdev.ko keys/stranger.* upper/root/
ok "one with that key's signature" there \
	"/lib/modules/$kernel/build/scripts/sign-file sha256 stranger.priv stranger.pem mdev.ko"
mv upper/root/mdev.ko stranger/

step "The firmware's keys"
# it is to take this key, and the one that Debian's kernel is signed with
ok "the key" openssl x509 -inform DER -in upper/etc/mok/MOK.der -out keys/ours.pem
ok "Debian's signature" sbattach --detach keys/debian.p7 "$SUITE_ROOT/boot/vmlinuz-$kernel"
ok "its key" openssl pkcs7 -inform DER -in keys/debian.p7 -print_certs -out keys/debian.pem
for name in ours debian; do
	ok "$name as the firmware wants it" cert-to-efi-sig-list -g "$(cat /proc/sys/kernel/random/uuid)" keys/$name.pem keys/$name.list
done
cp keys/ours.list keys/PK.list
cp keys/ours.list keys/KEK.list
cat keys/ours.list keys/debian.list >keys/db.list
for name in PK KEK db; do
	ok "the list $name is signed" sign-efi-sig-list -k upper/etc/mok/MOK.priv -c keys/ours.pem \
		$name keys/$name.list keys/$name.auth
done
cp /usr/share/OVMF/OVMF_VARS_4M.fd firmware

# guest SCRIPT FILE…: boots one that takes signed modules only, with these files;
# its tests are among ours. Debian 11's dkms signs with SHA-512, for which that
# kernel loads a module.
guest() {
	local script=$1 files
	shift

	files=$(printf "$work/%s " "$@")
	KVER=$kernel MDEV_KERNEL_ROOT=$SUITE_ROOT MDEV_MODULES=$work/upper/root/modules \
		"$TOP/scripts/guest.sh" --log "$log" --firmware firmware --memory 1G --timeout 900 \
		--append module.sig_enforce=1 --modules "efivarfs sha512_generic" --files "$files" --env "FIRST=$tests" \
		"$TOP/tests/packages/guest/$script.sh" | tr -d '\r' >guest.tap
	# the first line begins with what the firmware printed
	grep -v '# guest: ' guest.tap
	tests=$((tests + $(grep -cE '^(not )?ok [0-9]' guest.tap)))
	is "the guest ran to its end" "$(grep '^# guest: ended' guest.tap)" "# guest: ended with status 0"
}
log=$BUILD/packages/logs/$SUITE/signed.log

step "A guest whose firmware has no key"
guest enroll keys/PK.auth keys/KEK.auth keys/db.auth
cp "$log" "${log%.log}.first.log"

step "A guest whose firmware has these"
guest enforced unsigned stranger changed
