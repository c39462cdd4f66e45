/* SPDX-License-Identifier: MIT */
/* Tests of bench/load/response.c. */
#include "config.h"

#include "bench/load/response.h"

#include <string.h>

#include "tests/unit/suite.h"

/* What came, with a `|` for the end of a response. */
static char got[256];
static char etag[64];
static unsigned int refused; /* a status */

static void
take_field(void *arg, const char *line, size_t len)
{
	(void)arg;
	if (len < sizeof(etag) && strncmp(line, "Etag: ", 6) == 0)
		strcpy(etag, line + 6);
}

static bool
take_head(void *arg, unsigned int status)
{
	(void)arg;
	return status != refused;
}

static bool
take_body(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	strncat(got, bytes, len);
	return true;
}

static bool
take_end(void *arg)
{
	(void)arg;
	strcat(got, "|");
	return true;
}

static const struct response_sink SINK = {
    .field = take_field, .head = take_head, .body = take_body, .end = take_end};

/* Whole, and byte by byte; both have to be the same. */
static bool
read_all(struct response *r, const char *text)
{
	char whole[sizeof(got)];
	bool good;

	got[0] = '\0';
	response_init(r);
	good = response_take(r, text, strlen(text), &SINK);
	strcpy(whole, got);
	got[0] = '\0';
	response_init(r);
	for (const char *s = text; *s; s++)
		response_take(r, s, 1, &SINK);
	ck_assert_str_eq(got, whole);
	return good;
}

TEST(chunks_are_put_together)
{
	struct response r;

	ck_assert(read_all(&r, "HTTP/1.1 200 OK\r\n"
			       "Transfer-Encoding: chunked\r\n\r\n"
			       "5\r\nhello\r\nB;x=y\r\n big\n world\r\n"));
	ck_assert_str_eq(got, "hello big\n world");
}

TEST(the_last_chunk_ends_a_response)
{
	struct response r;

	ck_assert(read_all(&r, "HTTP/1.1 200 OK\r\n"
			       "Transfer-Encoding: chunked\r\n\r\n"
			       "2\r\nhi\r\n0\r\nTrailer: 1\r\n\r\n"
			       "HTTP/1.1 204 No Content\r\n\r\n"));
	ck_assert_str_eq(got, "hi||");
}

TEST(a_length_ends_a_response_and_another_follows)
{
	struct response r;

	ck_assert(read_all(&r,
			   "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
			   "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
			   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nd"));
	ck_assert_str_eq(got, "abc||d|");
}

TEST(without_a_length_the_body_has_no_end)
{
	struct response r;

	ck_assert(read_all(&r, "HTTP/1.1 200 OK\r\n\r\nx\n\ny"));
	ck_assert_str_eq(got, "x\n\ny");
	ck_assert_int_eq(r.state, RESPONSE_ENDLESS);
}

TEST(an_enormous_length_is_counted)
{
	struct response r;

	ck_assert(read_all(&r, "HTTP/1.1 200 OK\r\n"
			       "Content-Length: 9007199254740991\r\n\r\nabc"));
	ck_assert_uint_eq(r.left, 9007199254740991 - 3);
}

TEST(after_an_upgrade_all_is_body)
{
	struct response r;

	ck_assert(read_all(&r, "HTTP/1.1 101 Switching Protocols\r\n"
			       "Upgrade: websocket\r\n"
			       "Connection: Upgrade\r\n\r\nHTTP/1.1"));
	ck_assert_str_eq(got, "HTTP/1.1");
}

TEST(a_connection_that_is_not_kept_is_known)
{
	struct response r;

	ck_assert(read_all(&r, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
			       "Content-Length: 1\r\n\r\na"));
	ck_assert(r.closes);
	ck_assert(read_all(&r, "HTTP/1.1 200 OK\r\n"
			       "Connection: keep-alive\r\n"
			       "Content-Length: 1\r\n\r\na"));
	ck_assert(!r.closes);
}

TEST(fields_are_told)
{
	struct response r;

	ck_assert(read_all(&r, "HTTP/1.1 200 OK\r\nEtag: \"5\"\r\n"
			       "Content-Length: 0\r\n\r\n"));
	ck_assert_str_eq(etag, "\"5\"");
}

TEST(a_refused_status_ends_the_reading)
{
	struct response r;

	refused = 503;
	ck_assert(!read_all(&r, "HTTP/1.1 503 No\r\n"
				"Content-Length: 1\r\n\r\nabc"));
	ck_assert_str_eq(got, "");
	refused = 0;
}

TEST(what_is_no_http_ends_the_reading)
{
	struct response r;

	ck_assert(!read_all(&r, "SSH-2.0-OpenSSH\r\n\r\n"));
	ck_assert_int_eq(r.state, RESPONSE_BROKEN);
}
