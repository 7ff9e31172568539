# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core and bridge with devices that do nothing.
# guest: icount=yes memory=4G timeout=7200
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

with_bridge
bench_many
