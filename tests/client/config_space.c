// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI config space of the sample: a serial card with one or two ports.
 */
#include <endian.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

#define CONFIG_SIZE 256

struct config {
	int fd;
	uint64_t base;
};

static uint32_t config_read(const struct config *config, unsigned int where,
			    unsigned int size)
{
	uint32_t value = 0;

	if (device_read(config->fd, &value, size, config->base + where) !=
	    (ssize_t)size)
		diag("cannot read %u bytes at 0x%02x", size, where);
	return le32toh(value);
}

static void config_write(const struct config *config, unsigned int where,
			 unsigned int size, uint32_t value)
{
	if (device_out(config->fd, value, size, config->base + where) !=
	    (ssize_t)size)
		diag("cannot write %u bytes at 0x%02x", size, where);
}

static void test_header(const struct config *config, unsigned int ports)
{
	static const unsigned char header[64] = {
		0x48, 0x43, 0x53, 0x32, 0x01, 0x00, 0x00, 0x02,
		0x10, 0x02, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00,
		0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
		[0x2c] = 0x48, 0x43, 0x53, 0x32,
		[0x3d] = 0x01,
	};
	unsigned int i, differences = 0;

	for (i = 0; i < sizeof(header); i++) {
		unsigned char want = header[i];
		unsigned char got = config_read(config, i, 1);

		/* A card that was reset may decode nothing yet. */
		if (i == PCI_COMMAND)
			got |= PCI_COMMAND_IO;
		if (i == PCI_BASE_ADDRESS_1 && ports == 1)
			want = 0;
		if (got == want)
			continue;
		diag("0x%02x: 0x%02x, expected 0x%02x", i, got, want);
		differences++;
	}
	is(differences, 0, "config: the header is as the kernel's documentation shows it");
	is_hex(config_read(config, PCI_VENDOR_ID, 4), 0x32534348,
	       "config: 4348:3253");
	is_hex(config_read(config, PCI_CLASS_REVISION, 4), 0x07000210,
	       "config: a 16550 serial controller, revision 10");
	is_hex(config_read(config, PCI_SUBSYSTEM_VENDOR_ID, 4), 0x32534348,
	       "config: subsystem 4348:3253");
	is_hex(config_read(config, PCI_INTERRUPT_PIN, 1), 1,
	       "config: interrupt pin A");
}

static void test_sizes(const struct config *config)
{
	unsigned char bytes[CONFIG_SIZE], block[CONFIG_SIZE];
	unsigned int where, size, differences = 0;

	for (where = 0; where < CONFIG_SIZE; where++)
		bytes[where] = config_read(config, where, 1);
	for (size = 2; size <= 4; size *= 2) {
		for (where = 0; where + size <= CONFIG_SIZE; where += size) {
			uint32_t value = htole32(config_read(config, where,
							     size));

			differences += !!memcmp(&value, bytes + where, size);
		}
	}
	is(differences, 0, "config: words and dwords agree with the bytes");
	is(device_read(config->fd, block, CONFIG_SIZE, config->base),
	   CONFIG_SIZE, "config: all of it in one read");
	ok(!memcmp(block, bytes, CONFIG_SIZE), "config: and it is the same");
}

static void test_bar(const struct config *config, unsigned int bar,
		     unsigned int ports)
{
	unsigned int where = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint32_t mask;

	config_write(config, where, 4, 0xffffffff);
	mask = config_read(config, where, 4);
	if (bar >= ports) {
		is_hex(mask, 0, "config: there is no BAR %u", bar);
		return;
	}

	/* An I/O BAR need not implement its upper half. */
	is_hex(mask & 0xffff, 0xfff9, "config: BAR %u: 8 I/O ports", bar);
	ok(mask >> 16 == 0xffff || mask >> 16 == 0,
	   "config: BAR %u: upper half 0x%04x", bar, mask >> 16);
	config_write(config, where, 4, 0xc150);
	is_hex(config_read(config, where, 4), 0xc151,
	       "config: BAR %u keeps an address", bar);
	config_write(config, where, 4, 0xc157);
	is_hex(config_read(config, where, 4), 0xc151,
	       "config: BAR %u: the low bits are fixed", bar);
	config_write(config, where, 2, 0xd160);
	is_hex(config_read(config, where, 4), 0xd161,
	       "config: BAR %u: written as a word", bar);
	config_write(config, where + 1, 1, 0xe1);
	is_hex(config_read(config, where, 4), 0xe161,
	       "config: BAR %u: written as a byte", bar);
	config_write(config, where, 4, 0);
	is_hex(config_read(config, where, 4), 1, "config: BAR %u cleared",
	       bar);
}

static void test_rom(const struct config *config)
{
	config_write(config, PCI_ROM_ADDRESS, 4, 0xfffff801);
	is_hex(config_read(config, PCI_ROM_ADDRESS, 4), 0,
	       "config: there is no ROM");
}

static void test_read_only(const struct config *config)
{
	static const struct {
		unsigned char where, size;
		const char *name;
	} fields[] = {
		{ PCI_VENDOR_ID, 2, "vendor" }, { PCI_DEVICE_ID, 2, "device" },
		{ PCI_STATUS, 2, "status" }, { PCI_REVISION_ID, 1, "revision" },
		{ PCI_CLASS_PROG, 1, "interface" },
		{ PCI_CLASS_DEVICE, 2, "class" },
		{ PCI_HEADER_TYPE, 1, "header type" }, { PCI_BIST, 1, "BIST" },
		{ PCI_CARDBUS_CIS, 4, "CIS" },
		{ PCI_SUBSYSTEM_VENDOR_ID, 2, "subsystem vendor" },
		{ PCI_SUBSYSTEM_ID, 2, "subsystem" },
		{ PCI_CAPABILITY_LIST, 1, "capabilities" },
		{ PCI_INTERRUPT_PIN, 1, "interrupt pin" },
		{ PCI_MIN_GNT, 1, "minimum grant" },
		{ PCI_MAX_LAT, 1, "maximum latency" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		uint32_t before = config_read(config, fields[i].where,
					      fields[i].size);

		config_write(config, fields[i].where, fields[i].size,
			     ~before);
		is_hex(config_read(config, fields[i].where, fields[i].size),
		       before, "config: %s is read-only", fields[i].name);
	}
}

static void test_command(const struct config *config)
{
	const uint16_t reserved = 0xf800;
	uint16_t before = config_read(config, PCI_COMMAND, 2), value;

	config_write(config, PCI_COMMAND, 2, 0xffff);
	value = config_read(config, PCI_COMMAND, 2);
	ok(value & PCI_COMMAND_IO, "config: command: I/O can be enabled");
	ok(value & PCI_COMMAND_INTX_DISABLE,
	   "config: command: INTx can be disabled");
	is_hex(value & reserved, 0, "config: command: reserved bits are zero");
	config_write(config, PCI_COMMAND, 2, 0);
	is_hex(config_read(config, PCI_COMMAND, 2), 0,
	       "config: command: everything can be off");
	config_write(config, PCI_COMMAND + 1, 1,
		     PCI_COMMAND_INTX_DISABLE >> 8);
	is_hex(config_read(config, PCI_COMMAND, 2), PCI_COMMAND_INTX_DISABLE,
	       "config: command: upper byte alone");
	config_write(config, PCI_COMMAND, 4, 0xffff0000 | before);
	is_hex(config_read(config, PCI_COMMAND, 4), 0x02000000 | before,
	       "config: command and status in one write");
}

static void test_interrupt_line(const struct config *config)
{
	config_write(config, PCI_INTERRUPT_LINE, 1, 0x0a);
	is_hex(config_read(config, PCI_INTERRUPT_LINE, 1), 0x0a,
	       "config: interrupt line keeps what is written");
	config_write(config, PCI_INTERRUPT_LINE, 2, 0xff0b);
	is_hex(config_read(config, PCI_INTERRUPT_LINE, 2), 0x010b,
	       "config: interrupt line and pin in one write");
	config_write(config, PCI_INTERRUPT_LINE, 1, 0);
}

void test_config_space(int fd, unsigned int ports)
{
	struct config config = { .fd = fd, .base = config_base(fd) };
	unsigned int bar;

	test_header(&config, ports);
	test_sizes(&config);
	for (bar = 0; bar < 6; bar++)
		test_bar(&config, bar, ports);
	test_rom(&config);
	test_read_only(&config);
	test_command(&config);
	test_interrupt_line(&config);
}
