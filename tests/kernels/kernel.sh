#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh [version]: the Debian kernel that guests run. Prints the folder it
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

KVER=${KVER:-$(newest_headers)}
[ -n "$KVER" ] ||
	die "no kernel headers are installed, so there is no saying which kernel to run: apt-get install linux-headers-amd64"

case ${1:-} in
version) echo "$KVER"; exit ;;
'') ;;
*) die "usage: kernel.sh [version]" ;;
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

# make_root DEBS ROOT
make_root() {
	local deb

	for deb in "$1"/*.deb; do
		dpkg-deb -x "$deb" "$2" || return 1
	done
	if [ ! -e "$2/lib" ]; then
		ln -s usr/lib "$2/lib" || return 1
	fi
	# newer releases keep the kernel beside its modules
	if [ ! -e "$2/boot/vmlinuz-$KVER" ]; then
		mkdir -p "$2/boot"
		cp "$2/lib/modules/$KVER/vmlinuz" "$2/boot/vmlinuz-$KVER" || return 1
	fi
	rm -rf "${2:?}/usr/share"
	depmod -b "$2" "$KVER" || return 1
	echo "$arch" >"$2/architecture"
	# for arm64 it comes unpacked
	if [ "$arch" != amd64 ] ||
	   ! unpack_vmlinux "$2/boot/vmlinuz-$KVER" "$2/boot/vmlinux-$KVER"; then
		rm -f "$2/boot/vmlinux-$KVER"
	fi
	chmod -R u+rwX,go+rX "$2"
}

if [ -n "${MDEV_KERNEL_ROOT:-}" ]; then
	[ -e "$MDEV_KERNEL_ROOT/lib/modules/$KVER/modules.dep" ] ||
		die "MDEV_KERNEL_ROOT=$MDEV_KERNEL_ROOT has no lib/modules/$KVER/modules.dep: unpack linux-image-$KVER there and run depmod -b on it"
	echo "$MDEV_KERNEL_ROOT"
	exit
fi

root=$CACHE/kernel/$KVER
# "complete" is written last and comes with the rename: without it, a run was
# cut short, and the folder is not to be trusted
if [ -e "$root/complete" ] && [ -s "$root/boot/vmlinuz-$KVER" ] &&
   [ -s "$root/lib/modules/$KVER/modules.dep" ]; then
	echo "$root"
	exit
fi

mkdir -p "$CACHE/kernel" || exit 1
exec 9>"$CACHE/kernel/$KVER.lock"
flock 9
if [ -e "$root/complete" ]; then
	echo "$root"
	exit
fi

package=linux-image-$KVER
gone="the Debian archive no longer has $package, only a newer kernel: install the headers of the newest one (apt-get update && apt-get install linux-headers-amd64), or name a kernel with KVER="

# in_suite COMMAND…: where the release's packages are known
in_suite() {
	if [ -n "${MDEV_SUITE_ROOT:-}" ]; then
		chroot "$MDEV_SUITE_ROOT" "$@"
	else
		"$@"
	fi
}

# the same version as the headers if the archive has it
# shellcheck disable=SC2016 # for dpkg-query
version=$(in_suite dpkg-query -W -f '${Version}' "linux-headers-$KVER" 2>/dev/null)
about=$(in_suite apt-cache show "$package${version:+=$version}" 2>/dev/null) && [ -n "$about" ] ||
	about=$(in_suite apt-cache show --no-all-versions "$package" 2>/dev/null)
[ -n "$about" ] || die "$gone"
version=$(printf '%s\n' "$about" | sed -n 's/^Version: //p' | head -n 1)
arch=$(printf '%s\n' "$about" | sed -n 's/^Architecture: //p' | head -n 1)

# newer releases have the kernel and its modules in packages that this one
# depends on
mapfile -t packages < <(echo "$package"
	printf '%s\n' "$about" | grep '^Depends:' |
	grep -oE 'linux-(base|binary|modules)-[0-9][^ ,]*' | sort -u)

# check_sum PACKAGE FILE
check_sum() {
	local sum

	sum=$(in_suite apt-cache show "$1=$version" | sed -n 's/^SHA256: //p' | head -n 1)
	[ -n "$sum" ] || die "apt knows no checksum for $1: run apt-get update"
	printf '%s  %s\n' "$sum" "$2" | sha256sum --quiet --strict -c - >&2 ||
		die "$1 arrived damaged (its SHA256 is not the archive's); run the same command again"
}

rm -rf "$CACHE/kernel/$KVER".tmp.*
tmp=$CACHE/kernel/$KVER.tmp.$$
trap 'trap "" INT TERM; end_ticker; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$tmp/root" || exit 1

download() {
	local dir=$tmp/debs

	if [ -n "${MDEV_SUITE_ROOT:-}" ]; then
		dir=$MDEV_SUITE_ROOT/var/tmp/kernel.$$
	fi
	mkdir -p "$dir" || return 1
	# shellcheck disable=SC2016 # for the shell there
	in_suite sh -c 'cd "$1" && shift && apt-get -q -o APT::Sandbox::User=root download "$@"' \
		download "${dir#"${MDEV_SUITE_ROOT:-}"}" "${packages[@]/%/=$version}" || return 1
	[ "$dir" = "$tmp/debs" ] || mv "$dir" "$tmp/debs"
}
with_progress "fetching $package (70 MB or more)" "$tmp/log" download || {
	tail -n 5 "$tmp/log" >&2
	if grep -q '404' "$tmp/log"; then
		die "$gone"
	fi
	die "$package could not be fetched, apt's last lines are above; is there a network?"
}
for name in "${packages[@]}"; do
	check_sum "$name" "$(echo "$tmp/debs/${name}"_*.deb)"
done

with_progress "unpacking $package" "$tmp/log" make_root "$tmp/debs" "$tmp/root" || {
	tail -n 5 "$tmp/log" >&2
	die "$package could not be unpacked, the last lines are above; is the disk full? It takes 500 MB in $CACHE"
}
touch "$tmp/root/complete"
rm -rf "$root"
mv "$tmp/root" "$root" || exit 1
echo "$root"
