/* SPDX-License-Identifier: MIT */
/* shared/wire/http_head.c, what it refuses, one fact per test; the name is the
 * fact. */
#include "config.h"

#include "shared/wire/http_head.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/model/problem.h"
#include "tests/unit/suite.h"

/* A request line and a Host, for fields to follow. */
#define GET "GET / HTTP/1.1\r\nHost: h\r\n"

/* It is refused with that status and a sentence that begins with `want`. */
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
	ck_assert_msg(!http_head_read(&head, copy, len, &p), "%s is taken",
		      text);
	ck_assert_ptr_null(head.variables);
	ck_assert_ptr_null(head.bytes.bytes);
	ck_assert_msg(p.status == status, "%s: %u, not %u", text, p.status,
		      status);
	ck_assert_msg(strncmp(p.detail, want, strlen(want)) == 0, "%s: %s",
		      text, p.detail);
	free(copy);
}

static void
assert_refused(const char *text, unsigned int status, const char *want)
{
	assert_refused_bytes(text, strlen(text), status, want);
}

TEST(a_head_cut_anywhere_is_refused)
{
	static const char text[] = GET "A: b\r\n\r\n";

	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_refused_bytes(text, len, 400, "The head");
}

TEST(nothing_may_follow_the_empty_line)
{
	assert_refused(GET "\r\nA: b\r\n\r\n", 400, "An empty line");
	assert_refused(GET "\r\n\r\n", 400, "An empty line");
}

TEST(an_empty_first_line_is_refused)
{
	assert_refused("\r\n" GET "\r\n", 400, "The request line");
	assert_refused("\r\n", 400, "The request line");
}

TEST(each_line_ends_in_crlf)
{
	static const char *const wrong[] = {
	    "GET / HTTP/1.1\nHost: h\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: h\n\r\n",
	    "GET / HTTP/1.1\r\nHost: h\r\n\n",
	    "GET / HTTP/1.1\nHost: h\n\n",
	    "\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(wrong[i], 400,
			       "A line of the request's head "
			       "ends in LF alone");
}

TEST(a_request_line_is_method_target_and_version)
{
	static const char *const wrong[] = {
	    "GET /\r\n\r\n",
	    "GET\r\n\r\n",
	    "GET / \r\n\r\n",
	    " GET / HTTP/1.1\r\n\r\n",
	    "GET  / HTTP/1.1\r\n\r\n",
	    "GET /  HTTP/1.1\r\n\r\n",
	    "GET / HTTP/1.1 \r\n\r\n",
	    "GET / HTTP/1.1\r\r\n\r\n",
	    "GET /a b HTTP/1.1\r\n\r\n",
	    "GET\t/\tHTTP/1.1\r\n\r\n",
	    "GET / HTTP/11\r\n\r\n",
	    "GET  HTTP/1.1\r\n\r\n",
	    "GET / HTTP/x.1\r\n\r\n",
	    "GET / HTTP/-.1\r\n\r\n",
	    "GET / HTTP/1.-\r\n\r\n",
	    "GET / HTTP/1:1\r\n\r\n",
	    "GET / HTTP/1.x\r\n\r\n",
	    "GET / http/1.1\r\n\r\n",
	    "GET / HTTPS/1.1\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(wrong[i], 400, "The ");
}

TEST(another_version_is_505)
{
	assert_refused("GET / HTTP/1.0\r\n\r\n", 505, "This is HTTP/1.0: ");
	assert_refused("GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505,
		       "This is HTTP/1.2: ");
	assert_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505,
		       "This is HTTP/2.0: ");
}

TEST(a_method_is_a_token)
{
	assert_refused(" / HTTP/1.1\r\n\r\n", 400, "The method");
	assert_refused("G(T / HTTP/1.1\r\n\r\n", 400, "The method");
	assert_refused("G\xc3T / HTTP/1.1\r\n\r\n", 400, "The method");
	assert_refused_bytes("G\0T / HTTP/1.1\r\n\r\n", 19, 400, "The method");
	assert_refused("\x16\x03\x01 / HTTP/1.1\r\n\r\n", 400, "The method");
}

TEST(a_target_is_a_path_or_an_address_with_one)
{
	static const char *const wrong[] = {
	    "OPTIONS * HTTP/1.1\r\n\r\n",      "CONNECT h:80 HTTP/1.1\r\n\r\n",
	    "GET a HTTP/1.1\r\n\r\n",	       "GET ?a=/ HTTP/1.1\r\n\r\n",
	    "GET ws://h/ HTTP/1.1\r\n\r\n",    "GET http:/h/ HTTP/1.1\r\n\r\n",
	    "GET http:// HTTP/1.1\r\n\r\n",    "GET http://h HTTP/1.1\r\n\r\n",
	    "GET http://h?a HTTP/1.1\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(wrong[i], 400, "The target of the request is");
}

TEST(the_host_of_a_target_is_a_host)
{
	assert_refused("GET http:///a HTTP/1.1\r\n\r\n", 400,
		       "The request line names no valid host");
	assert_refused("GET http://u@h/a HTTP/1.1\r\n\r\n", 400,
		       "The request line names no valid host");
	assert_refused("GET http://h?a=/ HTTP/1.1\r\n\r\n", 400,
		       "The request line names no valid host");
}

TEST(a_target_is_printable)
{
	assert_refused("GET /\x01 HTTP/1.1\r\n\r\n", 400,
		       "The target of the request holds bytes");
	assert_refused("GET /\x7f HTTP/1.1\r\n\r\n", 400,
		       "The target of the request holds bytes");
	assert_refused("GET /\xc3\xa9 HTTP/1.1\r\n\r\n", 400,
		       "The target of the request holds bytes");
	assert_refused("GET /\r HTTP/1.1\r\n\r\n", 400,
		       "The target of the request holds bytes");
	assert_refused_bytes("GET /\0 HTTP/1.1\r\n\r\n", 19, 400,
			     "The target of the request holds bytes");
}

TEST(a_field_is_a_token_a_colon_and_a_value)
{
	static const char *const wrong[] = {
	    GET "A\r\n\r\n",	    GET ": a\r\n\r\n",	  GET "A : b\r\n\r\n",
	    GET "A\t: b\r\n\r\n",   GET "A B: c\r\n\r\n", GET "A(: b\r\n\r\n",
	    GET "A\xc3: b\r\n\r\n", GET "A\r: b\r\n\r\n", GET "\r\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(wrong[i], 400,
			       "A line of the request's head "
			       "is no field");
	assert_refused_bytes(GET "A\0: b\r\n\r\n", strlen(GET) + 9, 400,
			     "A line of the request's head is no field");
}

TEST(a_field_stands_on_one_line)
{
	assert_refused(GET "A: b\r\n c\r\n\r\n", 400,
		       "A line of the request's head begins with a space");
	assert_refused(GET "A: b\r\n\tc: d\r\n\r\n", 400,
		       "A line of the request's head begins with a space");
	assert_refused("GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400,
		       "A line of the request's head begins with a space");
	assert_refused(GET " \r\n\r\n", 400,
		       "A line of the request's head begins with a space");
}

TEST(a_value_holds_no_control_character)
{
	char text[] = GET "A: b?c\r\n\r\n";
	char *at = strchr(text, '?');

	for (int c = 0; c < 0x80; c++) {
		*at = (char)c;
		if (c == '\t' || c == '\n' || (c >= ' ' && c < 0x7f))
			continue;
		assert_refused_bytes(text, sizeof(text) - 1, 400,
				     "The field A holds a control character");
	}
}

TEST(a_long_name_is_cut_in_the_sentence)
{
	char text[1000] = GET;
	size_t len = strlen(text);

	memset(text + len, 'n', 500);
	strcpy(text + len + 500, ": \x01\r\n\r\n");
	text[len + 80] = 'X';
	assert_refused(text, 400,
		       "The field nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
		       "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn holds");
}

TEST(what_is_left_out_is_refused_like_the_rest)
{
	assert_refused(GET "Proxy: \x01\r\n\r\n", 400, "The field Proxy holds");
	assert_refused(GET "A_B: \x01\r\n\r\n", 400, "The field A_B holds");
}

TEST(a_request_names_its_host_once)
{
	assert_refused("GET / HTTP/1.1\r\n\r\n", 400, "The request names no");
	assert_refused("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400,
		       "The request names no");
	assert_refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400,
		       "The request names no");
	assert_refused("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400,
		       "The request names no");
	assert_refused("GET http://h/ HTTP/1.1\r\n\r\n", 400,
		       "The request names no");
	assert_refused(GET "hOST: h\r\n\r\n", 400, "The field Host stands");
}

TEST(what_can_be_said_once_is_not_said_twice)
{
	assert_refused(GET "Origin: a\r\nOrigin: a\r\n\r\n", 400,
		       "The field Origin stands");
	assert_refused(GET "Sec-WebSocket-Key: a\r\nA: b\r\n"
			   "sec-websocket-key: c\r\n\r\n",
		       400, "The field Sec-WebSocket-Key stands");
	assert_refused(GET "Sec-WebSocket-Version: 13\r\n"
			   "Sec-WebSocket-Version: 8\r\n\r\n",
		       400, "The field Sec-WebSocket-Version stands");
	assert_refused(GET "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
		       400, "The field Content-Length stands");
}

TEST(a_body_is_413)
{
	assert_refused(GET "Content-Length: 1\r\n\r\n", 413, "No body");
	assert_refused(GET "Content-Length: 99999999999999999999\r\n\r\n", 413,
		       "No body");
	assert_refused(GET "Transfer-Encoding: chunked\r\n\r\n", 413,
		       "No body");
	assert_refused(GET "transfer-encoding:\r\n\r\n", 413, "No body");
	assert_refused(GET "Content-Length: 0\r\n"
			   "Transfer-Encoding: identity\r\n\r\n",
		       413, "No body");
}

TEST(a_content_length_is_a_number)
{
	static const char *const wrong[] = {
	    GET "Content-Length:\r\n\r\n",
	    GET "Content-Length: -1\r\n\r\n",
	    GET "Content-Length: +0\r\n\r\n",
	    GET "Content-Length: 0, 0\r\n\r\n",
	    GET "Content-Length: 0x0\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_refused(wrong[i], 400, "The field Content-Length is");
}

TEST(more_than_100_fields_are_431)
{
	struct buf text;

	buf_init(&text, 100000);
	buf_puts(&text, GET);
	for (size_t i = 0; i < HTTP_HEAD_FIELDS_MAX; i++)
		buf_puts(&text, i % 2 == 0 ? "A_B: c\r\n" : "A: b\r\n");
	buf_putc(&text, '\r');
	buf_putc(&text, '\n');
	buf_putc(&text, '\0');
	assert_refused(text.bytes, 431,
		       "The request has more than 100 fields: ");
	buf_free(&text);
}
