// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: PCI configuration space.
 *
 * Touches struct mtty_config and nothing else. The caller holds the card's
 * lock and has checked that an access stays inside PCI_CFG_SPACE_SIZE.
 */
#include <linux/kernel.h>
#include <linux/pci_regs.h>

#include "mtty.h"

#define VENDOR_ID	0x4348
#define DEVICE_ID	0x3253
#define CLASS_16550	0x070002
#define REVISION	0x10
#define INTERRUPT_PIN_A	1

struct mtty_config_header_dword {
	u32 reset;
	u32 writable;
};

/*
 * What reads as zero and can't be written is left out: there are no
 * capabilities and no expansion ROM, and the command register has no bits for
 * what the card doesn't do: memory space, bus mastering, SERR#, PERR#.
 * The card decodes I/O from the start, before anybody enables it.
 */
static const struct mtty_config_header_dword
header[PCI_STD_HEADER_SIZEOF / 4] = {
	[PCI_VENDOR_ID / 4] = {
		.reset = DEVICE_ID << 16 | VENDOR_ID,
	},
	[PCI_COMMAND / 4] = {
		.reset = PCI_STATUS_DEVSEL_MEDIUM << 16 | PCI_COMMAND_IO,
		.writable = PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE,
	},
	[PCI_CLASS_REVISION / 4] = {
		.reset = CLASS_16550 << 8 | REVISION,
	},
	[PCI_CACHE_LINE_SIZE / 4] = {
		.writable = 0xffff,	/* and the latency timer */
	},
	[PCI_BASE_ADDRESS_0 / 4] = {
		.reset = PCI_BASE_ADDRESS_SPACE_IO,
		.writable = ~(MTTY_BAR_SIZE - 1),
	},
	[PCI_BASE_ADDRESS_1 / 4] = {
		.reset = PCI_BASE_ADDRESS_SPACE_IO,
		.writable = ~(MTTY_BAR_SIZE - 1),
	},
	[PCI_SUBSYSTEM_VENDOR_ID / 4] = {
		.reset = DEVICE_ID << 16 | VENDOR_ID,
	},
	[PCI_INTERRUPT_LINE / 4] = {
		.reset = INTERRUPT_PIN_A << 8,
		.writable = 0xff,
	},
};

/* The BAR of a port that the card doesn't have is hardwired to zero. */
static const struct mtty_config_header_dword *
mtty_config_rule(const struct mtty_config *config, size_t offset)
{
	static const struct mtty_config_header_dword absent;
	size_t end_of_bars = PCI_BASE_ADDRESS_0 + 4 * config->nr_bars;

	if (offset >= end_of_bars && offset <= PCI_BASE_ADDRESS_5 + 3)
		return &absent;
	return &header[offset / 4];
}

/* Configuration space is little-endian. */
static u8 mtty_config_byte_of(u32 value, size_t offset)
{
	return value >> offset % 4 * 8;
}

static u8 mtty_config_writable(const struct mtty_config *config, size_t offset)
{
	return mtty_config_byte_of(mtty_config_rule(config, offset)->writable,
				   offset);
}

/**
 * mtty_config_reset() - as after power-on
 * @config:	configuration space
 * @nr_bars:	how many BARs the card has
 *
 * Context: any; the caller serializes.
 */
void mtty_config_reset(struct mtty_config *config, u8 nr_bars)
{
	size_t offset;
	__le32 dword;

	config->nr_bars = nr_bars;
	for (offset = 0; offset < sizeof(config->header); offset += 4) {
		dword = cpu_to_le32(mtty_config_rule(config, offset)->reset);
		memcpy(config->header + offset, &dword, sizeof(dword));
	}
}

/**
 * mtty_config_read() - read, any size and alignment
 * @config:	configuration space
 * @offset:	first byte
 * @data:	where the bytes go
 * @len:	how many
 *
 * Context: any; the caller serializes.
 */
void mtty_config_read(const struct mtty_config *config, size_t offset,
		      u8 *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++, offset++)
		data[i] = offset < sizeof(config->header) ?
			  config->header[offset] : 0;
}

/**
 * mtty_config_write() - write, any size and alignment
 * @config:	configuration space
 * @offset:	first byte
 * @data:	the bytes; only writable bits of them have an effect
 * @len:	how many
 *
 * Context: any; the caller serializes.
 */
void mtty_config_write(struct mtty_config *config, size_t offset,
		       const u8 *data, size_t len)
{
	size_t i;
	u8 mask;

	for (i = 0; i < len && offset < sizeof(config->header); i++, offset++) {
		mask = mtty_config_writable(config, offset);
		config->header[offset] &= ~mask;
		config->header[offset] |= data[i] & mask;
	}
}

/**
 * mtty_config_set_intx() - show the state of INTA# in the status register
 * @config:	configuration space
 * @asserted:	the card requests an interrupt, disabled or not
 *
 * Context: any; the caller serializes.
 */
void mtty_config_set_intx(struct mtty_config *config, bool asserted)
{
	if (asserted)
		config->header[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
	else
		config->header[PCI_STATUS] &= ~PCI_STATUS_INTERRUPT;
}

/**
 * mtty_config_intx_disabled() - may the card assert INTA#?
 * @config:	configuration space
 *
 * Context: any; the caller serializes.
 * Return: true if the command register forbids it.
 */
bool mtty_config_intx_disabled(const struct mtty_config *config)
{
	return config->header[PCI_COMMAND + 1] &
	       mtty_config_byte_of(PCI_COMMAND_INTX_DISABLE, PCI_COMMAND + 1);
}

/**
 * mtty_config_is_possible() - can this card have such a header?
 * @config:	configuration space
 * @header:	PCI_STD_HEADER_SIZEOF bytes
 *
 * Context: any.
 * Return: true if it says nothing else where nothing can be written. The state
 * of INTA# follows from that of the ports, and may be any.
 */
bool mtty_config_is_possible(const struct mtty_config *config,
			     const u8 *header)
{
	size_t offset;
	u8 fixed;

	for (offset = 0; offset < sizeof(config->header); offset++) {
		fixed = ~mtty_config_writable(config, offset);
		if (offset == PCI_STATUS)
			fixed &= ~PCI_STATUS_INTERRUPT;
		if ((header[offset] ^ config->header[offset]) & fixed)
			return false;
	}
	return true;
}
