/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device of mdev_sim: its regions, its configuration space, the registers of the
 * educational device.
 */
#ifndef SIM_H
#define SIM_H

#include <linux/vfio.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define MSIX VFIO_PCI_MSIX_IRQ_INDEX
#define CONFIG VFIO_PCI_CONFIG_REGION_INDEX

#define EDU_BUFFER	0x40000	/* in BAR 0 */
#define IOVA		0x100000

/* The part of a region that can be mapped; its size is 0 if there is none. */
struct vfio_region_sparse_mmap_area mappable(int fd, unsigned int bar);

/* A region's place in the file. */
uint64_t base_of(int fd, unsigned int region);

void set_config(int fd, unsigned int offset, uint32_t value, int len);

/* The offset of a capability; 0 if there is none. */
unsigned int capability(int fd, unsigned int id);

uint32_t edu_in(int fd, unsigned int offset);
void edu_out(int fd, unsigned int offset, uint32_t value);
void edu_out64(int fd, unsigned int offset, uint64_t value);

/* Until no transfer runs; false if one does not end. */
bool edu_wait(int fd);

/* A thread that writes a command for DMA all the time, while @go. */
struct edu_starter {
	pthread_t thread;
	int fd;
	uint32_t command;
	volatile bool go;
	volatile bool end;
};

void edu_starter_begin(struct edu_starter *starter, int fd, uint32_t command);
void edu_starter_end(struct edu_starter *starter);

/* The command register is a guest's: without it there is no DMA. */
void set_master(int fd, bool on);

#endif /* SIM_H */
