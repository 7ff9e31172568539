#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernels.sh: the kernels that the tests know by name, from several Debian
# releases. A kernel's headers work with the compiler of their own release
# only, so each release has a root; it is made once, kept in $MDEV_CACHE, and
# brought up to date once a day. Kernels of another architecture are built in
# the same root, by a cross-compiler.
#
#   kernels.sh names [FOR]   the names, one a line; FOR: vendor or bench, as in the table
#   kernels.sh suites FOR    the releases; FOR: packages, system, headers
#   kernels.sh version NAME  makes what is needed, prints the kernel's version
#   kernels.sh root NAME     the same, prints the folder of the release's root
#   kernels.sh build NAME    and builds our modules and the tests' for it
#   kernels.sh samples NAME kernel|5.10  builds samples, after "build"
#   kernels.sh headers       builds for the newest headers that Debian has, of
#                            kernels that it may have no image of yet
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
table() { awk -v want="${1:-}" '!/^#/ && (want == "" || $0 ~ " " want "( |$)")' "$TOP/tests/kernels/table"; }

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

# Headers of another architecture depend on its own compiler, so they can't be
# installed here: they are unpacked, beside what they share with ours.
update_foreign_headers() {
	local dir=/var/tmp/headers headers shared

	if ! in_root "$root" dpkg --print-foreign-architectures | grep -qx "$arch"; then
		in_root "$root" dpkg --add-architecture "$arch" || return 1
		rm -f "$root/updated"
	fi
	update_lists || return 1
	headers=$(depends_of "linux-headers-$1" | head -n 1)
	[ -n "$headers" ] || return 1
	[ ! -e "$root/usr/src/$headers/unpacked" ] || return 0
	mapfile -t shared < <(depends_of "$headers")
	apt_install "gcc-${cross%-}" "libc6-dev-$arch-cross" "${shared[@]}" || return 1
	# shellcheck disable=SC2016 # for the shell there
	in_root "$root" sh -e -c '
		rm -rf "$1"
		mkdir "$1"
		cd "$1"
		apt-get -q -o APT::Sandbox::User=root -t "$3" download "$2"
		dpkg-deb --fsys-tarfile "$2"_*.deb | tar -x --keep-directory-symlink -C /
		rm -rf "$1"
		touch "/usr/src/$2/unpacked"
	' headers "$dir" "$headers" "$suite"
}

# headers_version FLAVOUR: the kernel that linux-headers-FLAVOUR is of
headers_version() {
	if [ -n "$cross" ]; then
		depends_of "linux-headers-$1"
	else
		# shellcheck disable=SC2016 # for dpkg-query
		in_root "$root" dpkg-query -W -f '${Depends}' "linux-headers-$1"
	fi | grep -oE "linux-headers-[0-9][^ ,]*" | sed "s/linux-headers-//"
}

# prepare NAME: sets root, kver, and for another architecture cross
prepare() {
	local update=update_headers

	read -r _ suite flavour _ < <(table | awk -v name="$1" '$1 == name && name != "-"')
	[ -n "${suite:-}" ] ||
		die "no kernel is called '$1'; there are: $("$0" names | paste -sd ' ')"
	arch=${flavour##*-}
	cross=$(cross_of "$arch") || exit 1
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

# newest_headers_of FLAVOUR: of all that the suite and its release have
newest_headers_of() {
	in_root "$root" apt-cache search --names-only "^linux-headers-[0-9][^-]*-$1\$" |
		sed -n 's/^linux-headers-\([^ ]*\) .*/\1/p' | sort -V | tail -n 1
}

# build_headers SUITE: its newest headers, each flavour in a shell of its own
build_headers() {
	suite=$1
	get_root
	with_progress "updating the lists of $suite" "$CACHE/roots/$suite.log" update_lists ||
		die "the lists of $suite could not be fetched, see $CACHE/roots/$suite.log"
	for flavour in amd64 cloud-amd64 rt-amd64; do
		kver=$(newest_headers_of "$flavour")
		[ -n "$kver" ] || continue
		with_progress "installing linux-headers-$kver" "$CACHE/roots/$suite.log" \
			apt_install "linux-headers-$kver" ||
			die "linux-headers-$kver could not be installed, see $CACHE/roots/$suite.log"
		(build modules test-modules) || return 1
		printf '%-18s %s: all modules build, no warnings\n' "$suite" "$kver"
	done
	exec 8>&-
}

trap end_ticker EXIT
trap 'exit 130' INT TERM HUP
case ${1:-} in
names) table "${2:-}" | awk '$1 != "-" { print $1 }' ;;
suites) table "$2" | awk '{ print $2 }' ;;
version)
	prepare "${2:-}"
	echo "$kver" ;;
root)
	prepare "${2:-}"
	echo "$root" ;;
build)
	prepare "${2:-}"
	# kbuild's name for the architecture is Debian's; the client runs in the
	# guest, too
	[ -z "$cross" ] || "$TOP/tests/roots/make.sh" "$arch" >/dev/null || exit 1
	build modules test-modules \
		${cross:+ARCH="$arch" CROSS_COMPILE="$cross" test-client}
	echo "$kver" ;;
samples)
	prepare "${2:-}"
	MDEV_SUITE_ROOT=$root KVER=$kver "$TOP/tests/kernels/samples.sh" "$3" \
		${cross:+ARCH="$arch" CROSS_COMPILE="$cross"} ;;
headers)
	for suite in $("$0" suites headers); do
		build_headers "$suite" || exit 1
	done ;;
*)	die "usage: kernels.sh names [FOR] | suites FOR | version NAME | root NAME | build NAME | samples NAME WHOSE | headers" ;;
esac
