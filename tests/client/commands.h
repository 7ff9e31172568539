/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subcommands: each gets its own arguments, the UUID first, and returns
 * the program's exit status.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

int cmd_bench(char **args);
int cmd_benchmany(char **args);
int cmd_benchcpus(char **args);
int cmd_ccw(char **args);
int cmd_open(char **args);
int cmd_hold(char **args);
int cmd_group(char **args);
int cmd_asked(char **args);
int cmd_write(char **args);
int cmd_closerace(char **args);
int cmd_leave(char **args);
int cmd_regions(char **args);
int cmd_irqs(char **args);
int cmd_irqchange(char **args);
int cmd_uart(char **args);
int cmd_rules(char **args);
int cmd_count(char **args);
int cmd_tty(char **args);
int cmd_crtscts(char **args);
int cmd_console(char **args);
int cmd_loop(char **args);
int cmd_reset(char **args);
int cmd_fuzz(char **args);
int cmd_page(char **args);
int cmd_pages(char **args);
int cmd_pagestress(char **args);
int cmd_pagefresh(char **args);
int cmd_pageflood(char **args);
int cmd_pagescatter(char **args);
int cmd_pagemany(char **args);
int cmd_pagelate(char **args);
int cmd_pagepoll(char **args);
int cmd_pageclose(char **args);
int cmd_pageagain(char **args);
int cmd_pageslow(char **args);
int cmd_vm(char **args);
int cmd_note(char **args);
int cmd_card(char **args);
int cmd_display(char **args);
int cmd_iommufd(char **args);
int cmd_overlap(char **args);
int cmd_nomem(char **args);
int cmd_feature(char **args);
int cmd_features(char **args);
int cmd_states(char **args);
int cmd_migrate(char **args);
int cmd_stream(char **args);
int cmd_migraterace(char **args);
int cmd_pending(char **args);
int cmd_migratewire(char **args);
int cmd_dirty(char **args);
int cmd_dirtyodd(char **args);
int cmd_dirtyendless(char **args);
int cmd_dirtyrace(char **args);
int cmd_sim(char **args);
int cmd_simfill(char **args);
int cmd_simwait(char **args);
int cmd_edu(char **args);
int cmd_simstuck(char **args);
int cmd_simdisplay(char **args);
int cmd_picture(char **args);
int cmd_simrom(char **args);
int cmd_simpin(char **args);
int cmd_simmigrate(char **args);

/* The tests of PCI config space, a part of "regions". */
void test_config_space(int fd, unsigned int ports);

#endif /* COMMANDS_H */
