// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: a display: the plane that is shown, its picture, the monitor's EDID.
 *
 * Touches user memory, and the display of a device, under the device's lock.
 *
 * The picture is a memory area, as large as the largest mode of the type. A line of
 * it takes as much as one of that mode, whatever the mode is: a smaller one shows
 * its upper left part, and a change of the mode changes no pixel. At first, and
 * after a reset, it is a test picture: the colour of each pixel encodes its place.
 *
 * The mode is what the monitor's EDID prefers. The EDID and the state of the link
 * are the user's, as eventfds are: a reset leaves them, and they are forgotten when
 * the last user has gone.
 *
 * There is no dma-buf. QEMU takes that where it is offered, and does not start
 * without OpenGL then.
 */
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <uapi/drm/drm_fourcc.h>

#include <asm/byteorder.h>

#include "sim.h"

/* Of enum drm_plane_type; QEMU asks for an overlay and means the primary plane. */
#define PLANE_OVERLAY		0
#define PLANE_PRIMARY		1

/* Bytes of the EDID region taken at a time */
#define CHUNK_SIZE		64

#define EDID_BLOCK_SIZE		128
#define EDID_TIMING		54	/* the first descriptor */

static u32 sim_display_stride(const struct sim_type *type)
{
	return type->settings.display.width * sizeof(__le32);
}

/**
 * sim_display_size() - how much memory the picture takes
 * @type:	the type
 *
 * Context: any.
 * Return: the size in bytes, whole pages; 0 if there is no display.
 */
u64 sim_display_size(const struct sim_type *type)
{
	return PAGE_ALIGN((u64)sim_display_stride(type) *
			  type->settings.display.height);
}

/* docs/mdev_sim.md tells it to those who compare screenshots. */
static u32 sim_display_pixel(u32 x, u32 y)
{
	u32 red = x & 0xff;
	u32 green = y & 0xff;
	u32 blue = (x >> 8 & 0xf) << 4 | (y >> 8 & 0xf);

	return red << 16 | green << 8 | blue;
}

/**
 * sim_display_draw() - draw a page of the test picture
 * @type:	the type, which has a display
 * @page:	the page
 * @index:	which one of the picture
 *
 * Context: any.
 */
void sim_display_draw(const struct sim_type *type, void *page,
		      unsigned long index)
{
	u32 nr = PAGE_SIZE / sizeof(__le32);
	u32 width = type->settings.display.width;
	u32 x = index * nr % width;
	u32 y = index * nr / width;
	__le32 *pixels = page;
	u32 i;

	for (i = 0; i < nr; i++) {
		pixels[i] = cpu_to_le32(sim_display_pixel(x, y));
		if (++x < width)
			continue;
		x = 0;
		y++;
	}
}

static bool sim_display_edid_is_valid(const struct sim_edid_region *region)
{
	static const u8 header[] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	u8 sum = 0;
	int i;

	if (region->regs.edid_size < EDID_BLOCK_SIZE ||
	    memcmp(region->edid, header, sizeof(header)))
		return false;
	for (i = 0; i < EDID_BLOCK_SIZE; i++)
		sum += region->edid[i];
	return !sum;
}

/*
 * The mode that the EDID prefers, as far as the type allows. Without one it is the
 * type's: the EDID may be none, or have a descriptor of another kind, which has
 * no pixel clock, in the place of the timing.
 */
static void sim_display_set_mode(struct sim_instance *instance)
{
	const struct sim_display_settings *max =
		&instance->type->settings.display;
	struct sim_display *display = &instance->display;
	const u8 *timing = display->region.edid + EDID_TIMING;
	u32 width = timing[2] | (timing[4] & 0xf0) << 4;
	u32 height = timing[5] | (timing[7] & 0xf0) << 4;

	display->mode = *max;
	if (!sim_display_edid_is_valid(&display->region) ||
	    !(timing[0] | timing[1]) || !width || !height)
		return;
	display->mode.width = min(width, max->width);
	display->mode.height = min(height, max->height);
}

/**
 * sim_display_init() - as the first user finds it
 * @instance:	the device, which nobody uses
 *
 * A monitor is connected, and has no EDID.
 *
 * Context: process; does not sleep.
 */
void sim_display_init(struct sim_instance *instance)
{
	const struct sim_display_settings *max =
		&instance->type->settings.display;

	instance->display = (struct sim_display) {
		.mode = *max,
		.region.regs = {
			.edid_offset = offsetof(struct sim_edid_region, edid),
			.edid_max_size = SIM_EDID_MAX_SIZE,
			.max_xres = max->width,
			.max_yres = max->height,
			.link_state = VFIO_DEVICE_GFX_LINK_STATE_UP,
		},
	};
}

/* Without a monitor there is no plane: all that tells of one is 0. */
static void sim_display_fill_plane(struct sim_instance *instance,
				   struct vfio_device_gfx_plane_info *plane)
{
	struct sim_display *display = &instance->display;

	*plane = (struct vfio_device_gfx_plane_info) {
		.argsz = plane->argsz,
		.flags = plane->flags,
		.drm_plane_type = plane->drm_plane_type,
	};
	spin_lock(&instance->lock);
	if (display->region.regs.link_state == VFIO_DEVICE_GFX_LINK_STATE_UP) {
		plane->drm_format = DRM_FORMAT_XRGB8888;
		plane->drm_format_mod = DRM_FORMAT_MOD_LINEAR;
		plane->width = display->mode.width;
		plane->height = display->mode.height;
		plane->stride = sim_display_stride(instance->type);
		plane->size = PAGE_ALIGN(plane->stride * plane->height);
		plane->region_index = SIM_DISPLAY_REGION;
	}
	spin_unlock(&instance->lock);
}

/**
 * sim_display_query_plane() - VFIO_DEVICE_QUERY_GFX_PLANE
 * @instance:	the device
 * @arg:	the user's struct vfio_device_gfx_plane_info
 *
 * Context: process; sleeps.
 * Return: 0; -ENOTTY without a display; -EINVAL; -EFAULT.
 */
long sim_display_query_plane(struct sim_instance *instance, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_device_gfx_plane_info,
					  region_index);
	struct vfio_device_gfx_plane_info plane;

	if (!instance->type->settings.display.width)
		return -ENOTTY;
	if (copy_from_user(&plane, arg, minsz))
		return -EFAULT;
	if (plane.argsz < minsz)
		return -EINVAL;
	if (plane.flags ==
	    (VFIO_GFX_PLANE_TYPE_PROBE | VFIO_GFX_PLANE_TYPE_REGION))
		return 0;
	if (plane.flags != VFIO_GFX_PLANE_TYPE_REGION ||
	    (plane.drm_plane_type != PLANE_PRIMARY &&
	     plane.drm_plane_type != PLANE_OVERLAY))
		return -EINVAL;
	sim_display_fill_plane(instance, &plane);
	return copy_to_user(arg, &plane, minsz) ? -EFAULT : 0;
}

/**
 * sim_display_add_edid_type() - say that a region is that of the EDID
 * @caps:	where to say it
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int sim_display_add_edid_type(struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_type type = {
		.header.id = VFIO_REGION_INFO_CAP_TYPE,
		.header.version = 1,
		.type = VFIO_REGION_TYPE_GFX,
		.subtype = VFIO_REGION_SUBTYPE_GFX_EDID,
	};

	return vfio_info_add_capability(caps, &type.header, sizeof(type));
}

/**
 * sim_display_edid_read() - read the EDID region, any size and alignment
 * @instance:	the device, which has a display
 * @offset:	first byte
 * @buf:	the user's buffer
 * @count:	how many bytes; all of them are in the region
 *
 * Context: process; sleeps.
 * Return: 0 or -EFAULT.
 */
ssize_t sim_display_edid_read(struct sim_instance *instance, u64 offset,
			      char __user *buf, size_t count)
{
	const u8 *region = (const u8 *)&instance->display.region;
	u8 data[CHUNK_SIZE];
	size_t len;

	for (; count; count -= len, offset += len, buf += len) {
		len = min_t(size_t, count, sizeof(data));
		spin_lock(&instance->lock);
		memcpy(data, region + offset, len);
		spin_unlock(&instance->lock);
		if (copy_to_user(buf, data, len))
			return -EFAULT;
	}
	return 0;
}

static ssize_t sim_display_write_edid(struct sim_instance *instance, u64 offset,
				      const char __user *buf, size_t count)
{
	u8 *edid = instance->display.region.edid;
	u8 data[CHUNK_SIZE];
	size_t len;

	for (; count; count -= len, offset += len, buf += len) {
		len = min_t(size_t, count, sizeof(data));
		if (copy_from_user(data, buf, len))
			return -EFAULT;
		spin_lock(&instance->lock);
		memcpy(edid + offset, data, len);
		spin_unlock(&instance->lock);
	}
	return 0;
}

static int sim_display_set_edid_size(struct sim_instance *instance, u32 size)
{
	lockdep_assert_held(&instance->lock);
	if (size > SIM_EDID_MAX_SIZE)
		return -EINVAL;
	instance->display.region.regs.edid_size = size;
	return 0;
}

/* The EDID is read when the link comes up. */
static int sim_display_set_link(struct sim_instance *instance, u32 state)
{
	lockdep_assert_held(&instance->lock);
	if (state != VFIO_DEVICE_GFX_LINK_STATE_UP &&
	    state != VFIO_DEVICE_GFX_LINK_STATE_DOWN)
		return -EINVAL;
	instance->display.region.regs.link_state = state;
	if (state == VFIO_DEVICE_GFX_LINK_STATE_UP)
		sim_display_set_mode(instance);
	return 0;
}

/**
 * sim_display_edid_write() - write the EDID region
 * @instance:	the device, which has a display
 * @offset:	first byte
 * @buf:	the user's buffer
 * @count:	how many bytes; all of them are in the region
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if it is neither a part of the EDID nor just one field that
 * can be written, or the field can't have this value; -EFAULT.
 */
ssize_t sim_display_edid_write(struct sim_instance *instance, u64 offset,
			       const char __user *buf, size_t count)
{
	u64 edid = offsetof(struct sim_edid_region, edid);
	int ret = -EINVAL;
	u32 value;

	if (offset >= edid)
		return sim_display_write_edid(instance, offset - edid, buf,
					      count);
	if (count != sizeof(value))
		return -EINVAL;
	if (copy_from_user(&value, buf, sizeof(value)))
		return -EFAULT;
	spin_lock(&instance->lock);
	if (offset == offsetof(struct vfio_region_gfx_edid, edid_size))
		ret = sim_display_set_edid_size(instance, value);
	else if (offset == offsetof(struct vfio_region_gfx_edid, link_state))
		ret = sim_display_set_link(instance, value);
	spin_unlock(&instance->lock);
	return ret;
}
