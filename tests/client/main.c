// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-client: uses a mediated device as a user-space driver would, and as
 * one should not.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "device.h"

struct command {
	const char *name;
	int (*run)(char **args);
	int min_args;
	int max_args;
	const char *usage;
};

static const struct command commands[] = {
	{ "open", cmd_open, 1, 1,
	  "UUID                  open and close it once" },
	{ "hold", cmd_hold, 1, 2,
	  "UUID [SECONDS]        keep it open until stdin ends or SIGTERM" },
	{ "group", cmd_group, 1, 1,
	  "UUID                  keep its group and a container, but not the device" },
	{ "asked", cmd_asked, 1, 2,
	  "UUID [TIMES]          keep it open until asked so often (0: in vain) to let go" },
	{ "write", cmd_write, 2, 2,
	  "FILE TEXT             write it, once; SIGTERM is caught" },
	{ "closerace", cmd_closerace, 2, 2,
	  "UUID TIMES            open and close it from several threads" },
	{ "leave", cmd_leave, 1, 1,
	  "UUID                  open it while its group tries to leave the container" },
	{ "overlap", cmd_overlap, 1, 2,
	  "UUID [SECONDS]        open it again before closing it, and so on" },
	{ "regions", cmd_regions, 2, 2,
	  "UUID PORTS            device and region info, accesses, config" },
	{ "irqs", cmd_irqs, 1, 2,
	  "UUID [UUID]           interrupts: every request, delivery, loops" },
	{ "irqchange", cmd_irqchange, 3, 3,
	  "UUID PORT SECONDS     bytes by INTx while another thread changes its set-up" },
	{ "uart", cmd_uart, 2, 2,
	  "UUID PORT             the register file of a 16550A" },
	{ "rules", cmd_rules, 3, 3,
	  "UUID PORT flow|wire   what the data sheet says, with this plug" },
	{ "count", cmd_count, 3, 3,
	  "UUID PORT BYTES       send so many and a break, and read nothing" },
	{ "tty", cmd_tty, 2, 3,
	  "BYTES TTY [TTY]       in a VM: ports as Linux drives them" },
	{ "crtscts", cmd_crtscts, 2, 2,
	  "BYTES TTY             in a VM: flow control against a slow reader" },
	{ "console", cmd_console, 1, 1,
	  "TTY                   in a VM: a port that is a console of the kernel's" },
	{ "loop", cmd_loop, 3, 3,
	  "UUID PORT|both BYTES  send data and compare what comes back" },
	{ "reset", cmd_reset, 2, 2,
	  "UUID PORT             VFIO_DEVICE_RESET in the middle of traffic" },
	{ "fuzz", cmd_fuzz, 3, 3,
	  "UUID CALLS|Ns SEED    random calls from four threads" },
	{ "page", cmd_page, 1, 1,
	  "UUID                  a device of mdev_test: a page to read, map" },
	{ "pages", cmd_pages, 1, 1,
	  "UUID                  a device of mdev_pages_test: our memory" },
	{ "pagestress", cmd_pagestress, 4, 4,
	  "UUID UUID SECONDS locked|unlocked  two of them, from eight threads" },
	{ "pagefresh", cmd_pagefresh, 15, 15,
	  "up|down UUID…         14 of them: one after the other pins for the first time" },
	{ "pageflood", cmd_pageflood, 3, 3,
	  "UUID THREADS SECONDS  so many threads unmap at once" },
	{ "pagescatter", cmd_pagescatter, 4, 4,
	  "UUID THREADS PAGES SECONDS  so many scattered pages each" },
	{ "pagemany", cmd_pagemany, 1, 1,
	  "UUID                  more threads pin than it has workers, while one unmaps" },
	{ "pagelate", cmd_pagelate, 1, 1,
	  "UUID                  pins a page while VFIO is slow and the driver is told" },
	{ "pagepoll", cmd_pagepoll, 1, 1,
	  "UUID                  is closed while its driver goes on reading memory" },
	{ "pageclose", cmd_pageclose, 2, 2,
	  "UUID ROUNDS           one that leaves pages, closed and unmapped" },
	{ "pageagain", cmd_pageagain, 3, 3,
	  "UUID UUID ROUNDS      one pins again while the other is waited for" },
	{ "pageslow", cmd_pageslow, 3, 29,
	  "UUID again|reopen|others|reuse|nofile|later ROUNDS [UUID…]  VFIO looks late" },
	{ "vm", cmd_vm, 1, 1,
	  "UUID                  the same device: our VM" },
	{ "note", cmd_note, 1, 1,
	  "UUID                  a device of the API guide's driver" },
	{ "card", cmd_card, 2, 2,
	  "UUID DEVICEVENDOR     any PCI device: info, config, mapping" },
	{ "display", cmd_display, 3, 3,
	  "UUID WIDTH HEIGHT     a graphics card: its picture" },
	{ "ccw", cmd_ccw, 2, 2,
	  "UUID CUTYPE           a device of vfio_ccw: SENSE ID, answered with this" },
	{ "iommufd", cmd_iommufd, 1, 1,
	  "UUID                  its character device: every step, bound or not" },
	{ "feature", cmd_feature, 2, 2,
	  "UUID NUMBER           whether it can be got" },
	{ "features", cmd_features, 2, 3,
	  "UUID FLAGS|none [op]  VFIO_DEVICE_FEATURE, right and wrong" },
	{ "states", cmd_states, 2, 32,
	  "UUID STATE...         lead it to one state of migration after the other" },
	{ "migrate", cmd_migrate, 4, 4,
	  "UUID UUID UUID PORTS  one card to another, the third of another kind" },
	{ "migratewire", cmd_migratewire, 3, 3,
	  "UUID UUID UUID        two whose plugs are wires, the third's is not" },
	{ "stream", cmd_stream, 2, 2,
	  "UUID STATE            keep the file of a transfer, try it at SIGTERM" },
	{ "migraterace", cmd_migraterace, 2, 2,
	  "UUID SECONDS          states, data and ports from six threads" },
	{ "pending", cmd_pending, 3, 3,
	  "UUID UUID PORTS       interrupts that are pending when a card moves" },
	{ "dirty", cmd_dirty, 2, 2,
	  "UUID KIND             DMA logging on a device of mdev_dirty_test" },
	{ "dirtyodd", cmd_dirtyodd, 1, 1,
	  "UUID                  reports in odd sizes, with half a bitmap" },
	{ "dirtyendless", cmd_dirtyendless, 1, 1,
	  "UUID                  a report that takes long, until SIGKILL" },
	{ "dirtyrace", cmd_dirtyrace, 2, 2,
	  "UUID SECONDS          the same from five threads" },
	{ "sim", cmd_sim, 4, 4,
	  "UUID BARS MSI MSIX    a device of mdev_sim with these BARs and vectors" },
	{ "simfill", cmd_simfill, 2, 3,
	  "UUID REGION [read]    write all of it, or as much as there is memory for" },
	{ "simwait", cmd_simwait, 2, 2,
	  "UUID error|intx       wait for its error interrupt; raise INTx until it comes" },
	{ "edu", cmd_edu, 1, 1,
	  "UUID                  the registers of an edu device, and its DMA" },
	{ "simstuck", cmd_simstuck, 2, 2,
	  "UUID-BUT-3-DIGITS N   transfers of so many edu devices wait until SIGKILL" },
	{ "simdisplay", cmd_simdisplay, 3, 3,
	  "UUID WIDTH HEIGHT     its display, up to this mode (0 0: it has none)" },
	{ "picture", cmd_picture, 3, 3,
	  "FILE WIDTH HEIGHT     is this screenshot that display's test picture?" },
	{ "simrom", cmd_simrom, 2, 2,
	  "UUID FILE             an expansion ROM with these bytes" },
	{ "simpin", cmd_simpin, 3, 3,
	  "UUID UUID BAR         an mdev_pages_test device pins memory of a BAR" },
	{ "simmigrate", cmd_simmigrate, 4, 4,
	  "UUID UUID UUID UUID   edu to edu; one of another kind, one with no memory" },
	{ "bench", cmd_bench, 2, 3,
	  "TYPE NUMBER [empty]   count the instructions of all that its devices do" },
	{ "benchmany", cmd_benchmany, 2, 2,
	  "TYPE NUMBER           ... of creating and removing, up to so many devices" },
	{ "benchcpus", cmd_benchcpus, 3, 3,
	  "TYPE TYPE NUMBER      how long so many devices take on one CPU and on two" },
	{ "nomem", cmd_nomem, 3, 4,
	  "N write FILE TEXT     the N-th allocation fails in a write" },
	{ "nomem", cmd_nomem, 3, 4,
	  "N fd|bind UUID        ... in opening the device" },
	{ "nomem", cmd_nomem, 3, 4,
	  "N state UUID STATE    ... in leading it to a state of migration" },
	{ "nomem", cmd_nomem, 3, 3,
	  "N log UUID            ... in beginning a log of DMA" },
	{ "nomem", cmd_nomem, 3, 3,
	  "N pin|unmap UUID      ... while mdev_pages_test pins, or unpins, memory" },
	{ "nomem", cmd_nomem, 3, 4,
	  "N insmod FILE         ... in loading a module" },
};

#define COMMANDS (ARRAY_SIZE(commands))

static int usage(void)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		fprintf(stderr, "%s vfio-client %-11s %s\n",
			i ? "      " : "usage:", commands[i].name,
			commands[i].usage);
	return 2;
}

int main(int argc, char **argv)
{
	int args = argc - 2;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; argc > 1 && i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (args < commands[i].min_args || args > commands[i].max_args)
			return usage();
		return commands[i].run(argv + 2);
	}
	return usage();
}
