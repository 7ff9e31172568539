// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers with a VFIO whose device is the driver's: it initializes what the
 * driver has allocated.
 */
#include <linux/mdev.h>

#include "../../compat/iommu_group.h"
#include "vfio_device.h"

/* Since 5.15 VFIO calls open_device(), for the first user only, which serves as well. */
#ifdef HAVE_vfio_open_device
#define OPEN open_device
#define CLOSE close_device
#else
#define OPEN open
#define CLOSE release
#endif

static void device_5_13_uninit(struct vfio_device *core)
{
#ifdef HAVE_vfio_uninit_group_dev
	vfio_uninit_group_dev(core);
#endif
}

static struct compat_vfio_device *device_5_13_to_vdev(struct vfio_device *core)
{
	return container_of(core, struct compat_vfio_device, core);
}

static int device_5_13_open(struct vfio_device *core)
{
	return compat_vfio_open(device_5_13_to_vdev(core));
}

static void device_5_13_close(struct vfio_device *core)
{
	compat_vfio_close(device_5_13_to_vdev(core));
}

static ssize_t device_5_13_read(struct vfio_device *core, char __user *buf,
				size_t count, loff_t *ppos)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->read(vdev, buf, count, ppos);
}

static ssize_t device_5_13_write(struct vfio_device *core,
				 const char __user *buf, size_t count,
				 loff_t *ppos)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->write(vdev, buf, count, ppos);
}

static long device_5_13_ioctl(struct vfio_device *core, unsigned int cmd,
			      unsigned long arg)
{
	return compat_vfio_ioctl(device_5_13_to_vdev(core), cmd, arg);
}

static int device_5_13_mmap(struct vfio_device *core,
			    struct vm_area_struct *vma)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->mmap(vdev, vma);
}

static void device_5_13_request(struct vfio_device *core, unsigned int count)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	vdev->ops->request(vdev, count);
}

static int device_5_13_match(struct vfio_device *core, char *name)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	return vdev->ops->match(vdev, name);
}

#ifdef HAVE_vfio_pin_pages_iova

static void device_5_13_dma_unmap(struct vfio_device *core, u64 iova,
				  u64 length)
{
	struct compat_vfio_device *vdev = device_5_13_to_vdev(core);

	vdev->ops->dma_unmap(vdev, iova, length);
}

#define DMA_UNMAP_OP .dma_unmap = device_5_13_dma_unmap,
#else
#define DMA_UNMAP_OP
#endif

static const struct vfio_device_ops device_5_13_ops = {
	.name = "vfio-mdev",
	.OPEN = device_5_13_open,
	.CLOSE = device_5_13_close,
	.read = device_5_13_read,
	.write = device_5_13_write,
	.ioctl = device_5_13_ioctl,
	.mmap = device_5_13_mmap,
	.request = device_5_13_request,
	.match = device_5_13_match,
	DMA_UNMAP_OP
};

#ifdef HAVE_vfio_register_emulated_iommu_dev

static int device_5_13_register(struct compat_vfio_device *vdev)
{
	return vfio_register_emulated_iommu_dev(&vdev->core);
}

static void device_5_13_unregister(struct compat_vfio_device *vdev)
{
	vfio_unregister_group_dev(&vdev->core);
}

#else

static int device_5_13_register(struct compat_vfio_device *vdev)
{
	int ret;

	ret = compat_add_iommu_group(vdev->dev);
	if (ret)
		return ret;
	ret = vfio_register_group_dev(&vdev->core);
	if (ret)
		compat_remove_iommu_group(vdev->dev);
	return ret;
}

static void device_5_13_unregister(struct compat_vfio_device *vdev)
{
	vfio_unregister_group_dev(&vdev->core);
	compat_remove_iommu_group(vdev->dev);
}

#endif

/**
 * compat_vfio_register_device() - make a device usable through VFIO
 * @vdev:	the device
 *
 * Context: process; sleeps.
 * Return: 0 or an error.
 */
int compat_vfio_register_device(struct compat_vfio_device *vdev)
{
	int ret;

	vfio_init_group_dev(&vdev->core, vdev->dev, &device_5_13_ops);
	ret = device_5_13_register(vdev);
	if (ret)
		device_5_13_uninit(&vdev->core);
	return ret;
}

/**
 * compat_vfio_unregister_device() - undo compat_vfio_register_device()
 * @vdev:	the device
 *
 * Context: process; sleeps, until no user has the device.
 */
void compat_vfio_unregister_device(struct compat_vfio_device *vdev)
{
	device_5_13_unregister(vdev);
	device_5_13_uninit(&vdev->core);
}

/**
 * compat_vfio_device_data() - vfio_device_data() of Linux 5.10
 * @core:	VFIO's device
 *
 * Context: any.
 * Return: the mediated device, or NULL if it belongs to another driver.
 */
void *compat_vfio_device_data(struct vfio_device *core)
{
	return core->ops == &device_5_13_ops ? mdev_from_dev(core->dev) : NULL;
}
