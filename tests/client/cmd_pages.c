// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages, vm: a device of the test driver mdev_pages_test, which does with our
 * memory what it is told to, and hears of our VM.
 *
 * The address space that we set up:
 *   0x100000  8 pages
 *   0x200000  2 pages, for reading only
 *   0x400000  513 pages
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../modules/mdev_pages_test.h"
#include "commands.h"
#include "device.h"
#include "tap.h"

#define AREA		0x100000UL
#define AREA_PAGES	8
#define READ_ONLY	0x200000UL
#define LARGE		0x400000UL
#define RW		(PAGES_PROT_READ | PAGES_PROT_WRITE)

static long page_size;

static void *memory(unsigned int pages)
{
	return new_memory(pages * page_size);
}

static int dma_map(struct device *dev, void *area, uint64_t iova,
		   unsigned int pages, uint32_t flags)
{
	return device_map(dev, area, iova, pages * page_size, flags);
}

static int dma_unmap(struct device *dev, uint64_t iova, unsigned int pages)
{
	return device_unmap(dev, iova, pages * page_size);
}

/* What the device says, and @request's result. */
static long ask(int fd, struct pages_request *request)
{
	ssize_t ret = device_write(fd, request, sizeof(*request), 0);

	if (ret != sizeof(*request))
		bail_out("the device takes no request: %s", errno_name(ret));
	ret = device_read(fd, request, sizeof(*request), 0);
	if (ret != sizeof(*request))
		bail_out("the device gives no answer: %s", errno_name(ret));
	return request->result;
}

static struct pages_request state(int fd)
{
	struct pages_request request = { .op = PAGES_NOTHING };

	ask(fd, &request);
	return request;
}

static long simple(int fd, uint32_t op)
{
	struct pages_request request = { .op = op };

	return ask(fd, &request);
}

static long pin(int fd, uint64_t iova, int npage, uint32_t prot)
{
	struct pages_request request = {
		.op = PAGES_PIN, .iova = iova, .npage = npage, .prot = prot,
	};

	return ask(fd, &request);
}

static long unpin(int fd, uint64_t iova, int npage)
{
	struct pages_request request = {
		.op = PAGES_UNPIN, .iova = iova, .npage = npage,
	};

	return ask(fd, &request);
}

static long rw(int fd, uint32_t op, uint64_t iova, uint64_t len, uint64_t *data)
{
	struct pages_request request = {
		.op = op, .iova = iova, .len = len, .data = *data,
	};
	long ret = ask(fd, &request);

	*data = request.data;
	return ret;
}

/* Our memory that the kernel counts as locked or pinned, in KiB. */
static long locked(void)
{
	char line[128];
	long kib, sum = 0;
	FILE *file = fopen("/proc/self/status", "r");

	if (!file)
		bail_out("no /proc/self/status");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmLck: %ld", &kib) == 1 ||
		    sscanf(line, "VmPin: %ld", &kib) == 1)
			sum += kib;
	fclose(file);
	return sum;
}

static void test_data(int fd, uint64_t *area)
{
	struct pages_request request;
	uint64_t data = 0;

	area[0] = 0x1122334455667788;
	is(pin(fd, AREA, 4, RW), 4, "pin four pages");
	request = (struct pages_request){ .op = PAGES_PEEK };
	is(ask(fd, &request), 0, "the driver looks into the first");
	ok(request.data == 0x1122334455667788, "and sees what we have written");
	request = (struct pages_request){ .op = PAGES_POKE, .data = 42 };
	is(ask(fd, &request), 0, "the driver writes to it");
	ok(area[0] == 42, "and we see that");
	is(locked(), 4 * page_size / 1024, "four pages are accounted for");

	is(pin(fd, AREA + page_size, 1, PAGES_PROT_READ), 1, "pin one again");
	is(unpin(fd, AREA + page_size, 1), 1, "and unpin it once");
	is(locked(), 4 * page_size / 1024, "it is still pinned");
	is(unpin(fd, AREA, 4), 4, "unpin all four");
	is(locked(), 0, "nothing is accounted for");
	is(unpin(fd, AREA, 4), -EINVAL, "a second time there is nothing");
	is(pin(fd, AREA + page_size, 1, RW), 1, "pin the second");
	is(unpin(fd, AREA, 4), 1, "unpinning four finds one of them");

	area[3] = 7;
	is(rw(fd, PAGES_READ, AREA + 24, 8, &data), 0, "vfio_dma_rw() reads");
	ok(data == 7, "what we have written");
	data = 0xab;
	is(rw(fd, PAGES_WRITE, AREA + page_size - 4, 8, &data), 0,
	   "it writes across two pages");
	ok(!memcmp((char *)area + page_size - 4, &data, 8), "what we see");
	is(locked(), 0, "and pins nothing");
}

static void test_limits(int fd, int max)
{
	uint64_t data = 0;

	is(pin(fd, LARGE, max, RW), max, "as many pages as there may be");
	is(pin(fd, LARGE, max + 1, RW), -E2BIG, "one more is too many");
	is(unpin(fd, LARGE, max + 1), -E2BIG, "also for unpinning");
	is(unpin(fd, LARGE, max), max, "unpin them");
	is(pin(fd, AREA, 0, RW), -EINVAL, "no page");
	is(pin(fd, AREA, -1, RW), -EINVAL, "less than none");
	is(unpin(fd, AREA, 0), -EINVAL, "unpin no page");
	is(unpin(fd, AREA, -1), -EINVAL, "unpin less than none");
	is(simple(fd, PAGES_PIN_NULL), -EINVAL, "no list");
	is(simple(fd, PAGES_UNPIN_NULL), -EINVAL, "no list to unpin");
	is(rw(fd, PAGES_READ, AREA, 0, &data), -EINVAL, "read no byte");
}

/* Pinned by one call, unpinned in parts; and the other way round. */
static void test_runs(int fd)
{
	is(pin(fd, LARGE, 64, RW), 64, "a run of pages");
	is(pin(fd, LARGE + 32 * page_size, 64, RW), 64, "and one across its end");
	is(locked(), 96 * page_size / 1024, "each page is accounted for once");
	is(unpin(fd, LARGE + page_size, 1), 1, "unpin one in the middle");
	is(unpin(fd, LARGE + page_size, 1), -EINVAL, "not twice");
	is(locked(), 95 * page_size / 1024, "it alone is let go");
	is(unpin(fd, LARGE, 32), 31, "unpin what is left before the second");
	is(unpin(fd, LARGE + 32 * page_size, 32), 32, "what both have");
	is(locked(), 64 * page_size / 1024, "that is pinned still");
	is(unpin(fd, LARGE, 128), 64, "the rest");
	is(locked(), 0, "nothing is pinned");
}

static void test_addresses(int fd)
{
	const uint64_t end = AREA + AREA_PAGES * page_size;
	const uint64_t last = -(uint64_t)page_size;
	uint64_t data = 0;

	is(pin(fd, end, 1, RW), -EINVAL, "a page that is not mapped");
	is(pin(fd, end - 2 * page_size, 4, RW), -EINVAL, "partly mapped");
	is(locked(), 0, "nothing of it is pinned");
	is(pin(fd, READ_ONLY, 2, PAGES_PROT_READ), 2,
	   "read-only memory for reading");
	is(unpin(fd, READ_ONLY, 2), 2, "unpin it");
	is(pin(fd, READ_ONLY, 2, RW), -EPERM, "for writing");
	is(pin(fd, last, 1, RW), -EINVAL, "the last page there is");
	is(pin(fd, last, 2, RW), -EINVAL, "and one beyond it");
	is(unpin(fd, last, 2), -EINVAL, "neither is pinned");

	is(rw(fd, PAGES_READ, READ_ONLY, 8, &data), 0, "read-only memory");
	is(rw(fd, PAGES_WRITE, READ_ONLY, 8, &data), -EPERM, "write to it");
	is(rw(fd, PAGES_READ, end - 4, 8, &data), -EINVAL, "read half mapped");
	is(rw(fd, PAGES_READ, end, 8, &data), -EINVAL, "read unmapped");
	is(rw(fd, PAGES_READ, -8, 8, &data), -EINVAL, "the last bytes");
	is(rw(fd, PAGES_READ, -4, 8, &data), -EINVAL, "and some beyond");
	is(rw(fd, PAGES_WRITE, AREA, -1, &data), -EINVAL,
	   "as much as there can't be");
	is(locked(), 0, "nothing of all that is pinned");
}

static void test_notifiers(int fd)
{
	is(simple(fd, PAGES_REGISTER), -EEXIST, "registered is registered");
	is(simple(fd, PAGES_REGISTER_WRONG), -EINVAL, "an unknown event");
	is(simple(fd, PAGES_UNREGISTER), 0, "unregister");
	is(simple(fd, PAGES_UNREGISTER), -ENOENT, "not twice");
	is(simple(fd, PAGES_REGISTER), 0, "register again");
	is(state(fd).has_kvm, 0, "there is no VM to hear of");
}

static void map_area(struct device *dev, void *area, const char *what)
{
	is(dma_map(dev, area, AREA, AREA_PAGES,
		   VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE), 0,
	   "%s: map it again", what);
}

/* VFIO_PIN_PAGES_MAX_ENTRIES: as many as a page has room for, of the kernel's long. */
static int pin_max(void)
{
	struct utsname kernel;
	size_t size = 8;

	if (uname(&kernel))
		bail_out("uname: %s", errno_name(errno));
	if (kernel.machine[0] == 'i' || !strncmp(kernel.machine, "armv", 4))
		size = 4;
	return page_size / size;
}

/* Takes the area away and gives it back; the driver has the memory pinned. */
static void test_unmap(struct device *dev, void *area, bool op)
{
	const char *what = "a driver that unpins";
	struct pages_request before = state(dev->fd), after;

	is(pin(dev->fd, AREA, 4, RW), 4, "%s: pin", what);
	is(pin(dev->fd, AREA + page_size, 1, RW), 1, "%s: and again", what);
	is(unpin(dev->fd, AREA + page_size, 1), 1, "%s: but once", what);
	is(pin(dev->fd, AREA, 4, RW), 4, "%s: all of them again", what);
	is(unpin(dev->fd, AREA, 4), 4, "%s: but once", what);
	is(dma_unmap(dev, AREA, AREA_PAGES), 0, "%s: unmap", what);
	after = state(dev->fd);
	is(after.unmaps - before.unmaps, 1, "%s: heard of once", what);
	is(after.op_unmaps - before.op_unmaps, op, "%s: by the op", what);
	ok(after.unmap_iova == AREA &&
	   after.unmap_size == (uint64_t)AREA_PAGES * page_size,
	   "%s: of what was mapped", what);
	is(locked(), 0, "%s: nothing is pinned", what);
	is(unpin(dev->fd, AREA, 4), -EINVAL, "%s: nor known as such", what);
	is(dma_unmap(dev, LARGE, pin_max() + 1), 0, "%s: unmap what has no page pinned",
	   what);
	is(state(dev->fd).unmaps, after.unmaps, "%s: not heard of", what);
	map_area(dev, area, what);
}

/* A driver that is told of a part of what it has unpins all of it. */
static void test_unmap_part(struct device *dev, void *area)
{
	const uint64_t next = AREA + AREA_PAGES * page_size;
	int i;

	is(dma_map(dev, memory(2), next, 2,
		   VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE), 0,
	   "a part: map two pages behind it");
	is(pin(dev->fd, AREA, AREA_PAGES + 2, RW), AREA_PAGES + 2,
	   "a part: pin both");
	is(dma_unmap(dev, AREA, AREA_PAGES), 0, "a part: unmap the first");
	/* What lies beside it is unpinned by a worker, soon. */
	for (i = 0; locked() && i < 200; i++)
		usleep(10000);
	is(locked(), 0, "a part: nothing is pinned");
	is(dma_unmap(dev, next, 2), 0, "a part: unmap the second");
	map_area(dev, area, "a part");
}

/* The driver uses the page still: it must not be anybody else's. */
static void test_unmap_leaving(struct device *dev, uint64_t *area)
{
	struct pages_request before = state(dev->fd);
	struct pages_request poke = { .op = PAGES_POKE, .data = 4711 };
	const char *what = "a driver that does not";

	is(simple(dev->fd, PAGES_LEAVE), 0, "from now on it does not");
	is(pin(dev->fd, AREA, 4, RW), 4, "%s: pin", what);
	is(pin(dev->fd, AREA + page_size, 1, RW), 1, "%s: and again", what);
	is(pin(dev->fd, AREA, 1, RW), 1, "%s: the first one, too", what);
	is(dma_unmap(dev, AREA, AREA_PAGES), 0, "%s: unmap", what);
	ok(state(dev->fd).unmaps - before.unmaps > 3,
	   "%s: told again and again", what);
	is(locked(), 0, "%s: nothing is accounted for", what);
	is(ask(dev->fd, &poke), 0, "%s: it writes to the first", what);
	ok(area[0] == 4711, "%s: which is the page that it was", what);
	is(pin(dev->fd, READ_ONLY, 1, PAGES_PROT_READ), -EIO,
	   "%s: it can't pin any more", what);
	is(unpin(dev->fd, AREA, 4), 4, "%s: unpin", what);
	is(unpin(dev->fd, AREA, 4), 2, "%s: what is left", what);
	is(unpin(dev->fd, AREA, 4), -EINVAL, "%s: nothing is", what);
	is(pin(dev->fd, READ_ONLY, 1, PAGES_PROT_READ), -EIO,
	   "%s: it still can't pin", what);
	map_area(dev, area, what);
	close(dev->fd);
	dev->fd = device_get_fd(dev);
	is(pin(dev->fd, READ_ONLY, 1, PAGES_PROT_READ), 1,
	   "%s: opened anew, it can", what);
	is(unpin(dev->fd, READ_ONLY, 1), 1, "%s: unpin", what);
}

static void map_all(struct device *dev, void *area, int max)
{
	const uint32_t flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;

	is(dma_map(dev, area, AREA, AREA_PAGES, flags), 0, "map memory");
	is(dma_map(dev, memory(2), READ_ONLY, 2, VFIO_DMA_MAP_FLAG_READ), 0,
	   "and some for reading only");
	is(dma_map(dev, memory(max + 1), LARGE, max + 1, flags), 0,
	   "and a lot");
}

/* The device goes, container and group stay: so do the mappings. */
static void test_close(struct device *dev)
{
	is(simple(dev->fd, PAGES_LEAVE), 0, "the driver forgets its pages");
	is(pin(dev->fd, AREA, 4, RW), 4, "pin");
	is(pin(dev->fd, AREA, 2, RW), 2, "and again");
	close(dev->fd);
	is(locked(), 0, "closed with pages pinned: none is");
	dev->fd = device_get_fd(dev);
	ok(dev->fd >= 0, "it opens again");
	is(unpin(dev->fd, AREA, 4), -EINVAL, "nothing is left of them");
	is(state(dev->fd).unmaps, 0, "nor of the notifications");
	is(pin(dev->fd, AREA, 4, RW), 4, "pages can be pinned");
	is(dma_unmap(dev, AREA, AREA_PAGES), 0, "and unmapped");
	is(state(dev->fd).unmaps, 1, "which is heard of once");
}

int cmd_pages(char **args)
{
	const char *way = getenv("PAGES_OP");
	struct device dev;
	uint64_t *area;
	int max;

	page_size = sysconf(_SC_PAGESIZE);
	max = pin_max();
	area = memory(AREA_PAGES);
	device_must_open(&dev, args[0]);

	is(state(dev.fd).before_open, -ENODEV, "not open: no pages");
	is(state(dev.fd).in_open, -ENODEV, "nor in open()");
	is(pin(dev.fd, AREA, 1, RW), -EINVAL, "nothing is mapped yet");
	map_all(&dev, area, max);
	test_data(dev.fd, area);
	test_limits(dev.fd, max);
	test_addresses(dev.fd);
	test_notifiers(dev.fd);
	test_runs(dev.fd);
	test_unmap(&dev, area, way);
	test_unmap_part(&dev, area);
	test_unmap_leaving(&dev, area);
	test_close(&dev);
	device_close(&dev);
	is(locked(), 0, "in the end nothing is pinned");
	return tap_done();
}

static int must(int ret, const char *what)
{
	if (ret < 0)
		bail_out("%s: %s", what, errno_name(errno));
	return ret;
}

/* A VM that knows the group: a file that keeps it. */
static int make_vm(int group)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	int32_t fd = group;
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = KVM_DEV_VFIO_GROUP_ADD,
		.addr = (uintptr_t)&fd,
	};
	int kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");

	must(ioctl(vm, KVM_CREATE_DEVICE, &device), "KVM_CREATE_DEVICE");
	must(ioctl(device.fd, KVM_SET_DEVICE_ATTR, &attr), "adding the group");
	close(kvm);
	close(vm);
	return device.fd;
}

static void open_again(struct device *dev)
{
	dev->fd = device_get_fd(dev);
	if (dev->fd < 0)
		bail_out("the device does not open");
}

int cmd_vm(char **args)
{
	uint64_t calls;
	struct device dev;
	int vm;

	page_size = sysconf(_SC_PAGESIZE);
	if (group_open(&dev, args[0]))
		bail_out("cannot open %s: %s", args[0], dev.failed_at);
	open_again(&dev);
	calls = state(dev.fd).kvm_calls;
	close(dev.fd);

	vm = make_vm(dev.group);
	open_again(&dev);
	is(state(dev.fd).kvm_calls - calls, 1, "open: it hears of the VM");
	is(state(dev.fd).has_kvm, 1, "which is one");
	is(simple(dev.fd, PAGES_UNREGISTER), 0, "it unregisters");
	is(state(dev.fd).kvm_calls - calls, 1, "and hears nothing by that");
	is(simple(dev.fd, PAGES_REGISTER), 0, "it registers again");
	is(state(dev.fd).kvm_calls - calls, 2, "it hears of it again");
	close(dev.fd);

	open_again(&dev);
	is(state(dev.fd).kvm_calls - calls, 4,
	   "it heard of NULL at the close, and at the next open of the VM");
	is(state(dev.fd).has_kvm, 1, "which is the same");
	device_close(&dev);
	close(vm);

	must(group_open(&dev, args[0]), "opening the group again");
	open_again(&dev);
	is(state(dev.fd).kvm_calls - calls, 5,
	   "NULL, and without a VM it hears of none");
	is(state(dev.fd).has_kvm, 0, "as it should");
	device_close(&dev);
	return tap_done();
}
