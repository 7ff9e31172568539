// SPDX-License-Identifier: GPL-2.0-only
/*
 * open, hold, group, asked, write, closerace, leave, overlap: opening and closing,
 * and being in the way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "irq.h"

static int report_failure(const struct device *dev, int error)
{
	printf("%s (%s)\n", errno_name(error), dev->failed_at);
	return 1;
}

int cmd_open(char **args)
{
	struct device dev;
	int ret = device_open(&dev, args[0]);

	if (ret)
		return report_failure(&dev, ret);
	device_close(&dev);
	printf("success\n");
	return 0;
}

static volatile sig_atomic_t terminated;

static void on_signal(int number)
{
	(void)number;
	terminated = 1;
}

static void catch_termination(sigset_t *unblocked)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
	sigdelset(unblocked, SIGTERM);
	sigdelset(unblocked, SIGINT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* What a shell gives to a command in the background says nothing. */
static bool stdin_is_null(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) ||
	       (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

/* Returns at the end of stdin, at a signal, or when the time is over. */
static void wait_for_the_end(const struct timespec *timeout)
{
	struct pollfd pollfd = { .fd = STDIN_FILENO, .events = POLLIN };
	bool watch_stdin = !stdin_is_null();
	sigset_t unblocked;
	char buf[256];

	catch_termination(&unblocked);
	while (!terminated) {
		int ret = ppoll(&pollfd, watch_stdin ? 1 : 0, timeout,
				&unblocked);

		if (ret == 0 || (ret < 0 && errno != EINTR))
			break;
		if (ret > 0 && read(STDIN_FILENO, buf, sizeof(buf)) <= 0)
			break;
	}
}

int cmd_hold(char **args)
{
	struct timespec timeout = { 0 };
	struct device dev;
	int ret = device_open(&dev, args[0]);

	if (ret)
		return report_failure(&dev, ret);
	printf("open\n");
	if (args[1])
		timeout.tv_sec = atoi(args[1]);
	wait_for_the_end(args[1] ? &timeout : NULL);
	device_close(&dev);
	printf("closed\n");
	return 0;
}

int cmd_group(char **args)
{
	struct device dev;
	int ret = group_open(&dev, args[0]);

	if (ret)
		return report_failure(&dev, ret);
	printf("open\n");
	wait_for_the_end(NULL);
	device_close(&dev);
	printf("closed\n");
	return 0;
}

/* Whether the device can be had once more from its group. */
static const char *open_again(struct device *dev)
{
	int fd = device_get_fd(dev);

	if (fd >= 0)
		close(fd);
	return errno_name(fd < 0 ? fd : 0);
}

/* Counts the requests, each of which it tells, until it obeys. */
static void wait_to_be_asked(struct device *dev, int event, unsigned int times)
{
	struct pollfd pollfd = { .fd = event, .events = POLLIN };
	unsigned int asked = 0;
	sigset_t unblocked;

	catch_termination(&unblocked);
	while (!terminated && (!times || asked < times)) {
		if (ppoll(&pollfd, 1, NULL, &unblocked) <= 0)
			continue;
		asked += irq_signals(event, false);
		printf("asked %u, opening it again: %s\n", asked,
		       open_again(dev));
	}
}

int cmd_asked(char **args)
{
	int event = irq_eventfd();
	struct device dev;
	int ret = device_open(&dev, args[0]);

	if (ret)
		return report_failure(&dev, ret);
	ret = irq_set_eventfd(dev.fd, REQ, VFIO_IRQ_SET_ACTION_TRIGGER, event);
	if (ret) {
		printf("%s (VFIO_DEVICE_SET_IRQS)\n", errno_name(ret));
		return 1;
	}
	printf("open\n");
	wait_to_be_asked(&dev, event, args[1] ? atoi(args[1]) : 1);
	device_close(&dev);
	printf("closed\n");
	return 0;
}

/* A shell's echo begins again after a signal; this tells of it. */
int cmd_write(char **args)
{
	struct sigaction action = { .sa_handler = on_signal };
	int fd = open(args[0], O_WRONLY | O_CLOEXEC);
	ssize_t ret;

	sigaction(SIGTERM, &action, NULL);
	ret = write(fd, args[1], strlen(args[1]));
	printf("%s\n", errno_name(ret < 0 ? errno : 0));
	return ret < 0;
}

#define RACERS 4

struct racer {
	pthread_t thread;
	struct device *shared;	/* group to take files of the device from */
	const char *uuid;
	unsigned long times;
	unsigned long opened;
	unsigned long busy;
	unsigned long failed;
	int error;
};

/* Returns whether to go on: not when the device has gone, say. */
static bool count_open(struct racer *racer, int ret)
{
	if (ret >= 0) {
		racer->opened++;
	} else if (ret == -EBUSY) {
		racer->busy++;
	} else {
		racer->failed++;
		racer->error = ret;
	}
	return !racer->failed;
}

static void use(int fd)
{
	char byte;

	device_read(fd, &byte, 1, 0);
}

static void *race_for_files(void *arg)
{
	struct racer *racer = arg;
	unsigned long i;

	for (i = 0; i < racer->times; i++) {
		int fd = device_get_fd(racer->shared);

		if (!count_open(racer, fd))
			break;
		if (fd < 0)
			continue;
		use(fd);
		close(fd);
	}
	return NULL;
}

static void *race_for_the_group(void *arg)
{
	struct racer *racer = arg;
	struct device dev;
	unsigned long i;

	for (i = 0; i < racer->times; i++) {
		int ret = device_open(&dev, racer->uuid);

		if (!count_open(racer, ret))
			break;
		if (ret < 0)
			continue;
		use(dev.fd);
		device_close(&dev);
	}
	return NULL;
}

static int race(const char *what, void *(*run)(void *), const char *uuid,
		struct device *shared, unsigned long times)
{
	struct racer racers[RACERS] = { 0 };
	struct racer sum = { 0 };
	int i;

	for (i = 0; i < RACERS; i++) {
		racers[i].uuid = uuid;
		racers[i].shared = shared;
		racers[i].times = times;
		pthread_create(&racers[i].thread, NULL, run, &racers[i]);
	}
	for (i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		sum.opened += racers[i].opened;
		sum.busy += racers[i].busy;
		sum.failed += racers[i].failed;
		if (racers[i].error)
			sum.error = racers[i].error;
	}
	printf("%s: %lu opened, %lu busy, %lu failed%s%s\n", what, sum.opened,
	       sum.busy, sum.failed, sum.failed ? ", the last with " : "",
	       sum.failed ? errno_name(sum.error) : "");
	return sum.failed || !sum.opened;
}

int cmd_closerace(char **args)
{
	unsigned long times = strtoul(args[1], NULL, 0);
	struct device dev;
	int ret = group_open(&dev, args[0]);

	if (ret)
		return report_failure(&dev, ret);
	ret = race("files of one group", race_for_files, args[0], &dev, times);
	device_close(&dev);
	return race("groups", race_for_the_group, args[0], NULL, times) | ret;
}

static void *open_device(void *arg)
{
	struct device *dev = arg;
	int fd = device_get_fd(dev);

	__atomic_store_n(&dev->fd, fd, __ATOMIC_RELEASE);
	return NULL;
}

static int leave_container(struct device *dev)
{
	return ioctl(dev->group, VFIO_GROUP_UNSET_CONTAINER) ? -errno : 0;
}

#define NOT_YET (-4096)

/*
 * Tells how often the group could leave, which was put back each time, and in what
 * other ways than EBUSY that failed.
 */
int cmd_leave(char **args)
{
	unsigned int left = 0;
	pthread_t thread;
	struct device dev;
	int error = 0;
	int ret = group_open(&dev, args[0]);

	if (ret)
		return report_failure(&dev, ret);
	dev.fd = NOT_YET;
	pthread_create(&thread, NULL, open_device, &dev);
	usleep(100000);
	while (__atomic_load_n(&dev.fd, __ATOMIC_ACQUIRE) == NOT_YET) {
		ret = leave_container(&dev);
		if (!ret) {
			left++;
			ret = ioctl(dev.group, VFIO_GROUP_SET_CONTAINER,
				    &dev.container) ? -errno : 0;
		}
		if (ret && ret != -EBUSY)
			error = ret;
		usleep(1000);
	}
	pthread_join(thread, NULL);
	printf("opened: %s, left %u times, other errors: %s, open: %s, ",
	       errno_name(dev.fd < 0 ? dev.fd : 0), left,
	       error ? errno_name(error) : "none",
	       errno_name(leave_container(&dev)));
	if (dev.fd >= 0)
		close(dev.fd);
	dev.fd = -1;
	printf("closed: %s\n", errno_name(leave_container(&dev)));
	device_close(&dev);
	return 0;
}

/* There is no moment in which it is not open. */
int cmd_overlap(char **args)
{
	time_t end = time(NULL) + (args[1] ? atoi(args[1]) : 3600);
	unsigned long opened = 0;
	struct device dev;
	int next, ret;

	ret = device_open(&dev, args[0]);
	if (ret)
		return report_failure(&dev, ret);
	printf("open\n");
	do {
		opened++;
		next = device_get_fd(&dev);
		if (next < 0)
			break;
		close(dev.fd);
		dev.fd = next;
	} while (time(NULL) < end);
	printf("opened %lu times, then %s\n", opened,
	       next < 0 ? errno_name(next) : "the time was over");
	device_close(&dev);
	return next < 0;
}
