# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core, bridge and mtty.
# guest: icount=yes memory=4G timeout=7200
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev vfio_mdev
ok "so does the sample" modprobe mtty max_ports=65536
bench_many /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1
