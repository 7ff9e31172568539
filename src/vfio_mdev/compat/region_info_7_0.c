// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_GET_REGION_INFO from an ioctl() that writes to user memory, for
 * kernels whose VFIO calls an op instead, which does not get the user's pointer.
 *
 * Demanding the op get_region_info of every driver would make this file
 * unnecessary. But drivers of Linux 4.10 to 5.12, which the stable API is for,
 * answer in ioctl(): they would build on these kernels, but their devices would be
 * useless.
 *
 * VFIO calls the op within the user's ioctl(2), so the pointer is in the
 * registers of that system call. They can't change meanwhile, neither by another
 * thread nor by a tracer, which can stop the task only before or after the call.
 * With the user's own pointer ioctl() does on this kernel what it does on any
 * other, down to the last byte of its chain of capabilities. Nothing that it
 * leaves in user memory, where the user may change it at any time, has to be
 * understood here: the structure is read back, and VFIO writes it to the same
 * place again.
 *
 * The alternative, to give ioctl() user memory that the bridge maps, would put a
 * mapping into the user's address space that the user can touch and move, and
 * would have to parse and check a chain from there.
 */
#include <asm/syscall.h>
#include <linux/compat.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include "vfio.h"

/* The argument of the ioctl(2) that this task is in, if it is this command. */
static void __user *region_info_7_0_user_arg(void)
{
	unsigned long args[6];

	if (current->flags & PF_KTHREAD)
		return NULL;
	syscall_get_arguments(current, task_pt_regs(current), args);
	if ((unsigned int)args[1] != VFIO_DEVICE_GET_REGION_INFO)
		return NULL;
	return in_compat_syscall() ? compat_ptr(args[2]) :
				     (void __user *)args[2];
}

/**
 * compat_region_info_from_ioctl() - what ioctl() says about a region
 * @vdev:	the device
 * @fn:		its ioctl()
 * @info:	VFIO's copy of the user's structure
 *
 * Context: process, in the user's VFIO_DEVICE_GET_REGION_INFO; sleeps.
 * Return: 0, the error of ioctl(), -EFAULT, or -EINVAL if the user's structure
 * is not the one that VFIO has read, because the user has changed it.
 */
int compat_region_info_from_ioctl(struct vfio_device *vdev,
				  compat_ioctl_fn *fn,
				  struct vfio_region_info *info)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	void __user *arg = region_info_7_0_user_arg();
	struct vfio_region_info user;
	long ret;

	if (!arg || copy_from_user(&user, arg, minsz))
		return -EFAULT;
	if (user.argsz != info->argsz || user.index != info->index)
		return -EINVAL;
	ret = fn(vdev, VFIO_DEVICE_GET_REGION_INFO, (unsigned long)arg);
	if (ret)
		return ret;
	return copy_from_user(info, arg, minsz) ? -EFAULT : 0;
}
