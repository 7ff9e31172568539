/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAGES_H
#define PAGES_H

#include <stdint.h>

#include "../modules/mdev_pages_test.h"

#define RW	(PAGES_PROT_READ | PAGES_PROT_WRITE)

/* What a device of mdev_pages_test makes of a request, or -errno. */
long pages_ask(int fd, uint32_t op, uint64_t iova, int npage);

#endif /* PAGES_H */
