# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# VFIO's devices without any core from two CPUs.
# guest: cpus=2 memory=1G timeout=1800
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

with_vfio
bench_cpus
