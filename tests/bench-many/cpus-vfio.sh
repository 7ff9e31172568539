# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# VFIO's devices without any core from two CPUs.
# guest: cpus=2 memory=1G timeout=1800
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

ok "the modules load" modprobe -a vfio vfio_iommu_type1
ok "and what makes the devices" modprobe bench_vfio
bench_cpus /sys/devices/bench /sys/devices/bench2
