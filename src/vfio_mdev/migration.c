// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device features and migration: VFIO asks for a state, and the parent driver
 * gets the single arcs that lead there.
 *
 * migration_lock lets one task at a time change the state. It is outermost: the
 * driver's own locks come under it, and the driver can't take it.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/vfio_mdev_feature.h>

#include "vfio_mdev_private.h"

#define ALL_FLAGS (VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | \
		   VFIO_MIGRATION_PRE_COPY)

/*
 * The states, but for ERROR, in two rows. A state in the lower row is the one
 * above it, while saving.
 *
 *	RUNNING  -- RUNNING_P2P  -- STOP ------ RESUMING
 *	   |             |           |
 *	PRE_COPY -- PRE_COPY_P2P -> STOP_COPY
 *
 * An arc leads from a state to its neighbour. Going anywhere from there leads
 * along the row above, because a transfer must not begin and end on the way;
 * only between two states that save it leads along the row below. States that a
 * device does not have are skipped.
 */
#define ROW_LENGTH 4
#define NO_STATE VFIO_DEVICE_STATE_ERROR

static const u8 rows[2][ROW_LENGTH] = {
	{
		VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_RUNNING_P2P,
		VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_RESUMING,
	}, {
		VFIO_DEVICE_STATE_PRE_COPY, VFIO_DEVICE_STATE_PRE_COPY_P2P,
		VFIO_DEVICE_STATE_STOP_COPY, NO_STATE,
	},
};

struct migration_place {
	unsigned int row;
	unsigned int column;
};

static bool migration_has_state(u64 flags, u32 state)
{
	switch (state) {
	case VFIO_DEVICE_STATE_RUNNING:
	case VFIO_DEVICE_STATE_STOP:
	case VFIO_DEVICE_STATE_STOP_COPY:
	case VFIO_DEVICE_STATE_RESUMING:
		return flags & VFIO_MIGRATION_STOP_COPY;
	case VFIO_DEVICE_STATE_RUNNING_P2P:
		return flags & VFIO_MIGRATION_P2P;
	case VFIO_DEVICE_STATE_PRE_COPY:
		return flags & VFIO_MIGRATION_PRE_COPY;
	case VFIO_DEVICE_STATE_PRE_COPY_P2P:
		return flags & VFIO_MIGRATION_P2P &&
		       flags & VFIO_MIGRATION_PRE_COPY;
	default:
		return false;
	}
}

/* @state is one of those in the rows. */
static struct migration_place migration_place_of(u32 state)
{
	struct migration_place place = {};

	while (rows[place.row][place.column] != state) {
		place.row ^= 1;
		place.column += !place.row;
	}
	return place;
}

/* The next place on the way; @from and @to differ. */
static struct migration_place migration_step(struct migration_place from,
					     struct migration_place to)
{
	if (from.row > to.row)
		from.row = 0;
	else if (from.column < to.column)
		from.column++;
	else if (from.column > to.column)
		from.column--;
	else
		from.row = 1;
	return from;
}

int vfio_mdev_mig_get_next_state(u64 flags, u32 state, u32 target, u32 *next)
{
	struct migration_place place, to;

	if (!migration_has_state(flags, state) ||
	    !migration_has_state(flags, target))
		return -EINVAL;
	/* STOP_COPY does not lead back to PRE_COPY. */
	if (state == VFIO_DEVICE_STATE_STOP_COPY &&
	    (target == VFIO_DEVICE_STATE_PRE_COPY ||
	     target == VFIO_DEVICE_STATE_PRE_COPY_P2P))
		return -EINVAL;

	*next = state;
	if (state == target)
		return 0;
	place = migration_place_of(state);
	to = migration_place_of(target);
	do {
		place = migration_step(place, to);
		*next = rows[place.row][place.column];
	} while (!migration_has_state(flags, *next));
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_mdev_mig_get_next_state);

static struct file *migration_walk(struct vfio_mdev_device *vmdev, u32 target)
{
	const struct vfio_mdev_device_ops *ops = vmdev->ops;
	struct file *file = NULL;
	u32 state, next;
	int ret;

	ret = ops->migration_get_state(vmdev->mdev, &state);
	if (ret)
		return ERR_PTR(ret);
	do {
		ret = vfio_mdev_mig_get_next_state(ops->migration_flags, state,
						   target, &next);
		if (ret)
			return ERR_PTR(ret);
		if (next == state)
			return NULL;
		file = ops->migration_set_state(vmdev->mdev, next);
		state = next;
	} while (!file && state != target);

	/* A driver must not begin a transfer on the way. */
	if (!IS_ERR_OR_NULL(file) && state != target) {
		fput(file);
		file = ERR_PTR(-EINVAL);
	}
	return file;
}

static struct file *migration_set_state(struct vfio_device *vdev,
					enum vfio_device_mig_state target)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);
	struct file *file;

	/* A driver may wait for the user's memory. */
	if (mutex_lock_killable(&vmdev->migration_lock))
		return ERR_PTR(-EINTR);
	file = migration_walk(vmdev, target);
	mutex_unlock(&vmdev->migration_lock);
	return file;
}

static int migration_get_state(struct vfio_device *vdev,
			       enum vfio_device_mig_state *state)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);
	u32 number;
	int ret;

	ret = vmdev->ops->migration_get_state(vmdev->mdev, &number);
	if (!ret)
		*state = number;
	return ret;
}

static int migration_get_data_size(struct vfio_device *vdev,
				   unsigned long *size)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	return vmdev->ops->migration_get_data_size(vmdev->mdev, size);
}

static const struct vfio_migration_ops migration_ops = {
	.migration_set_state = migration_set_state,
	.migration_get_state = migration_get_state,
	COMPAT_GET_DATA_SIZE_OP(migration_get_data_size)
};

/**
 * vfio_mdev_device_feature() - a feature that VFIO does not answer itself
 * @vdev:	the device
 * @flags:	the feature, and what is wanted
 * @arg:	the user's data
 * @argsz:	its size
 *
 * Context: process; sleeps.
 * Return: what the user's ioctl returns.
 */
int vfio_mdev_device_feature(struct vfio_device *vdev, u32 flags,
			     void __user *arg, size_t argsz)
{
	struct vfio_mdev_device *vmdev = to_vfio_mdev_device(vdev);

	if ((flags & VFIO_DEVICE_FEATURE_MASK) ==
	    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE)
		return vdev->mig_ops ?
			       compat_vfio_data_size(vdev,
						     migration_get_data_size,
						     flags, arg, argsz) :
			       -ENOTTY;
	if (!vmdev->ops->device_feature)
		return -ENOTTY;
	return vmdev->ops->device_feature(vmdev->mdev, flags, arg, argsz);
}

/* Returns a description of the first fault, or NULL. */
static const char *migration_find_fault(const struct vfio_mdev_device_ops *ops)
{
	bool some = ops->migration_set_state || ops->migration_get_state ||
		    ops->migration_get_data_size;
	bool all = ops->migration_set_state && ops->migration_get_state &&
		   ops->migration_get_data_size;

	bool some_log = ops->log_start || ops->log_stop ||
			ops->log_read_and_clear;
	bool all_log = ops->log_start && ops->log_stop &&
		       ops->log_read_and_clear;

	if (some_log && !all_log)
		return "some of the log ops but not all three";
	if (some_log && !ops->migration_flags)
		return "log ops but no migration_flags";
	if (!ops->migration_flags)
		return some ? "migration ops but no migration_flags" : NULL;
	if (ops->migration_flags & ~ALL_FLAGS)
		return "migration_flags that are not known";
	if (!(ops->migration_flags & VFIO_MIGRATION_STOP_COPY))
		return "migration_flags without VFIO_MIGRATION_STOP_COPY";
	return all ? NULL : "migration_flags but not all three migration ops";
}

/*
 * The bridge does not see what hardware writes through the IOMMU of another device.
 * Without log ops of the driver, the user asks the container, which knows what is
 * mapped.
 */
static bool migration_knows_writes(const struct vfio_mdev_device *vmdev)
{
	return vmdev->ops->log_start ||
	       !mdev_get_iommu_device(mdev_dev(vmdev->mdev));
}

/**
 * vfio_mdev_migration_init() - tell VFIO what the device can do
 * @vmdev:	the device, not registered yet
 *
 * Context: process.
 * Return: 0; -EINVAL, and the log says why, if its ops don't fit together.
 */
int vfio_mdev_migration_init(struct vfio_mdev_device *vmdev)
{
	const char *wrong = migration_find_fault(vmdev->ops);

	if (wrong) {
		dev_err(mdev_dev(vmdev->mdev),
			"the parent driver's device ops have %s\n", wrong);
		return -EINVAL;
	}
	if (!vmdev->ops->migration_flags)
		return 0;
	vmdev->vdev.migration_flags = vmdev->ops->migration_flags;
	vmdev->vdev.mig_ops = &migration_ops;
	if (migration_knows_writes(vmdev))
		compat_vfio_offer_log(&vmdev->vdev);
	return 0;
}
