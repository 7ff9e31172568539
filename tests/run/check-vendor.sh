#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-vendor.sh: test that a driver outside this tree, a DKMS package of its
# own, is built on the installed package, and works; what "make check-vendor"
# calls. For each kernel, two cases: tests/vendor/dkms.sh installs both with
# the dkms of that kernel's release, in a root of it that is thrown away, and
# tests/cases/api-guide.sh loads what came of it in a guest.
#
#   KERNELS  names that kernels.sh knows, one of each release with a dkms of its
#            own (default: "5.10 6.1 6.12")
#   V=1      print each test, not only each case
#
# The logs: build/vendor/logs/
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

# a make that called this is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL
trap end_ticker EXIT
trap 'exit 130' INT TERM

"$TOP/scripts/dev/install-deps.sh" guest check roots || exit 1
need_root_rights "testing with the dkms of other releases"

# its own results and logs, beside those of "make check"
export BUILD=$BUILD/vendor MDEV_CACHE=$CACHE
mkdir -p "$BUILD" || exit 1

verbose=()
[ "${V:-0}" = 0 ] || verbose=(--verbose)

# check NAME
check() {
	KVER=$("$TOP/tests/kernels/kernels.sh" version "$1") &&
		MDEV_SUITE_ROOT=$("$TOP/tests/kernels/kernels.sh" root "$1") || return 1
	MDEV_MODULES=$BUILD/installed/$KVER
	export KVER MDEV_SUITE_ROOT MDEV_MODULES
	rm -rf "$MDEV_MODULES"
	cd "$TOP" || return 1
	say "a driver on the installed package for $KVER; logs: $BUILD/logs/$KVER/"
	# one after the other: the second takes what the first has made
	prove --jobs 1 --timer --exec "$TOP/tests/run/run-case.sh" \
		${verbose[@]+"${verbose[@]}"} tests/vendor/dkms.sh tests/cases/api-guide.sh
}

with_progress "building the tests' client" "$BUILD/client.log" \
	make -C "$TOP" --no-print-directory BUILD="$BUILD" test-client ||
	die "the tests' client can't be built, see $BUILD/client.log"
failed=()
for kernel in ${KERNELS:-5.10 6.1 6.12}; do
	(check "$kernel") || failed+=("$kernel")
done
[ ${#failed[@]} = 0 ] || die "not all is well on: ${failed[*]}"
