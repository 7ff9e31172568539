// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd: the character device of a card of mtty. The way it is meant, step
 * by step, and what somebody might try who means no good.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "iommufd.h"
#include "tap.h"

#define NO_SUCH_ID 0x7fffffff

static int get_info(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	return device_ioctl(fd, VFIO_DEVICE_GET_INFO, &info);
}

static int must(int ret, const char *what)
{
	if (ret < 0)
		bail_out("%s: %s", what, errno_name(ret));
	return ret;
}

static void test_before_bind(int fd)
{
	struct vfio_region_info region;
	char byte = 0;
	void *map;

	is(get_info(fd), -EINVAL, "before it is bound: no info");
	is(region_info(fd, 0, &region), -EINVAL, "no region info");
	is(device_reset(fd), -EINVAL, "no reset");
	is(device_read(fd, &byte, 1, 0), -EINVAL, "no read");
	is(device_write(fd, &byte, 1, 0), -EINVAL, "no write");
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	ok(map == MAP_FAILED && errno == EINVAL, "no mapping");
	is(cdev_attach(fd, 1), -EINVAL, "no attaching");
	is(cdev_detach(fd), -EINVAL, "no detaching");
}

static int bind_raw(int fd, uint32_t argsz, uint32_t flags, int iommufd)
{
	struct bind_request bind = {
		.argsz = argsz,
		.flags = flags,
		.iommufd = iommufd,
	};

	return device_ioctl(fd, DEVICE_BIND, &bind);
}

/* Memory that the answer can't be written to. */
static int bind_to_read_only(int fd, int iommufd)
{
	struct bind_request *bind;
	int ret;

	bind = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bind->argsz = sizeof(*bind);
	bind->iommufd = iommufd;
	mprotect(bind, 4096, PROT_READ);
	ret = device_ioctl(fd, DEVICE_BIND, bind);
	munmap(bind, 4096);
	return ret;
}

static void test_bad_binds(int fd, int iommufd)
{
	int other = open("/dev/null", O_RDWR);

	is(bind_raw(fd, 8, 0, iommufd), -EINVAL, "binding: argsz too small");
	is(bind_raw(fd, sizeof(struct bind_request), 1, iommufd), -EINVAL,
	   "flags that nobody knows");
	is(bind_raw(fd, sizeof(struct bind_request), 0, -1), -EINVAL,
	   "no file");
	is(bind_raw(fd, sizeof(struct bind_request), 0, 1000), -EBADF,
	   "a file that is not open");
	is(bind_raw(fd, sizeof(struct bind_request), 0, other), -EBADFD,
	   "a file that is no iommufd");
	is(bind_raw(fd, sizeof(struct bind_request), 0, fd), -EBADFD,
	   "itself");
	is(device_ioctl(fd, DEVICE_BIND, NULL), -EFAULT, "no memory to read");
	is(device_ioctl(fd, DEVICE_BIND, end_of_memory(8)), -EFAULT,
	   "memory that ends too early");
	is(bind_to_read_only(fd, iommufd), -EFAULT,
	   "memory that can't be written to");
	is(get_info(fd), -EINVAL, "none of these has bound it");
	close(other);
}

static void test_bound(int fd, int iommufd, const char *uuid)
{
	struct vfio_region_info region;
	struct device group;
	int again;
	uint32_t id;

	is(cdev_bind(fd, iommufd), -EINVAL, "it can't be bound twice");
	again = must(cdev_open(uuid), "opening it again");
	is(cdev_bind(again, iommufd), -EINVAL, "nor by another opener");
	is(get_info(again), -EINVAL, "who has nothing of it");
	close(again);
	is(group_open(&group, uuid), -EBUSY, "nobody gets it by its group");

	is(get_info(fd), 0, "it gives info");
	is(region_info(fd, VFIO_PCI_CONFIG_REGION_INDEX, &region), 0,
	   "and region info");
	is(device_read(fd, &id, sizeof(id), region.offset), sizeof(id),
	   "config space can be read");
	is_hex(le32toh(id), 0x32534348, "and is that of the card");
	is(region_info(fd, VFIO_PCI_BAR0_REGION_INDEX, &region), 0,
	   "the first port has a region");
	is(device_write(fd, "\x5a", 1, region.offset + 7), 1,
	   "its scratch register can be written to");
	is_hex(device_in(fd, 1, region.offset + 7), 0x5a,
	       "and holds what was written");
	is(device_reset(fd), 0, "it can be reset");
}

static void test_bad_attaches(int fd)
{
	struct attach_request attach = { .argsz = 4, .pt_id = 1 };
	struct detach_request detach = { .argsz = 4 };

	is(device_ioctl(fd, DEVICE_ATTACH, &attach), -EINVAL,
	   "attaching: argsz too small");
	attach.argsz = sizeof(attach);
	attach.flags = ~0u;
	is(device_ioctl(fd, DEVICE_ATTACH, &attach), -EINVAL,
	   "flags that nobody knows");
	is(cdev_attach(fd, NO_SUCH_ID), -ENOENT, "no such address space");
	is(cdev_attach(fd, 0), -ENOENT, "nor the id 0");
	is(device_ioctl(fd, DEVICE_ATTACH, end_of_memory(4)), -EFAULT,
	   "memory that ends too early");
	is(device_ioctl(fd, DEVICE_DETACH, &detach), -EINVAL,
	   "detaching: argsz too small");
	is(cdev_detach(fd), 0, "detaching what is not attached is no error");
}

static void test_attached(int fd, int iommufd)
{
	const size_t size = 4 * sysconf(_SC_PAGESIZE);
	int first = must(ioas_alloc(iommufd), "an address space");
	int second = must(ioas_alloc(iommufd), "another address space");
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	is(ioas_map(iommufd, first, memory, size, 0x100000), 0,
	   "memory can be mapped");
	is(cdev_attach(fd, first), 0, "it can be attached");
	is(cdev_attach(fd, first), 0, "a second time, too");
	is(ioas_destroy(iommufd, first), -EBUSY,
	   "the address space can't go while it is attached");
	is(ioas_map(iommufd, first, memory, size, 0x200000), 0,
	   "more can be mapped");
	is(ioas_unmap(iommufd, first, 0x100000, size), 0,
	   "and the first be unmapped");
	is(cdev_attach(fd, second), 0, "another one can take its place");
	is(ioas_destroy(iommufd, first), 0, "then the first can go");
	is(get_info(fd), 0, "the device works");
	is(cdev_detach(fd), 0, "it can be detached");
	is(cdev_detach(fd), 0, "a second time, too");
	is(get_info(fd), 0, "the device works");
	is(cdev_attach(fd, second), 0, "it can be attached again");
	munmap(memory, size);
}

/* Files closed in either order, while it is attached. */
static void test_closing(const char *uuid, bool iommufd_first)
{
	int iommufd = must(iommufd_open(), IOMMUFD_PATH);
	int ioas = must(ioas_alloc(iommufd), "an address space");
	int fd = must(cdev_open(uuid), "opening it");

	is(cdev_bind(fd, iommufd), 0, "another file of it can be bound");
	is(cdev_attach(fd, ioas), 0, "and attached");
	if (iommufd_first) {
		close(iommufd);
		is(get_info(fd), 0, "it works when " IOMMUFD_PATH " is closed");
		is(cdev_attach(fd, ioas), 0, "and knows its address space");
		close(fd);
	} else {
		close(fd);
		is(ioas_destroy(iommufd, ioas), 0,
		   "closing it let go of the address space");
		close(iommufd);
	}
}

static void test_group_open(const char *uuid)
{
	int iommufd = must(iommufd_open(), IOMMUFD_PATH);
	int fd = must(cdev_open(uuid), "opening it");
	struct device group;

	is(group_open(&group, uuid), 0, "its group can be opened");
	is(cdev_bind(fd, iommufd), -EBUSY, "which keeps others from binding");
	device_close(&group);
	is(cdev_bind(fd, iommufd), 0, "until it is closed");
	close(fd);
	close(iommufd);
}

int cmd_iommufd(char **args)
{
	int iommufd = must(iommufd_open(), IOMMUFD_PATH);
	int fd = must(cdev_open(args[0]), "opening it");

	test_before_bind(fd);
	test_bad_binds(fd, iommufd);
	is(cdev_bind(fd, iommufd), 0, "it can be bound");
	test_bound(fd, iommufd, args[0]);
	test_bad_attaches(fd);
	test_attached(fd, iommufd);
	close(fd);		/* attached */
	close(iommufd);
	test_closing(args[0], false);
	test_closing(args[0], true);
	test_group_open(args[0]);
	return tap_done();
}
