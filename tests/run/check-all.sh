#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-all.sh [CASE…]: run the test cases on every kernel, and print which
# case passed on which; what "make check-all" calls. KERNELS names fewer.
# It takes hours, so it goes on where an earlier run of the same sources was
# ended; "make clean" forgets those results.
#
# The same as Markdown: build/logs/matrix.md and kernels.md.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"

KERNELS=${KERNELS:-$("$TOP/tests/kernels/kernels.sh" names | tr '\n' ' ') checked}
export KERNELS RESUME=1
"$TOP/tests/run/check.sh" "$@"
status=$?

"$TOP/tests/run/matrix.sh" &&
	"$TOP/tests/run/matrix.sh" cases >"$BUILD/logs/matrix.md" &&
	"$TOP/tests/run/matrix.sh" kernels >"$BUILD/logs/kernels.md"
echo "As tables: $BUILD/logs/matrix.md, $BUILD/logs/kernels.md; tests/run/matrix.sh write puts them into docs/matrix.md and README.md"
exit $status
