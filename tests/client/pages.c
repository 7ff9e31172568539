// SPDX-License-Identifier: GPL-2.0-only
/* Requests to a device of mdev_pages_test, from any number of threads. */
#include <errno.h>
#include <sys/ioctl.h>

#include "pages.h"

long pages_ask(int fd, uint32_t op, uint64_t iova, int npage)
{
	struct pages_request request = {
		.op = op, .iova = iova, .npage = npage, .prot = RW,
	};

	return ioctl(fd, PAGES_DO, &request) ? -errno : request.result;
}
