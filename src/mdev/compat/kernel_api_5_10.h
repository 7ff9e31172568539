/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernel_api_5_10.c needs beside the kernel's own <linux/mdev.h>, which
 * has to be included before it. Includes nothing itself, like kernel_api.h and for
 * the same reason.
 */
#ifndef MDEV_KERNEL_API_5_10_H
#define MDEV_KERNEL_API_5_10_H

/*
 * Declared for the versions of the symbols and for nothing else: a driver sees
 * neither, and what a pointer to one points to is the stable API's. They
 * count only if they are in a header.
 */
struct mdev_parent {
	struct device *dev;
	const struct mdev_parent_ops *ops;
	struct kref ref;
	struct list_head next;
	struct kset *mdev_types_kset;
	struct list_head type_list;
	struct rw_semaphore unreg_sem;
};

struct mdev_device {
	struct device dev;
	struct mdev_parent *parent;
	guid_t uuid;
	void *driver_data;
	struct list_head next;
	struct kobject *type_kobj;
	struct device *iommu_device;
	bool active;
};

/* The stable API's exports. */
int mdev_stable_register_device(struct device *dev,
				const struct mdev_parent_ops *ops, size_t size,
				struct module *owner);
void mdev_stable_unregister_device(struct device *dev);
void *mdev_stable_get_drvdata(struct mdev_device *mdev);
void mdev_stable_set_drvdata(struct mdev_device *mdev, void *data);
const guid_t *mdev_stable_uuid(struct mdev_device *mdev);
struct device *mdev_stable_parent_dev(struct mdev_device *mdev);
struct device *mdev_stable_dev(struct mdev_device *mdev);
struct mdev_device *mdev_stable_from_dev(struct device *dev);
int mdev_stable_set_iommu_device(struct device *dev,
				 struct device *iommu_device);
struct device *mdev_stable_get_iommu_device(struct device *dev);

#endif /* MDEV_KERNEL_API_5_10_H */
