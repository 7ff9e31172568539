# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# VFIO's devices without any core: what grows here is VFIO's and sysfs' own.
# guest: icount=yes memory=4G timeout=7200
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

with_vfio
bench_many
