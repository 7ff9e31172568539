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
# The other one, "loaded", would load the modules into this machine's kernel, if
# that is of the version that is installed there.
run there "autopkgtest --no-built-binaries --test-name=installed mdev-dkms_$version-1.dsc ./$deb -- null"
is "it ends well" "$status" 0
contains "installed passes" "$(said)" '^installed +PASS'
