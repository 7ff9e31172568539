/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mediated devices of class VFIO: the ops that vfio_mdev.ko calls, and what it
 * offers to them: the memory of the user, mostly a guest.
 *
 * A parent driver gives them to a device in its create() with
 * mdev_set_class(mdev, MDEV_CLASS_ID_VFIO, &ops). It sees nothing of what
 * changes in VFIO from kernel to kernel.
 */
#ifndef _LINUX_VFIO_MDEV_H
#define _LINUX_VFIO_MDEV_H

#include <linux/bits.h>
#include <linux/types.h>

struct device;
struct file;
struct iommu_domain;
struct mdev_device;
struct notifier_block;
struct vfio_info_cap;
struct vfio_mdev_dirty;
struct vfio_region_info;
struct vm_area_struct;

/**
 * struct vfio_mdev_dma_range - a piece of the user's memory
 * @iova:	its first byte, in the address space that the user has set up for
 *		the device
 * @length:	how many there are, at least one
 *
 * The interface is ours.
 */
struct vfio_mdev_dma_range {
	u64 iova;
	u64 length;
};

/**
 * struct vfio_mdev_device_ops - a mediated device as VFIO's users see it
 * @open:	first user: an error is what VFIO_GROUP_GET_DEVICE_FD returns
 * @release:	the last user has gone; undoes @open
 * @read:	read(2) at an offset: bytes read, or an error
 * @write:	write(2) at an offset: bytes written, or an error
 * @ioctl:	VFIO_DEVICE_*, except what an op below answers; -ENOTTY for
 *		what the device does not know
 * @mmap:	mmap(2) of a region
 * @get_region_info: VFIO_DEVICE_GET_REGION_INFO: fill @info for region
 *		@info->index, add capabilities with vfio_info_add_capability();
 *		user memory is the bridge's concern. Without it, @ioctl is
 *		asked.
 * @dma_unmap:	the user unmaps @length bytes of memory at @iova: stop using
 *		them and unpin what is pinned of them. Called by a kernel
 *		worker, repeatedly for about five seconds, while pages of the range
 *		are pinned.
 *		The user waits for it. Pages of the range can't be pinned in the
 *		meantime. It may take any of the driver's locks, even one that is
 *		held while pinning, but none whose holder waits for this op. Only
 *		after @open has returned and before @release is called; an
 *		unmap that comes later waits for @release. May run at the same
 *		time as any other op but these two, and several times at once,
 *		for tasks that unmap at once.
 * @request:	the device is to be removed: ask the user to let go of it, for
 *		instance by an eventfd. @count grows with each repetition, every
 *		ten seconds. Called for a write to "remove", which then waits
 *		until the device is unused, and while the driver is being
 *		unbound or the parent unregistered. Returns -EBUSY if the user
 *		can't be told; if @count is 0, the write gives that error.
 *		Without @request the write always gives -EBUSY. At any time
 *		between the parent's create() and remove(), beside any other op,
 *		but never twice at once.
 * @device_feature: VFIO_DEVICE_FEATURE, for the features that VFIO does not
 *		answer itself: @flags as the user has set them, @arg and
 *		@argsz the place and size of its data. To begin with
 *		vfio_mdev_check_feature(). Without it, and for what the device
 *		does not know, -ENOTTY; up to Linux 5.17, whose VFIO knows no
 *		features, @ioctl is then asked.
 * @migration_flags: the states that the device has, VFIO_MIGRATION_*: none, or
 *		VFIO_MIGRATION_STOP_COPY and what goes with it. With them, the
 *		three ops below must be set, and without them none of the three:
 *		otherwise creating a device fails with -EINVAL, and the log says
 *		why.
 * @migration_set_state: go to @state, a VFIO_DEVICE_STATE_*, which is one arc
 *		away. Returns NULL, a file for the user's end of the data if the
 *		arc begins a transfer, or an ERR_PTR(). See below.
 * @migration_get_state: tell the state; VFIO_DEVICE_STATE_ERROR if only a reset
 *		can help. At any time between the parent's create() and
 *		remove(), beside any other op.
 * @migration_get_data_size: tell roughly how many bytes a transfer has once
 *		the device is stopped. An estimate is better than an error:
 *		users may give up after one.
 * @log_start:	the user is going to ask which memory the device has written:
 *		remember it from now on, in @ranges, which are sorted and don't
 *		overlap, and are gone when it returns. The user gets answers in
 *		units of @page_size bytes, a power of two, or larger. See below.
 * @log_stop:	the user does not ask any more; undoes @log_start. At the latest
 *		before @release.
 * @log_read_and_clear: report by vfio_mdev_dirty_set() which of the memory from
 *		@iova on, @length bytes, the device has written since the last
 *		report of it, and forget that. The user treats an error as the
 *		end of the log.
 *
 * Each may be NULL: @open then succeeds; @read, @write and @mmap give -EINVAL,
 * @ioctl gives -ENOTTY; for the others see above. All run in process
 * context and may sleep; all but @request and @migration_get_state between @open and
 * @release; those between may run at the same time, but @migration_set_state never
 * twice at once, nor two of @log_start, @log_stop and @log_read_and_clear.
 *
 * The offset of a region is the driver's choice, told in @get_region_info.
 *
 * Migration. The protocol is version 2 of the one in <uapi/linux/vfio.h>.
 * <linux/vfio_mdev_feature.h> defines its names where the kernel's headers don't.
 * A user may ask for any state at any time. The bridge finds the way there, and
 * skips states that @migration_flags leaves out. So a driver implements
 * single arcs only. (A driver that finds the way itself, as VFIO's own ops demand,
 * works as well: see vfio_mdev_mig_get_next_state().)
 *
 * The driver keeps the state, and makes it VFIO_DEVICE_STATE_RUNNING in create(),
 * at VFIO_DEVICE_RESET and in @release. A reset may come between two arcs, so it
 * must refuse, with -EINVAL, an arc that does not begin at the state. When an
 * arc fails, the device stays in the state that it was in, or is in
 * VFIO_DEVICE_STATE_ERROR until it is reset.
 *
 * The file of a transfer belongs to the user, who may keep it open after the
 * transfer, after the device is closed, and after it is removed. So
 *  - its file_operations.owner must be the driver's module, which it pins;
 *  - it must not point to the device, unless an arc that ends the transfer, a
 *    reset and @release cut it off; reading gives the end of the data or an error
 *    after that;
 *  - what the user writes to it may be anything.
 * If the user has no file descriptor left, the bridge puts the file at once. The
 * state then stays as it is, and nobody has the file.
 *
 * DMA logging. While a VM runs and is copied, its user has to know what the
 * device writes meanwhile (VFIO_DEVICE_FEATURE_DMA_LOGGING_*). A device with
 * @migration_flags has that from the bridge, where the kernel can report at all:
 * from 6.7 on with CONFIG_IOMMUFD_DRIVER only. A driver need do nothing for it. But a
 * device with another device's IOMMU, see mdev_set_iommu_device(), has a log only if its
 * driver has the log ops: otherwise its user asks the container, which knows what is
 * mapped there.
 * What vfio_mdev_dma_rw() writes is logged; and a page that is pinned with
 * IOMMU_WRITE is reported each time, and once more after it was unpinned, because it
 * may have been written. A driver that knows which of its pinned pages were written
 * sets all three log ops. They then take the place of the pins, and must report
 * pages that were unpinned since the last report, too.
 *
 * Interface of the class id patches of 2019; @get_region_info and @request are
 * ours, and @dma_unmap, @device_feature and those of migration are as in VFIO's
 * own ops since Linux 6.0 and 6.2. The log ops are as those of Linux 6.1, but for
 * what they take: arrays in place of an interval tree, and in place of an
 * iova_bitmap, which not every kernel has, struct vfio_mdev_dirty.
 */
struct vfio_mdev_device_ops {
	int (*open)(struct mdev_device *mdev);
	void (*release)(struct mdev_device *mdev);
	ssize_t (*read)(struct mdev_device *mdev, char __user *buf,
			size_t count, loff_t *ppos);
	ssize_t (*write)(struct mdev_device *mdev, const char __user *buf,
			 size_t count, loff_t *ppos);
	long (*ioctl)(struct mdev_device *mdev, unsigned int cmd,
		      unsigned long arg);
	int (*mmap)(struct mdev_device *mdev, struct vm_area_struct *vma);
	int (*get_region_info)(struct mdev_device *mdev,
			       struct vfio_region_info *info,
			       struct vfio_info_cap *caps);
	void (*dma_unmap)(struct mdev_device *mdev, u64 iova, u64 length);
	int (*request)(struct mdev_device *mdev, unsigned int count);
	int (*device_feature)(struct mdev_device *mdev, u32 flags,
			      void __user *arg, size_t argsz);
	u64 migration_flags;
	struct file *(*migration_set_state)(struct mdev_device *mdev,
					    u32 state);
	int (*migration_get_state)(struct mdev_device *mdev, u32 *state);
	int (*migration_get_data_size)(struct mdev_device *mdev,
				       unsigned long *size);
	int (*log_start)(struct mdev_device *mdev,
			 const struct vfio_mdev_dma_range *ranges,
			 unsigned int nr_ranges, u64 page_size);
	void (*log_stop)(struct mdev_device *mdev);
	int (*log_read_and_clear)(struct mdev_device *mdev, u64 iova,
				  u64 length, struct vfio_mdev_dirty *dirty);
};

/**
 * enum vfio_mdev_notify_type - what a notifier is registered for
 * @VFIO_MDEV_IOMMU_NOTIFY:	the user's memory
 * @VFIO_MDEV_GROUP_NOTIFY:	the user's VM
 *
 * Drivers of Linux 4.10 to 5.18 know them as VFIO_IOMMU_NOTIFY and
 * VFIO_GROUP_NOTIFY, which include/linux/vfio.h makes them.
 */
enum vfio_mdev_notify_type {
	VFIO_MDEV_IOMMU_NOTIFY,
	VFIO_MDEV_GROUP_NOTIFY,
};

/* VFIO_MDEV_IOMMU_NOTIFY; data is a struct vfio_iommu_type1_dma_unmap */
#define VFIO_MDEV_NOTIFY_DMA_UNMAP	BIT(0)
/* VFIO_MDEV_GROUP_NOTIFY; data is the struct kvm, or NULL when it goes */
#define VFIO_MDEV_NOTIFY_SET_KVM	BIT(0)

/*
 * The user's memory. @dev is the mediated device's own, mdev_dev(mdev).
 */

/**
 * vfio_mdev_pin_pages() - pin pages of the user's memory
 * @dev:	the mediated device, mdev_dev(mdev)
 * @user_pfn:	the pages, by their numbers in the address space that the user
 *		has set up for the device; in any order. Those that follow each
 *		other are pinned together, where VFIO can do that.
 * @npage:	how many, at most VFIO_PIN_PAGES_MAX_ENTRIES
 * @prot:	IOMMU_READ, IOMMU_WRITE or both: what the device will do
 * @phys_pfn:	filled with their physical page frame numbers; undefined after
 *		an error
 *
 * Either all are pinned or none. A page can be pinned several times, and has
 * to be unpinned as often. When the user unmaps the memory, the driver is told,
 * see &vfio_mdev_device_ops.dma_unmap, and unpins it.
 *
 * Context: process; sleeps. After open() has returned, at the latest while
 * release() runs. Not with the mmap_lock held, as in mmap().
 * Return: @npage; -EINVAL if a pointer is NULL, @npage is not positive, or a
 * page is not mapped, or being unmapped; -E2BIG if there are too many; -ENODEV
 * if the device is not open through vfio_mdev, or open() has not returned yet;
 * -EPERM if the user has not mapped a page for @prot; -ENOMEM, also where the
 * user may lock no more memory; -EIO if the driver has left pages pinned that
 * were unmapped: then it can't pin any until the device is closed; -EBUSY if
 * the user unmaps it over and over, or if VFIO does not answer while the driver
 * is being told of an unmap; -EINTR if the task is being killed; or another
 * error of VFIO.
 *
 * Interface of vfio_pin_pages() of Linux 4.10 to 5.18.
 */
int vfio_mdev_pin_pages(struct device *dev, unsigned long *user_pfn, int npage,
			int prot, unsigned long *phys_pfn);

/**
 * vfio_mdev_unpin_pages() - unpin pages of the user's memory
 * @dev:	the mediated device
 * @user_pfn:	the pages, as they were pinned; in any order
 * @npage:	how many, at most VFIO_PIN_PAGES_MAX_ENTRIES
 *
 * A page that is not pinned is ignored.
 *
 * Context: as vfio_mdev_pin_pages(), and in dma_unmap() and notifiers.
 * Return: how many were pinned; -EINVAL if none, a pointer is NULL or @npage
 * is not positive; -E2BIG if there are too many; -ENODEV if the device is not
 * open through vfio_mdev: nothing of it is pinned then.
 *
 * Interface of vfio_unpin_pages() of Linux 4.10 to 5.18.
 */
int vfio_mdev_unpin_pages(struct device *dev, unsigned long *user_pfn,
			  int npage);

/**
 * vfio_mdev_dma_rw() - read or write the user's memory
 * @dev:	the mediated device
 * @iova:	where it is in the device's address space, not aligned
 * @data:	the kernel's side
 * @len:	how much, in bytes
 * @write:	true: to the user's memory
 *
 * Nothing needs to be pinned. After an error a part may have been copied.
 *
 * Context: process, also a kernel thread; sleeps. Otherwise as
 * vfio_mdev_pin_pages().
 * Return: 0; -EINVAL if a pointer is NULL, @len is 0, or not all of it is
 * mapped; -ENODEV if the device is not open through vfio_mdev; -EPERM if the
 * user has mapped it for reading only; or another error of VFIO.
 *
 * Interface of vfio_dma_rw() of Linux 6.0, but for the device.
 */
int vfio_mdev_dma_rw(struct device *dev, dma_addr_t iova, void *data,
		     size_t len, bool write);

/**
 * vfio_mdev_register_notifier() - be told of the user's memory or VM
 * @dev:	the mediated device
 * @type:	which of the two
 * @events:	the events; each type has one:
 *		VFIO_MDEV_NOTIFY_DMA_UNMAP or VFIO_MDEV_NOTIFY_SET_KVM. Those
 *		that are known are cleared.
 * @nb:		its function is called with the event
 *
 * For drivers that know them; &vfio_mdev_device_ops.dma_unmap does the same as
 * the first, under the same rules. The function must not register or unregister
 * a notifier of its own type.
 *
 * If there is a VM, the function is told before this returns; and of NULL when
 * the VM goes, or the device is closed, before release(). A driver that goes
 * on using the VM takes a reference on it in the function.
 *
 * Best called in open(): only there the VM is sure to be alive on every
 * kernel. What is still registered when release() returns is dropped.
 *
 * Context: process; sleeps. From when open() is called until release() has
 * returned. Not with a lock held that the function takes.
 * Return: 0; -EINVAL if a pointer is NULL, @type is invalid, or @events is 0
 * or has an unknown event; -EEXIST if it is registered; -ENODEV if the device
 * is not open through vfio_mdev.
 *
 * Interface of vfio_register_notifier() of Linux 4.10 to 5.18.
 */
int vfio_mdev_register_notifier(struct device *dev,
				enum vfio_mdev_notify_type type,
				unsigned long *events,
				struct notifier_block *nb);

/**
 * vfio_mdev_unregister_notifier() - undo vfio_mdev_register_notifier()
 * @dev:	the mediated device
 * @type:	as it was registered
 * @nb:		as it was registered
 *
 * When it returns, the function does not run, nor will it. It is not called
 * with NULL for the VM.
 *
 * Context: process; sleeps. Not from the function, nor with a lock held that
 * it takes.
 * Return: 0; -EINVAL if a pointer is NULL or @type is invalid; -ENOENT if it is
 * not registered; -ENODEV if the device is not open through vfio_mdev: it is
 * not registered then either.
 *
 * Interface of vfio_unregister_notifier() of Linux 4.10 to 5.18.
 */
int vfio_mdev_unregister_notifier(struct device *dev,
				  enum vfio_mdev_notify_type type,
				  struct notifier_block *nb);

/*
 * The device as VFIO knows it; @vdev is its struct vfio_device: void *, because
 * that is another type in the bridge's own files on kernels before 6.1.
 */

/**
 * vfio_mdev_get_device() - take a reference to a device as VFIO knows it
 * @dev:	the mediated device, mdev_dev(mdev)
 *
 * While there is one the device stays bound to vfio_mdev: unbinding takes it away
 * from VFIO's users and then waits for the reference, and so does
 * mdev_unregister_device(). On kernels up to 5.18 VFIO waits first. To a
 * writer of "remove" the device is in use, as if it were open; on kernels up to
 * 5.18 the writer waits.
 *
 * Context: any; does not sleep. On kernels up to 5.18: process; sleeps.
 * Return: the kernel's struct vfio_device, for vfio_mdev_put_device(); NULL if
 * @dev is not a mediated device, or is one that is not bound to vfio_mdev or is being
 * unbound. On kernels up to 5.18 VFIO's other devices can be had, too.
 *
 * Interface of vfio_device_get_from_dev() of Linux 4.10 to 5.18.
 */
void *vfio_mdev_get_device(struct device *dev);

/**
 * vfio_mdev_put_device() - give a reference back
 * @vdev:	what vfio_mdev_get_device() returned, not NULL
 *
 * Context: any; does not sleep. On kernels up to 5.12: process; sleeps.
 *
 * Interface of vfio_device_put() of Linux 4.10 to 5.18.
 */
void vfio_mdev_put_device(void *vdev);

/**
 * vfio_mdev_device_data() - the mediated device of a VFIO device
 * @vdev:	what vfio_mdev_get_device() returned, not NULL
 *
 * Context: any.
 * Return: the struct mdev_device. On kernels up to 5.18, for a device of another
 * driver: NULL, or before 5.13 what that driver has registered.
 *
 * Interface of vfio_device_data() of Linux 4.10 to 5.12.
 */
void *vfio_mdev_device_data(void *vdev);

/*
 * Auxiliary domains of the IOMMU, for drivers of Linux 5.1 to 5.17, which know
 * these by the names that include/linux/vfio.h makes macros of. @feature is
 * VFIO_MDEV_IOMMU_FEAT_AUX, a number that no kernel's enum has, or one of the
 * kernel's enum iommu_dev_features.
 */
#define VFIO_MDEV_IOMMU_FEAT_AUX	0x41555800

/**
 * vfio_mdev_iommu_has_feature() - does a device's IOMMU have a feature?
 * @dev:	the device
 * @feature:	VFIO_MDEV_IOMMU_FEAT_AUX or one of enum iommu_dev_features
 *
 * Context: any.
 * Return: true if so; false where the kernel can't tell.
 *
 * Interface of iommu_dev_has_feature() of Linux 5.1 to 5.17.
 */
bool vfio_mdev_iommu_has_feature(struct device *dev, int feature);

/**
 * vfio_mdev_iommu_feature_enabled() - is a feature switched on?
 * @dev:	the device
 * @feature:	as above
 *
 * Context: any.
 * Return: true if so; false where the kernel can't tell.
 *
 * Interface of iommu_dev_feature_enabled() of Linux 5.1 to 5.17.
 */
bool vfio_mdev_iommu_feature_enabled(struct device *dev, int feature);

/**
 * vfio_mdev_iommu_enable_feature() - switch a feature on
 * @dev:	the device
 * @feature:	as above
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV if the device or the kernel has no such feature; or another
 * error of the IOMMU driver.
 *
 * Interface of iommu_dev_enable_feature() of Linux 5.1 to 6.15.
 */
int vfio_mdev_iommu_enable_feature(struct device *dev, int feature);

/**
 * vfio_mdev_iommu_disable_feature() - switch a feature off
 * @dev:	the device
 * @feature:	as above
 *
 * Context: process; may sleep.
 * Return: 0; -EBUSY if the device or the kernel has no such feature; or another
 * error of the IOMMU driver.
 *
 * Interface of iommu_dev_disable_feature() of Linux 5.1 to 6.15.
 */
int vfio_mdev_iommu_disable_feature(struct device *dev, int feature);

/**
 * vfio_mdev_iommu_aux_attach() - attach a device to an auxiliary domain
 * @domain:	the domain
 * @dev:	the device, with VFIO_MDEV_IOMMU_FEAT_AUX enabled
 *
 * Context: process; may sleep.
 * Return: 0; -ENODEV if the device or the kernel has no such feature; or another
 * error of the IOMMU driver.
 *
 * Interface of iommu_aux_attach_device() of Linux 5.1 to 5.17.
 */
int vfio_mdev_iommu_aux_attach(struct iommu_domain *domain, struct device *dev);

/**
 * vfio_mdev_iommu_aux_detach() - undo vfio_mdev_iommu_aux_attach()
 * @domain:	the domain
 * @dev:	the device
 *
 * Context: process; may sleep.
 *
 * Interface of iommu_aux_detach_device() of Linux 5.1 to 5.17.
 */
void vfio_mdev_iommu_aux_detach(struct iommu_domain *domain,
				struct device *dev);

/**
 * vfio_mdev_iommu_aux_get_pasid() - the PASID of an auxiliary domain
 * @domain:	the domain
 * @dev:	the device that is attached to it
 *
 * Context: any.
 * Return: the PASID; -ENODEV if the device or the kernel has no such feature.
 *
 * Interface of iommu_aux_get_pasid() of Linux 5.1 to 5.17.
 */
int vfio_mdev_iommu_aux_get_pasid(struct iommu_domain *domain,
				  struct device *dev);

/**
 * vfio_mdev_iommu_domain() - the IOMMU domain that a mediated device is in
 * @dev:	the mediated device, opened
 *
 * Context: process; may sleep.
 * Return: the domain, valid while the device is open; ERR_PTR(-EINVAL) if @dev is
 * NULL, or not opened on a kernel whose VFIO tells the domain; ERR_PTR(-ENODEV) if
 * it is in none, which is so unless mdev_set_iommu_device() has succeeded, or if
 * VFIO does not tell, as before Linux 5.12 and since 5.18.
 *
 * Interface of vfio_group_iommu_domain() of Linux 5.12 to 5.17, but for the
 * device.
 */
struct iommu_domain *vfio_mdev_iommu_domain(struct device *dev);

/**
 * vfio_mdev_mig_get_next_state() - the next arc on the way to a state
 * @flags:	the states that the device has, VFIO_MIGRATION_*
 * @state:	where it is, VFIO_DEVICE_STATE_*
 * @target:	where it is to go; any number
 * @next:	where the next arc leads
 *
 * For drivers that find the way themselves, as VFIO's own ops ask them to: they
 * go on from @next until it is @target. For a driver that the bridge calls,
 * there is nothing to do, as the bridge does that.
 *
 * The answers are those of VFIO's vfio_mig_get_next_state(), which not every
 * kernel has with all states.
 *
 * Context: any.
 * Return: 0; -EINVAL if there is no way, or @flags don't have @state or @target.
 */
int vfio_mdev_mig_get_next_state(u64 flags, u32 state, u32 target, u32 *next);

/**
 * vfio_mdev_dirty_set() - report memory as written
 * @dirty:	as &vfio_mdev_device_ops.log_read_and_clear got it
 * @iova:	the first byte
 * @length:	how many there are
 *
 * What was not asked about is left out.
 *
 * Context: in that op only; sleeps, and may fault in the user's memory. So not
 * with a lock held that an op takes which serves a fault.
 *
 * The interface is ours; in VFIO's own ops it is iova_bitmap_set(), since
 * Linux 6.1.
 */
void vfio_mdev_dirty_set(struct vfio_mdev_dirty *dirty, u64 iova, u64 length);

#endif /* _LINUX_VFIO_MDEV_H */
