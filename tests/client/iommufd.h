/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's own character device, and iommufd, which it has to be bound to
 * before it is of use. The structures are the kernel's, since 6.6; the headers
 * of older releases have not got them. Whatever can fail returns a negative
 * errno.
 */
#ifndef IOMMUFD_H
#define IOMMUFD_H

#include <linux/vfio.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define IOMMUFD_PATH "/dev/iommu"

struct bind_request {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct attach_request {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};

struct detach_request {
	uint32_t argsz;
	uint32_t flags;
};

#define DEVICE_BIND	_IO(VFIO_TYPE, VFIO_BASE + 18)
#define DEVICE_ATTACH	_IO(VFIO_TYPE, VFIO_BASE + 19)
#define DEVICE_DETACH	_IO(VFIO_TYPE, VFIO_BASE + 20)

int iommufd_open(void);

/* The character device of @uuid; it is not bound yet. */
int cdev_open(const char *uuid);

int cdev_bind(int fd, int iommufd);
int cdev_attach(int fd, uint32_t ioas);
int cdev_detach(int fd);

/* An address space: its id. */
int ioas_alloc(int iommufd);
int ioas_destroy(int iommufd, uint32_t ioas);
int ioas_map(int iommufd, uint32_t ioas, void *addr, size_t size,
	     uint64_t iova);
int ioas_unmap(int iommufd, uint32_t ioas, uint64_t iova, size_t size);

#endif /* IOMMUFD_H */
