// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "iommufd.h"

#define IOMMUFD_IO(number) _IO(';', 0x80 + (number))

enum {
	DESTROY = IOMMUFD_IO(0),
	IOAS_ALLOC = IOMMUFD_IO(1),
	IOAS_MAP = IOMMUFD_IO(5),
	IOAS_UNMAP = IOMMUFD_IO(6),
};

enum {
	MAP_FIXED_IOVA = 1 << 0,
	MAP_WRITEABLE = 1 << 1,
	MAP_READABLE = 1 << 2,
};

struct destroy_request {
	uint32_t size;
	uint32_t id;
};

struct alloc_request {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};

struct map_request {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};

struct unmap_request {
	uint32_t size;
	uint32_t ioas_id;
	uint64_t iova;
	uint64_t length;
};

int iommufd_open(void)
{
	int fd = open(IOMMUFD_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Its name is that of the only directory in the device's vfio-dev. */
int cdev_open(const char *uuid)
{
	char path[300] = "";
	struct dirent *entry;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s/vfio-dev", uuid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	path[0] = 0;
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "vfio", 4))
			snprintf(path, sizeof(path), "/dev/vfio/devices/%s",
				 entry->d_name);
	closedir(dir);

	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cdev_bind(int fd, int iommufd)
{
	struct bind_request bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd,
	};

	return device_ioctl(fd, DEVICE_BIND, &bind);
}

int cdev_attach(int fd, uint32_t ioas)
{
	struct attach_request attach = {
		.argsz = sizeof(attach),
		.pt_id = ioas,
	};

	return device_ioctl(fd, DEVICE_ATTACH, &attach);
}

int cdev_detach(int fd)
{
	struct detach_request detach = { .argsz = sizeof(detach) };

	return device_ioctl(fd, DEVICE_DETACH, &detach);
}

int ioas_alloc(int iommufd)
{
	struct alloc_request alloc = { .size = sizeof(alloc) };
	int ret = device_ioctl(iommufd, IOAS_ALLOC, &alloc);

	return ret ? ret : (int)alloc.out_ioas_id;
}

int ioas_destroy(int iommufd, uint32_t ioas)
{
	struct destroy_request destroy = {
		.size = sizeof(destroy),
		.id = ioas,
	};

	return device_ioctl(iommufd, DESTROY, &destroy);
}

int ioas_map(int iommufd, uint32_t ioas, void *addr, size_t size,
	     uint64_t iova)
{
	struct map_request map = {
		.size = sizeof(map),
		.flags = MAP_FIXED_IOVA | MAP_WRITEABLE | MAP_READABLE,
		.ioas_id = ioas,
		.user_va = (uintptr_t)addr,
		.length = size,
		.iova = iova,
	};

	return device_ioctl(iommufd, IOAS_MAP, &map);
}

int ioas_unmap(int iommufd, uint32_t ioas, uint64_t iova, size_t size)
{
	struct unmap_request unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas,
		.iova = iova,
		.length = size,
	};

	return device_ioctl(iommufd, IOAS_UNMAP, &unmap);
}
