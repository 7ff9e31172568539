// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "iommufd.h"
#include "tap.h"

/* Whether VFIO_ACCESS says so. */
static bool access_is(const char *way)
{
	const char *wanted = getenv("VFIO_ACCESS");

	return !strcmp(wanted ? wanted : "group", way);
}

static int fail(struct device *dev, const char *step)
{
	dev->failed_at = step;
	return -errno;
}

static int group_path(const char *uuid, char *path, size_t size)
{
	char link[256], target[256];
	const char *number;
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/bus/mdev/devices/%s/iommu_group",
		 uuid);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return -1;
	target[len] = 0;
	number = strrchr(target, '/');
	snprintf(path, size, "/dev/vfio/%.32s", number ? number + 1 : target);
	return 0;
}

/* The group, into the container. */
static int group_join_steps(struct device *dev)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[64];

	if (group_path(dev->uuid, path, sizeof(path)))
		return fail(dev, "iommu_group");
	dev->group = open(path, O_RDWR | O_CLOEXEC);
	if (dev->group < 0)
		return fail(dev, "/dev/vfio/GROUP");
	if (ioctl(dev->group, VFIO_GROUP_GET_STATUS, &status))
		return fail(dev, "VFIO_GROUP_GET_STATUS");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		errno = EPERM;
		return fail(dev, "group not viable");
	}
	if (ioctl(dev->group, VFIO_GROUP_SET_CONTAINER, &dev->container))
		return fail(dev, "VFIO_GROUP_SET_CONTAINER");
	return 0;
}

static int group_open_steps(struct device *dev)
{
	const char *container = access_is("iommu-group") ? IOMMUFD_PATH :
				"/dev/vfio/vfio";
	int ret;

	dev->container = open(container, O_RDWR | O_CLOEXEC);
	if (dev->container < 0)
		return fail(dev, container);
	ret = group_join_steps(dev);
	if (ret)
		return ret;
	if (ioctl(dev->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return fail(dev, "VFIO_SET_IOMMU");
	return 0;
}

static void init(struct device *dev, const char *uuid)
{
	memset(dev, 0, sizeof(*dev));
	dev->uuid = uuid;
	dev->container = -1;
	dev->group = -1;
	dev->fd = -1;
}

int group_open(struct device *dev, const char *uuid)
{
	int ret;

	init(dev, uuid);
	ret = group_open_steps(dev);
	if (ret)
		device_close(dev);
	return ret;
}

int group_join(struct device *dev, const char *uuid)
{
	dev->uuid = uuid;
	dev->group = -1;
	dev->fd = -1;
	return group_join_steps(dev);
}

int device_get_fd(struct device *dev)
{
	int fd = ioctl(dev->group, VFIO_GROUP_GET_DEVICE_FD, dev->uuid);

	return fd < 0 ? fail(dev, "VFIO_GROUP_GET_DEVICE_FD") : fd;
}

/* A step's result, kept where it says what failed. */
static int step(struct device *dev, int ret, const char *name)
{
	if (ret < 0)
		dev->failed_at = name;
	return ret;
}

static int cdev_open_steps(struct device *dev)
{
	int ret;

	ret = step(dev, cdev_open(dev->uuid), "/dev/vfio/devices/vfioN");
	if (ret < 0 || access_is("cdev-unbound")) {
		dev->fd = ret;
		return ret < 0 ? ret : 0;
	}
	dev->fd = ret;
	ret = step(dev, iommufd_open(), IOMMUFD_PATH);
	if (ret < 0)
		return ret;
	dev->container = ret;
	ret = step(dev, cdev_bind(dev->fd, dev->container),
		   "VFIO_DEVICE_BIND_IOMMUFD");
	if (ret < 0)
		return ret;
	ret = step(dev, ioas_alloc(dev->container), "IOMMU_IOAS_ALLOC");
	if (ret < 0)
		return ret;
	return step(dev, cdev_attach(dev->fd, ret),
		    "VFIO_DEVICE_ATTACH_IOMMUFD_PT");
}

static int device_open_cdev(struct device *dev, const char *uuid)
{
	int ret;

	init(dev, uuid);
	ret = cdev_open_steps(dev);
	if (ret)
		device_close(dev);
	return ret;
}

int device_open(struct device *dev, const char *uuid)
{
	int ret;

	if (access_is("cdev") || access_is("cdev-unbound"))
		return device_open_cdev(dev, uuid);

	ret = group_open(dev, uuid);
	if (ret)
		return ret;

	ret = device_get_fd(dev);
	if (ret < 0) {
		device_close(dev);
		return ret;
	}
	dev->fd = ret;
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void device_close(struct device *dev)
{
	close_one(&dev->fd);
	close_one(&dev->group);
	close_one(&dev->container);
}

void device_must_open(struct device *dev, const char *uuid)
{
	int ret = device_open(dev, uuid);

	if (ret)
		bail_out("cannot open %s: %s: %s", uuid, dev->failed_at,
			 errno_name(ret));
}

int device_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int device_reset(int fd)
{
	return device_ioctl(fd, VFIO_DEVICE_RESET, NULL);
}

ssize_t device_read(int fd, void *buf, size_t count, uint64_t pos)
{
	ssize_t ret = pread(fd, buf, count, (off_t)pos);

	return ret < 0 ? -errno : ret;
}

ssize_t device_write(int fd, const void *buf, size_t count, uint64_t pos)
{
	ssize_t ret = pwrite(fd, buf, count, (off_t)pos);

	return ret < 0 ? -errno : ret;
}

uint64_t device_in(int fd, size_t size, uint64_t pos)
{
	uint64_t value = 0;

	device_read(fd, &value, size, pos);
	return le64toh(value);
}

ssize_t device_out(int fd, uint64_t value, size_t size, uint64_t pos)
{
	value = htole64(value);
	return device_write(fd, &value, size, pos);
}

int region_info(int fd, unsigned int index, struct vfio_region_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	info->index = index;
	return device_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

uint64_t config_base(int fd)
{
	struct vfio_region_info info;

	if (region_info(fd, VFIO_PCI_CONFIG_REGION_INDEX, &info))
		bail_out("no config space");
	return info.offset;
}

void *new_memory(size_t size)
{
	void *area = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (area == MAP_FAILED)
		bail_out("no memory");
	return area;
}

int device_map(struct device *dev, void *area, uint64_t iova, size_t size,
	       uint32_t flags)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.vaddr = (uintptr_t)area,
		.iova = iova,
		.size = size,
	};

	return device_ioctl(dev->container, VFIO_IOMMU_MAP_DMA, &map);
}

int device_unmap(struct device *dev, uint64_t iova, size_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	return device_ioctl(dev->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

void *end_of_memory(size_t size)
{
	long page = sysconf(_SC_PAGESIZE);
	char *area = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		bail_out("no memory");
	mprotect(area + page, page, PROT_NONE);
	return area + page - size;
}

const char *errno_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { EINTR, "EINTR" },
		{ EIO, "EIO" }, { ENXIO, "ENXIO" }, { E2BIG, "E2BIG" },
		{ EBADF, "EBADF" }, { EAGAIN, "EAGAIN" },
		{ ENOMEM, "ENOMEM" }, { EACCES, "EACCES" },
		{ EFAULT, "EFAULT" }, { EBUSY, "EBUSY" },
		{ EEXIST, "EEXIST" }, { ENODEV, "ENODEV" },
		{ EINVAL, "EINVAL" }, { EMFILE, "EMFILE" },
		{ ENOTTY, "ENOTTY" }, { ENOSPC, "ENOSPC" },
		{ ESPIPE, "ESPIPE" }, { ERANGE, "ERANGE" },
		{ EUSERS, "EUSERS" }, { EOPNOTSUPP, "EOPNOTSUPP" },
		{ EBADFD, "EBADFD" }, { EOVERFLOW, "EOVERFLOW" }, { ESHUTDOWN, "ESHUTDOWN" },
	};
	static __thread char number[24];
	size_t i;

	if (error < 0)
		error = -error;
	if (!error)
		return "success";
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].error == error)
			return names[i].name;
	snprintf(number, sizeof(number), "errno %d", error);
	return number;
}
