#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An upgrade has the modules of the version before taken away by dkms, and then
# those of the new one built, which takes minutes and can fail. "keep" copies
# what dkms has installed to where modprobe finds it in the meantime: dkms runs
# depmod when it has taken the modules away. "drop" removes the copies, when the
# build has succeeded and dkms will install its result, with depmod again.
# "remove" is for a package that goes and leaves nothing. Without KVER it is
# done for each kernel.
# usage: dkms-former.sh keep|drop|remove [KVER]
set -u

modules=/lib/modules
built=/var/lib/dkms/mdev
# below updates/, before the kernel's own; not dkms's directory, which it empties
former=updates/mdev-dkms-former

keep() {
	# to VERSION/KVER/ARCH; the name alone may also be that of a longer KVER
	for link in "$built/kernel-$1-"*; do
		folder=$link/module
		target=$(readlink "$link") && target=${target%/*}
		[ "${target##*/}" = "$1" ] || continue
		[ -d "$folder" ] || continue
		rm -rf "${modules:?}/$1/$former"
		if mkdir -p "$modules/$1/$former" && cp -p "$folder"/*.ko* "$modules/$1/$former/"; then
			continue
		fi
		# all or nothing: they must fit each other
		rm -rf "${modules:?}/$1/$former"
		echo "mdev-dkms: the modules for $1 could not be kept, see above: there are none until the new ones are built." >&2
	done
}

drop() {
	[ -d "$modules/$1/$former" ] || return 0
	rm -r "${modules:?}/$1/$former"
	# it is a kernel's own, as Fedora's, or dkms has made it, and removes it likewise
	rpm -qf "$modules/$1/updates" >/dev/null 2>&1 || rmdir "$modules/$1/updates" 2>/dev/null || :
}

remove() {
	[ -d "$modules/$1/$former" ] || return 0
	drop "$1"
	depmod "$1"
	sh "$(dirname "$0")/dkms-initramfs.sh" "$1"
}

# for_kernel WORD KVER
for_kernel() {
	case $1 in
	keep) keep "$2" ;;
	drop) drop "$2" ;;
	remove) remove "$2" ;;
	*)	echo "usage: dkms-former.sh keep|drop|remove [KVER]" >&2
		exit 2 ;;
	esac
}

if [ $# = 2 ]; then
	for_kernel "$1" "$2"
else
	for kernel in "$modules"/*/kernel; do
		kernel=${kernel%/kernel}
		[ ! -d "$kernel" ] || for_kernel "${1-}" "${kernel##*/}"
	done
fi
exit 0
