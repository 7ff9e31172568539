// SPDX-License-Identifier: GPL-2.0-only
/*
 * mdev_sim: PCI configuration space: how a type's looks, and a device's own.
 *
 * Touches the layout of a type, and of a device the configuration space, under
 * the device's lock. The caller has checked that an access stays inside the
 * region. What is behind PCI_CFG_SPACE_SIZE is all zero, which says that there
 * are no extended capabilities.
 *
 * MSI and MSI-X are enabled by VFIO_DEVICE_SET_IRQS; the bits that a guest
 * writes to the capabilities are kept, and mean nothing to the device.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pci_regs.h>
#include <linux/sizes.h>

#include "sim.h"

#define PM_CAP		0x40
#define MSI_CAP		0x50
#define MSIX_CAP	0x68
#define PCIE_CAP	0x80
#define PCIE_CAP_SIZE	0x3c

#define INTERRUPT_PIN_A	1

static void sim_config_put16(u8 *bytes, size_t offset, u16 value)
{
	bytes[offset] = value;
	bytes[offset + 1] = value >> 8;
}

static void sim_config_put32(u8 *bytes, size_t offset, u32 value)
{
	sim_config_put16(bytes, offset, value);
	sim_config_put16(bytes, offset + 2, value >> 16);
}

static u32 sim_config_get32(const u8 *bytes, size_t offset)
{
	return bytes[offset] | bytes[offset + 1] << 8 |
	       bytes[offset + 2] << 16 | (u32)bytes[offset + 3] << 24;
}

/* Where the pending bits begin, behind the table. */
static u32 sim_config_msix_table_size(const struct sim_type_settings *settings)
{
	return settings->msix * PCI_MSIX_ENTRY_SIZE;
}

/* The table is at the end of the BAR. The capability tells where, in 32 bits. */
static bool sim_config_has_room(const struct sim_type *type, u32 bar)
{
	const struct sim_bar_settings *settings = &type->settings.bar[bar];
	u64 used = type->settings.edu && !bar ? PAGE_ALIGN(SIM_EDU_END) : 0;

	return settings->size && !settings->io &&
	       settings->size <= BIT_ULL(32) &&
	       settings->size >= used + type->layout.msix_size;
}

/* Chooses the BAR for MSI-X; an error in words, or NULL. */
static const char *sim_config_place_msix(struct sim_type *type)
{
	struct sim_config_layout *layout = &type->layout;
	u32 bar, wanted = type->settings.msix_bar;

	layout->msix_size = PAGE_ALIGN(sim_config_msix_table_size(&type->settings) +
				       DIV_ROUND_UP(type->settings.msix, 64) * 8);
	for (bar = SIM_NR_BARS; bar-- > 0;) {
		if (wanted != SIM_MSIX_BAR_AUTO && wanted != bar)
			continue;
		if (!sim_config_has_room(type, bar))
			continue;
		layout->msix_bar = bar;
		return NULL;
	}
	return wanted == SIM_MSIX_BAR_AUTO ?
	       "no memory BAR of up to 4G has room for the MSI-X table" :
	       "msix_bar is not a memory BAR of up to 4G with room for the MSI-X table";
}

static const char *sim_config_check_bars(const struct sim_type *type)
{
	const struct sim_bar_settings *bar = type->settings.bar;
	u32 i;

	for (i = 0; i < SIM_NR_BARS; i++) {
		if (!bar[i].mem64)
			continue;
		if (i == SIM_NR_BARS - 1)
			return "bar5 can't be mem64";
		if (bar[i + 1].size)
			return "the BAR behind a mem64 one must be none";
	}
	if (type->settings.edu &&
	    (bar[0].io || bar[0].size < SIM_EDU_MIN_BAR))
		return "edu needs a bar0 of memory, of at least 1M";
	return NULL;
}

static void sim_config_lay_out_bar(struct sim_type *type, u32 i)
{
	const struct sim_bar_settings *bar = &type->settings.bar[i];
	size_t offset = PCI_BASE_ADDRESS_0 + 4 * i;
	u8 *writable = type->layout.writable;
	u8 *reset = type->layout.reset;
	u64 mask = ~(bar->size - 1);

	if (!bar->size)
		return;
	if (bar->io) {
		sim_config_put32(reset, offset, PCI_BASE_ADDRESS_SPACE_IO);
		sim_config_put32(writable, offset, mask);
		return;
	}
	sim_config_put32(reset, offset,
			 (bar->mem64 ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0) |
			 (bar->prefetch ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0));
	sim_config_put32(writable, offset, mask);
	if (bar->mem64)
		sim_config_put32(writable, offset + 4, mask >> 32);
}

/**
 * sim_config_put_ids() - write ids into a header of configuration space
 * @header:	PCI_STD_HEADER_SIZEOF bytes
 * @ids:	the ids
 *
 * Context: any; nobody else uses @header.
 */
void sim_config_put_ids(u8 *header, const struct sim_ids *ids)
{
	sim_config_put16(header, PCI_VENDOR_ID, ids->vendor);
	sim_config_put16(header, PCI_DEVICE_ID, ids->device);
	sim_config_put32(header, PCI_CLASS_REVISION,
			 ids->class << 8 | ids->revision);
	sim_config_put16(header, PCI_SUBSYSTEM_VENDOR_ID,
			 ids->subsystem_vendor);
	sim_config_put16(header, PCI_SUBSYSTEM_ID, ids->subsystem_device);
}

/* The size can be read from it as from a BAR; the lowest bit enables it. */
static void sim_config_lay_out_rom(struct sim_type *type)
{
	u32 mask = ~(type->settings.rom->size - 1);

	sim_config_put32(type->layout.writable, PCI_ROM_ADDRESS,
			 mask | PCI_ROM_ADDRESS_ENABLE);
}

static void sim_config_lay_out_header(struct sim_type *type)
{
	const struct sim_type_settings *settings = &type->settings;
	u8 *writable = type->layout.writable;
	u8 *reset = type->layout.reset;
	u16 command = PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
		      PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE;
	u32 i;

	for (i = 0; i < SIM_NR_BARS; i++) {
		if (settings->bar[i].size)
			command |= settings->bar[i].io ? PCI_COMMAND_IO :
							 PCI_COMMAND_MEMORY;
		sim_config_lay_out_bar(type, i);
	}
	if (settings->rom) {
		command |= PCI_COMMAND_MEMORY;
		sim_config_lay_out_rom(type);
	}
	sim_config_put16(writable, PCI_COMMAND, command);
	sim_config_put_ids(reset, &settings->ids);
	/* cache line size and latency timer */
	sim_config_put16(writable, PCI_CACHE_LINE_SIZE, 0xffff);
	writable[PCI_INTERRUPT_LINE] = 0xff;
	reset[PCI_INTERRUPT_PIN] = settings->intx ? INTERRUPT_PIN_A : 0;
}

/* Links a capability in: @link is where the offset of the next one goes. */
static size_t sim_config_add_cap(u8 *reset, size_t link, u8 offset, u8 id)
{
	reset[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	reset[link] = offset;
	reset[offset + PCI_CAP_LIST_ID] = id;
	return offset + PCI_CAP_LIST_NEXT;
}

static void sim_config_lay_out_pm(struct sim_config_layout *layout)
{
	sim_config_put16(layout->reset, PM_CAP + PCI_PM_PMC, 3);
	sim_config_put16(layout->reset, PM_CAP + PCI_PM_CTRL,
			 PCI_PM_CTRL_NO_SOFT_RESET);
	sim_config_put16(layout->writable, PM_CAP + PCI_PM_CTRL,
			 PCI_PM_CTRL_STATE_MASK);
}

static void sim_config_lay_out_msi(struct sim_config_layout *layout, u32 nr)
{
	sim_config_put16(layout->reset, MSI_CAP + PCI_MSI_FLAGS,
			 PCI_MSI_FLAGS_64BIT | ilog2(nr) << 1);
	sim_config_put16(layout->writable, MSI_CAP + PCI_MSI_FLAGS,
			 PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	sim_config_put32(layout->writable, MSI_CAP + PCI_MSI_ADDRESS_LO, ~3u);
	sim_config_put32(layout->writable, MSI_CAP + PCI_MSI_ADDRESS_HI, ~0u);
	sim_config_put16(layout->writable, MSI_CAP + PCI_MSI_DATA_64, 0xffff);
}

static void sim_config_lay_out_msix(struct sim_type *type)
{
	struct sim_config_layout *layout = &type->layout;
	u32 table = type->settings.bar[layout->msix_bar].size -
		    layout->msix_size;

	sim_config_put16(layout->reset, MSIX_CAP + PCI_MSIX_FLAGS,
			 type->settings.msix - 1);
	sim_config_put16(layout->writable, MSIX_CAP + PCI_MSIX_FLAGS,
			 PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	sim_config_put32(layout->reset, MSIX_CAP + PCI_MSIX_TABLE,
			 table | layout->msix_bar);
	table += sim_config_msix_table_size(&type->settings);
	sim_config_put32(layout->reset, MSIX_CAP + PCI_MSIX_PBA,
			 table | layout->msix_bar);
}

/* An endpoint with one lane of 2.5 GT/s and function level reset. */
static void sim_config_lay_out_pcie(struct sim_config_layout *layout)
{
	u8 *reset = layout->reset, *writable = layout->writable;

	layout->pcie = PCIE_CAP;
	sim_config_put16(reset, PCIE_CAP + PCI_EXP_FLAGS, 2);
	sim_config_put32(reset, PCIE_CAP + PCI_EXP_DEVCAP,
			 PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
	sim_config_put16(writable, PCIE_CAP + PCI_EXP_DEVCTL,
			 U16_MAX & ~PCI_EXP_DEVCTL_BCR_FLR);
	sim_config_put32(reset, PCIE_CAP + PCI_EXP_LNKCAP,
			 PCI_EXP_LNKCAP_SLS_2_5GB | 1 << 4);
	sim_config_put16(writable, PCIE_CAP + PCI_EXP_LNKCTL,
			 PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC |
			 PCI_EXP_LNKCTL_ES);
	sim_config_put16(reset, PCIE_CAP + PCI_EXP_LNKSTA,
			 PCI_EXP_LNKSTA_CLS_2_5GB | 1 << PCI_EXP_LNKSTA_NLW_SHIFT);
	sim_config_put16(reset, PCIE_CAP + PCI_EXP_LNKCTL2, 1);
}

static void sim_config_lay_out_caps(struct sim_type *type)
{
	const struct sim_type_settings *settings = &type->settings;
	u8 *reset = type->layout.reset;
	size_t link = PCI_CAPABILITY_LIST;

	BUILD_BUG_ON(PCIE_CAP + PCIE_CAP_SIZE > PCI_CFG_SPACE_SIZE);
	if (settings->pm) {
		link = sim_config_add_cap(reset, link, PM_CAP, PCI_CAP_ID_PM);
		sim_config_lay_out_pm(&type->layout);
	}
	if (settings->msi) {
		link = sim_config_add_cap(reset, link, MSI_CAP, PCI_CAP_ID_MSI);
		sim_config_lay_out_msi(&type->layout, settings->msi);
	}
	if (settings->msix) {
		link = sim_config_add_cap(reset, link, MSIX_CAP,
					  PCI_CAP_ID_MSIX);
		sim_config_lay_out_msix(type);
	}
	if (settings->pcie) {
		sim_config_add_cap(reset, link, PCIE_CAP, PCI_CAP_ID_EXP);
		sim_config_lay_out_pcie(&type->layout);
	}
}

/**
 * sim_config_make_layout() - how configuration space of a type looks
 * @type:	with its settings, the rest zero
 *
 * Context: process; nobody else uses @type yet.
 * Return: NULL; or what is wrong with the settings, in words.
 */
const char *sim_config_make_layout(struct sim_type *type)
{
	const char *fault = sim_config_check_bars(type);

	if (!fault && type->settings.msix)
		fault = sim_config_place_msix(type);
	if (fault)
		return fault;
	type->layout.size = type->settings.pcie ? PCI_CFG_SPACE_EXP_SIZE :
						  PCI_CFG_SPACE_SIZE;
	sim_config_lay_out_header(type);
	sim_config_lay_out_caps(type);
	return NULL;
}

/**
 * sim_config_reset() - as after power-on
 * @instance:	the device
 *
 * Context: under the device's lock.
 */
void sim_config_reset(struct sim_instance *instance)
{
	memcpy(instance->config, instance->type->layout.reset,
	       sizeof(instance->config));
}

/**
 * sim_config_read() - read, any size and alignment
 * @instance:	the device
 * @offset:	first byte
 * @data:	where the bytes go
 * @len:	how many
 *
 * Context: under the device's lock.
 */
void sim_config_read(const struct sim_instance *instance, size_t offset,
		     u8 *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++, offset++)
		data[i] = offset < sizeof(instance->config) ?
			  instance->config[offset] : 0;
}

/**
 * sim_config_write() - write, any size and alignment
 * @instance:	the device
 * @offset:	first byte
 * @data:	the bytes; only writable bits of them have an effect
 * @len:	how many
 *
 * Context: under the device's lock.
 * Return: true if the function is to be reset.
 */
bool sim_config_write(struct sim_instance *instance, size_t offset,
		      const u8 *data, size_t len)
{
	const struct sim_config_layout *layout = &instance->type->layout;
	/* the upper byte of the register has the bit */
	size_t flr = layout->pcie + PCI_EXP_DEVCTL + 1;
	bool reset = false;
	size_t i;
	u8 mask;

	lockdep_assert_held(&instance->lock);
	for (i = 0; i < len && offset < sizeof(instance->config);
	     i++, offset++) {
		mask = layout->writable[offset];
		instance->config[offset] &= ~mask;
		instance->config[offset] |= data[i] & mask;
		if (layout->pcie && offset == flr &&
		    data[i] & (PCI_EXP_DEVCTL_BCR_FLR >> 8))
			reset = true;
	}
	return reset;
}

/**
 * sim_config_is_possible() - can a device of a type have this configuration space?
 * @type:	the type
 * @image:	PCI_CFG_SPACE_SIZE bytes
 *
 * Context: any.
 * Return: true if it says nothing else where nothing can be written. The state of
 * INTA# follows from that of the device, and may be any.
 */
bool sim_config_is_possible(const struct sim_type *type, const u8 *image)
{
	const struct sim_config_layout *layout = &type->layout;
	size_t offset;
	u8 fixed;

	for (offset = 0; offset < sizeof(layout->reset); offset++) {
		fixed = ~layout->writable[offset];
		if (offset == PCI_STATUS)
			fixed &= ~PCI_STATUS_INTERRUPT;
		if ((image[offset] ^ layout->reset[offset]) & fixed)
			return false;
	}
	return true;
}

/**
 * sim_config_set_intx() - show the state of INTA# in the status register
 * @instance:	the device
 * @asserted:	the device requests an interrupt, disabled or not
 *
 * Context: under the device's lock.
 */
void sim_config_set_intx(struct sim_instance *instance, bool asserted)
{
	if (asserted)
		instance->config[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
	else
		instance->config[PCI_STATUS] &= ~PCI_STATUS_INTERRUPT;
}

/**
 * sim_config_intx_disabled() - may the device assert INTA#?
 * @instance:	the device
 *
 * Context: under the device's lock.
 * Return: true if the command register forbids it.
 */
bool sim_config_intx_disabled(const struct sim_instance *instance)
{
	return sim_config_get32(instance->config, PCI_COMMAND) &
	       PCI_COMMAND_INTX_DISABLE;
}

/**
 * sim_config_is_master() - may the device access memory?
 * @instance:	the device
 *
 * Context: under the device's lock.
 * Return: true if the command register allows it.
 */
bool sim_config_is_master(const struct sim_instance *instance)
{
	return sim_config_get32(instance->config, PCI_COMMAND) &
	       PCI_COMMAND_MASTER;
}
