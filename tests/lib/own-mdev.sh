# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Words for the cases in tests/build/ about kernels with an mdev of their own: copies
# of this kernel's headers with the <linux/mdev.h> and <linux/vfio.h> of another year.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

# What such a header is put together from. Members are given as C.

# device MEMBERS-BEFORE-THE-LIST MEMBERS-AFTER-THE-TYPE MEMBERS-AT-THE-END
device() {
	cat <<-END
	#include <linux/device.h>
	#include <linux/uuid.h>
	struct mdev_type;
	struct mdev_driver;
	struct mdev_device {
		struct device dev;
		guid_t uuid;
		$1
		struct list_head next;
		struct mdev_type *type;
		$2
		bool active;
		$3
	};
	#define to_mdev_device(d) container_of(d, struct mdev_device, dev)
	int mdev_register_driver(struct mdev_driver *drv);
	void mdev_unregister_driver(struct mdev_driver *drv);
	END
}

# bus CONST
bus() { echo "extern $1 struct bus_type mdev_bus_type;"; }

# types: what drivers of 5.13 to 6.0 see of them
types() {
	bus ""
	cat <<-END
	struct mdev_type_attribute {
		struct attribute attr;
		ssize_t (*show)(struct mdev_type *t, struct mdev_type_attribute *a, char *buf);
		ssize_t (*store)(struct mdev_type *t, struct mdev_type_attribute *a, const char *buf, size_t n);
	};
	unsigned int mdev_get_type_group_id(struct mdev_device *mdev);
	unsigned int mtype_get_type_group_id(struct mdev_type *t);
	struct device *mtype_get_parent_dev(struct mdev_type *t);
	struct device *mdev_parent_dev(struct mdev_device *mdev);
	void mdev_unregister_device(struct device *dev);
	END
}

# driver MEMBERS-BEFORE-IT MEMBERS-AFTER-REMOVE
driver() {
	cat <<-END
	struct mdev_driver {
		$1
		int (*probe)(struct mdev_device *mdev);
		void (*remove)(struct mdev_device *mdev);
		$2
		struct device_driver driver;
	};
	END
}

# ops DEVICE-DRIVER OPEN CLOSE MORE: the callbacks of 5.13 to 5.18
ops() {
	cat <<-END
	struct mdev_parent_ops {
		struct module *owner;
		$1
		const struct attribute_group **dev_attr_groups, **mdev_attr_groups;
		struct attribute_group **supported_type_groups;
		int (*create)(struct mdev_device *mdev);
		int (*remove)(struct mdev_device *mdev);
		int (*$2)(struct mdev_device *mdev);
		void (*$3)(struct mdev_device *mdev);
		ssize_t (*read)(struct mdev_device *mdev, char __user *buf, size_t n, loff_t *pos);
		ssize_t (*write)(struct mdev_device *mdev, const char __user *buf, size_t n, loff_t *pos);
		long (*ioctl)(struct mdev_device *mdev, unsigned int cmd, unsigned long arg);
		int (*mmap)(struct mdev_device *mdev, struct vm_area_struct *vma);
		void (*request)(struct mdev_device *mdev, unsigned int n);
		$4
	};
	int mdev_register_device(struct device *dev, const struct mdev_parent_ops *ops);
	END
}

# driver_5_19: one in place of the callbacks
driver_5_19() {
	driver "" 'struct attribute_group **supported_type_groups;'
	echo 'int mdev_register_device(struct device *dev, struct mdev_driver *drv);'
}

# types_6_1 MEMBERS-AT-THE-PARENT'S-END
types_6_1() {
	cat <<-END
	struct mdev_parent;
	struct mdev_type {
		const char *sysfs_name, *pretty_name;
		struct mdev_parent *parent;
		struct kobject kobj, *devices_kobj;
	};
	struct mdev_parent {
		struct device *dev;
		struct mdev_driver *mdev_driver;
		struct kset *mdev_types_kset;
		struct rw_semaphore unreg_sem;
		struct mdev_type **types;
		unsigned int nr_types;
		$1
	};
	int mdev_register_parent(struct mdev_parent *parent, struct device *dev, struct mdev_driver *drv,
				 struct mdev_type **types, unsigned int nr_types);
	void mdev_unregister_parent(struct mdev_parent *parent);
	END
}

# vfio DEVICE-MEMBERS OPEN CLOSE MORE-OPS: what is the same in <linux/vfio.h> of 5.13
# to 6.0; the bridge registers with that
vfio() {
	cat <<-END
	#include <linux/iommu.h>
	#include <linux/mm.h>
	#include <linux/poll.h>
	#include <linux/workqueue.h>
	#include <uapi/linux/vfio.h>
	struct kvm;
	struct vfio_group;
	struct vfio_device {
		struct device *dev;
		const struct vfio_device_ops *ops;
		struct vfio_group *group;
		$1
		refcount_t refcount;
	};
	struct vfio_device_ops {
		char *name;
		int (*$2)(struct vfio_device *vdev);
		void (*$3)(struct vfio_device *vdev);
		ssize_t (*read)(struct vfio_device *vdev, char __user *buf, size_t n, loff_t *pos);
		ssize_t (*write)(struct vfio_device *vdev, const char __user *buf, size_t n, loff_t *pos);
		long (*ioctl)(struct vfio_device *vdev, unsigned int cmd, unsigned long arg);
		int (*mmap)(struct vfio_device *vdev, struct vm_area_struct *vma);
		void (*request)(struct vfio_device *vdev, unsigned int n);
		int (*match)(struct vfio_device *vdev, char *name);
		$4
	};
	void vfio_init_group_dev(struct vfio_device *vdev, struct device *dev,
				 const struct vfio_device_ops *ops);
	int vfio_register_group_dev(struct vfio_device *vdev);
	void vfio_unregister_group_dev(struct vfio_device *vdev);
	#define VFIO_PIN_PAGES_MAX_ENTRIES (PAGE_SIZE / sizeof(unsigned long))
	struct vfio_info_cap {
		struct vfio_info_cap_header *buf;
		size_t size;
	};
	void vfio_info_cap_shift(struct vfio_info_cap *caps, size_t offset);
	int vfio_info_add_capability(struct vfio_info_cap *caps, struct vfio_info_cap_header *cap,
				     size_t size);
	int vfio_set_irqs_validate_and_prepare(struct vfio_irq_set *set, int nr, int max, size_t *size);
	struct virqfd;
	int vfio_virqfd_enable(void *opaque, int (*handler)(void *, void *), void (*thread)(void *, void *),
			       void *data, struct virqfd **virqfd, int fd);
	void vfio_virqfd_disable(struct virqfd **virqfd);
	END
}

# vfio_5_15: VFIO undoes initializing, and knows sets of devices
vfio_5_15() {
	cat <<-END
	void vfio_uninit_group_dev(struct vfio_device *vdev);
	int vfio_assign_device_set(struct vfio_device *vdev, void *set_id);
	END
}

# vfio_by_dev: pages and references by struct device, up to 5.18; domains up to 5.17
vfio_by_dev() {
	cat <<-END
	struct vfio_device *vfio_device_get_from_dev(struct device *dev);
	void vfio_device_put(struct vfio_device *vdev);
	void vfio_group_put_external_user(struct vfio_group *group);
	struct vfio_group *vfio_group_get_external_user_from_dev(struct device *dev);
	struct iommu_domain *vfio_group_iommu_domain(struct vfio_group *group);
	int vfio_pin_pages(struct device *dev, unsigned long *pfn, int n, int prot, unsigned long *phys);
	int vfio_unpin_pages(struct device *dev, unsigned long *pfn, int n);
	int vfio_dma_rw(struct vfio_group *group, dma_addr_t iova, void *data, size_t n, bool write);
	END
	vfio_notifiers "struct device *dev" VFIO_GROUP_NOTIFY
}

# vfio_notifiers WHOSE [SECOND-TYPE]
vfio_notifiers() {
	cat <<-END
	enum vfio_notify_type { VFIO_IOMMU_NOTIFY, $2 };
	#define VFIO_IOMMU_NOTIFY_DMA_UNMAP BIT(0)
	#define VFIO_GROUP_NOTIFY_SET_KVM BIT(0)
	int vfio_register_notifier($1, enum vfio_notify_type type, unsigned long *events,
				   struct notifier_block *nb);
	int vfio_unregister_notifier($1, enum vfio_notify_type type, struct notifier_block *nb);
	END
}

# vfio_by_device PFN PHYS UNPIN: by VFIO's own device, since 5.19
vfio_by_device() {
	cat <<-END
	int vfio_register_emulated_iommu_dev(struct vfio_device *vdev);
	int vfio_pin_pages(struct vfio_device *vdev, $1, int n, int prot, $2);
	$3 vfio_unpin_pages(struct vfio_device *vdev, $1, int n);
	int vfio_dma_rw(struct vfio_device *vdev, dma_addr_t iova, void *data, size_t n, bool write);
	END
}

# header NAME: <linux/NAME.h> of the copy from stdin
header() {
	rm -f "$headers/include/linux/$1.h"
	{
		printf '%s\n' "#ifndef ${1^^}_H" "#define ${1^^}_H"
		cat
		echo '#endif'
	} >"$headers/include/linux/$1.h"
}

# vfio_headers: <linux/vfio.h> of the copy from stdin, and all of it exported
vfio_headers() {
	local header=$headers/include/linux/vfio.h

	header vfio
	grep -oE '\<vfio_[a-z_]+\(' "$header" | tr -d '(' | sort -u | while read -r name; do
		grep -q "	$name	" "$copy/Module.symvers" ||
			printf '0x00000000\t%s\tdrivers/vfio/vfio\tEXPORT_SYMBOL_GPL\t\n' "$name"
	done >"$work/exports"
	cat "$work/exports" >>"$copy/Module.symvers"
}

# headers_with NAME: this kernel's, with <linux/mdev.h> from stdin
headers_with() {
	copy_headers "$1"
	header mdev
	# none of the kernel's symbols, whose versions belong to the header that was
	rm -f "$copy/Module.symvers"
	grep -v '	drivers/vfio/mdev/mdev	' "$kdir/Module.symvers" >"$copy/Module.symvers"
}

# is_served NAME FACTS: the kernel is not refused, and these were found
is_served() {
	ok "is served" make_for "$1" "${mdev_only[@]}" probe
	is "by its facts" "$(found "$1")" "$2"
}

# builds NAME: the modules
builds() {
	if ok "the modules build" quickly_for "$1"; then
		is "without a warning" "$(echo "$out$err" | grep -i warning)" ""
	fi
}

# is_refused REGEX NAME
is_refused() { refuses "$1" "$2" "is refused" "${mdev_only[@]}"; }

# own_symbol NAME: the kernel has an mdev.ko of its own
own_symbol() { printf '0x00000000\t%s\tdrivers/vfio/mdev/mdev\tEXPORT_SYMBOL\t\n' "$1" >>"$copy/Module.symvers"; }

# found NAME [PREFIX]: what of the kernel's own mdev was found; or else of its VFIO
found() {
	sed -n 's/^#define HAVE_\('"${2:-mdev}"'_[^ ]*\) 1$/\1/p' "$work/$1/build/$KVER/src/compat/have.h" |
		grep -vE '_layout$|mdev_bus_type' | sort | paste -sd ' '
}

# offers NAME: what the modules that are built for it offer of it
offers() {
	awk '$3 ~ /src\/mdev\/mdev$/ && $2 !~ /stable/ { print $2 }' "$work/$1/build/$KVER/Module.symvers" |
		sort | paste -sd ' '
}

# ops_5_10 MORE: the API of 5.10 to 5.12
ops_5_10() {
	cat <<-END
	#include <linux/device.h>
	#include <linux/uuid.h>
	struct mdev_device;
	struct mdev_type_attribute {
		struct attribute attr;
		ssize_t (*show)(struct kobject *kobj, struct device *dev, char *buf);
		ssize_t (*store)(struct kobject *kobj, struct device *dev, const char *buf, size_t n);
	};
	struct mdev_parent_ops {
		struct module *owner;
		const struct attribute_group **dev_attr_groups, **mdev_attr_groups;
		struct attribute_group **supported_type_groups;
		int (*create)(struct kobject *kobj, struct mdev_device *mdev);
		int (*remove)(struct mdev_device *mdev);
		int (*open)(struct mdev_device *mdev);
		void (*release)(struct mdev_device *mdev);
		ssize_t (*read)(struct mdev_device *mdev, char __user *buf, size_t n, loff_t *pos);
		ssize_t (*write)(struct mdev_device *mdev, const char __user *buf, size_t n, loff_t *pos);
		long (*ioctl)(struct mdev_device *mdev, unsigned int cmd, unsigned long arg);
		int (*mmap)(struct mdev_device *mdev, struct vm_area_struct *vma);
		$1
	};
	int mdev_register_device(struct device *dev, const struct mdev_parent_ops *ops);
	struct mdev_device *mdev_from_dev(struct device *dev);
	const guid_t *mdev_uuid(struct mdev_device *mdev);
	END
}

# shellcheck disable=SC2034 # the cases use them
{
# members
data='void *driver_data;'
iommu='struct device *iommu_device;'
named='struct mdev_driver *device_driver;'
request='void (*request)(struct mdev_device *mdev, unsigned int n);'
device_set='struct vfio_device_set *dev_set;'
feature='int (*device_feature)(struct vfio_device *vdev, u32 flags, void __user *arg, size_t n);'
migration='struct file *(*migration_set_state)(struct vfio_device *vdev, enum vfio_device_mig_state state);
	int (*migration_get_state)(struct vfio_device *vdev, enum vfio_device_mig_state *state);'
# a call of driver()
driver_6_1=(driver 'const char *device_api; unsigned int max_instances;'
	'unsigned int (*get_available)(struct mdev_type *t); ssize_t (*show_description)(struct mdev_type *t, char *buf);')
# what ours must offer
of_5_13='mdev_bus_type mdev_get_type_group_id mdev_parent_dev mdev_register_device mdev_register_driver mdev_unregister_device mdev_unregister_driver mtype_get_parent_dev mtype_get_type_group_id'
of_6_1='mdev_bus_type mdev_register_driver mdev_register_parent mdev_unregister_driver mdev_unregister_parent'
}
