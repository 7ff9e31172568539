# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# dkms signs the modules with a key that is configured, or, from Debian 12 on,
# with one that it has made. A kernel that was booted with Secure Boot takes them
# once the machine's owner has enrolled the key: by mokutil, and at the next boot
# by shim's MokManager, from whose list the kernel has it. Firmware and boot
# loader are those of a PC: UEFI with Microsoft's keys, Debian's shim and GRUB.
# long: two minutes; firmware and Secure Boot in an emulated PC.
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES/$deb"
kernel=$(kernels)
runs "$kernel"

# name_of KEY
name_of() { openssl x509 -inform DER -in "$1" -noout -subject -nameopt multiline | sed -n 's/^ *commonName *= //p'; }

# signed_with KEY: all modules are, for this kernel
signed_with() {
	local module name number

	name=$(name_of "$1")
	number=$(openssl x509 -inform DER -in "$1" -noout -serial | sed 's/serial=//')
	for module in mdev vfio_mdev mtty mdev_sim; do
		gives "$name" "$module.ko is signed with it" there "modinfo -k $kernel -F signer $module"
		is "by its number, too" "$(there "modinfo -k $kernel -F sig_key $module" | tr -d ':\n')" "$number"
	done
}

step "A key that is configured"
mkdir -p upper/etc/mok
ok "is made" openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -outform DER \
	-subj "/CN=the tests' own key/" -keyout upper/etc/mok/MOK.priv -out upper/etc/mok/MOK.der
there 'cp /etc/dkms/framework.conf /root/'
if there 'grep -q mok_signing_key /usr/sbin/dkms'; then
	there 'printf "mok_signing_key=/etc/mok/MOK.priv\nmok_certificate=/etc/mok/MOK.der\n" >>/etc/dkms/framework.conf'
else
	diag "this dkms calls a program that signs, and has one with this key"
	cp upper/etc/mok/MOK.priv upper/root/mok.priv
	cp upper/etc/mok/MOK.der upper/root/mok.der
	there 'echo sign_tool=/etc/dkms/sign_helper.sh >>/etc/dkms/framework.conf'
fi
ok "apt installs the package" there "apt-get -q -y install ./$deb"
signed_with upper/etc/mok/MOK.der
key=etc/mok/MOK

if there 'grep -q mok_signing_key /usr/sbin/dkms'; then
	step "The key that dkms has made"
	there 'cp framework.conf /etc/dkms/; rm -f /var/lib/dkms/mok.*'
	ok "apt installs the package again" there "apt-get -q -y --reinstall install ./$deb"
	# the one that the README's command asks for
	command=$(readme '^mokutil --import')
	key=$(echo "$command" | sed -n 's,^mokutil --import /\([^ ]*\)\.pub .*,\1,p')
	ok "it is where the README says" test -e "upper/$key.pub"
	cp "upper/$key.pub" "upper/$key.der"
	signed_with "upper/$key.der"
fi
mkdir key
cp "upper/$key.der" key/MOK.der
# as a regular expression without a quote
name_of key/MOK.der | tr "'" . >key/name

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

# pc SCRIPT FILE…: a PC with Secure Boot is turned on, that runs SCRIPT in a kernel
# that takes signed modules only, with these files; its tests are among ours.
# Debian 11's dkms signs with SHA-512, for which that kernel loads a module.
pc() {
	local script=$1 files
	shift

	files=$(printf "$work/%s " "$@")
	KVER=$kernel MDEV_KERNEL_ROOT=$SUITE_ROOT MDEV_MODULES=$work/upper/root/modules \
		"$TOP/tests/guest/guest.sh" --log "$log" --secure-boot "$work/pc" --memory 1G --timeout 900 \
		--append module.sig_enforce=1 --modules "efivarfs sha512_generic configfs" --programs mokutil \
		--files "$files" --env "FIRST=$tests" "$TOP/tests/packages/guest/$script.sh" |
		tr -d '\r' >pc.tap
}

# said_by_pc: what the script said
said_by_pc() {
	# the first line begins with what the firmware printed
	grep -v '# guest: ' pc.tap
	tests=$((tests + $(grep -cE '^(not )?ok [0-9]' pc.tap)))
	is "the guest ran to its end" "$(grep '^# guest: ended' pc.tap)" "# guest: ended with status 0"
}

# on_screen TEXT: until the console shows it, or the PC is off
on_screen() {
	until grep -qaF -e "$1" "$log"; do
		if ! kill -0 $pc; then
			echo "it did not show: $1" >&2
			return 1
		fi
		sleep 0.5
	done
}

# answer TEXT KEYS: once the console shows TEXT
answer() {
	ok "$1: ${2@Q}" on_screen "$1"
	# nobody reads what is written for a PC that is off
	# shellcheck disable=SC2016 # for the shell inside
	[ "$status" != 0 ] || { sleep 2 && timeout 10 bash -c 'printf %b "$1" >pc/console.in' bash "$2"; }
}
logs=$BUILD/packages/logs/$SUITE

step "A PC that does not know the key"
log=$logs/signed.first.log
ok "a password for MokManager" "openssl passwd -6 secret >password"
pc import key/MOK.der key/name password
said_by_pc

step "Its owner takes the key, in shim's MokManager"
log=$logs/signed.mokmanager.log
: >"$log"
pc import key/MOK.der key/name password &
pc=$!
answer "Press any key to perform MOK management" ' '
answer "Enroll key from disk" '\e[B\r'
answer "View key 0" '\e[B\r'
answer "Enroll the key(s)?" '\e[B\r'
answer "Password:" 'secret\r'
answer "Reboot" '\r'
wait $pc

step "The PC knows the key"
log=$logs/signed.log
pc enforced unsigned stranger changed key/MOK.der key/name
said_by_pc
