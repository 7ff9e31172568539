#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels.sh: the kernels that the tests know by name, from several Debian
# releases. A kernel's headers work with the compiler of their own release
# only, so each release has a root; it is made once, kept in $MDEV_CACHE, and
# brought up to date once a day. Kernels of another architecture are built in
# the same root, by a cross-compiler.
#
#   kernels.sh names [FOR]   the names, one a line; FOR: vendor or bench, as in the
#                            table, or an architecture
#   kernels.sh arch NAME     the kernel's architecture
#   kernels.sh suites FOR    the releases; FOR: packages, system, headers
#   kernels.sh version NAME  makes what is needed, prints the kernel's version
#   kernels.sh root NAME     the same, prints the folder of the release's root
#   kernels.sh build NAME    and builds our modules and the tests' for it
#   kernels.sh samples NAME kernel|5.10|bench|ccw  builds samples, after "build"
#   kernels.sh headers [FLAVOUR…]  builds for the newest headers that Debian has, of
#                            kernels that it may have no image of yet, and of
#                            architectures that no guest is of
#
# A warning fails a build, with W=1.
#
#   MIRROR  Debian's archive (default: where this machine's apt gets it from)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"

# table [FOR]: a line for each row of the table that is for that
table() { awk -v want="${1:-}" '!/^#/ && (want == "" || $0 ~ "[ -]" want "( |$)")' "$TOP/tests/kernels/table"; }

# find_arch: that of $flavour; where it is another one than this machine's sets also
# cross, and platform, which tells make
find_arch() {
	arch=$(flavour_arch "$flavour")
	cross=$(cross_of "$arch") || exit 1
	platform=()
	[ -z "$cross" ] || platform=(ARCH="$(arch_fact "$arch" kbuild)" CROSS_COMPILE="$cross")
}

# find_kernel NAME: sets suite and flavour, too
find_kernel() {
	read -r _ suite flavour _ < <(table | awk -v name="$1" '$1 == name && name != "-"')
	[ -n "${suite:-}" ] ||
		die "no kernel is called '$1'; there are: $("$0" names | paste -sd ' ')"
	find_arch
}

# get_root: that of $suite, which is then ours alone until fd 8 is closed
get_root() {
	root=$("$TOP/tests/roots/make.sh" build "$suite") || exit 1
	exec 8>"$root.lock"
	flock 8
}

apt_install() {
	in_root "$root" apt-get -q -y --no-install-recommends -t "$suite" install "$@"
}

# A kernel update in the archive comes in here.
update_lists() {
	[ -z "$(find "$root/updated" -mmin -1440 2>/dev/null)" ] || return 0
	in_root "$root" apt-get -q update && touch "$root/updated"
}

update_headers() {
	local stamp=$root/updated-$1

	update_lists || return 1
	[ ! "$stamp" -nt "$root/updated" ] || return 0
	apt_install "linux-headers-$1" && touch "$stamp"
}

# depends_of PACKAGE: the packages of the kernel that it depends on
depends_of() {
	in_root "$root" apt-cache -o APT::Default-Release="$suite" \
		show --no-all-versions "$1" |
		grep '^Depends:' | grep -oE '\<linux-(headers|kbuild)-[0-9][^ ,]*'
}

# headers_of FLAVOUR: all packages of headers that the suite and its release have, the
# newest first
headers_of() {
	in_root "$root" apt-cache search --names-only "^linux-headers-[0-9][^-]*(-[0-9]+)?-$1\$" |
		awk '{ print $1 }' | sort -V -r
}

# Headers of another architecture depend on its own compiler, so they can't be
# installed here: they are unpacked, beside what they share with ours. An
# architecture may come late: where the archive has the newest in its lists only,
# those before it are taken.
update_foreign_headers() {
	local stamp=$root/updated-$1 headers

	if ! in_root "$root" dpkg --print-foreign-architectures | grep -qx "$arch"; then
		in_root "$root" dpkg --add-architecture "$arch" || return 1
		rm -f "$root/updated"
	fi
	update_lists || return 1
	[ ! "$stamp" -nt "$root/updated" ] || return 0
	for headers in $(headers_of "$1"); do
		unpack_headers "$headers" || continue
		echo "${headers#linux-headers-}" >"$stamp"
		return
	done
	return 1
}

# unpack_headers PACKAGE
unpack_headers() {
	local dir=$root.headers shared

	[ ! -e "$root/usr/src/$1/unpacked" ] || return 0
	rm -rf "$dir"
	MDEV_SUITE_ROOT=$root download "$dir" "$1" || return 1
	mapfile -t shared < <(depends_of "$1")
	apt_install "gcc-${cross%-}" "libc6-dev-$arch-cross" "${shared[@]}" || return 1
	# shellcheck disable=SC2016 # for the shell there
	in_root "$root" sh -e -c '
		dpkg-deb --fsys-tarfile "$1/$2"_*.deb | tar -x --keep-directory-symlink -C /
		rm -r "$1"
		touch "/usr/src/$2/unpacked"
	' headers "$dir" "$1"
}

# headers_version FLAVOUR: the kernel that linux-headers-FLAVOUR is of
headers_version() {
	if [ -n "$cross" ]; then
		cat "$root/updated-$1"
	else
		# shellcheck disable=SC2016 # for dpkg-query
		in_root "$root" dpkg-query -W -f '${Depends}' "linux-headers-$1" |
			grep -oE "linux-headers-[0-9][^ ,]*" | sed "s/linux-headers-//"
	fi
}

# prepare NAME: sets also root and kver
prepare() {
	local update=update_headers

	find_kernel "$1"
	[ -z "$cross" ] || update=update_foreign_headers
	get_root
	with_progress "updating the headers of $1" "$CACHE/roots/$suite.log" \
		"$update" "$flavour" || {
		tail -n 5 "$CACHE/roots/$suite.log" >&2
		die "linux-headers-$flavour could not be installed in the root of $suite, apt's last lines are above"
	}
	kver=$(headers_version "$flavour")
	[ -n "$kver" ] || die "linux-headers-$flavour of $suite names no kernel"
	exec 8>&-
	MDEV_SUITE_ROOT=$root KVER=$kver "$TOP/tests/kernels/debian-kernel.sh" >/dev/null || exit 1
}

# build TARGET…: in the root, and without a warning
build() {
	build_in_root "$root" "$kver" W=1 "$@"
	if grep -i 'warning:' "$BUILD/build-$kver.log" >&2; then
		# or a second run would find nothing to compile, and be content
		rm -rf "${BUILD:?}/$kver"
		die "the modules for $kver build with warnings, see above"
	fi
}

# install_newest: the newest headers of $flavour; sets kver, to nothing if there are none
install_newest() {
	local log=$CACHE/roots/$suite.log

	if [ -n "$cross" ]; then
		with_progress "fetching linux-headers-$flavour" "$log" update_foreign_headers "$flavour" ||
			die "linux-headers-$flavour could not be fetched, see $log"
		kver=$(headers_version "$flavour")
		return
	fi
	with_progress "updating the lists of $suite" "$log" update_lists ||
		die "the lists of $suite could not be fetched, see $log"
	kver=$(headers_of "$flavour" | head -n 1)
	kver=${kver#linux-headers-}
	[ -z "$kver" ] || with_progress "installing linux-headers-$kver" "$log" apt_install "linux-headers-$kver" ||
		die "linux-headers-$kver could not be installed, see $log"
}

# build_headers SUITE FLAVOUR…: its newest headers, each flavour in a shell of its own
build_headers() {
	suite=$1
	shift
	for flavour; do
		find_arch
		get_root
		install_newest
		exec 8>&-
		[ -n "$kver" ] || continue
		(hold "$kver" "make check-headers" &&
			build ${platform[@]+"${platform[@]}"} modules test-modules) || return 1
		printf '%-18s %s: all modules build, no warnings\n' "$suite" "$kver"
	done
}

trap end_ticker EXIT
trap 'exit 130' INT TERM HUP
case ${1:-} in
names) table "${2:-}" | awk '$1 != "-" { print $1 }' ;;
arch)
	find_kernel "${2:-}"
	echo "$arch" ;;
suites) table "$2" | awk '{ print $2 }' ;;
version)
	prepare "${2:-}"
	echo "$kver" ;;
root)
	prepare "${2:-}"
	echo "$root" ;;
build)
	prepare "${2:-}"
	# the client runs in the guest, too
	[ -z "$cross" ] || "$TOP/tests/roots/make.sh" "$arch" >/dev/null || exit 1
	build ${platform[@]+"${platform[@]}"} modules test-modules ${cross:+test-client}
	echo "$kver" ;;
samples)
	prepare "${2:-}"
	MDEV_SUITE_ROOT=$root KVER=$kver "$TOP/tests/kernels/samples.sh" "$3" \
		${platform[@]+"${platform[@]}"} ;;
headers)
	shift
	while read -r suite flavour; do
		[ $# = 0 ] || [[ " $* " = *" $flavour "* ]] || continue
		# amd64 stands for its other flavours, too
		flavours=("$flavour")
		[ "$flavour" != amd64 ] || flavours+=(cloud-amd64 rt-amd64)
		build_headers "$suite" "${flavours[@]}" || exit 1
	done < <(table headers | awk '{ print $2, $3 }') ;;
*)	die "usage: kernels.sh names [FOR] | arch NAME | suites FOR | version NAME | root NAME | build NAME | samples NAME WHOSE | headers [FLAVOUR…]" ;;
esac
