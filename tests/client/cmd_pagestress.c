// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagestress: two devices of mdev_pages_test in one container (or iommufd), and
 * eight threads that map, unmap, pin, unpin, read, write, close and remove, with
 * no regard to each other. What must hold all the time:
 *  - when an unmap has returned, no driver holds a page of it;
 *  - what the user writes to a held page the driver reads, and vice versa;
 *  - no driver hears of an unmap while its device is not open.
 *
 * pageclose: a driver that leaves pages pinned, closed in one thread while
 * another one unmaps them.
 *
 * pageagain: while VFIO waits for the first device, which is busy, a user lets
 * the second one pin the same page again, just after it has let go of it. Eleven
 * times would be too many for VFIO.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../modules/mdev_pages_test.h"
#include "commands.h"
#include "device.h"
#include "tap.h"

#define DEVICES		2
#define MAPPERS		3
#define PINNERS		3
#define AREA		0x1000000UL	/* of the first mapper; the next follow */
#define AREA_PAGES	64U
#define MAX_RUN		16
#define RW		(PAGES_PROT_READ | PAGES_PROT_WRITE)
#define MIN_COUNT	10

/* What has happened, and what must not. */
struct counts {
	atomic_long maps;
	atomic_long unmaps;
	atomic_long pins;
	atomic_long looks;
	atomic_long rws;
	atomic_long opens;
	atomic_long removals;
	atomic_long told;
	atomic_long held_after_unmap;
	atomic_long not_as_written;
	atomic_long failed_unmaps;
	atomic_long failed_maps;
	atomic_long outside;
	atomic_long spoilt;
};

static struct counts counts;
static struct device devices[DEVICES];
static atomic_bool stop;
static long page_size;

struct worker {
	pthread_t thread;
	int number;
	uint64_t state;		/* of the random numbers */
	int fd;
};

static uint32_t below(struct worker *worker, uint32_t limit)
{
	worker->state ^= worker->state << 13;
	worker->state ^= worker->state >> 7;
	worker->state ^= worker->state << 17;
	return (worker->state >> 16) % limit;
}

/* The result, or what the ioctl failed with: the device may be closing. */
static long ask(int fd, struct pages_request *request)
{
	if (ioctl(fd, PAGES_DO, request))
		return -errno;
	if (request->outside)
		atomic_store(&counts.outside, request->outside);
	if (request->spoilt)
		atomic_store(&counts.spoilt, request->spoilt);
	return request->result;
}

static long ask_range(int fd, uint32_t op, uint64_t iova, int npage)
{
	struct pages_request request = {
		.op = op, .iova = iova, .npage = npage, .prot = RW,
	};

	return ask(fd, &request);
}

static uint64_t area_of(int mapper)
{
	return AREA + (uint64_t)mapper * 2 * AREA_PAGES * page_size;
}

static uint64_t any_page(struct worker *worker)
{
	return area_of(below(worker, MAPPERS)) +
	       (uint64_t)below(worker, AREA_PAGES) * page_size;
}

static int map(void *area, uint64_t iova, unsigned int pages)
{
	return device_map(&devices[0], area, iova, pages * page_size, MAP_RW);
}

static int unmap(uint64_t iova, unsigned int pages)
{
	return device_unmap(&devices[0], iova, pages * page_size);
}

/*
 * One page, by both sides; only its mapper unmaps it. The device may let go of
 * it, and take it again with another token, while we look.
 */
static void look(struct worker *worker, int fd, uint64_t *area, uint64_t iova)
{
	unsigned int page = below(worker, AREA_PAGES);
	volatile uint64_t *words = area + page * (page_size / sizeof(*area));
	struct pages_request request;
	uint64_t data = worker->state;
	long ret = 0;
	int i;

	words[PAGES_USER_WORD] = data;
	for (i = 0; i < 1000; i++) {
		request = (struct pages_request){
			.op = PAGES_LOOK,
			.iova = iova + (uint64_t)page * page_size,
			.npage = 1,
			.data = data,
		};
		ret = ask(fd, &request);
		if (ret || words[request.word] == request.data)
			break;
	}
	atomic_fetch_add(&counts.looks, !ret);
	if (ret == -EILSEQ || i == 1000)
		atomic_fetch_add(&counts.not_as_written, 1);
}

static void map_and_unmap(struct worker *worker)
{
	uint64_t iova = area_of(worker->number);
	void *area = new_memory(AREA_PAGES * page_size);
	int i, ret;

	if (map(area, iova, AREA_PAGES)) {
		atomic_fetch_add(&counts.failed_maps, 1);
		munmap(area, AREA_PAGES * page_size);
		return;
	}
	atomic_fetch_add(&counts.maps, 1);
	for (i = below(worker, 40); i; i--)
		look(worker, devices[i % DEVICES].fd, area, iova);
	ret = unmap(iova, AREA_PAGES);
	if (ret)
		atomic_fetch_add(&counts.failed_unmaps, 1);
	atomic_fetch_add(&counts.unmaps, 1);
	for (i = 0; i < DEVICES; i++)
		if (ask_range(devices[i].fd, PAGES_COUNT, iova,
			      AREA_PAGES) > 0)
			atomic_fetch_add(&counts.held_after_unmap, 1);
	munmap(area, AREA_PAGES * page_size);
}

static void *run_mapper(void *arg)
{
	while (!stop)
		map_and_unmap(arg);
	return NULL;
}

static void *run_pinner(void *arg)
{
	struct worker *worker = arg;

	while (!stop) {
		int fd = devices[below(worker, DEVICES)].fd;
		int npage = 1 + below(worker, MAX_RUN);
		uint32_t op = below(worker, 4) ? PAGES_HOLD : PAGES_DROP;

		if (ask_range(fd, op, any_page(worker), npage) > 0)
			atomic_fetch_add(&counts.pins, 1);
	}
	return NULL;
}

/* By the device's one region, with a lock of the driver's around it. */
static void *run_rw(void *arg)
{
	struct worker *worker = arg;

	while (!stop) {
		struct pages_request request = {
			.op = below(worker, 2) ? PAGES_READ : PAGES_WRITE,
			.iova = any_page(worker) + 8 * (PAGES_USER_WORD + 1),
			.len = 64 + below(worker, 1024),
		};

		device_write(devices[below(worker, DEVICES)].fd, &request,
			     sizeof(request), 0);
		atomic_fetch_add(&counts.rws, 1);
	}
	return NULL;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return written;
}

/* Removes a device whose group this is, unless a thread uses it, and makes it anew. */
static void renew(struct device *dev)
{
	char path[PATH_MAX], type[PATH_MAX];
	struct device again = *dev;
	int patience;

	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s/mdev_type",
		 dev->uuid);
	if (!realpath(path, type))
		bail_out("%s has no type", dev->uuid);
	strcat(type, "/create");
	close(dev->group);
	snprintf(path, sizeof(path), "/sys/bus/mdev/devices/%s/remove",
		 dev->uuid);
	if (write_file(path, "1")) {
		if (!write_file(type, dev->uuid))
			bail_out("%s can't be created again: %s", dev->uuid,
				 strerror(errno));
		atomic_fetch_add(&counts.removals, 1);
	}
	/* VFIO refuses that as long as a thread is inside the former file. */
	for (patience = 3000; group_join(&again, dev->uuid); patience--) {
		if (again.group >= 0)
			close(again.group);
		if (!patience)
			bail_out("cannot open %s: %s", dev->uuid,
				 again.failed_at);
		usleep(10000);
	}
	dev->group = again.group;
}

/*
 * The second device, opened and closed: its last user, whenever that can be; and
 * removed then.
 */
static void *run_closer(void *arg)
{
	struct worker *worker = arg;
	struct device *dev = &devices[DEVICES - 1];

	while (!stop) {
		int fd = device_get_fd(dev), old;

		if (fd < 0)
			continue;
		atomic_fetch_add(&counts.opens, 1);
		ask_range(fd, PAGES_LOCK, 0, below(worker, 2));
		/* A thread that uses the old one keeps it, or gets EBADF. */
		old = dup2(fd, dev->fd);
		close(fd);
		if (old >= 0 && !below(worker, 4)) {
			/* nobody has it for a moment */
			dup2(dev->container, dev->fd);
			if (!below(worker, 4))
				renew(dev);
		}
		usleep(below(worker, 2000));
	}
	return NULL;
}

static void start(struct worker *worker, int number, void *(*run)(void *))
{
	worker->number = number;
	worker->state = (number + 1) * 0x9e3779b97f4a7c15ULL ^ time(NULL);
	if (pthread_create(&worker->thread, NULL, run, worker))
		bail_out("no more threads");
}

static bool enough(void)
{
	return counts.unmaps >= MIN_COUNT && counts.pins >= MIN_COUNT &&
	       counts.looks >= MIN_COUNT && counts.opens >= MIN_COUNT &&
	       counts.rws >= MIN_COUNT && counts.removals;
}

/* Both in the container of the first. */
static void open_both(char **uuids)
{
	device_must_open(&devices[0], uuids[0]);
	devices[1] = devices[0];
	if (group_join(&devices[1], uuids[1]))
		bail_out("cannot open %s: %s", uuids[1], devices[1].failed_at);
	devices[1].fd = device_get_fd(&devices[1]);
	if (devices[1].fd < 0)
		bail_out("cannot open %s", uuids[1]);
}

int cmd_pagestress(char **args)
{
	struct worker workers[MAPPERS + PINNERS + 2];
	long seconds = strtol(args[2], NULL, 0);
	time_t begin = time(NULL);
	int i, n = 0;

	page_size = sysconf(_SC_PAGESIZE);
	open_both(args);
	ask_range(devices[0].fd, PAGES_LOCK, 0, !strcmp(args[3], "locked"));
	for (i = 0; i < MAPPERS; i++, n++)
		start(&workers[n], i, run_mapper);
	for (i = 0; i < PINNERS; i++, n++)
		start(&workers[n], n, run_pinner);
	start(&workers[n], n, run_rw);
	n++;
	start(&workers[n], n, run_closer);
	n++;
	while (time(NULL) < begin + seconds ||
	       (!enough() && time(NULL) < begin + 20 * seconds))
		usleep(100000);
	stop = true;
	for (i = 0; i < n; i++)
		pthread_join(workers[i].thread, NULL);

	diag("%ld maps, %ld unmaps, %ld pins, %ld looks, %ld accesses, %ld opens, %ld removals",
	     counts.maps, counts.unmaps, counts.pins, counts.looks, counts.rws,
	     counts.opens, counts.removals);
	ok(enough(), "all threads had something to do");
	is(counts.failed_maps, 0, "maps that failed");
	is(counts.failed_unmaps, 0, "unmaps that failed");
	is(counts.held_after_unmap, 0, "unmaps after which a driver held a page");
	is(counts.not_as_written, 0, "pages that are not as they were written");
	is(counts.spoilt, 0, "pages that had another owner");
	is(counts.outside, 0, "unmaps that a driver heard of while not open");
	close(devices[1].fd);
	close(devices[1].group);
	device_close(&devices[0]);
	return tap_done();
}

/* pageclose */

#define LEFT_IOVA	0x10000000UL
#define LEFT_PAGES	8192U
#define AT_ONCE		512

static void *close_it(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

static void *unmap_it(void *arg)
{
	*(int *)arg = unmap(LEFT_IOVA, LEFT_PAGES);
	return NULL;
}

static bool close_and_unmap(struct device *dev, void *area)
{
	pthread_t closer, unmapper;
	unsigned int i;
	int ret = 1;

	if (map(area, LEFT_IOVA, LEFT_PAGES))
		return false;
	for (i = 0; i < LEFT_PAGES; i += AT_ONCE)
		if (ask_range(dev->fd, PAGES_HOLD,
			      LEFT_IOVA + (uint64_t)i * page_size,
			      AT_ONCE) != AT_ONCE)
			return false;
	if (ask_range(dev->fd, PAGES_LEAVE, 0, 1))
		return false;
	pthread_create(&closer, NULL, close_it, &dev->fd);
	pthread_create(&unmapper, NULL, unmap_it, &ret);
	pthread_join(closer, NULL);
	pthread_join(unmapper, NULL);
	dev->fd = device_get_fd(dev);
	return !ret && dev->fd >= 0;
}

int cmd_pageclose(char **args)
{
	int rounds = atoi(args[1]), good = 0, i;
	struct device *dev = &devices[0];
	void *area;

	page_size = sysconf(_SC_PAGESIZE);
	area = new_memory(LEFT_PAGES * page_size);
	device_must_open(dev, args[0]);
	for (i = 0; i < rounds; i++)
		good += close_and_unmap(dev, area);
	is(good, rounds, "rounds in which all went well");
	device_close(dev);
	return tap_done();
}

/* pageagain */

#define BUSY_IOVA	0x40000000UL
#define BUSY_THREADS	4
#define BUSY_PAGES	(BUSY_THREADS * AT_ONCE + 1)
#define AGAIN_IOVA	0x80000000UL
#define AGAIN_MOST	5

static atomic_ulong again_iova;
static atomic_long again;

/* The first device pins and unpins what nobody unmaps. */
static void *run_busy(void *arg)
{
	struct worker *worker = arg;
	uint64_t iova = BUSY_IOVA +
			(uint64_t)worker->number * AT_ONCE * page_size;

	while (!stop) {
		ask_range(devices[0].fd, PAGES_HOLD, iova, AT_ONCE);
		ask_range(devices[0].fd, PAGES_DROP, iova, AT_ONCE);
	}
	return NULL;
}

static void *run_again(void *arg)
{
	uint64_t refused = 0;

	(void)arg;
	while (!stop) {
		uint64_t iova = again_iova;

		if (!iova || iova == refused ||
		    ask_range(devices[1].fd, PAGES_COUNT, iova, 1) == 1)
			continue;
		/* Not so soon that the try is seen. */
		usleep(300);
		if (ask_range(devices[1].fd, PAGES_HOLD, iova, 1) == 1)
			again++;
		else
			refused = iova;
	}
	return NULL;
}

/* How often the second device had the page again during one unmap. */
static long unmap_again(void *area, uint64_t iova)
{
	long before = again;

	if (map(area, iova, 1))
		bail_out("no mapping");
	ask_range(devices[1].fd, PAGES_HOLD, iova, 1);
	again_iova = iova;
	usleep(1000);
	if (unmap(iova, 1))
		bail_out("no unmapping");
	again_iova = 0;
	return again - before;
}

int cmd_pageagain(char **args)
{
	struct worker workers[BUSY_THREADS + 1];
	int rounds = atoi(args[2]), i;
	long most = 0, times;
	void *area;

	page_size = sysconf(_SC_PAGESIZE);
	open_both(args);
	area = new_memory(page_size);
	is(map(new_memory(BUSY_PAGES * page_size), BUSY_IOVA, BUSY_PAGES), 0, "map");
	is(ask_range(devices[0].fd, PAGES_HOLD, BUSY_IOVA +
		     (uint64_t)(BUSY_PAGES - 1) * page_size, 1), 1,
	   "a page stays pinned");
	for (i = 0; i < BUSY_THREADS; i++)
		start(&workers[i], i, run_busy);
	start(&workers[i], i, run_again);
	for (i = 0; i < rounds; i++) {
		times = unmap_again(area, AGAIN_IOVA +
				    (uint64_t)i * 2 * page_size);
		if (times > most)
			most = times;
	}
	stop = true;
	for (i = 0; i <= BUSY_THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	diag("pinned again %ld times, at most %ld in one unmap", again, most);
	ok(most <= AGAIN_MOST, "VFIO has to ask at most %d times", AGAIN_MOST);
	close(devices[1].fd);
	close(devices[1].group);
	device_close(&devices[0]);
	return tap_done();
}
