# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core and bridge from two CPUs, with devices that do nothing.
# guest: cpus=2 memory=1G timeout=1800
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

with_bridge
bench_cpus
