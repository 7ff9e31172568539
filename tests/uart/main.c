// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty_uart.c in user space: the rules of the data sheet, and random programs,
 * after each access of which all registers have to agree with each other, and with
 * a second model of the chip.
 *
 *   uart PROGRAMS SEED
 */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "mtty_uart.h"
#include "rules.h"
#include "tap.h"

#define PROGRAM_LENGTH 60

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The rules */

static void port_reset(void *context)
{
	mtty_uart_reset(context);
}

static uint8_t port_in(void *context, unsigned int reg)
{
	return mtty_uart_read(context, reg);
}

static void port_out(void *context, unsigned int reg, uint8_t value)
{
	mtty_uart_write(context, reg, value);
}

static void test_rules(bool wire)
{
	struct mtty_uart uart = { .wire = wire };
	struct rules_port port = {
		.context = &uart,
		.reset = port_reset,
		.in = port_in,
		.out = port_out,
	};

	diag("the plug: %s", wire ? "wire" : "flow");
	rules_run(&port, wire ? PLUG_WIRE : PLUG_FLOW);
	is(uart.wire, wire, "a reset leaves the plug as it is");
}

/* What has to hold at any time. Looks only at copies of the port. */

static const char *broken;	/* the first that did not hold */

static void expect(bool holds, const char *what)
{
	if (!holds && !broken)
		broken = what;
}

static u8 look(const struct mtty_uart *uart, unsigned int reg)
{
	struct mtty_uart copy = *uart;

	return mtty_uart_read(&copy, reg);
}

/* What a second read gives */
static u8 look_twice(const struct mtty_uart *uart, unsigned int reg)
{
	struct mtty_uart copy = *uart;

	mtty_uart_read(&copy, reg);
	return mtty_uart_read(&copy, reg);
}

static bool has_fifos(const struct mtty_uart *uart)
{
	return look(uart, UART_IIR) & 0xc0;
}

static void check_iir(const struct mtty_uart *uart)
{
	static const u8 levels[] = { 1, 4, 8, 14 };
	u8 lsr = look(uart, UART_LSR), iir = look(uart, UART_IIR) & 0x0f;
	bool few = uart->rx.count < levels[uart->fcr >> 6];
	u8 want = UART_IIR_NO_INT;

	if (uart->ier & UART_IER_MSI && look(uart, UART_MSR) & 0x0f)
		want = UART_IIR_MSI;
	if (uart->ier & UART_IER_THRI && uart->thr_emptied)
		want = UART_IIR_THRI;
	if (uart->ier & UART_IER_RDI && lsr & UART_LSR_DR)
		want = has_fifos(uart) && few ? UART_IIR_RX_TIMEOUT :
						UART_IIR_RDI;
	if (uart->ier & UART_IER_RLSI && lsr & UART_LSR_BRK_ERROR_BITS)
		want = UART_IIR_RLSI;
	expect(iir == want, "IIR names the most urgent interrupt");
	expect(mtty_uart_interrupt(uart) == (want != UART_IIR_NO_INT),
	       "the port requests an interrupt when IIR says so");
	want = look_twice(uart, UART_IIR) & 0x0f;
	expect(iir == UART_IIR_THRI ? want != iir : want == iir,
	       "reading IIR ends THRE and nothing else");
	expect(!(look(uart, UART_IIR) & 0x30), "IIR: two bits are zero");
	expect(!uart->thr_emptied || lsr & UART_LSR_THRE,
	       "THRE is told only while it is set");
}

static void check_lsr(const struct mtty_uart *uart)
{
	u8 lsr = look(uart, UART_LSR);
	bool waits = !uart->wire && !(look(uart, UART_MCR) & UART_MCR_LOOP);

	expect(!(look_twice(uart, UART_LSR) & UART_LSR_BRK_ERROR_BITS),
	       "reading LSR clears the errors");
	expect(!(lsr & UART_LSR_THRE) == !(lsr & UART_LSR_TEMT),
	       "TEMT is THRE where the line takes no time");
	expect(lsr & UART_LSR_THRE || (waits && lsr & UART_LSR_DR),
	       "the transmitter waits only for the receiver, and only for a plug with flow control");
	expect(!(lsr & UART_LSR_FIFOE) || has_fifos(uart),
	       "LSR7 only with FIFOs");
	expect(!(lsr & UART_LSR_BI) == !(lsr & UART_LSR_FE),
	       "FE comes with a break");
	expect(!(lsr & UART_LSR_PE) || lsr & UART_LSR_BI,
	       "PE comes only with a break");
}

static u8 modem_inputs(u8 mcr)
{
	bool loop = mcr & UART_MCR_LOOP;

	return (mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
	       (mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
	       (mcr & UART_MCR_OUT1 && loop ? UART_MSR_RI : 0) |
	       (mcr & (loop ? UART_MCR_OUT2 : UART_MCR_DTR) ? UART_MSR_DCD : 0);
}

static void check_msr(const struct mtty_uart *uart)
{
	u8 mcr = look(uart, UART_MCR);

	expect((look(uart, UART_MSR) & 0xf0) == modem_inputs(mcr),
	       "MSR shows the lines");
	expect(!(look_twice(uart, UART_MSR) & 0x0f),
	       "reading MSR clears the deltas");
	expect(!(mcr & 0xe0), "MCR: three bits are zero");
}

/* Ends, and takes no more than both FIFOs hold. */
static unsigned int drain(struct mtty_uart *uart, u8 *data)
{
	unsigned int count = 0;

	mtty_uart_write(uart, UART_LCR,
			mtty_uart_read(uart, UART_LCR) & ~UART_LCR_DLAB);
	while (mtty_uart_read(uart, UART_LSR) & UART_LSR_DR &&
	       count < 2 * MTTY_FIFO_SIZE + 1)
		data[count++] = mtty_uart_read(uart, UART_RX);
	return count;
}

static void check_data(const struct mtty_uart *uart,
		       const struct mtty_uart *twin)
{
	struct mtty_uart first = *uart, second = *twin;
	u8 data[2][2 * MTTY_FIFO_SIZE + 1];
	unsigned int count = drain(&first, data[0]);

	expect(count <= 2 * MTTY_FIFO_SIZE, "the receiver runs empty");
	expect(look(&first, UART_LSR) & UART_LSR_TEMT,
	       "and the transmitter");
	expect(drain(&second, data[1]) == count &&
	       !memcmp(data[0], data[1], count),
	       "a port that is made like another has the same data");
}

static void check_image(const struct mtty_uart *uart)
{
	struct mtty_uart twin = { .wire = uart->wire };
	struct mtty_uart_image image, again;
	unsigned int reg;

	mtty_uart_save(uart, &image);
	expect(mtty_uart_is_possible(uart, &image), "an image is possible");
	mtty_uart_load(&twin, &image);
	mtty_uart_save(&twin, &again);
	expect(!memcmp(&image, &again, sizeof(image)),
	       "a port that is made like another has the same image");
	for (reg = 0; reg < 8; reg++)
		expect(look(uart, reg) == look(&twin, reg),
		       "a port that is made like another has the same registers");
	check_data(uart, &twin);
}

static void check_counters(const struct mtty_counters *count)
{
	expect(count->rx + count->overruns <= count->tx + count->breaks,
	       "nothing is received that was not sent");
	expect(count->lost >= count->overruns, "what overruns is lost");
}

static void check(const struct mtty_uart *uart)
{
	check_iir(uart);
	check_lsr(uart);
	check_msr(uart);
	check_image(uart);
	check_counters(&uart->count);
}

/* Random programs */

struct step {
	bool write;
	u8 reg;
	u8 value;
};

/* Values with which something happens, and any. */
static u8 random_value(unsigned int reg)
{
	static const u8 likely[8][4] = {
		[UART_IER] = { 0x0f, 0x05, 0x02, 0x00 },
		[UART_FCR] = { 0x01, 0x07, 0xc1, 0x00 },
		[UART_LCR] = { 0x03, 0x43, 0x4b, 0x80 },
		[UART_MCR] = { 0x00, 0x03, 0x10, 0x1f },
	};

	return random() % 4 ? likely[reg][random() % 4] : random();
}

static struct step random_step(void)
{
	/* Data as often as all else */
	u8 reg = random() % 2 ? 0 : random() % 8;

	return (struct step){
		.write = random() % 8 < 5,
		.reg = reg,
		.value = reg ? random_value(reg) : random(),
	};
}

static void perform(struct mtty_uart *uart, struct step step)
{
	if (step.write)
		mtty_uart_write(uart, step.reg, step.value);
	else
		mtty_uart_read(uart, step.reg);
	check(uart);
}

static void show(const struct step *steps, unsigned int count)
{
	unsigned int i;

	printf("# ");
	for (i = 0; i < count; i++)
		if (steps[i].write)
			printf("w%u=%02x ", steps[i].reg, steps[i].value);
		else
			printf("r%u ", steps[i].reg);
	printf("\n");
}

static void run_program(bool wire)
{
	struct mtty_uart uart = { .wire = wire };
	struct step steps[PROGRAM_LENGTH];
	unsigned int i;

	for (i = 0; i < PROGRAM_LENGTH && !broken; i++) {
		steps[i] = random_step();
		perform(&uart, steps[i]);
	}
	if (broken) {
		diag("%s", broken);
		show(steps, i);
	}
}

static void test_programs(unsigned int programs)
{
	unsigned int i;

	for (i = 0; i < programs && !broken; i++)
		run_program(i % 2);
	ok(!broken, "%u random programs", i);
	broken = NULL;
}

/* Against the second model. At random the port is saved, and loaded into another. */

static void change_places(struct mtty_uart *uart)
{
	struct mtty_uart_image image;
	struct mtty_uart other;

	mtty_uart_save(uart, &image);
	memset(&other, 0xa5, sizeof(other));
	other.wire = uart->wire;
	other.count = uart->count;
	mtty_uart_load(&other, &image);
	*uart = other;
}

static void compare_access(struct mtty_uart *uart, struct model *model,
			   struct step step)
{
	if (step.write) {
		mtty_uart_write(uart, step.reg, step.value);
		model_write(model, step.reg, step.value);
	} else {
		expect(mtty_uart_read(uart, step.reg) ==
		       model_read(model, step.reg),
		       "both models read the same");
	}
	expect(mtty_uart_interrupt(uart) == (model_interrupt(model) != 1),
	       "both request an interrupt, or neither does");
	expect(uart->count.tx == model->sent &&
	       uart->count.rx == model->received &&
	       uart->count.lost == model->lost &&
	       uart->count.overruns == model->overruns &&
	       uart->count.breaks == model->breaks,
	       "both count the same");
}

static void compare_program(bool wire, bool moves)
{
	struct mtty_uart uart = { .wire = wire };
	struct step steps[2 * PROGRAM_LENGTH];
	struct model model;
	unsigned int i;

	mtty_uart_reset(&uart);
	model_reset(&model, wire);
	for (i = 0; i < 2 * PROGRAM_LENGTH && !broken; i++) {
		if (moves && random() % 4 == 0)
			change_places(&uart);
		steps[i] = random_step();
		compare_access(&uart, &model, steps[i]);
	}
	if (broken) {
		diag("%s: %s", wire ? "wire" : "flow", broken);
		show(steps, i);
	}
}

static void test_model(unsigned int programs)
{
	unsigned int i;

	for (i = 0; i < programs && !broken; i++)
		compare_program(i % 2, i / 2 % 2);
	ok(!broken, "%u random programs on both models", i);
	broken = NULL;
}

/* Images with wrong bytes: refused, or a port like any other */

static bool try_image(struct mtty_uart_image image, bool wire)
{
	struct mtty_uart uart = { .wire = wire };
	u8 *bytes = (u8 *)&image;
	unsigned int i;

	for (i = random() % 4; i < 4; i++)
		bytes[random() % sizeof(image)] ^= 1 << random() % 8;
	if (!mtty_uart_is_possible(&uart, &image))
		return false;
	/* Any errors are possible, also together as no port has had them. */
	image.errors &= UART_LSR_OE;
	mtty_uart_load(&uart, &image);
	for (i = 0; i < 8; i++)
		perform(&uart, random_step());
	return true;
}

static void test_images(unsigned int programs)
{
	unsigned int i, j, taken = 0, refused = 0;

	for (i = 0; i < programs && !broken; i++) {
		struct mtty_uart uart = { .wire = i % 2 };
		struct mtty_uart_image image;

		for (j = 0; j < PROGRAM_LENGTH / 2; j++)
			perform(&uart, random_step());
		mtty_uart_save(&uart, &image);
		if (try_image(image, i % 3 == 0))
			taken++;
		else
			refused++;
	}
	ok(taken && refused && !broken,
	   "images with wrong bytes: %u taken, %u refused", taken, refused);
	if (broken)
		diag("%s", broken);
	broken = NULL;
}

/* Each byte in its order: those that fit, and with flow control all */

static void test_order(bool wire, u8 fcr, unsigned int room)
{
	struct mtty_uart uart = { .wire = wire };
	unsigned int sent = 0, received = 0, wrong = 0, burst, i;

	mtty_uart_write(&uart, UART_LCR, UART_LCR_WLEN8);
	mtty_uart_write(&uart, UART_FCR, fcr);
	for (i = 0; i < 10000; i++) {
		for (burst = random() % 40; burst; burst--)
			if (sent - received < room)
				mtty_uart_write(&uart, UART_TX, sent++);
		for (burst = random() % 40; burst; burst--)
			if (sent != received)
				wrong += mtty_uart_read(&uart, UART_RX) !=
					 (u8)received++;
	}
	is(wrong, 0, "%s, FIFOs %s: %u bytes in order", wire ? "wire" : "flow",
	   fcr ? "on" : "off", received);
	is(uart.count.lost, 0, "none is lost");
}

static void test_counters(void)
{
	struct mtty_uart uart = { .wire = true };
	unsigned int i;

	mtty_uart_write(&uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	for (i = 0; i < 20; i++)
		mtty_uart_write(&uart, UART_TX, i);
	mtty_uart_write(&uart, UART_FCR, UART_FCR_CLEAR_RCVR |
			UART_FCR_ENABLE_FIFO);
	mtty_uart_write(&uart, UART_LCR, UART_LCR_SBC);
	mtty_uart_write(&uart, UART_TX, 'x');
	mtty_uart_reset(&uart);
	is(uart.count.tx, 21, "tx counts what is sent");
	is(uart.count.rx, 17, "rx counts what is received");
	is(uart.count.overruns, 4, "overruns are counted");
	is(uart.count.lost, 4, "and lost");
	is(uart.count.breaks, 1, "breaks are counted");
	uart.wire = false;
	for (i = 0; i < 5; i++)
		mtty_uart_write(&uart, UART_TX, i);
	is(uart.count.lost, 7, "what is written to a full transmitter is lost");
}

int main(int argc, char **argv)
{
	unsigned int programs = argc > 1 ? atoi(argv[1]) : 1000;

	srandom(argc > 2 ? atoi(argv[2]) : 1);
	test_rules(false);
	test_rules(true);
	test_programs(programs);
	test_model(programs);
	test_images(programs);
	test_order(false, 0, 2);
	test_order(false, UART_FCR_ENABLE_FIFO, 2 * MTTY_FIFO_SIZE);
	test_order(true, 0, 1);
	test_order(true, UART_FCR_ENABLE_FIFO, MTTY_FIFO_SIZE);
	test_counters();
	return tap_done();
}
