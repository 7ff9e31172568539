// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "migration.h"
#include "tap.h"

static const char *const names[STATES] = {
	[VFIO_DEVICE_STATE_ERROR] = "ERROR",
	[VFIO_DEVICE_STATE_STOP] = "STOP",
	[VFIO_DEVICE_STATE_RUNNING] = "RUNNING",
	[VFIO_DEVICE_STATE_STOP_COPY] = "STOP_COPY",
	[VFIO_DEVICE_STATE_RESUMING] = "RESUMING",
	[VFIO_DEVICE_STATE_RUNNING_P2P] = "RUNNING_P2P",
	[VFIO_DEVICE_STATE_PRE_COPY] = "PRE_COPY",
	[VFIO_DEVICE_STATE_PRE_COPY_P2P] = "PRE_COPY_P2P",
};

const char *state_name(uint32_t state)
{
	return state < STATES ? names[state] : "no state";
}

uint32_t state_by_name(const char *name)
{
	uint32_t state = 0;

	while (state < STATES && strcmp(names[state], name))
		state++;
	return state;
}

int feature_call_raw(int fd, uint32_t argsz, uint32_t flags, void *data,
		     size_t size)
{
	struct {
		struct vfio_device_feature head;
		unsigned char data[64];
	} call = { .head = { .argsz = argsz, .flags = flags } };
	int ret;

	memcpy(call.data, data, size);
	ret = device_ioctl(fd, VFIO_DEVICE_FEATURE, &call);
	memcpy(data, call.data, size);
	return ret;
}

int feature_call(int fd, uint32_t flags, void *data, size_t size)
{
	return feature_call_raw(fd, sizeof(struct vfio_device_feature) + size,
				flags, data, size);
}

int state_get(int fd)
{
	struct vfio_device_feature_mig_state state = { .data_fd = 4711 };
	int ret = feature_call(fd, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE |
			       VFIO_DEVICE_FEATURE_GET, &state, sizeof(state));

	if (!ret && state.data_fd != -1)
		bail_out("getting the state gives a data_fd %d", state.data_fd);
	return ret ? ret : (int)state.device_state;
}

int state_set(int fd, uint32_t state, int *data_fd)
{
	struct vfio_device_feature_mig_state data = {
		.device_state = state,
		.data_fd = 4711,
	};
	int ret = feature_call(fd, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE |
			       VFIO_DEVICE_FEATURE_SET, &data, sizeof(data));

	if (data_fd)
		*data_fd = ret ? -1 : data.data_fd;
	else if (!ret && data.data_fd >= 0)
		close(data.data_fd);
	return ret;
}

int state_must_set(int fd, uint32_t state)
{
	int data_fd;
	int ret = state_set(fd, state, &data_fd);

	if (ret)
		bail_out("can't go to %s: %s", state_name(state),
			 errno_name(ret));
	return data_fd;
}

long precopy_info(int data_fd, uint64_t *initial, uint64_t *dirty)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };
	int ret = device_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info);

	*initial = info.initial_bytes;
	*dirty = info.dirty_bytes;
	return ret;
}

static bool is_saving(uint32_t state)
{
	return state == VFIO_DEVICE_STATE_PRE_COPY ||
	       state == VFIO_DEVICE_STATE_PRE_COPY_P2P ||
	       state == VFIO_DEVICE_STATE_STOP_COPY;
}

/* How it is to go from a state to a state; 0, or a negative errno. */
static int expected(uint32_t from, uint32_t to)
{
	if (to == VFIO_DEVICE_STATE_ERROR || to >= STATES)
		return -EINVAL;
	/* Nothing has been written that could be resumed from. */
	if (from == VFIO_DEVICE_STATE_RESUMING && to != from)
		return -EINVAL;
	if (from == VFIO_DEVICE_STATE_STOP_COPY && is_saving(to) && to != from)
		return -EINVAL;
	return 0;
}

static bool begins_transfer(uint32_t from, uint32_t to)
{
	if (from == to)
		return false;
	return to == VFIO_DEVICE_STATE_RESUMING ||
	       (is_saving(to) && !is_saving(from));
}

static void test_way(int fd, uint32_t from, uint32_t to)
{
	int want = expected(from, to);
	int first, second, ret;

	device_reset(fd);
	first = state_must_set(fd, from);
	ret = state_set(fd, to, &second);
	if (ret != want || (second >= 0) != (!want && begins_transfer(from, to)) ||
	    state_get(fd) != (int)(want ? from : to))
		ok(false, "from %s to %s: %s, %s, then %s", state_name(from),
		   state_name(to), errno_name(ret),
		   second >= 0 ? "a transfer" : "no transfer",
		   state_name(state_get(fd)));
	if (first >= 0)
		close(first);
	if (second >= 0)
		close(second);
}

void test_ways(int fd)
{
	uint32_t from, to;
	int ways = 0;

	for (from = VFIO_DEVICE_STATE_STOP; from < STATES; from++)
		for (to = 0; to <= STATES; to++, ways++)
			test_way(fd, from, to);
	ok(true, "all of %d ways, but for those above", ways);
	is(device_reset(fd), 0, "reset");
	is(state_get(fd), VFIO_DEVICE_STATE_RUNNING, "the reset makes it run");
}
