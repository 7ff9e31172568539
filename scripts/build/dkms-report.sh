#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What both packages say when they have been installed: for each kernel what it has
# now, and what to do where it has nothing. Modules that dkms has installed
# incompletely are removed, so that they are built again; that is an error.
# usage: dkms-report.sh
set -u

modules=/lib/modules
built=/var/lib/dkms/mdev
loaded=/sys/module/mdev
# Debian's dkms builds for a kernel when its headers come, Fedora's when it boots
hook=/etc/kernel/header_postinst.d/dkms
version=$(sh "$(dirname "$0")/version.sh")

say() { echo "mdev-dkms: $*"; }

# is_installed KVER: as dkms sees it
is_installed() { dkms status -m mdev -v "$version" -k "$1" | grep -q ': *installed'; }

# names KVER: the modules that are built for it. It has configfs, or no mdev_sim.
names() {
	echo mdev vfio_mdev mtty
	! grep -qs '^CONFIG_CONFIGFS_FS=' "$modules/$1/build/include/config/auto.conf" || echo mdev_sim
}

# is_whole KVER: all of them can be read. dkms up to 3.0 copies them without looking
# whether the disk was full; to updates/dkms, updates or extra, by distribution.
is_whole() {
	for name in $(names "$1"); do
		file=$(find "$modules/$1/updates" "$modules/$1/extra" -name mdev-dkms-former -prune -o \
			-name "$name.ko*" -print 2>/dev/null | head -n 1)
		[ "$(modinfo -F version "$file" 2>/dev/null)" = "$version" ] || return 1
	done
}

# served KVER
served() {
	# "a b c and d"
	say "$1 now has the modules $(names "$1" | paste -sd ' ' | sed 's/ /, /g; s/\(.*\),/\1 and/')."
	for link in "$built/kernel-$1-"*; do
		# to VERSION/KVER/ARCH; the name alone may also be that of a longer KVER
		target=$(readlink "$link") && target=${target%/*}
		[ "${target##*/}" = "$1" ] || continue
		[ -e "$link/Module.symvers" ] ||
			say "other drivers can't be built on them; see $link/log/make.log for the reason."
	done
}

# unserved KVER
unserved() {
	has="has no modules"
	former=$(modinfo -F version "$modules/$1"/updates/mdev-dkms-former/mdev.ko* 2>/dev/null) &&
		has="still has the former modules, of version $former"
	if [ -e "$modules/$1/build/include" ]; then
		say "$1 $has; the reason is above."
	elif [ -e "$hook" ]; then
		say "$1 $has: install linux-headers-$1, and they are built."
	else
		say "$1 $has: install its kernel-devel package and run: dkms autoinstall -k $1"
	fi
}

# Nothing is loaded or unloaded here: an mdev in use, the kernel's own or a
# former one of ours, goes on as it is.
tell_loaded() {
	new=$(modinfo -k "$(uname -r)" -F srcversion mdev 2>/dev/null) || return
	[ "$(cat "$loaded/srcversion" 2>/dev/null)" = "$new" ] ||
		say "another mdev module is loaded, and stays loaded until it is unloaded or the machine is rebooted. Its users are not disturbed."
}

status=0
for kernel in $(find "$modules" -mindepth 2 -maxdepth 2 -name kernel -printf '%h\n' 2>/dev/null | sort -V); do
	kernel=${kernel##*/}
	if ! is_installed "$kernel"; then
		unserved "$kernel"
	elif is_whole "$kernel"; then
		served "$kernel"
	else
		say "the modules that dkms has installed for $kernel are incomplete, and are removed." >&2
		dkms remove -m mdev -v "$version" -k "$kernel" || :
		status=1
	fi
done
[ ! -d "$loaded" ] || tell_loaded
exit $status
