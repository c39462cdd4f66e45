/* SPDX-License-Identifier: MIT */
/* shared/wire/http_head.c: heads that are refused. */
#include "config.h"

#include "shared/wire/http_head.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/model/problem.h"
#include "shared/wire/http_variables.h"
#include "tests/unit/suite.h"

/* A request line and a Host, for fields to follow. */
#define GET "GET / HTTP/1.1\r\nHost: h\r\n"

static const char CONTROL[] =
    "A line of the request head contains a control character.";

/* Refused with this status and this sentence. */
static void
assert_refused_bytes(const char *text, size_t len, unsigned int status,
		     const char *want)
{
	char *copy = malloc(len == 0 ? 1 : len);
	struct http_head head;
	struct problem p;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	memset(&head, 0x5a, sizeof(head));
	ck_assert_msg(!http_head_read(&head, copy, len, &p), "%s is accepted",
		      text);
	ck_assert_ptr_null(head.variables);
	ck_assert_ptr_null(head.bytes.bytes);
	ck_assert_msg(p.status == status, "%s: %u, not %u", text, p.status,
		      status);
	ck_assert_msg(strcmp(p.detail, want) == 0, "%s: %s", text, p.detail);
	free(copy);
}

static void
assert_refused(const char *text, unsigned int status, const char *want)
{
	assert_refused_bytes(text, strlen(text), status, want);
}

static void
assert_all_refused(const char *const *texts, size_t count, const char *want)
{
	for (size_t i = 0; i < count; i++)
		assert_refused(texts[i], 400, want);
}

TEST(a_line_that_does_not_end_with_crlf)
{
	static const char *const wrong[] = {
	    "GET / HTTP/1.1\nHost: h\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: h\n\r\n",
	    "GET / HTTP/1.1\r\nHost: h\r\n\n",
	    "GET / HTTP/1.1\nHost: h\n\n",
	    "\n",
	};

	assert_all_refused(wrong, sizeof(wrong) / sizeof(wrong[0]),
			   "A line of the request head does not end with "
			   "CRLF.");
}

TEST(a_head_split_anywhere)
{
	static const char text[] = GET "A: b\r\n\r\n";

	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_refused_bytes(text, len, 400,
				     "A line of the request head does not end "
				     "with CRLF.");
}

TEST(a_control_character_in_a_value)
{
	char text[] = GET "A: b?c\r\n\r\n";
	char *at = strchr(text, '?');

	for (int c = 0; c < 0x80; c++) {
		*at = (char)c;
		if (c == '\t' || c == '\n' || (c >= ' ' && c < 0x7f))
			continue;
		assert_refused_bytes(text, sizeof(text) - 1, 400, CONTROL);
	}
}

TEST(a_control_character_elsewhere)
{
	assert_refused("GET /\x01 HTTP/1.1\r\n\r\n", 400, CONTROL);
	assert_refused("GET /\r HTTP/1.1\r\n\r\n", 400, CONTROL);
	assert_refused("GET / HTTP/1.1\r\r\n\r\n", 400, CONTROL);
	assert_refused_bytes("GET /\0 HTTP/1.1\r\n\r\n", 19, 400, CONTROL);
	assert_refused_bytes("G\0T / HTTP/1.1\r\n\r\n", 19, 400, CONTROL);
	assert_refused("\x16\x03\x01 / HTTP/1.1\r\n\r\n", 400, CONTROL);
	assert_refused(GET "A\r: b\r\n\r\n", 400, CONTROL);
	assert_refused(GET "\r\r\n\r\n", 400, CONTROL);
	assert_refused_bytes(GET "A\0: b\r\n\r\n", strlen(GET) + 10, 400,
			     CONTROL);
	assert_refused(GET "A_B: \x01\r\n\r\n", 400, CONTROL);
}

TEST(a_request_line_of_another_form)
{
	static const char *const wrong[] = {
	    "G\"T / HTTP/1.1\r\nHost: h\r\n\r\n",
	    "\r\n",
	    "\r\n" GET "\r\n",
	    "GET /\r\n\r\n",
	    "GET\r\n\r\n",
	    "GET / \r\n\r\n",
	    " GET / HTTP/1.1\r\n\r\n",
	    "GET  / HTTP/1.1\r\n\r\n",
	    "GET /  HTTP/1.1\r\n\r\n",
	    "GET / HTTP/1.1 \r\n\r\n",
	    "GET /a b HTTP/1.1\r\n\r\n",
	    "GET\t/\tHTTP/1.1\r\n\r\n",
	    "GET /\t HTTP/1.1\r\n\r\n",
	    " / HTTP/1.1\r\n\r\n",
	    "GET / http/1.1\r\n\r\n",
	    "GET / HTTPS/1.1\r\n\r\n",
	    "\xff\xfe\xfd\r\n\r\n",
	};

	assert_all_refused(wrong, sizeof(wrong) / sizeof(wrong[0]),
			   "The request line is not METHOD /PATH HTTP/1.1.");
}

TEST(another_version_is_505)
{
	static const char *const wrong[] = {
	    "GET / HTTP/1.0\r\n\r\n",
	    "GET / HTTP/1.2\r\nHost: h\r\n\r\n",
	    "PRI * HTTP/2.0\r\n\r\n",
	    "GET / HTTP/11\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(wrong[i], 505, "Only HTTP/1.1 is supported.");
}

TEST(a_target_that_is_not_a_path)
{
	static const char *const wrong[] = {
	    "OPTIONS * HTTP/1.1\r\n\r\n", "CONNECT h:80 HTTP/1.1\r\n\r\n",
	    "GET a HTTP/1.1\r\n\r\n",	  "GET ?a=/ HTTP/1.1\r\n\r\n",
	    "GET  HTTP/1.1\r\n\r\n",	  "GET http://h/ HTTP/1.1\r\n\r\n",
	};

	assert_all_refused(wrong, sizeof(wrong) / sizeof(wrong[0]),
			   "The request target is not a path.");
}

TEST(a_line_that_is_not_a_field)
{
	static const char *const wrong[] = {
	    GET "A\r\n\r\n",	    GET ": a\r\n\r\n",	  GET "A : b\r\n\r\n",
	    GET "A\t: b\r\n\r\n",   GET "A B: c\r\n\r\n", GET "A(: b\r\n\r\n",
	    GET "A\xc3: b\r\n\r\n", GET "A=: b\r\n\r\n",
	};

	assert_all_refused(wrong, sizeof(wrong) / sizeof(wrong[0]),
			   "A line of the request head is not NAME: VALUE.");
}

TEST(a_folded_line)
{
	static const char *const wrong[] = {
	    GET "A: b\r\n c\r\n\r\n",
	    GET "A: b\r\n\tc: d\r\n\r\n",
	    "GET / HTTP/1.1\r\n Host: h\r\n\r\n",
	    GET " \r\n\r\n",
	};

	assert_all_refused(wrong, sizeof(wrong) / sizeof(wrong[0]),
			   "A line of the request head begins with a space.");
}

TEST(a_missing_host)
{
	assert_refused("GET / HTTP/1.1\r\n\r\n", 400,
		       "The header field Host is missing.");
	assert_refused("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400,
		       "The header field Host is missing.");
}

TEST(duplicates_of_fields_that_are_no_lists)
{
	assert_refused(GET "hOST: h\r\n\r\n", 400,
		       "Duplicate header field: Host.");
	assert_refused(GET "Origin: a\r\nOrigin: a\r\n\r\n", 400,
		       "Duplicate header field: Origin.");
	assert_refused(GET "Sec-WebSocket-Key: a\r\nA: b\r\n"
			   "sec-websocket-key: c\r\n\r\n",
		       400, "Duplicate header field: Sec-WebSocket-Key.");
	assert_refused(GET "Sec-WebSocket-Version: 13\r\n"
			   "Sec-WebSocket-Version: 8\r\n\r\n",
		       400, "Duplicate header field: Sec-WebSocket-Version.");
	assert_refused(GET "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
		       400, "Duplicate header field: Content-Length.");
}

TEST(a_body_is_413)
{
	static const char *const wrong[] = {
	    GET "Content-Length: 1\r\n\r\n",
	    GET "Content-Length: 99999999999999999999\r\n\r\n",
	    GET "Transfer-Encoding: chunked\r\n\r\n",
	    GET "transfer-encoding:\r\n\r\n",
	    GET "Content-Length: 0\r\nTransfer-Encoding: identity\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(wrong[i], 413, "A request body is not allowed.");
}

TEST(a_content_length_that_is_not_a_number)
{
	static const char *const wrong[] = {
	    GET "Content-Length:\r\n\r\n",
	    GET "Content-Length: -1\r\n\r\n",
	    GET "Content-Length: +0\r\n\r\n",
	    GET "Content-Length: 0, 0\r\n\r\n",
	    GET "Content-Length: 0x0\r\n\r\n",
	};

	assert_all_refused(wrong, sizeof(wrong) / sizeof(wrong[0]),
			   "Content-Length is not a number.");
}

TEST(more_than_100_fields_are_431)
{
	struct buf text;

	buf_init(&text, 100000);
	buf_puts(&text, GET);
	for (size_t i = 0; i < HTTP_FIELDS_MAX; i++)
		buf_puts(&text, i % 2 == 0 ? "A_B: c\r\n" : "A: b\r\n");
	buf_put(&text, "\r\n", 3);
	assert_refused(text.bytes, 431,
		       "The request has more than 100 header fields.");
	buf_free(&text);
}
