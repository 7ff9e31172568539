# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The tests that the Debian package brings pass where it is built for.
# suites: bookworm
# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

bring "$PACKAGES"/mdev-dkms_"$version"[-.]*
kernel=$(kernels)
runs "$kernel"
ok "autopkgtest is there" there 'apt-get -q -y install autopkgtest'
# 2: one was skipped, for it needs a machine of its own to load modules
run there "autopkgtest --apt-pocket= mdev-dkms_$version-1.dsc ./$deb -- null"
is "it ends as if one test was skipped" "$status" 2
contains "installed passes" "$(said)" '^installed +PASS'
contains "loaded wants a machine of its own" "$(said)" '^loaded +SKIP.*isolation-machine'
