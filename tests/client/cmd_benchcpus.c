// SPDX-License-Identifier: GPL-2.0-only
/*
 * benchcpus: how long it takes to create and remove devices on two parents, by one
 * thread and by one for each parent, each on a CPU of its own. In the guest's time.
 */
#define _GNU_SOURCE	/* CPU_SET */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "clock.h"
#include "commands.h"
#include "tap.h"

#define ROUNDS		5	/* of which the median counts */
#define UUID_FORMAT	"83b8f4f2-509f-382f-3c1%x-%012x"

/* What a thread does: @devices on the parent whose files are these. */
struct share {
	pthread_t thread;
	unsigned int number;
	unsigned int devices;
	int create;
};

static void cpus_create(const struct share *share, unsigned int i)
{
	char uuid[UUID_SIZE];

	snprintf(uuid, sizeof(uuid), UUID_FORMAT, share->number, i);
	must(pwrite(share->create, uuid, UUID_SIZE - 1, 0) == UUID_SIZE - 1,
	     "create");
}

static void cpus_remove(const struct share *share, unsigned int i)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path),
		 DEVICES UUID_FORMAT "/remove", share->number, i);
	fd = open(path, O_WRONLY);
	must(fd >= 0 && write(fd, "1", 1) == 1, path);
	close(fd);
}

static void cpus_run(const struct share *share)
{
	unsigned int i;

	for (i = 0; i < share->devices; i++)
		cpus_create(share, i);
	for (i = 0; i < share->devices; i++)
		cpus_remove(share, i);
}

static void *cpus_thread(void *data)
{
	struct share *share = data;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(share->number, &set);
	must(!pthread_setaffinity_np(pthread_self(), sizeof(set), &set),
	     "a thread on its CPU");
	cpus_run(share);
	return NULL;
}

/* Each returns milliseconds. */

static uint64_t cpus_one(struct share *shares)
{
	double start = seconds();

	cpus_run(&shares[0]);
	cpus_run(&shares[1]);
	return (seconds() - start) * 1000;
}

static uint64_t cpus_two(struct share *shares)
{
	double start = seconds();
	int i;

	for (i = 0; i < 2; i++)
		must(!pthread_create(&shares[i].thread, NULL, cpus_thread,
				     &shares[i]), "a thread");
	for (i = 0; i < 2; i++)
		pthread_join(shares[i].thread, NULL);
	return (seconds() - start) * 1000;
}

static void cpus_report(const char *name, uint64_t *times)
{
	printf("milliseconds, %s: %llu\n", name,
	       (unsigned long long)median(times, ROUNDS));
}

int cmd_benchcpus(char **args)
{
	unsigned int devices = strtoul(args[2], NULL, 0) / 2;
	uint64_t one[ROUNDS], two[ROUNDS];
	struct share shares[2];
	char path[PATH_MAX];
	int i;

	must(sysconf(_SC_NPROCESSORS_ONLN) >= 2, "two CPUs");
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/create", args[i]);
		shares[i].number = i;
		shares[i].devices = devices;
		shares[i].create = open(path, O_WRONLY);
		must(shares[i].create >= 0, path);
	}
	cpus_one(shares);
	for (i = 0; i < ROUNDS; i++) {
		one[i] = cpus_one(shares);
		two[i] = cpus_two(shares);
	}
	cpus_report("one CPU", one);
	cpus_report("two CPUs", two);
	for (i = 0; i < 2; i++)
		close(shares[i].create);
	return 0;
}
