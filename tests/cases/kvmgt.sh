# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The kernel's own API: its driver kvmgt, built for the kernel's own mdev.ko,
# loads on ours. (There is no graphics card here, so it has no parent.)
# guest: memory=1G timeout=600 modules="i915 kvmgt"

uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

if [ -z "$(find /lib/modules -name 'kvmgt.ko*')" ]; then
	skip "kvmgt on our core" "this kernel has no kvmgt"
	exit 0
fi

step "Which core it gets"
shows '^updates/mdev.ko:' "modprobe takes our mdev.ko" "grep '/mdev.ko:' /lib/modules/*/modules.dep"
shows '/kernel/.*/mdev.ko' "though the kernel's own is there" find /lib/modules -name "mdev.ko*"
shows '/kernel/.*/kvmgt.ko' "kvmgt is the kernel's own" find /lib/modules -name "kvmgt.ko*"

step "Load it"
ok "i915 loads" modprobe i915
ok "our core loads" modprobe mdev
shows 'mdev_stable_register_device.*\[mdev\]' "it is our mdev.ko" "grep mdev_stable_register_device /proc/kallsyms"
if ! grep -q ' intel_gvt_set_ops.*\[i915\]' /proc/kallsyms; then
	# Up to 5.18 kvmgt refuses to stay without the hardware. That it comes
	# as far as with the kernel's own core is what can be seen.
	fails_with ENODEV "kvmgt finds no graphics card" modprobe kvmgt
	fails "but all its symbols, in their versions" "dmesg | grep -E 'kvmgt: (Unknown symbol|disagrees)'"
	ok "unload" rmmod mdev
	ok "the kernel's own core loads" insmod /lib/modules/*/kernel/drivers/vfio/mdev/mdev.ko*
	fails_with ENODEV "kvmgt says the same to it" insmod /lib/modules/*/kernel/drivers/gpu/drm/i915/gvt/kvmgt.ko*
	exit
fi
ok "kvmgt loads" modprobe kvmgt
shows '^mdev .*kvmgt' "it uses mdev" "grep '^mdev ' /proc/modules"
ok "which holds it" ls /sys/module/mdev/holders/kvmgt/
shows mdev "kvmgt's driver is on our bus" ls /sys/bus/mdev/drivers

step "Beside drivers of the stable API"
ok "the sample loads" modprobe -a mtty vfio_iommu_type1
ok "the bridge came, too" ls /sys/bus/mdev/drivers/vfio_mdev
ok "a device can be created" "echo $uuid > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create"
shows '/vfio_mdev$' "the bridge takes it, not kvmgt" readlink /sys/bus/mdev/devices/$uuid/driver
gives success "and it works" vfio-client open $uuid

step "Unload"
fails_with EAGAIN "mdev can't go while kvmgt uses it" rmmod mdev
ok "kvmgt goes" rmmod kvmgt
ok "the device is not concerned" vfio-client open $uuid
ok "kvmgt comes back" modprobe kvmgt
settle
for module in mtty vfio_mdev kvmgt mdev; do
	ok "unload" rmmod $module
done
