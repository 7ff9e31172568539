#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# result-key.sh tests/cases/NAME.sh: a checksum of all that a case's result on
# a kernel depends on: the modules' sources, the tests' own, the case, and the
# files that it asks for. With the same checksum a case that has passed need not
# run again.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"

# without: what this case does not use of tests/lib/ and tests/guest/
without='lib/(bench|headers|install|packages|system)\.sh'
grep -q '^# guest:.*nested=yes' "$TOP/$1" || without+='|lib/(vm|moving|walkthrough|t4|demo)\.sh|guest/vm/.*'

cd "$TOP" || exit 1
{
	find include src sample_mtty tests/modules tests/client tests/uart tests/unmap tests/lib \
		tests/guest/{init,uevent.sh,vm-init,vm} Kbuild docs/api.md -type f |
		grep -vxE "tests/($without)"
	sed -n 's/^# guest: *//p' "$1" | grep -oE '(tests/|scripts/|cards)[^ ":]*' |
		while read -r path; do find "$path" -type f; done
	! grep -q '^# guest:.*selftests=vfio' "$1" || find tests/kernels/vfio-selftests* -type f
	echo "$1"
} | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c 1-16
