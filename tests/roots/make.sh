#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make.sh KIND [SUITE]: a root or a tree of programs of a Debian release, made once
# and kept in $MDEV_CACHE. Prints its folder.
#
#   build SUITE     to build in, with that release's compiler; of backports, of sid
#                   and experimental, too
#   packages SUITE  as a user has it who is about to install our package: dkms, the
#                   release's first kernel with its headers, and the update of both
#                   fetched but not installed. The tests never write to it.
#   bare SUITE      with make and git and nothing else
#   ARCHITECTURE    a tree of programs that guests of another one have, as arm64
#   qemu-trixie     Debian 13's QEMU, the first one that migrates mdevs
#   firmware        GRUB for a BIOS, with what makes an image of it, OVMF, and Xen
#   secure-boot     shim, its MokManager and GRUB, with Microsoft's and Debian's
#                   signatures
#
#   MIRROR           Debian's archive (default: where this machine's apt gets it)
#   SECURITY_MIRROR  its security updates (default: likewise, or beside it)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"

kind=${1:-} suite=${2:-bookworm} packages=''
main=${MIRROR:-$(mirror)}

# bootstrap DIR OPTION…: by mmdebstrap
bootstrap() {
	mmdebstrap --quiet --variant="${variant:-minbase}" --include="$packages" "${@:2}" \
		"${release:-$suite}" "$1" "$main"
}

# make_build DIR: backports are installed over the release that they are for
make_build() {
	local release=${suite%-backports} old=()

	# a mirror may lag behind the suites that change every day: lists that
	# have expired are still signed
	case $suite in
	sid|experimental) release=sid old=(--aptopt='Acquire::Check-Valid-Until "false"') ;;
	esac
	bootstrap "$1" ${old[@]+"${old[@]}"} || return 1
	[ "$suite" = "$release" ] ||
		echo "deb $main $suite main" >"$1/etc/apt/sources.list.d/$suite.list"
}

# make_packages DIR: no initramfs is made, for nothing boots here
make_packages() {
	local security=${SECURITY_MIRROR:-$(security_mirror)}

	INITRD=No bootstrap "$1" || return 1
	echo "deb ${security:-${main%/}-security} $suite-security main" >"$1/etc/apt/sources.list.d/security.list"
	# a fetch as root: its own user may not write here
	echo 'APT::Sandbox::User "root";' >"$1/etc/apt/apt.conf.d/tests"
	in_root "$1" apt-get -q update &&
		in_root "$1" apt-get -q -y --download-only --no-install-recommends install \
			linux-image-amd64 linux-headers-amd64
}

# make_bare DIR
make_bare() {
	local security=${SECURITY_MIRROR:-$(security_mirror)}

	bootstrap "$1" || return 1
	echo "deb ${security:-${main%/}-security} $suite-security main" >"$1/etc/apt/sources.list.d/security.list"
	echo 'APT::Sandbox::User "root";' >"$1/etc/apt/apt.conf.d/tests"
}

# make_programs DIR: unpacked only, for which no rights of root's are needed. Where all
# files are in /usr, the links to it would come with another package.
make_programs() {
	local variant=extract name

	bootstrap "$1" --mode=chrootless --architectures="$arch" --aptopt='APT::Install-Recommends "false"' || return 1
	for name in bin sbin lib lib64; do
		[ -e "$1/$name" ] || ln -s "usr/$name" "$1/$name" || return 1
	done
}

arch=amd64
case $kind in
build)
	packages=build-essential,kmod
	make_root_once "$CACHE/roots/$suite" "a root of Debian's $suite" "1 GB" "" make_build
	echo "$CACHE/roots/$suite"
	exit ;;
packages)
	packages=dkms,linux-image-amd64,linux-headers-amd64,lintian,ccache
	make_root_once "$CACHE/roots/$suite-packages" "a root of Debian's $suite with dkms and a kernel" "2 GB" "" make_packages
	echo "$CACHE/roots/$suite-packages"
	exit ;;
bare)
	packages=make,git
	make_root_once "$CACHE/roots/$suite-bare" "a root of Debian's $suite with make and git" "300 MB" "" make_bare
	echo "$CACHE/roots/$suite-bare"
	exit ;;
qemu-trixie) suite=trixie packages=qemu-system-x86 ;;
firmware) packages=grub-common,grub-pc-bin,ovmf,xen-hypervisor-4.17-amd64 ;;
secure-boot) packages=shim-signed,shim-helpers-amd64-signed,grub-efi-amd64-signed ;;
*)
	[ -n "$(arch_fact "$kind" tools 2>/dev/null)" ] ||
		die "usage: make.sh build SUITE | packages SUITE | bare SUITE | ARCHITECTURE | qemu-trixie | firmware | secure-boot"
	arch=$kind packages=busybox-static,kmod,pciutils,pci.ids,setserial,tree
	[ -z "$(arch_fact "$arch" vm)" ] || packages+=,$(arch_fact "$arch" packages) ;;
esac
make_tree_once "$CACHE/programs/$kind" "a tree with programs ($kind, 60 MB to fetch)" "300 MB" "$packages" make_programs
echo "$CACHE/programs/$kind"
