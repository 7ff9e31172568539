# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Our core with the kernel's own mtty, so that the samples make no difference.
# guest: icount=yes memory=1G timeout=1800 samples=mtty samples_of=bench
# shellcheck source=tests/lib/bench.sh
. /lib/tests/bench.sh

ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev
ok "the core is ours" "grep -q 'mdev_stable_register_device.*\[mdev\]' /proc/kallsyms"
ok "the kernel's own sample" insmod /samples/mtty.ko
bench /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1
