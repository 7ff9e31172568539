// SPDX-License-Identifier: GPL-2.0-only
/*
 * tty: serial ports as Linux drives them, in a VM that has the card. What is sent
 * comes back.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"
#include "tap.h"

/* In a header of the kernel's that does not go with the C library's. */
#ifndef TIOCM_LOOP
#define TIOCM_LOOP 0x8000
#endif

#define BULK_SECONDS 300
#define BULK_RATE 512		/* bytes a second that any machine manages */
#define PIECE 16384		/* the most that is written at once */

static int tty_must_open(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		bail_out("can't open %s: %s", path, errno_name(errno));
	return fd;
}

/* Raw, and with these flags */
static bool tty_set(int fd, speed_t speed, tcflag_t cflag, tcflag_t iflag)
{
	struct termios want, got;

	memset(&want, 0, sizeof(want));
	want.c_cflag = CREAD | CLOCAL | cflag;
	want.c_iflag = iflag;
	want.c_cc[VMIN] = 1;
	cfsetspeed(&want, speed);
	tcflush(fd, TCIOFLUSH);
	return !tcsetattr(fd, TCSANOW, &want) && !tcgetattr(fd, &got) &&
	       cfgetospeed(&got) == speed &&
	       (got.c_cflag & (CSIZE | CSTOPB | PARENB | PARODD | CMSPAR |
			       CRTSCTS)) == (cflag & ~CBAUD);
}

/* Whether exactly these come within some seconds, and nothing more at once */
static bool tty_receives(int fd, const void *want, size_t count)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	unsigned char got[64];
	size_t len = 0;
	ssize_t ret;

	while (len < count && poll(&wait, 1, 20000) > 0) {
		ret = read(fd, got + len, sizeof(got) - len);
		if (ret <= 0)
			break;
		len += ret;
	}
	if (len == count && !memcmp(got, want, count))
		return poll(&wait, 1, 50) == 0;
	diag("%zu bytes, the first is %02x", len, len ? got[0] : 0);
	return false;
}

static bool tty_sends(int fd, const void *data, size_t count)
{
	return write(fd, data, count) == (ssize_t)count && !tcdrain(fd);
}

static struct serial_icounter_struct counters(int fd)
{
	struct serial_icounter_struct count = { 0 };

	ioctl(fd, TIOCGICOUNT, &count);
	return count;
}

/* What the driver found */

static void test_type(int fd)
{
	struct serial_struct serial = { 0 };

	is(ioctl(fd, TIOCGSERIAL, &serial), 0, "the driver tells what it is");
	is(serial.type, PORT_16550A, "a 16550A");
	is(serial.xmit_fifo_size, 16, "with a FIFO of 16 bytes");
}

/* Rates and frames: a byte has as many bits as it should */

static bool comes_back(int fd, speed_t speed, tcflag_t cflag)
{
	static const unsigned char masks[] = { 0x1f, 0x3f, 0x7f, 0xff };
	unsigned char mask = masks[(cflag & CSIZE) / CS6];
	unsigned char sent[] = { 0x00, 0x55, 0xaa, 0xff }, want[4];
	unsigned int i;

	for (i = 0; i < sizeof(sent); i++)
		want[i] = sent[i] & mask;
	if (tty_set(fd, speed, cflag, INPCK) &&
	    tty_sends(fd, sent, sizeof(sent)) &&
	    tty_receives(fd, want, sizeof(want)))
		return true;
	diag("with speed %o, cflag %o", speed, cflag);
	return false;
}

static void test_rates(int fd)
{
	static const speed_t rates[] = {
		B50, B75, B110, B134, B150, B200, B300, B600, B1200, B1800,
		B2400, B4800, B9600, B19200, B38400, B57600, B115200,
	};
	unsigned int i, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(rates); i++)
		wrong += !comes_back(fd, rates[i], CS8);
	is(wrong, 0, "%u rates", i);
}

static void test_frames(int fd)
{
	static const tcflag_t sizes[] = { CS5, CS6, CS7, CS8 };
	static const tcflag_t parities[] = {
		0, PARENB, PARENB | PARODD, PARENB | CMSPAR,
		PARENB | PARODD | CMSPAR,
	};
	struct serial_icounter_struct before = counters(fd), after;
	unsigned int i, frames = 0, wrong = 0;
	tcflag_t stops, frame;

	for (i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(parities); i++) {
		for (stops = 0; stops <= CSTOPB; stops += CSTOPB, frames++) {
			frame = sizes[i % 4] | parities[i / 4] | stops;
			wrong += !comes_back(fd, B115200, frame);
		}
	}
	is(wrong, 0, "%u frames", frames);
	after = counters(fd);
	is(after.frame - before.frame, 0, "no framing errors");
	is(after.parity - before.parity, 0, "no parity errors");
}

/* Breaks, and what is marked */

static void send_break(int fd)
{
	ioctl(fd, TIOCSBRK);
	ioctl(fd, TIOCCBRK);
}

static void test_break(int fd)
{
	struct serial_icounter_struct before = counters(fd), after;

	tty_set(fd, B115200, CS8, PARMRK | INPCK);
	send_break(fd);
	ok(tty_receives(fd, "\377\0\0", 3), "PARMRK: a break");
	ok(tty_sends(fd, "\377", 1) && tty_receives(fd, "\377\377", 2),
	   "PARMRK: a byte that looks like a mark");
	ioctl(fd, TIOCSBRK);
	ok(tty_sends(fd, "lost", 4) && tty_receives(fd, "\377\0\0", 3),
	   "what is sent during a break does not arrive");
	ioctl(fd, TIOCCBRK);
	ok(tty_sends(fd, "back", 4) && tty_receives(fd, "back", 4),
	   "what is sent after it does");
	tty_set(fd, B115200, CS8 | PARENB | PARODD, PARMRK | INPCK);
	send_break(fd);
	ok(tty_receives(fd, "\377\0\0", 3),
	   "a break is no parity error, whatever the parity");
	tty_set(fd, B115200, CS8, INPCK);
	send_break(fd);
	ok(tty_receives(fd, "\0", 1), "without PARMRK a break is a NUL");
	tty_set(fd, B115200, CS8, IGNBRK);
	send_break(fd);
	ok(tty_receives(fd, "", 0), "with IGNBRK it is nothing");
	ok(!tcsendbreak(fd, 0), "tcsendbreak");
	after = counters(fd);
	is(after.brk - before.brk, 6, "the driver counted the breaks");
	is(after.parity - before.parity, 0, "and no parity error");
}

/* Modem lines */

static int lines(int fd)
{
	int bits = 0;

	ioctl(fd, TIOCMGET, &bits);
	return bits & (TIOCM_CTS | TIOCM_DSR | TIOCM_CD | TIOCM_RI);
}

static void set_lines(int fd, int bits)
{
	ioctl(fd, TIOCMSET, &bits);
}

static void test_lines(int fd)
{
	struct serial_icounter_struct before, after;

	/* Without CRTSCTS the driver does not look for changes. */
	tty_set(fd, B115200, CS8 | CRTSCTS, 0);
	set_lines(fd, 0);
	is_hex(lines(fd), 0, "no line is on");
	before = counters(fd);
	set_lines(fd, TIOCM_RTS);
	is_hex(lines(fd), TIOCM_CTS, "RTS is CTS");
	set_lines(fd, TIOCM_DTR);
	is_hex(lines(fd), TIOCM_DSR | TIOCM_CD, "DTR is DSR and DCD");
	set_lines(fd, TIOCM_DTR | TIOCM_RTS);
	is_hex(lines(fd), TIOCM_CTS | TIOCM_DSR | TIOCM_CD, "both");
	after = counters(fd);
	is(after.cts - before.cts, 3, "the driver saw CTS change");
	is(after.dsr - before.dsr, 1, "and DSR");
	is(after.dcd - before.dcd, 1, "and DCD");
	set_lines(fd, TIOCM_DTR | TIOCM_RTS | TIOCM_LOOP);
	ok(tty_sends(fd, "loop", 4) && tty_receives(fd, "loop", 4),
	   "the chip's own loop");
	set_lines(fd, TIOCM_DTR | TIOCM_RTS);
}

/* Much data: through one port, or two at once */

struct bulk {
	int fd;
	size_t sent;
	size_t received;
	size_t wrong;
};

/* The byte at a place of the stream; its period is no power of two. */
static unsigned char pattern(size_t place)
{
	return place % 251 + place / 65521;
}

static void bulk_send(struct bulk *bulk, size_t total, size_t piece)
{
	static unsigned char data[PIECE];
	size_t len = total - bulk->sent < piece ? total - bulk->sent : piece;
	ssize_t ret;
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = pattern(bulk->sent + i);
	ret = write(bulk->fd, data, len);
	bulk->sent += ret > 0 ? ret : 0;
}

static void bulk_receive(struct bulk *bulk, size_t most)
{
	unsigned char data[4096];
	ssize_t ret = read(bulk->fd, data, most), i;

	for (i = 0; i < ret; i++)
		bulk->wrong += data[i] != pattern(bulk->received++);
}

static bool bulk_step(struct bulk *bulk, size_t total, size_t piece, bool slow)
{
	struct pollfd wait = { .fd = bulk->fd, .events = POLLIN };

	if (bulk->received == total)
		return true;
	if (bulk->sent < total)
		wait.events |= POLLOUT;
	poll(&wait, 1, 100);
	if (wait.revents & POLLOUT)
		bulk_send(bulk, total, piece);
	if (slow)
		usleep(10000);
	if (wait.revents & POLLIN)
		bulk_receive(bulk, slow ? 512 : 4096);
	return bulk->received == total;
}

static void bulk_run(int *fds, int count, size_t total, size_t piece,
		     bool slow, const char *what)
{
	struct bulk bulk[2] = { { .fd = fds[0] }, { .fd = fds[count - 1] } };
	time_t end = time(NULL) + BULK_SECONDS + total / BULK_RATE;
	struct serial_icounter_struct now;
	bool done;
	int i;

	do {
		done = bulk_step(&bulk[0], total, piece, slow);
		if (count > 1)
			done &= bulk_step(&bulk[1], total, piece, slow);
	} while (!done && time(NULL) < end);
	for (i = 0; i < count; i++) {
		ok(bulk[i].received == total && !bulk[i].wrong,
		   "%s: %zu bytes by %zu through port %d", what, total, piece,
		   i);
		now = counters(fds[i]);
		if (bulk[i].received != total || bulk[i].wrong)
			diag("%zu sent, %zu received, %zu wrong; %d overruns, %d lost by the driver",
			     bulk[i].sent, bulk[i].received, bulk[i].wrong,
			     now.overrun, now.buf_overrun);
	}
}

/* A reader who is slow, and must be able to stop the writer */
static void test_crtscts(int fd, size_t bytes)
{
	struct serial_icounter_struct before = counters(fd), after;

	ok(tty_set(fd, B115200, CS8 | CRTSCTS, 0), "crtscts");
	bulk_run(&fd, 1, bytes, 4096, true, "crtscts");
	after = counters(fd);
	ok(after.cts != before.cts, "CTS stopped the writer: it changed %d times",
	   after.cts - before.cts);
	is(after.overrun - before.overrun, 0, "crtscts: no overruns");
	is(after.buf_overrun - before.buf_overrun, 0, "crtscts: none lost");
}

/* args: BYTES, one or two ports of a card */
int cmd_tty(char **args)
{
	static const size_t pieces[] = { 64, 1024, PIECE };
	size_t bytes = strtoul(args[0], NULL, 0), total;
	int fds[2], count = 0;
	unsigned int i;

	for (; count < 2 && args[1 + count]; count++)
		fds[count] = tty_must_open(args[1 + count]);
	for (i = 0; i < (unsigned int)count; i++) {
		test_type(fds[i]);
		test_rates(fds[i]);
		test_frames(fds[i]);
		test_break(fds[i]);
		test_lines(fds[i]);
		test_crtscts(fds[i], 3 * bytes);
		tty_set(fds[i], B115200, CS8, 0);
	}
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		total = pieces[i] > bytes ? pieces[i] : bytes;
		bulk_run(fds, count, total, pieces[i], false, "bulk");
	}
	for (i = 0; i < (unsigned int)count; i++)
		close(fds[i]);
	return tap_done();
}

/* args: BYTES, a port */
int cmd_crtscts(char **args)
{
	int fd = tty_must_open(args[1]);

	test_crtscts(fd, strtoul(args[0], NULL, 0));
	close(fd);
	return tap_done();
}

/*
 * The kernel takes for SysRq what comes within five seconds after a break, which can
 * be too few for a VM in an emulated machine.
 */
static bool sysrq_helps(int fd)
{
	int i;

	for (i = 0; i < 3; i++) {
		send_break(fd);
		if (tty_sends(fd, "h", 1) &&
		    tty_receives(fd, "s\0ysrq: HELP : lo", 17))
			return true;
	}
	return false;
}

/*
 * args: PORT, which is a console of the kernel's. 16 characters of what the kernel
 * prints come back, as it does not read while it prints; the driver gives a NUL,
 * behind the first of them, for what was lost.
 */
int cmd_console(char **args)
{
	int fd = tty_must_open(args[0]);
	int kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	tty_set(fd, B115200, CS8, 0);
	ok(write(kmsg, "<0>to consoles\n", 15) == 15 &&
	   tty_receives(fd, "to consoles\r\n", 13),
	   "what the kernel prints is on the port");
	ok(sysrq_helps(fd),
	   "a break and h: the kernel prints help, and nobody else gets the two");
	ok(tty_sends(fd, "h", 1) && tty_receives(fd, "h", 1),
	   "h without a break is a letter");
	close(kmsg);
	close(fd);
	return tap_done();
}
