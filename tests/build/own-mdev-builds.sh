# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The modules build for further kernels, as own-mdev has it for 5.15's headers.
# long: five minutes of one processor.
# shellcheck source=tests/lib/own-mdev.sh
. "$TOP/tests/lib/own-mdev.sh"

step "5.13: callbacks, and no driver but the kernel's"
headers_with 5.13 < <(device "$data" "$iommu"; types; driver; ops "" open release)
vfio_headers < <(vfio "" open release; vfio_by_dev)
builds 5.13
is "by its facts" "$(found 5.13)" "mdev_iommu_device mdev_ops_mtype"
is "and those of its VFIO" "$(found 5.13 vfio)" "vfio_device_get_from_dev vfio_group_iommu_domain vfio_ops_take_device"

step "5.19: a driver in place of callbacks, and other names in VFIO"
headers_with 5.19 < <(device; types; driver_5_19)
vfio_headers < <(
	vfio "$device_set unsigned int migration_flags; struct kvm *kvm;" open_device close_device \
		"$feature $migration"
	vfio_5_15
	vfio_by_device "unsigned long *pfn" "unsigned long *phys" int
	vfio_notifiers "struct vfio_device *vdev"
)
builds 5.19
is "and those of its VFIO" "$(found 5.19 vfio)" \
	"vfio_device_feature vfio_open_device vfio_ops_migrate vfio_ops_take_device vfio_pin_pages_device vfio_register_emulated_iommu_dev vfio_uninit_group_dev"
is "by its facts" "$(found 5.19)" "mdev_driver_type_groups"
is "they offer all that there is of its API" "$(offers 5.19)" "$of_5_13"

step "6.0: likewise"
headers_with 6.0 < <(device; types; driver_5_19)
vfio_headers < <(
	vfio "$device_set const struct vfio_migration_ops *mig_ops; u64 migration_flags; struct kvm *kvm;" \
		open_device close_device "$feature void (*dma_unmap)(struct vfio_device *vdev, u64 iova, u64 n);"
	echo "struct vfio_migration_ops { $migration };"
	vfio_5_15
	vfio_by_device "dma_addr_t iova" "struct page **pages" void
)
builds 6.0
is "by its facts" "$(found 6.0)" "mdev_driver_type_groups"
is "and those of its VFIO" "$(found 6.0 vfio)" \
	"vfio_device_feature vfio_mig_ops vfio_open_device vfio_ops_take_device vfio_pin_pages_iova vfio_register_emulated_iommu_dev vfio_uninit_group_dev"

step "SLES 15 SP6 and later: the same, the bus const in the newest"
headers_with 6.1-const < <(device "" "$iommu"; bus const; types_6_1 'atomic_t available_instances;'; "${driver_6_1[@]}")
builds 6.1-const
is "by its facts" "$(found 6.1-const)" "mdev_iommu_device mdev_register_parent"
is "they offer all that there is of its API" "$(offers 6.1-const)" "$of_6_1"
