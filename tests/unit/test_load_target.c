/* SPDX-License-Identifier: MIT */
/* Tests of bench/load/target.c. */
#include "config.h"

#include "bench/load/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/suite.h"

#define PUBLISH "publish=/pub?id={channel}\n"
#define PLACE	"address=127.0.0.1:8080\nsubscribe=/sub?c={channel}\n"

static struct target t;
static char out[1024];

/* Whether it is a description. */
static bool
reads(const char *text)
{
	char path[] = "/tmp/pushcgi-target-XXXXXX";
	int fd = mkstemp(path);
	bool good;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	good = target_read(&t, path);
	unlink(path);
	return good;
}

TEST(a_request_names_the_channel)
{
	ck_assert(reads(PLACE PUBLISH "framing=sse\nheader=X-One: 1\n"
				      "header=X-Two: 2\n# a comment\n"));
	ck_assert_uint_gt(target_request(&t, out, sizeof(out), 17, NULL), 0);
	ck_assert_str_eq(out, "GET /sub?c=c17 HTTP/1.1\r\nHost: localhost\r\n"
			      "X-One: 1\r\nX-Two: 2\r\n\r\n");
	target_free(&t);
}

TEST(a_cursor_is_sent_back_in_a_header)
{
	ck_assert(reads(PLACE PUBLISH
			"cursor=id\n"
			"resume_header=Last-Event-ID: {cursor}\n"));
	ck_assert(target_resumes(&t));
	target_request(&t, out, sizeof(out), 0, "5-0");
	ck_assert_str_eq(out, "GET /sub?c=c0 HTTP/1.1\r\nHost: localhost\r\n"
			      "Last-Event-ID: 5-0\r\n\r\n");
	target_free(&t);
}

TEST(a_cursor_is_sent_back_in_the_path)
{
	ck_assert(reads(PLACE PUBLISH
			"cursor=json\n"
			"resume_path=/sub?c={channel}&since={cursor}\n"));
	target_request(&t, out, sizeof(out), 1, "5-0");
	ck_assert(strstr(out, "GET /sub?c=c1&since=5-0 HTTP/1.1\r\n") == out);
	target_free(&t);
}

TEST(the_headers_of_a_response_are_sent_back_as_they_are)
{
	ck_assert(reads(PLACE PUBLISH "cursor=etag\n"));
	ck_assert(target_resumes(&t));
	target_request(&t, out, sizeof(out), 1, "If-None-Match: 1\r\n");
	ck_assert(strstr(out, "\r\nIf-None-Match: 1\r\n\r\n"));
	target_free(&t);
}

TEST(without_a_way_to_resume_nobody_comes_back)
{
	ck_assert(reads(PLACE PUBLISH "cursor=id\n"));
	ck_assert(!target_resumes(&t));
	target_free(&t);
}

TEST(a_publication_has_its_length)
{
	ck_assert(reads(PLACE PUBLISH "publish_header=X-Key: 1\n"
				      "publish_body={\"d\":\"{data}\\n\"}\n"));
	ck_assert_uint_eq(target_publication(&t, out, sizeof(out), 3, "abc"),
			  strlen(out));
	ck_assert_str_eq(out, "POST /pub?id=c3 HTTP/1.1\r\n"
			      "Host: localhost\r\nX-Key: 1\r\n"
			      "Content-Length: 12\r\n\r\n"
			      "{\"d\":\"abc\n\"}");
	target_free(&t);
}

TEST(the_fastest_way_is_a_line_for_a_command)
{
	ck_assert(reads(PLACE PUBLISH "fast_command=cat\nfast_line={data}\n"));
	target_be_fast(&t);
	ck_assert_str_eq(t.publish_command, "cat");
	target_publication(&t, out, sizeof(out), 0, "abc");
	ck_assert_str_eq(out, "abc\n");
	target_free(&t);
}

TEST(what_does_not_fit_is_not_written)
{
	ck_assert(reads(PLACE PUBLISH));
	ck_assert_uint_eq(target_request(&t, out, 20, 0, NULL), 0);
	ck_assert_uint_eq(target_publication(&t, out, 20, 0, "abc"), 0);
	target_free(&t);
}

TEST(a_description_without_an_address_is_refused)
{
	ck_assert(!reads("subscribe=/sub\n" PUBLISH));
	target_free(&t);
}

TEST(a_description_without_a_way_to_publish_is_refused)
{
	ck_assert(!reads(PLACE));
	target_free(&t);
}

TEST(a_framing_that_is_not_known_is_refused)
{
	ck_assert(!reads(PLACE PUBLISH "framing=smoke\n"));
	target_free(&t);
}
