/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };
enum { REQUEST_MAX = 128 * 1024, READ_SIZE = 16 * 1024 };

/* --- what it sends -------------------------------------------------------- */

static void
add_record(struct buf *out, uint8_t type, const void *content, size_t len)
{
	uint8_t header[RECORD_HEADER_SIZE];

	record_header(header, type, 1, (uint16_t)len);
	buf_put(out, header, sizeof(header));
	buf_put(out, content, len);
}

void
client_begin(struct buf *out, const char *method)
{
	static const uint8_t responder[8] = {0, 1, 0};

	buf_init(out, REQUEST_MAX);
	add_record(out, BEGIN, responder, sizeof(responder));
	client_variable(out, "REQUEST_METHOD", method);
	client_variable(out, "REMOTE_ADDR", "127.0.0.1");
	client_variable(out, "HTTP_HOST", "localhost");
}

void
client_variable(struct buf *out, const char *name, const char *value)
{
	size_t len = strlen(value);
	const uint8_t lengths[] = {
	    (uint8_t)strlen(name), (uint8_t)(0x80 | len >> 24),
	    (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
	struct buf pair;

	buf_init(&pair, REQUEST_MAX);
	buf_put(&pair, lengths, sizeof(lengths));
	buf_puts(&pair, name);
	buf_puts(&pair, value);
	add_record(out, PARAMS, pair.bytes, pair.len);
	buf_free(&pair);
}

void
client_finish(struct buf *out, const char *body)
{
	char length[24];

	snprintf(length, sizeof(length), "%zu", strlen(body));
	client_variable(out, "CONTENT_LENGTH", length);
	client_end_head(out);
	if (body[0] != '\0')
		client_input(out, body, strlen(body));
	client_input(out, "", 0);
}

void
client_end_head(struct buf *out)
{
	add_record(out, PARAMS, "", 0);
}

void
client_input(struct buf *out, const void *bytes, size_t len)
{
	add_record(out, STDIN, bytes, len);
}

/* --- what it gets --------------------------------------------------------- */

void
client_add(struct client *c, const char *text, size_t len)
{
	if (c->len + len >= CLIENT_TEXT_SIZE)
		ck_abort_msg("more than CLIENT_TEXT_SIZE");
	memcpy(c->text + c->len, text, len);
	c->len += len;
}

static void
header_byte(struct client *c, uint8_t byte)
{
	c->header[c->header_len++] = byte;
	if (c->header_len < RECORD_HEADER_SIZE)
		return;
	c->content = (size_t)c->header[4] << 8 | c->header[5];
	c->padding = c->header[6];
	if (c->header[1] == STDOUT)
		c->writes += c->content > 0;
	else if (c->header[1] == END)
		c->ended = true;
	else /* Check allocates to assert */
		ck_abort_msg("a record of type %u", c->header[1]);
	if (c->content + c->padding == 0)
		c->header_len = 0;
}

static void
take_records(struct client *c, const uint8_t *bytes, size_t len)
{
	size_t n;

	while (len > 0) {
		if (c->header_len < RECORD_HEADER_SIZE) {
			header_byte(c, *bytes++);
			len--;
			continue;
		}
		n = c->content > 0 ? c->content : c->padding;
		n = n < len ? n : len;
		if (c->content > 0 && c->header[1] == STDOUT)
			client_add(c, (const char *)bytes, n);
		*(c->content > 0 ? &c->content : &c->padding) -= n;
		bytes += n;
		len -= n;
		if (c->content + c->padding == 0)
			c->header_len = 0;
	}
}

static void
readable(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct client *c = watcher->data;
	uint8_t bytes[READ_SIZE];
	ssize_t n = read(c->fd, bytes, sizeof(bytes));

	(void)revents;
	if (n > 0) {
		c->take(c, bytes, (size_t)n);
	} else if (n == 0 || errno != EAGAIN) {
		c->closed = true;
		ev_io_stop(loop, watcher);
	}
}

void
client_init(struct client *c, int fd)
{
	c->take = take_records;
	c->fd = fd;
	c->reading.data = c;
	ev_io_init(&c->reading, readable, fd, EV_READ);
	ev_io_start(turn_loop(), &c->reading);
}

void
client_pause(struct client *c)
{
	ev_io_stop(turn_loop(), &c->reading);
}

void
client_resume(struct client *c)
{
	ev_io_start(turn_loop(), &c->reading);
}

void
client_leave(struct client *c)
{
	if (c->fd < 0)
		return;
	ev_io_stop(turn_loop(), &c->reading);
	close(c->fd);
	c->fd = -1;
}

/* --- what tests look at --------------------------------------------------- */

bool
client_has(const struct client *c, const char *text)
{
	return strstr(c->text, text) != NULL;
}

size_t
client_count(const struct client *c, const char *text)
{
	const char *at = c->text;
	size_t count = 0;

	while ((at = strstr(at, text)) != NULL) {
		count++;
		at += strlen(text);
	}
	return count;
}

const char *
client_lines(const struct client *c, const char *before)
{
	static char lines[CLIENT_TEXT_SIZE];
	const char *at = c->text;
	size_t len = 0, line;

	while ((at = strstr(at, before)) != NULL) {
		at += strlen(before);
		line = strcspn(at, "\r\n");
		if (len > 0)
			lines[len++] = ' ';
		memcpy(lines + len, at, line);
		len += line;
	}
	lines[len] = '\0';
	return lines;
}

const char *
client_cursor(const struct client *c)
{
	static char cursor[4096];
	const char *at = c->text, *found = NULL, *mark = "\nid: ";

	if (strstr(c->text, mark) == NULL)
		mark = "\"cursor\":\"";
	while ((at = strstr(at, mark)) != NULL)
		found = at += strlen(mark);
	if (found == NULL)
		ck_abort_msg("no cursor in %s", c->text);
	snprintf(cursor, sizeof(cursor), "%.*s", (int)strcspn(found, "\"\r\n"),
		 found);
	return cursor;
}
