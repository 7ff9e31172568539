# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The kernel's own core and mtty, which has more ports than usual.
# guest: icount=yes memory=4G timeout=7200 samples=mtty samples_of=bench
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

ok "the modules load" modprobe -a vfio vfio_iommu_type1
ok "the kernel's own core" "insmod $(find /lib/modules/*/kernel -name 'mdev.ko*')"
fails "it is not ours" "grep -q 'mdev_stable_register_device.*\[mdev\]' /proc/kallsyms"
ok "its own sample" insmod /samples/mtty.ko
bench_many /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1
