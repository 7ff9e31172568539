// SPDX-License-Identifier: GPL-2.0-only
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
