/* SPDX-License-Identifier: MIT */
/* shared/wire/http_head.c: heads that are accepted. */
#include "config.h"

#include "shared/wire/http_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/model/problem.h"
#include "shared/wire/http_variables.h"
#include "shared/wire/request.h"
#include "tests/unit/suite.h"

/* Sent by Apache when a browser opens a WebSocket. */
static const char upgrade[] =
    "GET /push/websocket?channel=a&since=1%2D2 HTTP/1.1\r\n"
    "Host: example.org\r\n"
    "Origin: https://example.org\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    "X-Forwarded-For: 192.0.2.7\r\n"
    "X-Forwarded-Host: example.org\r\n"
    "Upgrade: WebSocket\r\n"
    "Connection: Upgrade\r\n"
    "\r\n";

/* A request line and a Host, for fields to follow. */
#define GET "GET / HTTP/1.1\r\nHost: h\r\n"

/* Reads `text`, a whole head, in memory of exactly its size. */
static struct http_head
read_head(const char *text, size_t len)
{
	char *copy = malloc(len);
	struct http_head head;
	struct problem p;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	ck_assert_uint_eq(http_head_length(copy, len, 0), len);
	ck_assert_msg(http_head_read(&head, copy, len, &p), "%s", p.detail);
	free(copy);
	return head;
}

/* `want`: the variables, each followed by a line feed. */
static void
assert_variables(const char *text, const char *want)
{
	struct http_head head = read_head(text, strlen(text));
	struct buf got;

	buf_init(&got, 100000);
	for (char **v = head.variables; *v != NULL; v++)
		buf_printf(&got, "%s\n", *v);
	suite_assert_bytes(&got, want);
	buf_free(&got);
	http_head_free(&head);
}

/* `want`: the value of the variable; NULL: there is none. */
static void
assert_variable(const char *text, const char *name, const char *want)
{
	struct http_head head = read_head(text, strlen(text));
	size_t len = strlen(name);
	const char *got = NULL;

	for (char **v = head.variables; *v != NULL; v++) {
		if (strncmp(*v, name, len) != 0 || (*v)[len] != '=')
			continue;
		ck_assert_msg(got == NULL, "duplicate %s", name);
		got = *v + len + 1;
	}
	ck_assert_pstr_eq(got, want);
	http_head_free(&head);
}

TEST(all_variables_of_an_upgrade_request)
{
	assert_variables(upgrade,
			 "REQUEST_METHOD=GET\n"
			 "REQUEST_URI=/push/websocket?channel=a&since=1%2D2\n"
			 "SCRIPT_NAME=/push/websocket\n"
			 "QUERY_STRING=channel=a&since=1%2D2\n"
			 "SERVER_PROTOCOL=HTTP/1.1\n"
			 "REMOTE_ADDR=192.0.2.7\n"
			 "HTTP_HOST=example.org\n"
			 "HTTP_ORIGIN=https://example.org\n"
			 "HTTP_SEC_WEBSOCKET_KEY=dGhlIHNhbXBsZSBub25jZQ==\n"
			 "HTTP_SEC_WEBSOCKET_VERSION=13\n"
			 "HTTP_SEC_WEBSOCKET_EXTENSIONS=permessage-deflate\n"
			 "HTTP_X_FORWARDED_HOST=example.org\n"
			 "HTTP_UPGRADE=WebSocket\n"
			 "HTTP_CONNECTION=Upgrade\n");
}

TEST(request_get_finds_the_variables)
{
	struct http_head head = read_head(upgrade, strlen(upgrade));
	struct request r = {.variables = head.variables};

	ck_assert_str_eq(request_get(&r, "HTTP_UPGRADE"), "WebSocket");
	ck_assert_str_eq(request_get(&r, "HTTP_COOKIE"), "");
	ck_assert_uint_eq(request_content_length(&r), 0);
	http_head_free(&head);
}

TEST(a_head_ends_at_its_empty_line_however_it_is_split)
{
	size_t len = strlen(upgrade);
	char bytes[sizeof(upgrade) + 20];

	snprintf(bytes, sizeof(bytes), "%s%s", upgrade, "\r\nmore\r\n\r\n");
	for (size_t first = 0; first < len; first++) {
		ck_assert_uint_eq(http_head_length(bytes, first, 0), 0);
		ck_assert_uint_eq(http_head_length(bytes, len, first), len);
		ck_assert_uint_eq(http_head_length(bytes, len + 12, first),
				  len);
	}
}

TEST(a_head_byte_by_byte)
{
	size_t len = strlen(upgrade);

	for (size_t n = 1; n < len; n++)
		ck_assert_uint_eq(http_head_length(upgrade, n, n - 1), 0);
	ck_assert_uint_eq(http_head_length(upgrade, len, len - 1), len);
}

TEST(bare_lf_also_ends_a_head)
{
	ck_assert_uint_eq(http_head_length("a\n\nb", 4, 0), 3);
	ck_assert_uint_eq(http_head_length("a\n\r\nb", 5, 0), 4);
	ck_assert_uint_eq(http_head_length("a\r\n\nb", 5, 0), 4);
	ck_assert_uint_eq(http_head_length("a\n\r\n", 4, 3), 4);
	ck_assert_uint_eq(http_head_length("a\n\r\r\n", 5, 0), 0);
	ck_assert_uint_eq(http_head_length("a\r\n\rb\n", 6, 0), 0);
}

TEST(an_empty_first_line_ends_a_head)
{
	ck_assert_uint_eq(http_head_length("\r\nGET", 5, 0), 2);
	ck_assert_uint_eq(http_head_length("\nGET", 4, 0), 1);
	ck_assert_uint_eq(http_head_length("\r", 1, 0), 0);
	ck_assert_uint_eq(http_head_length("", 0, 0), 0);
}

TEST(the_query_begins_after_the_first_question_mark)
{
	assert_variable("GET /a?b?c HTTP/1.1\r\nHost: h\r\n\r\n", "SCRIPT_NAME",
			"/a");
	assert_variable("GET /a?b?c HTTP/1.1\r\nHost: h\r\n\r\n",
			"QUERY_STRING", "b?c");
	assert_variable("GET /a? HTTP/1.1\r\nHost: h\r\n\r\n", "QUERY_STRING",
			"");
	assert_variable("GET /a? HTTP/1.1\r\nHost: h\r\n\r\n", "REQUEST_URI",
			"/a?");
	assert_variable("GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "QUERY_STRING",
			"");
	assert_variable("GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "SCRIPT_NAME",
			"/a");
}

TEST(a_proxy_states_the_budget_before_the_path)
{
	static const char head[] =
	    "GET /PUSH_BUDGET=worker/a/b?c=/d HTTP/1.1\r\nHost: a\r\n\r\n";

	assert_variable(head, "PUSH_BUDGET", "worker");
	assert_variable(head, "REQUEST_URI", "/a/b?c=/d");
	assert_variable(head, "SCRIPT_NAME", "/a/b");
	assert_variable(head, "QUERY_STRING", "c=/d");
}

TEST(another_path_or_a_field_states_no_budget)
{
	static const char *const targets[] = {
	    "/PUSH_BUDGET=worker", "/PUSH_BUDGET=/a", "/push_budget=worker/a",
	    "/a/PUSH_BUDGET=worker/b", "/a?/PUSH_BUDGET=worker/b"};
	char head[200];

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		snprintf(head, sizeof(head),
			 "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", targets[i]);
		assert_variable(head, "PUSH_BUDGET", NULL);
	}
	assert_variable(GET "Push-Budget: worker\r\n\r\n", "PUSH_BUDGET", NULL);
	assert_variable(GET "PUSH_BUDGET: worker\r\n\r\n", "PUSH_BUDGET", NULL);
}

TEST(values_are_trimmed)
{
	assert_variable(GET "A: \t b\tc d \t\r\n\r\n", "HTTP_A", "b\tc d");
	assert_variable(GET "A:b\r\n\r\n", "HTTP_A", "b");
	assert_variable(GET "A: \t \r\n\r\n", "HTTP_A", "");
	assert_variable(GET "A:\r\n\r\n", "HTTP_A", "");
}

TEST(a_value_may_contain_colons_equals_signs_and_high_bytes)
{
	assert_variable(GET "A: b:c=\x80\xff\r\n\r\n", "HTTP_A",
			"b:c=\x80\xff");
}

TEST(a_name_may_be_any_token)
{
	assert_variable(GET "a-Z0!#$%&'*+.^`|~: b\r\n\r\n",
			"HTTP_A_Z0!#$%&'*+.^`|~", "b");
}

TEST(fields_of_one_name_are_joined_in_order)
{
	assert_variable(GET "X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nX-A:\r\n"
			    "X-A: 4\r\n\r\n",
			"HTTP_X_A", "1, 3, , 4");
	assert_variable(GET "X-A: 1\r\nX-AB: 2\r\n\r\n", "HTTP_X_A", "1");
}

TEST(cookies_are_joined_by_semicolons)
{
	assert_variable(GET "Cookie: a=1\r\ncookie: b=2; c=3\r\n\r\n",
			"HTTP_COOKIE", "a=1; b=2; c=3");
}

TEST(the_last_forwarded_address_is_remote_addr)
{
	static const char text[] = GET "X-Forwarded-For: 127.0.0.1,a\r\n"
				       "X-Forwarded-For: b , \t2001:db8::7 \r\n"
				       "\r\n";

	assert_variable(text, "REMOTE_ADDR", "2001:db8::7");
	assert_variable(text, "HTTP_X_FORWARDED_FOR", "127.0.0.1,a, b");
}

TEST(the_last_of_several_forwarded_for_fields_counts)
{
	static const char text[] = GET "X-Forwarded-For: 127.0.0.1\r\n"
				       "x-forwarded-for: 192.0.2.7\r\n\r\n";

	assert_variable(text, "REMOTE_ADDR", "192.0.2.7");
	assert_variable(text, "HTTP_X_FORWARDED_FOR", "127.0.0.1");
}

TEST(a_single_address_leaves_no_forwarded_for)
{
	assert_variable(GET "X-Forwarded-For: 192.0.2.7\r\n\r\n",
			"HTTP_X_FORWARDED_FOR", NULL);
	assert_variable(GET "X-Forwarded-For: , 192.0.2.7\r\n\r\n",
			"HTTP_X_FORWARDED_FOR", NULL);
	assert_variable(GET "X-Forwarded-For: , 192.0.2.7\r\n\r\n",
			"REMOTE_ADDR", "192.0.2.7");
}

TEST(remote_addr_is_empty_without_an_address)
{
	assert_variable(GET "\r\n", "REMOTE_ADDR", "");
	assert_variable(GET "X-Forwarded-For:\r\n\r\n", "REMOTE_ADDR", "");
	assert_variable(GET "X-Forwarded-For: 127.0.0.1,\r\n\r\n",
			"REMOTE_ADDR", "");
	assert_variable(GET "X-Forwarded-For: 127.0.0.1,\r\n\r\n",
			"HTTP_X_FORWARDED_FOR", "127.0.0.1");
}

TEST(a_client_cannot_forge_remote_addr)
{
	static const char text[] = GET "X_Forwarded_For: 127.0.0.1\r\n"
				       "X-Forwarded_For: 127.0.0.1\r\n"
				       "REMOTE_ADDR: 127.0.0.1\r\n"
				       "Remote-Addr: 127.0.0.1\r\n"
				       "X-Forwarded-For: 192.0.2.7\r\n"
				       "\r\n";

	assert_variables(text, "REQUEST_METHOD=GET\nREQUEST_URI=/\n"
			       "SCRIPT_NAME=/\nQUERY_STRING=\n"
			       "SERVER_PROTOCOL=HTTP/1.1\n"
			       "REMOTE_ADDR=192.0.2.7\nHTTP_HOST=h\n"
			       "HTTP_REMOTE_ADDR=127.0.0.1\n");
}

TEST(proxy_becomes_no_variable)
{
	assert_variable(GET "Proxy: a\r\npROXY: b\r\n\r\n", "HTTP_PROXY", NULL);
	assert_variable(GET "Proxy-x: a\r\n\r\n", "HTTP_PROXY_X", "a");
}

TEST(content_length_0_is_allowed)
{
	assert_variable(GET "Content-Length: 0\r\n\r\n", "HTTP_CONTENT_LENGTH",
			NULL);
	assert_variable(GET "Content-Length: 000\r\n\r\n", "CONTENT_LENGTH",
			NULL);
}

TEST(a_head_may_have_100_fields)
{
	struct http_head head;
	struct buf text;
	size_t count = 0;

	buf_init(&text, 100000);
	buf_puts(&text, GET);
	for (size_t i = 1; i < HTTP_FIELDS_MAX; i++)
		buf_printf(&text, "A%zu: %zu\r\n", i, i);
	buf_puts(&text, "\r\n");
	head = read_head(text.bytes, text.len);
	while (head.variables[count] != NULL)
		count++;
	ck_assert_uint_eq(count, HTTP_FIELDS_MAX + 6);
	ck_assert_str_eq(head.variables[count - 1], "HTTP_A99=99");
	http_head_free(&head);
	buf_free(&text);
}

TEST(a_head_of_one_megabyte)
{
	struct http_head head;
	struct buf text;

	buf_init(&text, 2000000);
	buf_puts(&text, GET "X-Long: ");
	for (size_t i = 0; i < 1000000; i++)
		buf_putc(&text, 'x');
	buf_puts(&text, "\r\n\r\n");
	head = read_head(text.bytes, text.len);
	ck_assert_uint_eq(strlen(head.variables[7]),
			  strlen("HTTP_X_LONG=") + 1000000);
	http_head_free(&head);
	buf_free(&text);
}

TEST(free_empties_and_may_be_repeated)
{
	struct http_head zeroed = {0};
	struct http_head head = read_head(upgrade, strlen(upgrade));

	http_head_free(&head);
	ck_assert_ptr_null(head.variables);
	ck_assert_uint_eq(head.bytes.len, 0);
	http_head_free(&head);
	http_head_free(&zeroed);
}
