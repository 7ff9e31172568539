# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core with the kernel's own mtty, so that the samples make no difference.
# guest: icount=yes memory=1G timeout=1800 samples=mtty samples_of=bench
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

with_core
bench
