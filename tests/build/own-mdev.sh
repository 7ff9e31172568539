# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the kernel's own mdev.ko offers to the kernel's drivers, ours offers, too,
# or the kernel is refused in a sentence that says what is not known. The headers
# are made out of this kernel's, by another <linux/mdev.h>: those of Linux 5.13 to
# 6.0, and of distributions that took back parts of newer ones. Where the modules are
# built, <linux/vfio.h> is of the same year; own-mdev-builds does so for other years.
# long: seven minutes of one processor; Debian's own kernels are in every run.
# shellcheck source=tests/lib/own-mdev.sh
. "$TOP/tests/lib/own-mdev.sh"

ok_built

step "5.10"
headers_with 5.10 < <(ops_5_10)
is_served 5.10 "mdev_parent_ops"

step "5.11: one more callback"
headers_with 5.11 < <(ops_5_10 "$request")
is_served 5.11 "mdev_parent_ops"

step "5.14: they may name a driver"
headers_with 5.14 < <(device "$data" "$iommu"; types; driver; ops "$named" open release)
is_served 5.14 "mdev_iommu_device mdev_ops_device_driver mdev_ops_mtype"

step "5.15, as in Ubuntu 22.04: other names"
headers_with 5.15 < <(device "$data" "$iommu"; types; driver; ops "$named" open_device close_device)
vfio_headers < <(vfio "$device_set" open_device close_device; vfio_5_15; vfio_by_dev)
builds 5.15
is "and those of its VFIO" "$(found 5.15 vfio)" \
	"vfio_device_get_from_dev vfio_group_iommu_domain vfio_open_device vfio_ops_take_device vfio_uninit_group_dev"
is "by its facts" "$(found 5.15)" \
	"mdev_iommu_device mdev_ops_device_driver mdev_ops_mtype mdev_ops_open_device"
is "they offer all that there is of its API" "$(offers 5.15)" "$of_5_13"

step "Versions of symbols that its drivers would not find"
own_symbol mtype_get_parent_dev
edit "$copy/Module.symvers" 's/^0x0*(\tmtype_get_parent_dev\t)/0x12345678\1/'
fails "another version in the kernel's list" quickly_for 5.15
contains "is told by name" "$err" "mtype_get_parent_dev: 0x[0-9a-f]{8}, the kernel has 0x12345678"

step "5.16 to 5.18: no IOMMU device"
headers_with 5.16 < <(device "$data"; types; driver; ops "$named" open_device close_device)
is_served 5.16 "mdev_ops_device_driver mdev_ops_mtype mdev_ops_open_device"

step "5.19, 6.0: likewise, with a driver in place of callbacks"
headers_with 5.19 < <(device; types; driver_5_19)
is_served 5.19 "mdev_driver_type_groups"

step "RHEL 9.2, SLES 15 SP5: the same, with the IOMMU device"
headers_with 5.19-iommu < <(device "" "$iommu"; types; driver_5_19)
is_served 5.19-iommu "mdev_driver_type_groups mdev_iommu_device"

step "RHEL 9.3 and later: the API of 6.1, with the IOMMU device and the bus"
headers_with 6.1-iommu < <(device "" "$iommu"; bus ""; types_6_1 'atomic_t available_instances;'; "${driver_6_1[@]}")
is_served 6.1-iommu "mdev_iommu_device mdev_register_parent"

unknown="can't serve the kernel $KVER: it has structures in its <linux/mdev.h> that this version does not know"

step "Two more callbacks than 5.10 has"
headers_with two < <(ops_5_10 "$request void (*more)(void);")
is_refused "$unknown.*struct mdev_parent_ops ends with mmap.*src/mdev/compat/kernel_api_5_10.c" two

step "One more callback than 5.18 has"
headers_with more < <(device "$data" "$iommu"; types; driver; ops "$named" open_device close_device 'void (*more)(void);')
is_refused "$unknown.*struct mdev_parent_ops ends with request.*src/mdev/compat/kernel_api_5_13.c" more

step "Anolis' 5.10 with Intel's patches: members of its own in the device"
headers_with anolis < <(
	device "$data" "$iommu void *iommu_domain, *iommu_fault_data;" 'struct eventfd_ctx *req_trigger;'
	types
	driver
	ops "$named" open_device close_device
)
is_refused "$unknown.*active follows type or a pointer in struct mdev_device.*src/mdev/compat/kernel_api_5_13.c" anolis

step "Between 5.18 and 5.19: the callbacks are going"
headers_with going < <(
	device "$data"
	types
	driver
	cat <<-END
	struct mdev_parent_ops {
		struct module *owner;
		struct mdev_driver *device_driver;
		const struct attribute_group **mdev_attr_groups;
		struct attribute_group **supported_type_groups;
	};
	int mdev_register_device(struct device *dev, const struct mdev_parent_ops *ops);
	END
)
is_refused "$unknown.*dev_attr_groups.*src/mdev/compat/kernel_api_5_13.c" going

step "Between 6.0 and 6.1: its API is coming"
headers_with coming < <(
	device
	types_6_1 ""
	driver 'const char *device_api;' \
		'unsigned int (*get_available)(struct mdev_type *t); const struct attribute *const *types_attrs;'
)
is_refused "$unknown.*no member named.*available_instances.*src/mdev/kernel_api.c" coming

step "6.1 with one more member in the device"
headers_with longer < <(device "" "$iommu void *more;"; bus ""; types_6_1 'atomic_t available_instances;'; "${driver_6_1[@]}")
is_refused "$unknown.*active follows type or a pointer in struct mdev_device.*src/mdev/kernel_api.c" longer

step "RHEL 8: the API of before 5.1"
headers_with rhel8 < <(
	cat <<-END
	#include <linux/device.h>
	#include <linux/uuid.h>
	struct mdev_device;
	struct mdev_parent_ops { int (*create)(struct kobject *kobj, struct mdev_device *mdev); };
	int mdev_register_device(struct device *dev, const struct mdev_parent_ops *ops);
	struct mdev_device *mdev_from_dev(struct device *dev);
	guid_t mdev_uuid(struct mdev_device *mdev);
	END
)
own_symbol mdev_register_device
unknown="can't serve the kernel $KVER: its own mdev has an API in <linux/mdev.h> that this version does not know"
is_refused "$unknown" rhel8

step "An API that nobody knows, and the same of a kernel that is built without mdev"
headers_with nobody < <(device; driver; echo 'int mdev_register_anything(struct device *dev);')
own_symbol mdev_register_anything
is_refused "$unknown" nobody
edit "$copy/Module.symvers" '/mdev_register_anything/d'
is_served nobody ""
