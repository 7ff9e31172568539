// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's VFIO selftests are for PCI devices. They are linked with this to
 * run on mediated devices, in every mode, where files in the place of those in
 * sysfs are not enough.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

#include <libvfio.h>

int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, ...);
struct iommu_iova_range *__real_iommu_iova_ranges(struct iommu *iommu, u32 *nranges);
struct iommu_iova_range *__wrap_iommu_iova_ranges(struct iommu *iommu, u32 *nranges);

/* A group knows a mediated device by its UUID, not by an address. */
static char *uuid_of(const char *address)
{
	static __thread char path[PATH_MAX];
	char link[PATH_MAX];
	ssize_t len;

	snprintf_assert(link, sizeof(link), "/sys/bus/pci/devices/%s/mdev", address);
	len = readlink(link, path, sizeof(path) - 1);
	VFIO_ASSERT_GT(len, 0, "%s leads to no mediated device\n", link);
	path[len] = 0;
	return strrchr(path, '/') + 1;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	if (request == VFIO_GROUP_GET_DEVICE_FD)
		arg = uuid_of(arg);
	return __real_ioctl(fd, request, arg);
}

/*
 * vfio_iommu_type1 tells no ranges where no device of the container has an
 * IOMMU, and takes all addresses. The library can't go on without ranges.
 */
struct iommu_iova_range *__wrap_iommu_iova_ranges(struct iommu *iommu, u32 *nranges)
{
	struct iommu_iova_range *all;

	if (strcmp(iommu->mode->name, MODE_VFIO_TYPE1_IOMMU) &&
	    strcmp(iommu->mode->name, MODE_VFIO_TYPE1V2_IOMMU))
		return __real_iommu_iova_ranges(iommu, nranges);
	all = calloc_assert(1, sizeof(*all));
	all->last = UINT64_MAX;
	*nranges = 1;
	return all;
}

/* Debian's kernels have no iommufd, which some of the tests take by default. */
__attribute__((constructor))
static void choose_iommu_mode(void)
{
	const char *mode = getenv("VFIO_SELFTESTS_IOMMU_MODE");

	if (mode)
		default_iommu_mode = mode;
}
