# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Words for the cases of "make bench" and "make bench-many".

# with_…: load what makes the devices that are counted. Sets folder, where their file
# "create" is, and for devices that do nothing second, that of another parent.
sample=/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1

# our core, bridge and sample
with_ours() {
	ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev vfio_mdev
	ok "so does the sample" modprobe mtty max_ports=65536
	folder=$sample
}

# our core, and the kernel's own sample with more ports than usual
with_core() {
	ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev
	ok "the core is ours" "grep -q 'mdev_stable_register_device.*\[mdev\]' /proc/kallsyms"
	ok "the kernel's own sample" insmod /samples/mtty.ko
	folder=$sample
}

# the kernel's own core and that sample
with_peer() {
	ok "the modules load" modprobe -a vfio vfio_iommu_type1
	ok "the kernel's own core" "insmod $(find /lib/modules/*/kernel -name 'mdev.ko*')"
	fails "it is not ours" "grep -q 'mdev_stable_register_device.*\[mdev\]' /proc/kallsyms"
	ok "its own sample" insmod /samples/mtty.ko
	folder=$sample
}

# our core and bridge, with devices that do nothing
with_bridge() {
	ok "the modules load" modprobe -a vfio vfio_iommu_type1 mdev vfio_mdev
	ok "and what makes the devices" modprobe bench_bridge
	# the parents have no driver, whose name would be before the dash
	folder=/sys/devices/bench/mdev_supported_types/-1
	second=/sys/devices/bench2/mdev_supported_types/-1
}

# such devices in VFIO, without any core
with_vfio() {
	ok "the modules load" modprobe -a vfio vfio_iommu_type1
	ok "and what makes the devices" modprobe bench_vfio
	fails "without a core" "grep -q '^mdev ' /proc/modules"
	folder=/sys/devices/bench
	second=/sys/devices/bench2
}

# quiet: the guest becomes quiet: nobody hears uevents, the console gets no
# messages but warnings, and the kernel is done with booting. With icount sleeping
# costs nothing, as a guest that idles skips it.
quiet() {
	run "killall uevent"
	run "dmesg -n 5"
	run "sleep 60"
}

# count ARGUMENT…: what vfio-client counts, in lines "# bench NAME: COUNT"
count() {
	quiet
	ok "the client counts" "vfio-client $* >/run/case/counts"
	sed 's/^/# bench /' /run/case/counts
}

# bench, bench_empty: what all operations cost, or those of devices that do nothing
bench() { count bench "$folder" 3000; }
bench_empty() { count bench "$folder" 3000 empty; }

# bench_many: what creating and removing costs, up to 60,000 devices
bench_many() { count benchmany "$folder" 60000; }

# bench_cpus: how long 1,000 devices on two parents take
bench_cpus() { count benchcpus "$folder" "$second" 1000; }
