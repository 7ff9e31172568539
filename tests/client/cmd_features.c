// SPDX-License-Identifier: GPL-2.0-only
/*
 * feature, features, states: VFIO_DEVICE_FEATURE with all that can be wrong with it, and
 * ways through the states of migration, on any device.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "migration.h"
#include "tap.h"

#define GET VFIO_DEVICE_FEATURE_GET
#define SET VFIO_DEVICE_FEATURE_SET
#define PROBE VFIO_DEVICE_FEATURE_PROBE

#define TEST_FEATURE 0xfff0	/* of mdev_migration_test */

/* A feature of @size bytes that can be got, and perhaps set. */
static void test_there(int fd, uint32_t feature, const char *name, size_t size,
		       bool settable)
{
	const size_t head = sizeof(struct vfio_device_feature);
	uint64_t data = 0;

	is(feature_call(fd, feature | PROBE, &data, 0), 0, "%s: is there",
	   name);
	is(feature_call(fd, feature | PROBE | GET, &data, 0), 0,
	   "%s: can be got", name);
	is(feature_call(fd, feature | PROBE | SET, &data, 0),
	   settable ? 0 : -EINVAL, "%s: can%s be set", name,
	   settable ? "" : "'t");
	is(feature_call(fd, feature | PROBE | GET | SET, &data, 0),
	   settable ? 0 : -EINVAL, "%s: can%s be got and set", name,
	   settable ? "" : "'t");
	is(feature_call(fd, feature, &data, size), -EINVAL,
	   "%s: neither got nor set", name);
	is(feature_call(fd, feature | GET | SET, &data, size), -EINVAL,
	   "%s: both at once", name);
	is(feature_call(fd, feature | GET | 1 << 19, &data, size), -EINVAL,
	   "%s: an unknown flag", name);
	is(feature_call_raw(fd, head + size - 1, feature | GET, &data, size),
	   -EINVAL, "%s: no room for the last byte", name);
	is(feature_call_raw(fd, head - 1, feature | GET, &data, size), -EINVAL,
	   "%s: not even room for the flags", name);
	is(feature_call_raw(fd, 0, feature | GET, &data, size), -EINVAL,
	   "%s: no room at all", name);
	is(feature_call_raw(fd, UINT32_MAX, feature | GET, &data, size), 0,
	   "%s: more than enough room", name);
	if (!settable)
		is(feature_call(fd, feature | SET, &data, size), -EINVAL,
		   "%s: setting it is refused", name);
}

static void test_not_there(int fd, uint32_t feature, const char *name)
{
	static const uint32_t ways[] = { PROBE, GET, SET, PROBE | GET, 0 };
	uint64_t data = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		is(feature_call(fd, feature | ways[i], &data, sizeof(data)),
		   -ENOTTY, "%s: not there, flags 0x%x", name, ways[i]);
}

/* The argument's data is not there. */
static void test_memory(int fd, uint32_t feature, const char *name,
			uint32_t way)
{
	const size_t head = sizeof(struct vfio_device_feature);
	struct vfio_device_feature *call = end_of_memory(head);

	call->argsz = head + 64;
	call->flags = feature | way;
	is(device_ioctl(fd, VFIO_DEVICE_FEATURE, call), -EFAULT,
	   "%s: data where there is no memory, flags 0x%x", name, way);
	call = end_of_memory(head - 1);
	is(device_ioctl(fd, VFIO_DEVICE_FEATURE, call), -EFAULT,
	   "%s: flags where there is none", name);
}

static void test_migration(int fd, uint64_t flags)
{
	struct vfio_device_feature_mig_data_size size = { 0 };
	struct vfio_device_feature_migration data = { 0 };

	test_there(fd, VFIO_DEVICE_FEATURE_MIGRATION, "migration",
		   sizeof(data), false);
	test_memory(fd, VFIO_DEVICE_FEATURE_MIGRATION, "migration", GET);
	is(feature_call(fd, VFIO_DEVICE_FEATURE_MIGRATION | GET, &data,
			sizeof(data)), 0, "migration: got");
	is(data.flags, flags, "migration: these states");

	test_there(fd, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, "state",
		   sizeof(struct vfio_device_feature_mig_state), true);
	test_memory(fd, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, "state", GET);
	test_memory(fd, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, "state", SET);
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "state: RUNNING");

	test_there(fd, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, "size",
		   sizeof(size), false);
	test_memory(fd, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, "size", GET);
	is(feature_call(fd, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE | GET, &size,
			sizeof(size)), 0, "size: got");
	ok(size.stop_copy_length > 0, "size: %llu bytes",
	   (unsigned long long)size.stop_copy_length);
}

static void test_no_migration(int fd)
{
	test_not_there(fd, VFIO_DEVICE_FEATURE_MIGRATION, "migration");
	test_not_there(fd, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, "state");
	test_not_there(fd, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, "size");
}

static void test_op(int fd)
{
	uint64_t value = 0x123456789abcdef0;

	test_there(fd, TEST_FEATURE, "the driver's", sizeof(value), true);
	test_memory(fd, TEST_FEATURE, "the driver's", GET);
	test_memory(fd, TEST_FEATURE, "the driver's", SET);
	is(feature_call(fd, TEST_FEATURE | SET, &value, sizeof(value)), 0,
	   "the driver's: set");
	value = 0;
	is(feature_call(fd, TEST_FEATURE | GET, &value, sizeof(value)), 0,
	   "the driver's: got");
	ok(value == 0x123456789abcdef0, "the driver's: as it was set");
}

/* args: UUID, the migration flags or "none", and perhaps "op" */
int cmd_feature(char **args)
{
	uint64_t data = 0;
	struct device dev;

	device_must_open(&dev, args[0]);
	printf("%s\n", errno_name(feature_call(dev.fd,
		strtoul(args[1], NULL, 0) | PROBE | GET, &data, 0)));
	device_close(&dev);
	return 0;
}

int cmd_features(char **args)
{
	struct device dev;

	device_must_open(&dev, args[0]);
	if (!strcmp(args[1], "none"))
		test_no_migration(dev.fd);
	else
		test_migration(dev.fd, strtoull(args[1], NULL, 0));
	if (args[2])
		test_op(dev.fd);
	else
		test_not_there(dev.fd, TEST_FEATURE, "the driver's");
	test_not_there(dev.fd, 0xffff, "one that nobody knows");
	device_close(&dev);
	return tap_done();
}

/* Each state by its name, or any number. */
static uint32_t state_of(const char *text)
{
	uint32_t state = state_by_name(text);

	return state < STATES ? state : strtoul(text, NULL, 0);
}

int cmd_states(char **args)
{
	struct device dev;
	int data_fd, ret, i;

	device_must_open(&dev, args[0]);
	for (i = 1; args[i]; i++) {
		ret = state_set(dev.fd, state_of(args[i]), &data_fd);
		printf("%s: %s%s\n", args[i], errno_name(ret),
		       data_fd >= 0 ? ", a transfer" : "");
		if (data_fd >= 0)
			close(data_fd);
	}
	ret = state_get(dev.fd);
	printf("then %s\n", ret < 0 ? errno_name(ret) : state_name(ret));
	device_close(&dev);
	return 0;
}
