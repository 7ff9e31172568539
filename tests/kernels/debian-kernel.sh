#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-kernel.sh [version]: the Debian kernel that guests run. Prints the folder it
# is unpacked in, fetching it first where need be; with "version" only says
# which kernel that is. The package is unpacked, never installed.
#
#   KVER              the kernel (default: that of the newest installed headers)
#   MDEV_KERNEL_ROOT  a folder with boot/ and lib/modules/ to use as it is
#   MDEV_SUITE_ROOT   a root of the Debian release that the kernel is of
#                     (default: this machine)
#
# In the folder: boot/vmlinuz-$KVER, lib/modules/$KVER with depmod's tables,
# and boot/vmlinux-$KVER, the same kernel unpacked: QEMU starts it 3 s faster.
# "architecture" says which one it is for.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

KVER=${KVER:-$(newest_headers)}
[ -n "$KVER" ] ||
	die "no kernel headers are installed, so there is no saying which kernel to run: apt-get install linux-headers-amd64"

case ${1:-} in
version) echo "$KVER"; exit ;;
'') ;;
*) die "usage: debian-kernel.sh [version]" ;;
esac

# unpack_vmlinux VMLINUZ VMLINUX: the boot protocol's header says where in a
# bzImage the compressed kernel is (Documentation/x86/boot.rst). The last four
# bytes are its size, not part of it.
unpack_vmlinux() {
	local setup offset length magic unpack

	setup=$(od -An -tu1 -j497 -N1 "$1")
	offset=$(od -An -tu4 -j584 -N4 "$1")
	length=$(od -An -tu4 -j588 -N4 "$1")
	offset=$(((setup + 1) * 512 + offset))
	magic=$(od -An -tx1 -j$offset -N4 "$1" | tr -d ' ')
	case $magic in
	fd377a58) unpack="xz -dc" ;;
	28b52ffd) unpack="zstd -dc" ;;
	02214c18) unpack="lz4 -dc" ;;
	1f8b*) unpack="gzip -dc" ;;
	*) return 1 ;;
	esac
	tail -c +$((offset + 1)) "$1" | head -c $((length - 4)) | $unpack >"$2" 2>/dev/null
	# an ELF file that has the entry for QEMU's direct boot
	[ "$(head -c 4 "$2" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]
}

# make_root ROOT
make_root() {
	local deb

	download "$1/debs" "${packages[@]/%/=$version}" || { echo "$gone"; return 1; }
	for deb in "$1"/debs/*.deb; do
		dpkg-deb -x "$deb" "$1" || return 1
	done
	rm -rf "${1:?}"/{debs,usr/share}
	[ -e "$1/lib" ] || ln -s usr/lib "$1/lib" || return 1
	# newer releases keep the kernel beside its modules
	if [ ! -e "$1/boot/vmlinuz-$KVER" ]; then
		mkdir -p "$1/boot"
		cp "$1/lib/modules/$KVER/vmlinuz" "$1/boot/vmlinuz-$KVER" || return 1
	fi
	depmod -b "$1" "$KVER" || return 1
	echo "$arch" >"$1/architecture"
	# another architecture's boots as it is
	if [ "$arch" != amd64 ] ||
	   ! unpack_vmlinux "$1/boot/vmlinuz-$KVER" "$1/boot/vmlinux-$KVER"; then
		rm -f "$1/boot/vmlinux-$KVER"
	fi
	chmod -R u+rwX,go+rX "$1"
}

if [ -n "${MDEV_KERNEL_ROOT:-}" ]; then
	[ -e "$MDEV_KERNEL_ROOT/lib/modules/$KVER/modules.dep" ] ||
		die "MDEV_KERNEL_ROOT=$MDEV_KERNEL_ROOT has no lib/modules/$KVER/modules.dep: unpack linux-image-$KVER there and run depmod -b on it"
	echo "$MDEV_KERNEL_ROOT"
	exit
fi

root=$CACHE/kernel/$KVER
if is_whole "$root" ""; then
	echo "$root"
	exit
fi

package=linux-image-$KVER
gone="the Debian archive no longer has $package, only a newer kernel: install the headers of the newest one (apt-get update && apt-get install linux-headers-amd64), or name a kernel with KVER="
# the same version as the headers if the archive has it
# shellcheck disable=SC2016 # for dpkg-query
version=$(in_kernel_root dpkg-query -W -f '${Version}' "linux-headers-$KVER" 2>/dev/null)
about=$(in_kernel_root apt-cache show "$package${version:+=$version}" 2>/dev/null) && [ -n "$about" ] ||
	about=$(in_kernel_root apt-cache show --no-all-versions "$package" 2>/dev/null)
[ -n "$about" ] || die "$gone"
version=$(printf '%s\n' "$about" | sed -n 's/^Version: //p' | head -n 1)
arch=$(printf '%s\n' "$about" | sed -n 's/^Architecture: //p' | head -n 1)
# newer releases have the kernel and its modules in packages that this one
# depends on
mapfile -t packages < <(echo "$package"
	printf '%s\n' "$about" | grep '^Depends:' |
	grep -oE 'linux-(base|binary|modules)-[0-9][^ ,]*' | sort -u)

make_once "$root" "the kernel $KVER (70 MB or more to fetch)" "500 MB" "" make_root
echo "$root"
