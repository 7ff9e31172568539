#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# checked-kernel.sh: a kernel with all checkers on, built from Debian's source.
# Prints the folder that it is in, making it first where need be.
#
#   checked-kernel.sh           the folder, for MDEV_KERNEL_ROOT
#   checked-kernel.sh version   its version, for KVER
#   checked-kernel.sh modules   builds our modules and the tests' for it, and
#                               prints where: $BUILD/VERSION
#
# "make check KERNELS=checked" does all that and runs the cases on it.
#
# The kernel is linux-source-6.12 of Debian 13, with the configuration in
# tests/checked-kernel.config. It and the modules are built in a root of that
# release, with its compiler; the root is the folder. The kernel is in boot/,
# its modules in lib/modules/, its build tree behind their "build". It is made
# once, kept in $MDEV_CACHE, and made again when the configuration changes.
#
#   JOBS    compilers at a time (default: one per CPU)
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"

# a make that called this is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL

SUITE=trixie
SOURCE=linux-source-6.12
PACKAGES=build-essential,$SOURCE,bc,bison,flex,libelf-dev,kmod,xz-utils
FRAGMENT=$TOP/tests/checked-kernel.config
TREE=/usr/src/linux

# another configuration is another folder
key=$({ echo "$SUITE $PACKAGES"; cat "$FRAGMENT"; } | sha256sum | cut -c 1-12)
root=$CACHE/checked/$key
tmp=$root.tmp
log=$CACHE/checked/$key.log

# make_root ROOT MIRROR
make_root() {
	mmdebstrap --quiet --variant=minbase --include="$PACKAGES" \
		"$SUITE" "$1" "$2" &&
		tar -xf "$1/usr/src/$SOURCE.tar.xz" -C "$1/usr/src" &&
		mv "$1/usr/src/$SOURCE" "$1$TREE" &&
		rm -f "$1/usr/src/$SOURCE.tar.xz"
}

# configure ROOT: what neither file names is off
configure() {
	cp "$FRAGMENT" "$1$TREE/checked.config" &&
		in_root "$1" sh -c "cd $TREE && ARCH=x86_64 scripts/kconfig/merge_config.sh -n \
			kernel/configs/tiny.config checked.config"
}

# lost_lines CONFIG: the fragment's lines that did not hold. One that says "is
# not set" holds, too, where there is no such option.
lost_lines() {
	local line option

	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF -e "$line" "$1" || echo "$line" ;;
		'# CONFIG_'*' is not set')
			option=${line#\# }
			! grep -q "^${option%% *}=" "$1" || echo "$line" ;;
		esac
	done <"$FRAGMENT"
}

# compile ROOT: the kernel as a bzImage only, because the other way in, that
# QEMU takes with an uncompressed one (PVH), is too early for KASAN
compile() {
	# shellcheck disable=SC2016 # for the shell inside
	in_root "$1" sh -e -c '
		cd "$1"
		make -j "$2" ARCH=x86_64 bzImage modules
		make ARCH=x86_64 modules_install
		kver=$(make -s ARCH=x86_64 kernelrelease)
		ln -sfn "$1" "/lib/modules/$kver/build"
		cp arch/x86/boot/bzImage "/boot/vmlinuz-$kver"
		cp .config "/boot/config-$kver"
		# of no use for building modules
		find . -name "*.o" ! -path "./scripts/*" ! -path "./tools/*" -delete
		rm -f vmlinux.a
	' compile "$TREE" "${JOBS:-$(nproc)}"
}

# make_kernel ROOT
make_kernel() {
	local lost

	with_progress "making a root of Debian's $SUITE with $SOURCE (250 MB to fetch)" \
		"$log" make_root "$1" "${MIRROR:-$(mirror)}" || {
		tail -n 5 "$log" >&2
		die "the root could not be made, the last lines are above, all of them in $log; is there a network, and 4 GB of room in $CACHE?"
	}
	with_progress "configuring the checked kernel" "$log" configure "$1" || {
		tail -n 20 "$log" >&2
		die "the kernel's configuration could not be made, see above"
	}
	lost=$(lost_lines "$1$TREE/.config")
	if [ -n "$lost" ]; then
		say "$lost"
		die "these lines of tests/checked-kernel.config did not hold: there is no such option, or another one demands otherwise"
	fi
	with_progress "building the checked kernel" "$log" compile "$1" || {
		grep -iE '(error|fatal)[: ]' "$log" >&2 || tail -n 20 "$log" >&2
		die "the kernel can't be built; what went wrong is above, the whole output in $log"
	}
}

get_kernel() {
	local start=$SECONDS old

	# "complete" comes with the rename: without it, a run was cut short
	[ ! -e "$root/complete" ] || return 0

	need_root_rights "making the checked kernel"
	[ "$(dpkg --print-architecture)" = amd64 ] ||
		die "the checked kernel is one for amd64, and so must be the machine that builds it"
	mkdir -p "$CACHE/checked" || exit 1
	exec 8>"$CACHE/checked/lock"
	if ! flock -n 8; then
		say "somebody else is making the checked kernel: waiting"
		flock 8
	fi
	[ ! -e "$root/complete" ] || return 0

	# of another configuration, or cut short
	for old in "$CACHE"/checked/*/; do
		[ ! -d "$old" ] || rm -rf --one-file-system "${old%/}"
	done
	trap 'trap "" INT TERM HUP; end_ticker; rm -rf --one-file-system "$tmp"' EXIT
	make_kernel "$tmp"
	touch "$tmp/complete"
	mv "$tmp" "$root" || exit 1
	trap end_ticker EXIT
	exec 8>&-
	say "the checked kernel is made, in $(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s"
}

trap end_ticker EXIT
trap 'exit 130' INT TERM HUP
case ${1:-} in
''|version|modules) ;;
*) die "usage: checked-kernel.sh [version | modules]" ;;
esac
get_kernel
kver=$(ls "$root/lib/modules")
case ${1:-} in
'') echo "$root" ;;
version) echo "$kver" ;;
modules)
	build_in_root "$root" "$kver" modules test-modules
	echo "$BUILD/$kver" ;;
esac
