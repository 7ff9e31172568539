# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernels built from Debian's source, for checked-kernel.sh and vm-kernel.sh.
# Sourced after common.sh and root.sh. Before it, set:
#
#   NAME       the kernel is "the NAME kernel", its folder $CACHE/NAME
#   FRAGMENTS  files with its configuration
#   compile    a function that gets ROOT, and builds the tree $TREE in there
#   PLATFORM   for the kernel's make: ARCH=… and, if need be, CROSS_COMPILE=…
#   TOOLS      more packages that it takes to build it, each with a comma before it
#
# The kernel is linux-source-6.12 of Debian 13, with what the fragments name over
# the kernel's own tiny.config. It is built in a root of that release, with its
# compiler; the root is the folder. It is made once, kept in $MDEV_CACHE, and made
# again when the configuration changes.
#
#   JOBS    compilers at a time (default: one per CPU)
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)

# a make that called this is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL

SUITE=trixie
SOURCE=linux-source-6.12
PACKAGES=build-essential,$SOURCE,bc,bison,flex,libelf-dev,kmod,xz-utils${TOOLS:-}
TREE=/usr/src/linux

# another configuration is another folder
key=$({ echo "$SUITE $PACKAGES"; cat "${FRAGMENTS[@]}"; } | sha256sum | cut -c 1-12)
root=$CACHE/$NAME/$key

# make_root ROOT MIRROR
make_root() {
	mmdebstrap --quiet --variant=minbase --include="$PACKAGES" \
		"$SUITE" "$1" "$2" &&
		tar -xf "$1/usr/src/$SOURCE.tar.xz" -C "$1/usr/src" &&
		mv "$1/usr/src/$SOURCE" "$1$TREE" &&
		rm -f "$1/usr/src/$SOURCE.tar.xz"
}

# configure ROOT: what no file names is off
configure() {
	cp "${FRAGMENTS[@]}" "$1$TREE/" &&
		in_root "$1" "${PLATFORM[@]}" sh -c "cd $TREE && scripts/kconfig/merge_config.sh -n \
			kernel/configs/tiny.config ${FRAGMENTS[*]##*/}"
}

# lost_lines CONFIG: the fragments' lines that did not hold. One that says "is
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
	done < <(cat "${FRAGMENTS[@]}")
}

# make_kernel ROOT
make_kernel() {
	local lost

	make_root "$1" "${MIRROR:-$(mirror)}" && configure "$1" || return 1
	lost=$(lost_lines "$1$TREE/.config")
	if [ -n "$lost" ]; then
		say "$lost"
		say "these lines of ${FRAGMENTS[*]#"$TOP"/} did not hold: there is no such option, or another one demands otherwise"
		return 1
	fi
	compile "$1"
}

# get_kernel: makes it where need be; $root is its folder
get_kernel() {
	local old

	[ "$(dpkg --print-architecture)" = amd64 ] ||
		die "the $NAME kernel is built on amd64 only, and this machine is another"
	make_once "$root" "the $NAME kernel, from Debian's $SOURCE (250 MB to fetch)" "4 GB" "" \
		make_kernel
	# of other configurations
	for old in "$CACHE/$NAME"/*/; do
		case ${old%/} in
		"$root"|*.tmp) ;;
		*) rm -rf --one-file-system "${old%/}" ;;
		esac
	done
}
