// SPDX-License-Identifier: GPL-2.0-only
/*
 * nomem: one system call in which the kernel's N-th allocation of memory
 * fails. Prints what came of it, and whether the call had that many.
 *
 * The kernel counts (and fails) what /sys/kernel/debug/failslab admits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "iommufd.h"
#include "migration.h"
#include "pages.h"
#include "tap.h"

#define FAIL_NTH "/proc/self/fail-nth"

struct attempt {
	int fail_nth;		/* file */
	const char *nth;
	unsigned int left;	/* that many more, and one would have failed */
};

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		bail_out("%s: %s", path, errno_name(errno));
	return fd;
}

static void arm(struct attempt *attempt)
{
	if (pwrite(attempt->fail_nth, attempt->nth, strlen(attempt->nth), 0) < 0)
		bail_out("%s: %s", FAIL_NTH, errno_name(errno));
}

static void disarm(struct attempt *attempt)
{
	char left[16] = "";

	if (pread(attempt->fail_nth, left, sizeof(left) - 1, 0) < 0 ||
	    pwrite(attempt->fail_nth, "0", 1, 0) < 0)
		bail_out("%s: %s", FAIL_NTH, errno_name(errno));
	attempt->left = strtoul(left, NULL, 0);
}

static int try_write(struct attempt *attempt, const char *path,
		     const char *text)
{
	int fd = must_open(path, O_WRONLY);
	int ret;

	arm(attempt);
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	disarm(attempt);
	close(fd);
	return ret;
}

static int try_get_fd(struct attempt *attempt, const char *uuid)
{
	struct device dev;
	int ret = group_open(&dev, uuid);

	if (ret)
		bail_out("%s: %s", dev.failed_at, errno_name(ret));
	arm(attempt);
	ret = device_get_fd(&dev);
	disarm(attempt);
	if (ret >= 0)
		close(ret);
	device_close(&dev);
	return ret < 0 ? ret : 0;
}

static int try_bind(struct attempt *attempt, const char *uuid)
{
	int iommufd = iommufd_open();
	int fd = cdev_open(uuid);
	int ret;

	if (iommufd < 0 || fd < 0)
		bail_out("no character device: %s, %s", errno_name(iommufd),
			 errno_name(fd));
	arm(attempt);
	ret = cdev_bind(fd, iommufd);
	disarm(attempt);
	close(fd);
	close(iommufd);
	return ret;
}

/* Whatever came of it, the device can go back. */
static int try_state(struct attempt *attempt, const char *uuid,
		     const char *state)
{
	struct device dev;
	int ret;

	device_must_open(&dev, uuid);
	arm(attempt);
	ret = state_set(dev.fd, state_by_name(state), NULL);
	disarm(attempt);
	if (device_reset(dev.fd) ||
	    state_get(dev.fd) != VFIO_DEVICE_STATE_RUNNING ||
	    state_set(dev.fd, VFIO_DEVICE_STATE_STOP_COPY, NULL))
		bail_out("it does not work afterwards");
	device_close(&dev);
	return ret;
}

/* Whatever came of it, there is a log afterwards. */
static int start_log(int fd)
{
	struct vfio_device_feature_dma_logging_range ranges[] = {
		{ .iova = 0x100000, .length = 0x100000 },
		{ .iova = 0x40000000, .length = 0x40000000 },
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = 4096,
		.num_ranges = 2,
		.ranges = (uintptr_t)ranges,
	};

	return feature_call(fd, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			    &control, sizeof(control));
}

static int stop_log(int fd)
{
	return feature_call(fd, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
}

static int try_log(struct attempt *attempt, const char *uuid)
{
	struct device dev;
	int ret;

	device_must_open(&dev, uuid);
	arm(attempt);
	ret = start_log(dev.fd);
	disarm(attempt);
	if (!ret && stop_log(dev.fd))
		bail_out("it can't be stopped");
	if (start_log(dev.fd) || stop_log(dev.fd))
		bail_out("it does not work afterwards");
	device_close(&dev);
	return ret;
}

/* The user's memory, of which a device of mdev_pages_test holds scattered pages. */
#define MEMORY_IOVA	0x1000000UL
#define MEMORY_PAGES	16

static long ask(int fd, uint32_t op, int page, int npage)
{
	return pages_ask(fd, op, MEMORY_IOVA + page * sysconf(_SC_PAGESIZE),
			 npage);
}

static long locked_memory(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[128];
	long kib = -1;

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmLck: %ld", &kib);
	if (status)
		fclose(status);
	return kib;
}

static int map_memory(struct device *dev, void *area)
{
	return device_map(dev, area, MEMORY_IOVA,
			  MEMORY_PAGES * sysconf(_SC_PAGESIZE), MAP_RW);
}

static int unmap_memory(struct device *dev)
{
	return device_unmap(dev, MEMORY_IOVA,
			    MEMORY_PAGES * sysconf(_SC_PAGESIZE));
}

/* One call that pins all, or an unmap that takes them back. */
static int try_memory(struct attempt *attempt, const char *uuid, bool unmap)
{
	void *area = new_memory(MEMORY_PAGES * sysconf(_SC_PAGESIZE));
	struct device dev;
	long ret, held;

	device_must_open(&dev, uuid);
	if (map_memory(&dev, area))
		bail_out("no mapping");
	if (unmap && ask(dev.fd, PAGES_HOLD, 0, MEMORY_PAGES) != MEMORY_PAGES)
		bail_out("not pinned");
	arm(attempt);
	ret = unmap ? unmap_memory(&dev) :
		      ask(dev.fd, PAGES_HOLD, 0, MEMORY_PAGES);
	disarm(attempt);
	held = ask(dev.fd, PAGES_COUNT, 0, MEMORY_PAGES);
	if (unmap ? held : held != (ret > 0 ? ret : 0))
		bail_out("the driver holds %ld pages, after %ld", held, ret);
	/* The driver itself may have had no memory to note one. */
	if (ret >= 0 && !unmap)
		ret = ret == MEMORY_PAGES ? 0 : -ENOMEM;
	if (unmap ? map_memory(&dev, area) :
		    ask(dev.fd, PAGES_DROP, 0, MEMORY_PAGES) != held)
		bail_out("it does not work afterwards");
	if (ask(dev.fd, PAGES_HOLD, 0, MEMORY_PAGES) != MEMORY_PAGES ||
	    unmap_memory(&dev) || locked_memory())
		bail_out("pages are left");
	device_close(&dev);
	return ret;
}

static int try_insmod(struct attempt *attempt, const char *path)
{
	int fd = must_open(path, O_RDONLY);
	int ret;

	arm(attempt);
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	disarm(attempt);
	close(fd);
	return ret;
}

int cmd_nomem(char **args)
{
	struct attempt attempt = {
		.fail_nth = must_open(FAIL_NTH, O_RDWR),
		.nth = args[0],
	};
	const char *what = args[1];
	int ret;

	if (!strcmp(what, "write") && args[3])
		ret = try_write(&attempt, args[2], args[3]);
	else if (!strcmp(what, "fd"))
		ret = try_get_fd(&attempt, args[2]);
	else if (!strcmp(what, "bind"))
		ret = try_bind(&attempt, args[2]);
	else if (!strcmp(what, "state") && args[3])
		ret = try_state(&attempt, args[2], args[3]);
	else if (!strcmp(what, "log"))
		ret = try_log(&attempt, args[2]);
	else if (!strcmp(what, "pin") || !strcmp(what, "unmap"))
		ret = try_memory(&attempt, args[2], !strcmp(what, "unmap"));
	else if (!strcmp(what, "insmod"))
		ret = try_insmod(&attempt, args[2]);
	else
		bail_out("it can't be done in \"%s\"", what);
	printf("%s, %s\n", errno_name(ret),
	       attempt.left ? "none failed" : "one failed");
	return ret ? 1 : 0;
}
