# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core, bridge and mtty.
# guest: icount=yes memory=1G timeout=1800
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

with_ours
bench
