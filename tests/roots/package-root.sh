#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# package-root.sh SUITE: a root of a Debian release as a user has it who is
# about to install our package: dkms, the release's first kernel with its
# headers, and the update of both fetched but not installed. Prints its folder.
# Made once and kept in $MDEV_CACHE; the tests never write to it.
#
#   MIRROR           Debian's archive (default: where this machine's apt gets it)
#   SECURITY_MIRROR  its security updates (default: likewise, or beside it)
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

suite=${1:-}
[ -n "$suite" ] || die "usage: package-root.sh SUITE"

# make_root DIR: no initramfs is made, for nothing boots here
make_root() {
	local dir=$1 main security

	main=${MIRROR:-$(mirror)}
	security=${SECURITY_MIRROR:-$(security_mirror)}
	security=${security:-${main%/}-security}

	INITRD=No mmdebstrap --quiet --variant=minbase \
		--include=dkms,linux-image-amd64,linux-headers-amd64,lintian,ccache \
		"$suite" "$dir" "$main" || return 1
	echo "deb $security $suite-security main" >"$dir/etc/apt/sources.list.d/security.list"
	# a fetch as root: its own user may not write here
	echo 'APT::Sandbox::User "root";' >"$dir/etc/apt/apt.conf.d/tests"
	in_root "$dir" apt-get -q update &&
		in_root "$dir" apt-get -q -y --download-only --no-install-recommends install \
			linux-image-amd64 linux-headers-amd64
}

root=$CACHE/roots/$suite-packages
make_root_once "$root" "a root of Debian's $suite with dkms and a kernel" "2 GB" "" make_root
echo "$root"
