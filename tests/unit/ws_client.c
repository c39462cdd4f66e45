/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/ws_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shared/wire/ws_frame.h"
#include "tests/unit/client.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

enum {
	REQUEST_MAX = 16 * 1024,
	RAW_SIZE = 256 * 1024,
	SHORT_MAX = 125,
	LENGTH_16 = 126
};

struct ws_client {
	struct client client; /* first */
	bool upgraded;	      /* the head of the response is whole */
	bool silent;
	size_t raw_len; /* of what is not yet understood */
	uint8_t raw[RAW_SIZE];
};

/* --- what it gets: no allocation, memory may have run out ----------------- */

/* How many bytes the head of the response has; 0: it is not whole. */
static size_t
head_length(const struct ws_client *t)
{
	for (size_t i = 4; i <= t->raw_len; i++)
		if (memcmp(t->raw + i - 4, "\r\n\r\n", 4) == 0)
			return i;
	return 0;
}

static void
add_line(struct client *c, const char *word, const char *text, size_t len)
{
	client_add(c, word, strlen(word));
	client_add(c, text, len);
	client_add(c, "\n", 1);
}

static void
add_close(struct client *c, const uint8_t *payload, size_t len)
{
	char code[32];

	if (len < 2)
		ck_abort_msg("a close of %zu bytes", len);
	snprintf(code, sizeof(code), "CLOSE %u ",
		 (unsigned int)payload[0] << 8 | payload[1]);
	add_line(c, code, (const char *)payload + 2, len - 2);
}

static void
take_frame(struct ws_client *t, uint8_t first, const uint8_t *payload,
	   size_t len)
{
	struct client *c = &t->client;
	const char *text = (const char *)payload;

	switch (first & 0xF) {
	case WS_PING:
		add_line(c, "PING", "", 0);
		if (!t->silent)
			ws_client_frame(c, WS_FIN | WS_PONG, text, len);
		break;
	case WS_PONG:
		add_line(c, "PONG ", text, len);
		break;
	case WS_CLOSE:
		add_close(c, payload, len);
		break;
	default:
		client_add(c, text, len);
		if (first & WS_FIN)
			client_add(c, "\n", 1);
		break;
	}
}

/* Takes a frame from the front; 0: it is not whole. */
static size_t
next_frame(struct ws_client *t)
{
	const uint8_t *raw = t->raw;
	size_t head = t->raw_len > 1 && raw[1] == LENGTH_16 ? 4 : 2, len;

	if (t->raw_len < head)
		return 0;
	if (raw[1] > LENGTH_16)
		ck_abort_msg("a frame that is masked, or larger than 64 KB");
	len = head == 2 ? raw[1] : (size_t)raw[2] << 8 | raw[3];
	if (t->raw_len < head + len)
		return 0;
	take_frame(t, raw[0], raw + head, len);
	return head + len;
}

static void
forget(struct ws_client *t, size_t len)
{
	t->raw_len -= len;
	memmove(t->raw, t->raw + len, t->raw_len);
}

static void
take(struct client *c, const uint8_t *bytes, size_t len)
{
	struct ws_client *t = (struct ws_client *)c;
	size_t used;

	if (t->raw_len + len > RAW_SIZE)
		ck_abort_msg("more than RAW_SIZE");
	memcpy(t->raw + t->raw_len, bytes, len);
	t->raw_len += len;
	if (!t->upgraded) {
		used = head_length(t);
		client_add(c, (const char *)t->raw, used);
		forget(t, used);
		t->upgraded = used > 0;
	}
	while (t->upgraded && (used = next_frame(t)) > 0)
		forget(t, used);
}

/* --- what it sends -------------------------------------------------------- */

void
ws_client_frame(struct client *c, unsigned int first, const char *payload,
		size_t len)
{
	static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	static uint8_t frame[8 + UINT16_MAX];
	size_t at = 0;

	frame[at++] = (uint8_t)first;
	if (len <= SHORT_MAX) {
		frame[at++] = (uint8_t)(0x80 | len);
	} else {
		frame[at++] = 0x80 | LENGTH_16;
		frame[at++] = (uint8_t)(len >> 8);
		frame[at++] = (uint8_t)len;
	}
	memcpy(frame + at, mask, sizeof(mask));
	at += sizeof(mask);
	for (size_t i = 0; i < len; i++)
		frame[at++] = (uint8_t)payload[i] ^ mask[i % 4];
	if (send(c->fd, frame, at, MSG_NOSIGNAL) != (ssize_t)at &&
	    errno != EPIPE)
		ck_abort_msg("the link does not read");
}

void
ws_client_text(struct client *c, const char *text)
{
	ws_client_frame(c, WS_FIN | WS_TEXT, text, strlen(text));
}

void
ws_client_change(struct client *c, const char *verb, const char *channel)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"%s\":[\"%s\"]}", verb, channel);
	ws_client_text(c, text);
}

void
ws_client_wait_cursors(struct client *c, size_t count)
{
	TURN_UNTIL(client_count(c, "{\"cursor\":\"") == count);
}

void
ws_client_stop_pongs(struct client *c)
{
	((struct ws_client *)c)->silent = true;
}

/* --- its life ------------------------------------------------------------- */

struct client *
ws_client_new(const char *query, const char *lines)
{
	struct ws_client *t = calloc(1, sizeof(*t));
	struct buf request;

	ck_assert_ptr_nonnull(t);
	buf_init(&request, REQUEST_MAX);
	buf_printf(&request,
		   "GET /push/websocket?%s HTTP/1.1\r\n"
		   "Host: example.org\r\n"
		   "Upgrade: websocket\r\n"
		   "Connection: Upgrade\r\n"
		   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		   "Sec-WebSocket-Version: 13\r\n"
		   "%s\r\n",
		   query, lines);
	stage_ask(&t->client, &request);
	t->client.take = take;
	return &t->client;
}

struct client *
ws_client_live(const char *query)
{
	struct client *c = ws_client_new(query, "");

	TURN_UNTIL(client_has(c, "{\"cursor\":"));
	return c;
}

const char *
ws_client_data(const struct client *c)
{
	static char data[CLIENT_TEXT_SIZE];
	const char *at = c->text, *mark = "\"data\":\"";
	size_t len = 0, n;

	while ((at = strstr(at, mark)) != NULL) {
		at += strlen(mark);
		n = strcspn(at, "\"");
		if (len > 0)
			data[len++] = ' ';
		memcpy(data + len, at, n);
		len += n;
	}
	data[len] = '\0';
	return data;
}
