#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system-root.sh SUITE: a root folder with a whole Debian system of that
# release, to boot from, made of packages only; prints where it is. Made once,
# kept in $MDEV_CACHE.
#
# It does not have the newest kernel that the release's archive has, but one before
# it; the newest one's packages are fetched, for apt to install in the guest.
# Where the archive has just one kernel, they are the cloud kernel's.
#
#   MIRROR           Debian's archive (default: where this machine's apt gets
#                    it from)
#   SECURITY_MIRROR  the security updates' (default: the same, or beside it)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

suite=${1:-}
case $suite in
bookworm|trixie) ;;
*) die "usage: system-root.sh bookworm|trixie" ;;
esac
arch=$(dpkg --print-architecture)
root=$CACHE/roots/$suite-system

# What a person would install who wants to try it, and what boots the system.
# The kernel's headers bring the compiler.
packages=(systemd-sysv udev dbus kmod initramfs-tools zstd apparmor
	dkms mdevctl libvirt-daemon-system libvirt-clients
	qemu-system-x86 pciutils
	python3-nova python3-libvirt)

# in_new_root COMMAND…: without the checkout, which does not belong in a system
in_new_root() {
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --pid --fork --kill-child bash -c '
		root=$1
		shift
		mount -t proc proc "$root/proc" &&
			exec chroot "$root" env -i PATH="$PATH" LC_ALL=C.UTF-8 \
				DEBIAN_FRONTEND=noninteractive "$@"
	' in_new_root "$tmp" "$@"
}

apt_get() { in_new_root apt-get -q -y "$@"; }

# versions_of PACKAGE: all that the archive has, the newest one first
versions_of() { in_new_root apt-cache madison "$1" | awk '{ print $3 }'; }

# The system, without a kernel yet
make_base() {
	local mirror=${MIRROR:-$(mirror)} security=${SECURITY_MIRROR:-$(security_mirror)}

	security=${security:-${mirror%/}-security}
	mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" \
		"$suite" "$tmp" \
		"deb $mirror $suite main" "deb $security $suite-security main" || return 1
	echo "$suite" >"$tmp/etc/hostname"
	cat >"$tmp/etc/fstab" <<-END
	/dev/vda / ext4 defaults 0 1
	END
	# an ordinary user, and nobody's password
	in_new_root useradd --create-home --shell /bin/bash tester
}

# What would only take time in an emulated machine, and more patience for the
# rest
save_time() {
	local unit

	mkdir -p "$tmp/etc/initramfs-tools/conf.d" "$tmp/etc/systemd/system.conf.d"
	cat >"$tmp/etc/systemd/system.conf.d/patience.conf" <<-END
	[Manager]
	DefaultTimeoutStartSec=15min
	DefaultDeviceTimeoutSec=15min
	END
	for unit in apt-daily.timer apt-daily-upgrade.timer man-db.timer fstrim.timer \
			e2scrub_all.timer e2scrub_reap.service systemd-networkd-wait-online.service; do
		ln -sf /dev/null "$tmp/etc/systemd/system/$unit"
	done
	# an initramfs that is made in the guest has what that needs; here there
	# is no telling
	echo MODULES=dep >"$tmp/etc/initramfs-tools/conf.d/dep"
}

# The kernel to boot first, and the packages of the one to upgrade to
put_kernels() {
	local old flavour=$arch

	# mmdebstrap leaves no lists behind
	apt_get update || return 1
	old=$(versions_of "linux-image-$arch" | tail -n 1)
	apt_get install --no-install-recommends \
		"linux-image-$arch=$old" "linux-headers-$arch=$old" || return 1
	if [ "$(versions_of "linux-image-$arch" | head -n 1)" = "$old" ]; then
		flavour=cloud-$arch
	fi
	apt_get clean || return 1
	# with what they recommend, as apt in the guest will want it
	apt_get install --download-only "linux-image-$flavour" "linux-headers-$flavour" || return 1
	echo "linux-image-$flavour linux-headers-$flavour" >"$tmp/var/lib/kernel-upgrade"
}

# The service that runs the tests: they come on a disk of their own, as a tar
# file, and their output goes to the second serial port.
put_runner() {
	cat >"$tmp/etc/systemd/system/check.service" <<-'END'
	[Unit]
	Description=The tests on the second disk
	After=multi-user.target

	[Service]
	Type=oneshot
	Environment=HOME=/root LC_ALL=C.UTF-8
	# as in a shell: programs that write to a pipe that nobody reads end
	IgnoreSIGPIPE=no
	StandardOutput=tty
	StandardError=inherit
	TTYPath=/dev/ttyS1
	ExecStart=sh -c 'mkdir -p /run/check && cd /run/check && tar -xf /dev/vdb && exec sh ./run'
	ExecStopPost=systemctl --no-block poweroff

	[Install]
	WantedBy=multi-user.target
	END
	in_new_root systemctl enable check.service
}

make_root() {
	tmp=$1
	make_base && put_kernels && save_time && put_runner
}

# another version of this script makes another one
make_root_once "$root" "a system of Debian's $suite" "4 GB" "$(sha256sum <"$0" | cut -c 1-16)" make_root
echo "$root"
