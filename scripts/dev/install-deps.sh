#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install-deps.sh SET…: install the Debian packages that a part of the work
# needs and this machine lacks. Says which; asks an ordinary user first.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../common.sh"

packages_of() {
	case $1 in
	build)	# the modules
		echo make gcc libc6-dev kmod "$(headers_package)" ;;
	guest)	# booting a kernel over an initramfs of our own
		echo qemu-system-x86 busybox-static cpio kmod xz-utils lz4 ;;
	check)	# the test cases: prove, the C client in the guest, the VM's tools
		echo perl gcc libc6-dev pciutils pci.ids setserial tree ;;
	client-32-*)	# that client as a program of 32 bits for an architecture
		set -- "$(arch_fact "${1#client-32-}" arch_32)"
		echo "gcc-$(arch_fact "$1" tools)" "libc6-dev-$1-cross" ;;
	demo)	# what the guest and the VM inside it show
		echo pciutils pci.ids setserial tree ;;
	roots)	# other kernels than the installed headers': a root for each release
		echo mmdebstrap ;;
	plot)	# drawing what "make bench-many" counts
		echo gnuplot-nox ;;
	system)	# whole Debian systems, and the package that goes into them
		echo mmdebstrap e2fsprogs ;;
	lint)	# checkpatch.pl comes with the kernel's source
		echo sparse shellcheck perl xz-utils "$(source_package)" ;;
	deb)	# making the Debian packages
		echo build-essential git debhelper dh-dkms ;;
	rpm)	# making the RPM packages
		echo make git rpm ;;
	repo)	# making signed repositories of them
		echo gnupg reprepro createrepo-c rpm ;;
	packages)	# looking at packages, and roots to try them in
		echo perl lintian rpmlint mmdebstrap ;;
	firmware) # booting with Secure Boot, and a machine owner's key
		echo ovmf mmdebstrap openssl mokutil ;;
	*)	# booting another architecture's kernels
		[ -n "$(arch_fact "$1" qemu 2>/dev/null)" ] ||
			die "usage: install-deps.sh SET…; there is no set '$1': build, guest, check, client-32-ARCHITECTURE, demo, roots, plot, system, lint, deb, rpm, repo, packages, firmware, or an architecture"
		# shellcheck disable=SC2046 # several
		known_package $(arch_fact "$1" packages) ;;
	esac
}

# known_package PACKAGE…: the first one that apt knows, or else the last
known_package() {
	local package

	for package; do
		! apt-cache show --no-all-versions "$package" 2>/dev/null | grep -q . || break
	done
	echo "$package"
}

# Headers of a kernel named by KVER, or any that are there, or the newest.
headers_package() {
	if [ -n "${KVER:-}" ]; then
		echo "linux-headers-$KVER"
	elif [ -n "${KDIR:-}" ] || [ -e "/lib/modules/$(uname -r)/build/Makefile" ] ||
	     [ -n "$(newest_headers)" ]; then
		:
	else
		echo "linux-headers-$(dpkg --print-architecture)"
	fi
}

source_package() {
	local kver=${KVER:-$(newest_headers)}

	kver=$(printf '%s' "$kver" | sed -n 's/^\([0-9]*\.[0-9]*\)\..*/\1/p')
	echo "linux-source-${kver:-6.1}"
}

# lacking PACKAGE…: those that are not installed
lacking() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
		sed -n 's/ installed$//p' | sort -u | comm -13 - <(printf '%s\n' "$@" | sort -u)
}

# os_release NAME: what /etc/os-release says of this machine's system, if it is there
# shellcheck disable=SC1090,SC2317 # nothing of ours
os_release() { (. "${MDEV_OS_RELEASE:-/etc/os-release}" && echo "${!1:-}") 2>/dev/null; }

# Debian's relatives have other kernels, and apt would name packages of Debian's.
system=$(os_release ID)
for set; do
	case $set in
	deb|rpm|repo) ;;
	*)	[ "${system:-debian}" = debian ] ||
			die "the tests and the demo need Debian 12 or 13, or a chroot of it, as they boot Debian's kernels, and this is $(os_release PRETTY_NAME); \"make\" and dkms work anywhere" ;;
	esac
done
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	die "this takes packages of Debian's, and there is no apt here: use Debian 12 or 13, or a chroot of it; \"make\", dkms, \"make dist\" and rpmbuild work anywhere"
fi

# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"
[ $# -gt 0 ] || packages_of ''
wanted=()
for set; do
	names=$(packages_of "$set") || exit 1
	read -ra names <<<"$names"
	wanted+=("${names[@]}")
done
mapfile -t packages < <(lacking "${wanted[@]}")
[ ${#packages[@]} -gt 0 ] || exit 0

by_hand="apt-get install --no-install-recommends ${packages[*]}"
say "Debian packages needed and not installed: ${packages[*]}"

as_root=()
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null || [ ! -t 0 ] || [ ! -t 2 ]; then
		die "to install them, run as root: $by_hand"
	fi
	printf 'Install them now with sudo? [y/N] ' >&2
	read -r answer
	[[ $answer = [yY]* ]] || die "nothing installed; to do it yourself, run as root: $by_hand"
	as_root=(sudo)
	# asks for its password before the output goes to a file
	sudo -v || die "sudo refused; run as root: $by_hand"
fi

log=$BUILD/install.log
apt() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# look_ahead: that apt knows them all, and that there is room for them
look_ahead() {
	local unknown size unit

	# it answers "no" to itself, and fails
	apt-get -q --assume-no --no-install-recommends install "${packages[@]}" </dev/null >"$log.ahead" 2>&1
	unknown=$(sed -nE "s/^E: Unable to locate package ([^ ]*).*/\1/p; s/^E: Package '([^']*)' has no installation.*/\1/p" "$log.ahead" | paste -sd ' ')
	if [ -n "$unknown" ] && [ -n "$offline" ]; then
		die "the lists of packages could not be fetched: is there a network, and a mirror that answers? ($offline) The lists that are here do not have: $unknown"
	elif [ -n "$unknown" ]; then
		die "apt knows no package $unknown; the sources in /etc/apt must have Debian's main section"
	fi
	read -r size unit < <(sed -nE 's/^After this operation, ([0-9.,]+) ([kMG]?B) of additional.*/\1 \2/p' "$log.ahead")
	size=${size//,/} size=${size%.*}
	case $unit in
	GB) size=$(((size + 1) * 1000)) ;;
	MB) ;;
	*) size=1 ;;
	esac
	need_room "$size" /usr "installing these packages"
}

trap end_ticker EXIT
trap 'exit 130' INT TERM
start=$SECONDS status=0
with_progress "fetching the list of packages" "$log" apt update || status=$?
# it may say so and succeed
offline=$(grep -m 1 -E '^(W: Failed to fetch|E: )' "$log")
[ $status = 0 ] || offline=${offline:-$(tail -n 1 "$log")}
[ -z "$offline" ] || say "apt-get update failed (see $log); trying with the lists that are here"
look_ahead
with_progress "installing" "$log" apt install --no-install-recommends "${packages[@]}" || {
	tail -n 15 "$log" >&2
	die "apt-get could not install them, its last lines are above; once that is solved, run as root: $by_hand"
}
mapfile -t packages < <(lacking "${packages[@]}")
[ ${#packages[@]} = 0 ] || die "apt-get ended well, but these are not installed: ${packages[*]}; see $log"
say "installed in $((SECONDS - start)) s"
