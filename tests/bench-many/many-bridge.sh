# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core and bridge with devices that do nothing.
# guest: icount=yes memory=4G timeout=7200
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev vfio_mdev
ok "and what makes the devices" modprobe bench_bridge
# the parent has no driver, whose name would be before the dash
bench_many /sys/devices/bench/mdev_supported_types/-1
