/* SPDX-License-Identifier: MIT */
/* The head of a response, as Apache is told it when a request is granted
 * (shared/app/authorizer.c). On a fake bus. */
#include "config.h"

#include "shared/app/authorizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/apache.h"
#include "tests/unit/client.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

#define SAFE                                                                   \
	"Variable-PUSHCGI_X_CONTENT_TYPE_OPTIONS: nosniff\r\n"                 \
	"Variable-PUSHCGI_REFERRER_POLICY: no-referrer\r\n"
#define ENDLESS "Variable-PUSHCGI_CONTENT_LENGTH: 9007199254740991\r\n"
#define GRANTED "Variable-PUSHCGI_HANDOFF: yes\r\n\r\n"

static void
assert_answer(const char *want)
{
	ck_assert_str_eq(apache.answer->text, want);
}

TEST(sse_gets_the_head_of_its_response_as_variables)
{
	apache_start(&technique_sse);
	apache_ask("channel=news");
	assert_answer(
	    "Status: 200 OK\r\n"
	    "Variable-PUSHCGI_CONTENT_TYPE: text/event-stream\r\n"
	    "Variable-PUSHCGI_X_CONTENT_TYPE_OPTIONS: nosniff\r\n"
	    "Variable-PUSHCGI_CACHE_CONTROL: no-cache, "
	    "no-transform\r\n"
	    "Variable-PUSHCGI_X_ACCEL_BUFFERING: no\r\n" ENDLESS GRANTED);
	ck_assert_uint_eq(stage.conns.pending.count, 1);
	apache_close();
}

TEST(longpoll_gets_a_head_without_length)
{
	apache_start(&technique_longpoll);
	apache_ask("channel=news");
	assert_answer("Status: 200 OK\r\n"
		      "Variable-PUSHCGI_CONTENT_TYPE: application/json\r\n" SAFE
		      "Variable-PUSHCGI_CACHE_CONTROL: no-store\r\n" GRANTED);
	apache_close();
}

TEST(iframe_gets_the_pages_that_may_show_it)
{
	apache_init(&technique_iframe);
	conf_set_text(&stage.conf.access_origins, "https://shop.example");
	apache_open();
	apache_ask("channel=news&origin=https://shop.example");
	ck_assert(client_has(apache.answer,
			     "Variable-PUSHCGI_CONTENT_SECURITY_POLICY: "
			     "frame-ancestors https://shop.example\r\n" SAFE));
	apache_assert_granted();
	apache_close();
}

TEST(jsonp_and_stream_are_granted)
{
	apache_start(&technique_jsonp);
	apache_ask("channel=news&callback=f");
	apache_assert_granted();
	apache_close();
	apache_start(&technique_stream);
	apache_ask("channel=news");
	apache_assert_granted();
	apache_close();
}

/* The lines of `head`, which came over FastCGI, but the status and those of the
 * connection. */
static void
assert_same_lines(const char *head)
{
	char text[512], name[128];
	const char *at = head, *end;
	size_t lines = 0;

	for (; (end = strstr(at, "\r\n")) != NULL && end > at; at = end + 2) {
		size_t len = strcspn(at, ":"), i;

		if (strncmp(at, "Status", len) == 0 ||
		    strncmp(at, "Connection", len) == 0)
			continue;
		for (i = 0; i < len; i++)
			name[i] = at[i] == '-' ? '_' : (char)(at[i] & ~0x20);
		snprintf(text, sizeof(text), "Variable-PUSHCGI_%.*s%.*s",
			 (int)len, name, (int)(end + 2 - at - (long)len),
			 at + len);
		ck_assert_msg(client_has(apache.answer, text), "%s in %s", text,
			      apache.answer->text);
		lines++;
	}
	ck_assert_uint_ge(lines, 5);
}

TEST(the_variables_are_the_head_over_fastcgi)
{
	struct buf request;
	struct client *c;

	apache_init(&technique_sse);
	conf_set_text(&stage.conf.access_origins, "https://shop.example");
	stage.conf.hold_content_length = CONTENT_LENGTH_YES;
	apache_open();
	client_begin(&request, "GET");
	client_variable(&request, "QUERY_STRING", "channel=news");
	client_variable(&request, "HTTP_ORIGIN", "https://shop.example");
	client_finish(&request, "");
	c = calloc(1, sizeof(*c));
	stage_ask(c, &request);
	TURN_UNTIL(client_has(c, "event: cursor"));
	apache_ask_with("channel=news", "HTTP_ORIGIN", "https://shop.example");
	ck_assert(client_has(apache.answer,
			     "Variable-PUSHCGI_ACCESS_CONTROL_ALLOW_ORIGIN: "
			     "https://shop.example\r\n"));
	ck_assert(client_has(apache.answer, "Variable-PUSHCGI_VARY: Origin"));
	assert_same_lines(c->text);
	apache_close();
}

TEST(an_answer_is_of_its_own_request)
{
	static const char *const origins[] = {
	    "https://a.example", "https://a.example", "https://b.example",
	    "https://a.example"};
	char want[128];

	apache_init(&technique_sse);
	conf_set_text(&stage.conf.access_origins,
		      "https://a.example https://b.example");
	apache_open();
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		apache_ask_with("channel=news", "HTTP_ORIGIN", origins[i]);
		snprintf(want, sizeof(want), "ALLOW_ORIGIN: %s\r\n",
			 origins[i]);
		ck_assert(client_has(apache.answer, want));
		apache_ask("channel=news");
		apache_assert_granted();
		ck_assert(!client_has(apache.answer, "example"));
	}
	apache_close();
}

TEST(what_needs_a_right_is_private)
{
	apache_init(&technique_sse);
	stage.conf.access_subscribe = WHO_USER;
	apache_open();
	apache_ask_as("ann", "channel=news");
	apache_assert_granted();
	ck_assert(
	    client_has(apache.answer, "CACHE_CONTROL: private, no-store"));
	apache_close();
}

TEST(the_length_is_left_out_where_the_settings_say_so)
{
	apache_init(&technique_sse);
	stage.conf.hold_content_length = CONTENT_LENGTH_NO;
	apache_open();
	apache_ask("channel=news");
	apache_assert_granted();
	ck_assert(!client_has(apache.answer, "LENGTH"));
	apache_close();
}
