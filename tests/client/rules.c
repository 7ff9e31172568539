// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program is a row of words, each an access to a register from 0 to 7:
 *
 *   w3=83      write
 *   r5=60      read, which has to give this value
 *   r6=00/0f   read, of which only these bits count
 *   r6         read, whatever it gives
 *   …*9        nine times
 *   …+16       sixteen times, with a value that is one higher each time
 *
 * Values are hexadecimal. Each program begins with a reset. Where it sends or
 * receives eight bits it says so: after a reset a character has five.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "rules.h"
#include "tap.h"

#define ANY (PLUG_FLOW | PLUG_WIRE)

struct rule {
	const char *section;
	const char *text;
	unsigned int plugs;	/* for which it holds */
	const char *program;
};

static const struct rule rules[] = {
	/* What was wrong once */
	{ "8.1", "5 bits: the others read as zero", ANY,
	  "w4=10 w2=01 w3=00 w0=ff r0=1f" },
	{ "8.1", "6 bits", ANY, "w4=10 w2=01 w3=01 w0=ff r0=3f" },
	{ "8.1", "7 bits", ANY, "w4=10 w2=01 w3=02 w0=ff r0=7f" },
	{ "8.1", "what is sent during a break does not arrive", ANY,
	  "w2=01 w2=07 w3=47 r0 w0=f1 w0=2a r5=f8 r5=60 r0=00" },
	{ "8.1", "a break is on the pin, which the internal loop cuts off", ANY,
	  "w4=10 w2=01 w3=43 r5=60" },
	{ "8.4", "without FIFOs a break is told until LSR is read", ANY,
	  "w3=03 w3=43 r0=00 r5=78 r5=60" },
	{ "8.4", "without FIFOs RBR keeps what it has", ANY,
	  "w4=10 w3=03 w0=2b r0=2b r0=2b r5=60" },
	{ "8.4", "with FIFOs, too, whatever is read before", ANY,
	  "w2=01 w3=43 r0=00 r5=f8 r5=60" },
	{ "8.6", "and so is the interrupt", ANY,
	  "w2=01 w1=05 w3=43 r2=c6 r0=00 r2=c6 r5=f8 r2=c1" },
	{ "8.3", "a driver can divide by the divisor after a reset", ANY,
	  "w3=83 r0=0c r1=00" },
	{ "8.4", "loop: the next character destroys one that was not read", ANY,
	  "w4=10 w3=03 w0=41 w0=42 r5=63 r5=61 r0=42 r5=60" },
	{ "8.4", "loop: a full FIFO keeps what it has", ANY,
	  "w4=10 w3=03 w2=01 w0=00+16 r5=61 w0=10 r5=63 r5=61 r0=00+16 r5=60" },

	/* Line control */
	{ "8.1", "8 bits", ANY, "w4=10 w2=01 w3=03 w0=ff r0=ff" },
	{ "8.1", "the plug: 5 bits", ANY, "w2=01 w3=00 w0=ff r0=1f" },
	{ "8.1", "the plug: 7 bits, without FIFOs", ANY, "w3=02 w0=ff r0=7f" },
	{ "8.1", "the plug: 8 bits", ANY, "w3=03 w0=ff r0=ff" },
	{ "8.1", "a length counts for what is sent from then on", ANY,
	  "w2=01 w3=03 w0=ff w3=00 w0=ff w3=03 r0=ff r0=1f" },
	{ "8.1", "stop bits are no data", ANY, "w3=07 w0=a5 r5=61 r0=a5 r5=60" },
	{ "8.1", "odd parity, right at the same port", ANY,
	  "w2=01 w3=0b w0=00+4 r5=61 r0=00+4 r5=60" },
	{ "8.1", "even parity", ANY, "w2=01 w3=1b w0=00+4 r5=61 r0=00+4 r5=60" },
	{ "8.1", "stick parity, a 1", ANY,
	  "w2=01 w3=2b w0=00+4 r5=61 r0=00+4 r5=60" },
	{ "8.1", "stick parity, a 0", ANY,
	  "w2=01 w3=3b w0=00+4 r5=61 r0=00+4 r5=60" },
	{ "8.1", "DLAB brings the divisor in place of RBR, THR and IER", ANY,
	  "w3=03 w1=05 w3=83 w0=34 w1=12 r0=34 r1=12 w3=03 r1=05 r5=60" },
	{ "8.1", "DLAB loses nothing that was received", ANY,
	  "w3=03 w0=41 w3=83 w0=0c r0=0c w3=03 r5=61 r0=41" },
	{ "8.1", "LCR can be read", ANY,
	  "w3=1f r3=1f w3=3f r3=3f w3=83 r3=83 w3=00 r3=00" },
	{ "8.1", "a break reaches the receiver by the plug", ANY,
	  "w2=01 w3=43 r5=f9 r0=00 r5=60" },
	{ "8.1", "a break does not stop the transmitter", ANY,
	  "w2=01 w3=43 w1=02 r2=c2 r2=c1 w0=41 r5=f9 r2=c2" },
	{ "8.1", "after a break data arrives again", ANY,
	  "w2=01 w3=43 r5=f9 r0=00 w0=2a w3=03 w0=2b r5=61 r0=2b r5=60" },
	{ "8.1", "loop: data arrives during a break", ANY,
	  "w4=10 w2=01 w3=43 w0=2a r5=61 r0=2a" },
	{ "8.1", "a break of a port that leaves the loop", ANY,
	  "w4=10 w2=01 w3=43 r5=60 w4=00 r5=f9 r0=00 r5=60" },
	{ "8.3", "a divisor of any value", ANY,
	  "w3=83 w0=00 w1=00 r0=00 r1=00 w0=ff w1=ff r0=ff r1=ff w3=03 w0=41 r0=41" },

	/* Line status */
	{ "8.4", "DR: as long as there is something to read", ANY,
	  "w3=03 w2=01 w0=41*2 r5=61 r0=41 r5=61 r0=41 r5=60" },
	{ "8.4", "DR: without FIFOs", ANY, "w3=03 w0=41 r5=61 r0=41 r5=60" },
	{ "8.4", "OE: the plug without FIFOs", PLUG_WIRE,
	  "w3=03 w0=41 w0=42 r5=63 r5=61 r0=42 r5=60" },
	{ "8.4", "OE: the plug with FIFOs", PLUG_WIRE,
	  "w3=03 w2=01 w0=00+17 r5=63 r5=61 r0=00+16 r5=60" },
	{ "8.4", "OE: at once, before the bytes ahead are read", PLUG_WIRE,
	  "w3=03 w2=c1 w1=04 w0=00+16 r2=c1 w0=10 r2=c6 r5=63 r2=c1" },
	{ "8.4", "OE: reading data does not clear it", ANY,
	  "w4=10 w3=03 w2=01 w0=00+17 r0=00+16 r5=62 r5=60" },
	{ "8.4", "PE: a break is no character of odd parity", ANY,
	  "w2=01 w3=4b r5=fd r5=61" },
	{ "8.4", "PE: but one of even parity", ANY, "w2=01 w3=5b r5=f9 r5=61" },
	{ "8.4", "PE: not one with a parity bit that is always 1", ANY,
	  "w2=01 w3=6b r5=fd" },
	{ "8.4", "PE: but one with a parity bit that is always 0", ANY,
	  "w2=01 w3=7b r5=f9" },
	{ "8.4", "PE: without FIFOs until LSR is read", ANY,
	  "w3=4b r0=00 r5=7c r5=60" },
	{ "8.4", "FE: a break has no stop bit", ANY, "w3=43 r5=79/08 r5=61" },
	{ "8.4", "BI: told once", ANY, "w3=43 r5=79 r5=61 r0=00 r5=60" },
	{ "8.4", "BI: with the character that it belongs to", ANY,
	  "w3=03 w2=01 w0=41 w3=43 w3=03 w0=42 r5=e1 r0=41 r5=f9 r5=61 r0=00 r5=61 r0=42 r5=60" },
	{ "8.4", "BI: one character, however long it lasts", ANY,
	  "w2=01 w3=43 r5=f9 r0=00 w3=43*3 r5=60 w3=03 r5=60" },
	{ "8.4", "BI: without FIFOs it outlasts an overrun", ANY,
	  "w3=43 w4=10 w0=41 r5=7b r0=41 r5=60" },
	{ "8.4", "THRE, TEMT: the line takes no time", ANY,
	  "w3=03 r5=60 w0=41 r5=61 w2=01 w0=41*16 r5=61" },
	{ "8.4", "LSR7: as long as there are errors in the FIFO", ANY,
	  "w2=01 w3=43 w3=03 w3=43 w3=03 r5=f9 r5=e1 r0=00 r5=f9 r5=61 r0=00 r5=60" },
	{ "8.4", "LSR7: until LSR is read, also if the character goes", ANY,
	  "w3=03 w2=01 w0=41 w3=43 r0=41 r0=00 r5=f8 r5=60" },
	{ "8.4", "LSR7: zero without FIFOs", ANY, "w3=43 r5=79" },
	{ "8.4", "LSR7: zero once they are off", ANY, "w2=01 w3=43 w2=00 r5=78" },
	{ "8.4", "LSR7 alone is no interrupt", ANY,
	  "w3=03 w2=01 w1=04 w0=41 w3=43 r5=e1 w2=03 r2=c1 r5=e0" },

	/* FIFO control */
	{ "8.5", "FCR0 has to be set for the other bits", ANY,
	  "w3=03 w1=01 w2=c0 r2=01 w2=01 w0=41 r2=c4" },
	{ "8.5", "nor are they kept while it is not set", ANY,
	  "w3=03 w2=c1 w2=00 w2=01 w1=01 w0=41 r2=c4" },
	{ "8.5", "turning the FIFOs off clears them", ANY,
	  "w3=03 w2=01 w0=41*3 w2=00 r5=60" },
	{ "8.5", "turning them on, too", ANY, "w3=03 w0=41 w2=01 r5=60" },
	{ "8.5", "and what waits in the transmitter", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+17 r5=01 w2=00 r5=60" },
	{ "8.5", "FCR1 and FCR2 together clear before anything is sent", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+20 w2=07 r5=60" },
	{ "8.5", "FCR2 with nothing to clear is no interrupt", ANY,
	  "w3=03 w2=01 w1=02 r2=c2 r2=c1 w2=05 r2=c1" },
	{ "8.11", "the transmitter's interrupt after a change of FCR0 is immediate", ANY,
	  "w1=02 r2=02 r2=01 w2=01 r2=c2 r2=c1 w2=00 r2=02 r2=01" },
	{ "8.5", "FCR1 clears the receiver, once", ANY,
	  "w3=03 w2=01 w0=41*3 w2=03 r5=60 w0=42 r5=61 r0=42" },
	{ "8.5", "FCR1 clears what belongs to characters that LSR has not got to, but LSR7", ANY,
	  "w2=01 w3=03 w0=41 w3=43 r5=e1 w2=03 r5=e0 r5=60" },
	{ "8.5", "FCR1 does not clear LSR", ANY,
	  "w2=01 w3=43 w2=03 r5=f8 r5=60" },
	{ "8.5", "FCR2 leaves the receiver alone", ANY,
	  "w3=03 w2=01 w0=41 w2=05 r5=61 r0=41 r5=60" },
	{ "8.5", "FCR3, DMA signalling, has no pins here", ANY,
	  "w3=03 w2=09 r2=c1 w0=41 r5=61 r0=41" },
	{ "8.5", "trigger level 1", ANY,
	  "w3=03 w1=01 w2=01 r2=c1 w0=41 r2=c4 r2=c4 r0=41 r2=c1" },
	{ "8.5", "trigger level 4", ANY,
	  "w3=03 w1=01 w2=41 w0=41*3 r2=cc w0=41 r2=c4 r2=c4 r0=41 r2=cc" },
	{ "8.5", "trigger level 8", ANY,
	  "w3=03 w1=01 w2=81 w0=41*7 r2=cc w0=41 r2=c4 r2=c4 r0=41 r2=cc" },
	{ "8.5", "trigger level 14", ANY,
	  "w3=03 w1=01 w2=c1 w0=41*13 r2=cc w0=41 r2=c4 r2=c4 r0=41 r2=cc" },

	/* Interrupts */
	{ "8.6", "the order of urgency", ANY,
	  "w2=01 w4=02 w3=43 w1=0f r2=c6 r2=c6 r5=f9 r2=c4 r2=c4 r0=00 r2=c2 r2=c0 r2=c0 r6=11 r2=c1" },
	{ "8.6", "the order of urgency, without FIFOs", ANY,
	  "w4=02 w3=43 w1=0f r2=06 r5=79 r2=04 r0=00 r2=02 r2=00 r6=11 r2=01" },
	{ "8.6", "loop: the order of urgency", ANY,
	  "w4=12 w3=03 w2=01 w0=41*17 w1=0f r2=c6 r5=63 r2=c4 r0=41*16 r2=c2 r2=c0 r6=11 r2=c1" },
	{ "8.6", "line status goes first although data is read first", ANY,
	  "w3=43 w1=05 r2=06 r0=00 r2=06 r5=78 r2=01" },
	{ "8.6", "THRE is no longer told when THR is written, and told anew", ANY,
	  "w3=03 w1=02 r2=02 r2=01 w0=41 r2=02 r2=01" },
	{ "8.6", "THRE is told when it is enabled, and only then", ANY,
	  "w3=03 w1=02 r2=02 r2=01 w1=02 r2=01 w1=03 r2=01 w1=00 w1=02 r2=02" },
	{ "8.6", "THRE is not told by reading IIR for another reason", ANY,
	  "w3=03 w0=41 w1=03 r2=04 r2=04 r0=41 r2=02 r2=01" },
	{ "8.7", "a disabled interrupt is not told, but what causes it stays", ANY,
	  "w3=03 w0=41 r2=01 w1=01 r2=04 w1=00 r2=01 r5=61 w1=01 r2=04" },
	{ "8.7", "the upper bits are zero", ANY, "w1=ff r1=0f w1=00 r1=00" },

	/* Modem lines */
	{ "8.8", "the upper bits are zero", ANY, "w4=ff r4=1f w4=00 r4=00" },
	{ "8.8", "loop: data comes back", ANY,
	  "w4=10 w3=03 w0=4c r5=61 r0=4c r5=60" },
	{ "8.8", "loop: interrupts work", ANY,
	  "w4=10 w3=03 w1=09 r2=01 w0=4c r2=04 r0=4c r2=01 w4=12 r2=00 r2=00 r6=11 r2=01" },
	{ "8.8", "loop: RTS is CTS", ANY,
	  "w4=10 r6=00 w4=12 r6=11 r6=10 w4=10 r6=01 r6=00" },
	{ "8.8", "loop: DTR is DSR", ANY,
	  "w4=10 r6=00 w4=11 r6=22 r6=20 w4=10 r6=02 r6=00" },
	{ "8.8", "loop: OUT1 is RI", ANY,
	  "w4=10 r6=00 w4=14 r6=40 w4=10 r6=04 r6=00" },
	{ "8.8", "loop: OUT2 is DCD", ANY,
	  "w4=10 r6=00 w4=18 r6=88 r6=80 w4=10 r6=08 r6=00" },
	{ "8.9", "a line that changes twice has changed", ANY,
	  "w4=12 r6 w4=10 w4=12 r6=11 r6=10" },
	{ "8.9", "changes add up until MSR is read", ANY,
	  "w4=02 w4=03 r6=bb w4=10 r6 w4=12 w4=13 r6=33" },
	{ "8.9", "a ring that begins is no change", ANY,
	  "w4=10 w1=08 w4=14 r2=01 r6=40 w4=10 r2=00 r6=04 r2=01" },
	{ "8.10", "SCR keeps what is written", ANY,
	  "w7=55 r7=55 w7=aa r7=aa w7=00 r7=00" },

	/* FIFOs with interrupts, and without */
	{ "8.11", "less than the trigger level is told by the timeout", ANY,
	  "w3=03 w1=01 w2=81 w0=41*9 r2=c4 r0=41*2 r2=cc r0=41*7 r2=c1" },
	{ "8.11", "line status goes before received data", ANY,
	  "w1=05 w2=c1 w3=43 r2=c6 r5=f9 r2=cc r0=00 r2=c1" },
	{ "8.11", "an empty transmitter is told until IIR is read", ANY,
	  "w3=03 w2=01 w1=02 r2=c2 r2=c1 w0=41*16 r2=c2 r2=c1" },
	{ "8.12", "LSR tells all without interrupts", ANY,
	  "w3=03 w2=01 w0=41 r2=c1 r5=61 r0=41 w3=43 r2=c1 r5=f9" },
	{ "table I", "the registers after a reset", ANY,
	  "r1=00 r2=01 r3=00 r4=00 r5=60 r6=00/0f" },
	{ "table I", "turning FIFOs on or off leaves nothing in the receiver", ANY,
	  "w3=03 w0=41 r0=41 w2=01 r0=00 w2=00 r0=00" },

	/* What the sheet leaves open */
	{ "plug", "RTS is CTS", ANY, "w4=02 r6=11 r6=10 w4=00 r6=01 r6=00" },
	{ "plug", "DTR is DSR and DCD", ANY,
	  "w4=01 r6=aa r6=a0 w4=00 r6=0a r6=00" },
	{ "plug", "OUT1 and OUT2 go nowhere", ANY, "w4=0c r6=00" },
	{ "plug", "flow: the transmitter waits for the receiver", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+32 r5=01 r0=00 r5=01 r0=01+31 r5=60" },
	{ "plug", "flow: without FIFOs", PLUG_FLOW,
	  "w3=03 w0=41 w0=42 r5=01 r0=41 r5=61 r0=42 r5=60" },
	{ "plug", "flow: THRE is told when there is room", PLUG_FLOW,
	  "w3=03 w0=41 w1=02 r2=02 w0=42 r2=01 r0=41 r2=02 r2=01" },
	{ "plug", "flow: FCR1 makes room, and what waits goes on", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+32 w2=03 r5=61 r0=10+16 r5=60" },
	{ "plug", "flow: what waits still does so during a break", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+16 w3=43 w0=41 r5=03 w3=03 r0=00+16 r0=41 r5=60" },
	{ "plug", "flow: if there is room during a break, it goes into that", PLUG_FLOW,
	  "w3=03 w2=01 w0=41*20 w3=43 r5=03 r0=41*16 r5=60 w3=03 r5=60" },
	{ "plug", "flow: FCR2 clears what waits", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+32 w2=05 r5=61 r0=00+16 r5=60" },
	{ "plug", "flow: and that an interrupt tells", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+32 w1=02 r2=c1 w2=05 r2=c2 r2=c1" },
	{ "plug", "flow: the internal loop waits for nothing", PLUG_FLOW,
	  "w3=03 w0=41 w0=42 r5=01 w4=10 r5=63 r0=42 r5=60" },
	{ "plug", "flow: a break waits for nothing", PLUG_FLOW,
	  "w3=03 w2=01 w0=00+16 w3=43 r5=63 r0=00+16 r5=60" },
	{ "choice", "an empty FIFO reads as zero", ANY,
	  "w3=03 w2=01 w0=41 r0=41 r0=00 r5=60" },
	{ "choice", "LSR and MSR can't be written", ANY,
	  "w5=9f r5=60 w6=ff r6=00" },
};

/* A word of a program */
struct access {
	bool write;
	bool counts;	/* what is read has to be value */
	unsigned int reg;
	uint8_t value;
	uint8_t mask;
	unsigned int times;
	unsigned int step;
};

/* Returns what follows the word. */
static const char *parse(struct access *access, const char *word)
{
	char *end = (char *)word + 2;

	*access = (struct access){
		.write = word[0] == 'w',
		.reg = word[1] - '0',
		.mask = 0xff,
		.times = 1,
	};
	if (*end == '=') {
		access->counts = true;
		access->value = strtoul(end + 1, &end, 16);
	}
	if (*end == '/')
		access->mask = strtoul(end + 1, &end, 16);
	if (*end == '*' || *end == '+') {
		access->step = *end == '+';
		access->times = strtoul(end + 1, &end, 10);
	}
	while (*end == ' ')
		end++;
	return end;
}

/* Returns true unless it read something else than it should. */
static bool perform(const struct rules_port *port, struct access *access,
		    uint8_t *got)
{
	for (; access->times; access->times--) {
		if (access->write) {
			port->out(port->context, access->reg, access->value);
		} else {
			*got = port->in(port->context, access->reg);
			if (access->counts &&
			    (*got ^ access->value) & access->mask)
				return false;
		}
		access->value += access->step;
	}
	return true;
}

static void run(const struct rules_port *port, const struct rule *rule)
{
	const char *word = rule->program, *next;
	struct access access;
	uint8_t got;

	port->reset(port->context);
	for (; *word; word = next) {
		next = parse(&access, word);
		if (perform(port, &access, &got))
			continue;
		ok(false, "%s: %s", rule->section, rule->text);
		diag("%s", rule->program);
		diag("%.*s: register %u reads %02x, not %02x",
		     (int)(next - word), word, access.reg, got, access.value);
		return;
	}
	ok(true, "%s: %s", rule->section, rule->text);
}

void rules_run(const struct rules_port *port, enum rules_plug plug)
{
	unsigned int i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].plugs & plug)
			run(port, &rules[i]);
	port->reset(port->context);
}
