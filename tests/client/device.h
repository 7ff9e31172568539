/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mediated device, opened through VFIO. Whatever can fail returns a negative
 * errno.
 *
 * The way in is that of the environment variable VFIO_ACCESS:
 *   group         its group, and a container (so it is without the variable)
 *   iommu-group   its group, and /dev/iommu for a container
 *   cdev          its own character device, bound to /dev/iommu and attached
 *   cdev-unbound  the same, but only opened: not bound, not attached
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct device {
	int container;		/* or /dev/iommu */
	int group;
	int fd;
	const char *uuid;
	const char *failed_at;	/* the step at which opening it failed */
};

/* Container, group, IOMMU; not yet the device itself. Never a cdev. */
int group_open(struct device *dev, const char *uuid);

/* Its group only, into the container that @dev has. */
int group_join(struct device *dev, const char *uuid);

/* A file of the device, from its group: may be called repeatedly. */
int device_get_fd(struct device *dev);

int device_open(struct device *dev, const char *uuid);
void device_close(struct device *dev);

/* Opens it or ends the program with "Bail out!". */
void device_must_open(struct device *dev, const char *uuid);

int device_ioctl(int fd, unsigned long request, void *arg);
int device_reset(int fd);
ssize_t device_read(int fd, void *buf, size_t count, uint64_t pos);
ssize_t device_write(int fd, const void *buf, size_t count, uint64_t pos);

/*
 * A register of @size bytes, at most 8, which is little-endian, as all are of a PCI
 * device. The value is 0 if it can't be read; writing returns what device_write()
 * does.
 */
uint64_t device_in(int fd, size_t size, uint64_t pos);
ssize_t device_out(int fd, uint64_t value, size_t size, uint64_t pos);

/* Fills @info for region @index with argsz as it should be. */
int region_info(int fd, unsigned int index, struct vfio_region_info *info);

/* Where configuration space is; ends the program if there is none. */
uint64_t config_base(int fd);

/* Memory of the program's own, present; ends the program if there is none. */
void *new_memory(size_t size);

/* For the device, and for all others in its container. */
int device_map(struct device *dev, void *area, uint64_t iova, size_t size,
	       uint32_t flags);
int device_unmap(struct device *dev, uint64_t iova, size_t size);

#define MAP_RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

/* An area that ends where unmapped memory begins. */
void *end_of_memory(size_t size);

const char *errno_name(int error);

#endif /* DEVICE_H */
