# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# VFIO's devices without any core: what grows here is VFIO's and sysfs' own.
# guest: icount=yes memory=4G timeout=7200
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

ok "the modules load" modprobe -a vfio vfio_iommu_type1
ok "and what makes the devices" modprobe bench_vfio
fails "without a core" "grep -q '^mdev ' /proc/modules"
bench_many /sys/devices/bench
