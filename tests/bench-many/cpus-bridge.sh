# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core and bridge from two CPUs, with devices that do nothing.
# guest: cpus=2 memory=1G timeout=1800
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev vfio_mdev
ok "and what makes the devices" modprobe bench_bridge
bench_cpus /sys/devices/bench/mdev_supported_types/-1 /sys/devices/bench2/mdev_supported_types/-1
