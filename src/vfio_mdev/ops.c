// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VFIO calls, handed on to the parent driver's device ops.
 */
#include "pages.h"
#include "trace.h"

static int ops_init(struct vfio_device *vdev)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	mutex_init(&vmdev->migration_lock);
	mutex_init(&vmdev->log_lock);
	vfio_mdev_devices_get();
	return 0;
}

static void ops_release(struct vfio_device *vdev)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	vfio_mdev_pages_free(vmdev);
	mutex_destroy(&vmdev->log_lock);
	mutex_destroy(&vmdev->migration_lock);
	compat_vfio_free_device(vdev);
	vfio_mdev_devices_put();
}

static int ops_open_first(struct vfio_mdev_device *vmdev)
{
	int ret;

	ret = mdev_device_open(vmdev->mdev);
	if (ret)
		return ret;
	vfio_mdev_pages_open(vmdev);
	if (vmdev->ops->open)
		ret = vmdev->ops->open(vmdev->mdev);
	if (ret)
		goto close;
	vfio_mdev_pages_opened(vmdev);
	return 0;

close:
	vfio_mdev_pages_closing(vmdev);
	vfio_mdev_pages_close(vmdev);
	mdev_device_close(vmdev->mdev);
	return ret;
}

static int ops_open_device(struct vfio_device *vdev)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);
	int ret = ops_open_first(vmdev);

	trace_vfio_mdev_open(vmdev->mdev, ret);
	return ret;
}

static void ops_close_device(struct vfio_device *vdev)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	vfio_mdev_log_close(vdev);
	vfio_mdev_pages_closing(vmdev);
	if (vmdev->ops->release)
		vmdev->ops->release(vmdev->mdev);
	vfio_mdev_pages_close(vmdev);
	trace_vfio_mdev_close(vmdev->mdev, 0);
	mdev_device_close(vmdev->mdev);
}

static ssize_t ops_read(struct vfio_device *vdev, char __user *buf,
			size_t count, loff_t *ppos)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (unlikely(!vmdev->ops->read))
		return -EINVAL;
	return vmdev->ops->read(vmdev->mdev, buf, count, ppos);
}

static ssize_t ops_write(struct vfio_device *vdev, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (unlikely(!vmdev->ops->write))
		return -EINVAL;
	return vmdev->ops->write(vmdev->mdev, buf, count, ppos);
}

static long ops_call_ioctl(struct vfio_device *vdev, unsigned int cmd,
			   unsigned long arg)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (!vmdev->ops->ioctl)
		return -ENOTTY;
	return vmdev->ops->ioctl(vmdev->mdev, cmd, arg);
}

static int ops_call_get_region_info(struct vfio_device *vdev,
				    struct vfio_region_info *info,
				    struct vfio_info_cap *caps)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	return vmdev->ops->get_region_info(vmdev->mdev, info, caps);
}

/*
 * VFIO hands VFIO_DEVICE_GET_REGION_INFO to one of the next two, depending on
 * the kernel. The parent driver answers in its op, or else in its ioctl().
 */
static int __maybe_unused
ops_get_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
		    struct vfio_info_cap *caps)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (!vmdev->ops->get_region_info)
		return compat_region_info_from_ioctl(vdev, ops_call_ioctl,
						     info);
	/* As on other kernels, the op sees only the user's argsz and index. */
	*info = (struct vfio_region_info) {
		.argsz = info->argsz,
		.index = info->index,
	};
	return ops_call_get_region_info(vdev, info, caps);
}

static long ops_ioctl(struct vfio_device *vdev, unsigned int cmd,
		      unsigned long arg)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (cmd == VFIO_DEVICE_GET_REGION_INFO && vmdev->ops->get_region_info)
		return compat_region_info_ioctl(vdev, ops_call_get_region_info,
						(void __user *)arg);
	return ops_call_ioctl(vdev, cmd, arg);
}

static int ops_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (!vmdev->ops->mmap)
		return -EINVAL;
	return vmdev->ops->mmap(vmdev->mdev, vma);
}

/* Called while the device is being unregistered, which waits in any case. */
static void ops_request(struct vfio_device *vdev, unsigned int count)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (vmdev->ops->request)
		vmdev->ops->request(vmdev->mdev, count);
}

/* VFIO calls it at each open, the first or another, to find the device. */
static int ops_match(struct vfio_device *vdev, char *name)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if (strcmp(dev_name(vdev->dev), name))
		return 0;
	return READ_ONCE(vmdev->pages->dying) ? -ENODEV : 1;
}

static void ops_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	vfio_mdev_pages_unmap(to_vfio_mdev_device(vdev), iova, length);
}

static void __maybe_unused ops_kvm_changed(struct vfio_device *vdev)
{
	vfio_mdev_pages_kvm_changed(to_vfio_mdev_device(vdev));
}

const struct vfio_device_ops vfio_mdev_device_vfio_ops = {
	.name = "vfio-mdev",
	.init = ops_init,
	.release = ops_release,
	.open_device = ops_open_device,
	.close_device = ops_close_device,
	.read = ops_read,
	.write = ops_write,
	.ioctl = ops_ioctl,
	.mmap = ops_mmap,
	.request = ops_request,
	.match = ops_match,
	.dma_unmap = ops_dma_unmap,
	.device_feature = vfio_mdev_device_feature,
	COMPAT_KVM_CHANGED_OP(ops_kvm_changed)
	COMPAT_REGION_INFO_OP(ops_get_region_info)
	COMPAT_IOMMUFD_OPS
};
