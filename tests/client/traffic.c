// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "traffic.h"

#define STALL_SECONDS 5

/* The n-th byte of the stream: the receiver makes it again to compare. */
struct stream {
	uint32_t state;
	uint32_t sum;
};

static struct stream stream_start(void)
{
	return (struct stream){ .state = 0x2545f491, .sum = 0x811c9dc5 };
}

static uint8_t stream_next(struct stream *stream)
{
	stream->state ^= stream->state << 13;
	stream->state ^= stream->state >> 17;
	stream->state ^= stream->state << 5;
	return stream->state >> 8;
}

static void stream_add(struct stream *stream, uint8_t byte)
{
	stream->sum = (stream->sum ^ byte) * 0x01000193;
}

static void send_burst(struct traffic *traffic, struct uart *uart,
		       struct stream *out, unsigned long bytes)
{
	unsigned int room = UART_DEPTH;

	while (room-- && traffic->sent < bytes) {
		uint8_t byte = stream_next(out);

		stream_add(out, byte);
		uart_out(uart, UART_TX, byte);
		traffic->sent++;
	}
}

static void receive_one(struct traffic *traffic, struct uart *uart,
			struct stream *in)
{
	uint8_t byte = uart_in(uart, UART_RX);

	traffic->wrong += byte != stream_next(in);
	stream_add(in, byte);
	traffic->received++;
}

bool traffic_run(struct traffic *traffic, struct uart *uart,
		 unsigned long bytes)
{
	struct stream out = stream_start(), in = stream_start();
	time_t moved = time(NULL);

	*traffic = (struct traffic){ 0 };
	uart_out(uart, UART_LCR, UART_LCR_WLEN8);
	uart_out(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR |
		 UART_FCR_CLEAR_XMIT | UART_FCR_TRIGGER_8);

	while (traffic->received < bytes) {
		uint8_t lsr = uart_in(uart, UART_LSR);
		bool can_send = lsr & UART_LSR_THRE && traffic->sent < bytes;

		traffic->errors |= lsr & UART_LSR_BRK_ERROR_BITS;
		if (can_send)
			send_burst(traffic, uart, &out, bytes);
		if (lsr & UART_LSR_DR)
			receive_one(traffic, uart, &in);
		if (can_send || lsr & UART_LSR_DR) {
			moved = time(NULL);
		} else if (time(NULL) - moved > STALL_SECONDS) {
			traffic->stalled = true;
			break;
		}
	}
	traffic->sent_sum = out.sum;
	traffic->received_sum = in.sum;

	return !traffic->wrong && !traffic->errors && !traffic->stalled &&
	       traffic->sent_sum == traffic->received_sum;
}
