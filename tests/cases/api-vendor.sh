# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The names that vendors' drivers use beside those of the sample drivers, and
# drivers of before Linux 5.1: each does what Linux 5.10's own did, or says that
# this kernel can't.
# guest: memory=256M

driver=mdev_vendor_test
parent=/sys/devices/platform/$driver
parameters=/sys/module/$driver/parameters
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

create() { ok "create one" "echo $uuid > $parent/mdev_supported_types/platform-1/create"; }
remove_it() { ok "remove it" "echo 1 > $mdev/remove"; }

# Whether VFIO can isolate a mediated device by another device's IOMMU.
case $(uname -r) in
5.1[0-5].*) iommu_devices=yes ;;
*) iommu_devices= ;;
esac

load $driver

step "The device as its bus and VFIO know it"
create
gives "1 0" "&mdev_bus_type is its bus, and not the parent's" cat $mdev/vendor/bus
gives vfio_mdev "to_mdev_driver() leads to its driver" cat $mdev/vendor/bus_driver
gives "the mdev" "vfio_device_data() of the device that VFIO has for it" cat $mdev/vendor/data
ok "unbind it" "echo $uuid > /sys/bus/mdev/drivers/vfio_mdev/unbind"
gives "no device" "VFIO has none for it" cat $mdev/vendor/data
ok "bind it again" "echo $uuid > /sys/bus/mdev/drivers/vfio_mdev/bind"
gives "the mdev" "VFIO has one again" cat $mdev/vendor/data

step "A reference to it"
ok "the driver takes one" "echo 1 > $mdev/vendor/hold"
gives success "it can be opened" vfio-client open $uuid
(
	echo $uuid >/sys/bus/mdev/drivers/vfio_mdev/unbind
	echo unbound >/run/unbound
) &
run sleep 2
fails "unbinding waits for the driver" ls /run/unbound
ok "the driver puts it" "echo 1 > $parameters/let_go"
within 15 "the device is unbound" ls /run/unbound
ok "bind it again" "echo $uuid > /sys/bus/mdev/drivers/vfio_mdev/bind"
if [ -z "$iommu_devices" ]; then
	ok "the driver takes another one" "echo 1 > $mdev/vendor/hold"
	fails_with EBUSY "to who wants to remove it, it is in use" "echo 1 > $mdev/remove"
	ok "the driver puts it" "echo 1 > $parameters/let_go"
fi

step "A feature that the driver answers in ioctl()"
case $(uname -r) in
5.1[0-7].*) gives ESHUTDOWN "it is asked" vfio-client feature $uuid 0xfff0 ;;
*) gives ENOTTY "VFIO knows all features of this kernel, and does not ask it" vfio-client feature $uuid 0xfff0 ;;
esac

step "Its IOMMU"
gives none "there is no IOMMU device" cat $mdev/vendor/iommu
gives "0 0 -19 -16 -19 -19" "no auxiliary domains: neither there nor on, ENODEV, EBUSY, ENODEV, ENODEV" cat $mdev/vendor/aux
if [ -z "$iommu_devices" ]; then
	run cat $mdev/vendor/aux
	gives 1 "the log says so, once" "dmesg | grep -c 'a driver wants auxiliary IOMMU domains, which this kernel does not have'"
fi
gives success "open it" vfio-client open $uuid
gives -19 "vfio_group_iommu_domain() there: it is in no domain, ENODEV" cat $parameters/domain_result
remove_it

step "An IOMMU device, on a machine without IOMMU"
run "echo 1 > $parameters/iommu_device"
create
if [ "$iommu_devices" ]; then
	gives 0 "mdev_set_iommu_device() succeeds" cat $parameters/set_result
	gives $driver "mdev_get_iommu_device() gives it" cat $mdev/vendor/iommu
	gives "EIO (VFIO_SET_IOMMU)" "VFIO looks for an IOMMU there" "vfio-client open $uuid || :"
else
	gives -95 "mdev_set_iommu_device(): EOPNOTSUPP" cat $parameters/set_result
	gives none "there is none" cat $mdev/vendor/iommu
	gives success "VFIO knows of nothing" vfio-client open $uuid
	remove_it
	create
	gives 1 "the log says so, once" "dmesg | grep -c '$driver: MDEV: VFIO of this kernel can.t isolate'"
fi
remove_it
ok "the driver goes" rmmod $driver

step "A driver with request(), as since Linux 5.11"
ok "load it" modprobe $driver with_request=1
create
gives 0 "it was not called yet" cat $parameters/requests
hold $uuid
(
	echo 1 >$mdev/remove
	echo removed >/run/removed
) &
within 15 "the driver is asked" "[ \$(cat $parameters/requests) -gt 0 ]"
fails "the writer waits" ls /run/removed
let_go
within 15 "the device is removed when its user has gone" ls /run/removed
ok "the driver goes" rmmod $driver

step "A driver without open() and ioctl()"
ok "load it" modprobe $driver without_open=1
create
gives "EINVAL (VFIO_GROUP_GET_DEVICE_FD)" "nobody can open its devices, as on Linux 5.10" "vfio-client open $uuid || :"
remove_it
ok "the driver goes" rmmod $driver

step "A driver of Linux 4.10"
driver=mdev_4_10_test
parent=/sys/devices/platform/$driver
ok "load it" modprobe $driver
create
gives "$uuid 0" "mdev_uuid() gives a UUID, and the same again" cat $mdev/old/uuid
gives "1.1 2 0+1 2+1, 2.1 7 9, 77.3" "vfio_info_add_capability() takes a number, or a header" cat $mdev/old/caps
remove_it
ok "the driver goes" rmmod $driver
ok "the bridge unloads" rmmod vfio_mdev
ok "the core unloads" rmmod mdev
