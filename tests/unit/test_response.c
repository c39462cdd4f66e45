/* SPDX-License-Identifier: MIT */
/* shared/http/response.c. */
#include "config.h"

#include "shared/http/response.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "shared/net/conn_fastcgi.h"
#include "shared/net/conn_http.h"
#include "shared/technique.h"
#include "tests/unit/peer.h"
#include "tests/unit/suite.h"

static void
own_head(const struct format *format, struct buf *out)
{
	buf_puts(out, format->envelope ? "Content-Type: text/other\r\n"
				       : "Content-Type: text/test\r\n");
}

#define SAFE                                                                   \
	"X-Content-Type-Options: nosniff\r\n"                                  \
	"Referrer-Policy: no-referrer\r\n"

static const struct technique technique = {.name = "test", .head = own_head};

static const struct format FORM;

static struct host host;
static struct problem problem;
static int fd;

static void
start(void)
{
	struct buf in;

	host_init(&host);
	buf_init(&in, 1000);
	fd = host_connect(&host);
	add_head(&in, 1, 1, "q");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q");
	buf_free(&in);
}

/* The answer is this, and the request over. */
static void
stop(const char *want)
{
	ck_assert_ptr_null(host.conn->owner);
	peer_assert(&host, fd, want);
	ck_assert_uint_eq(host.conns.busy, 0);
	close(fd);
	host_free(&host);
}

/* A request over HTTP/1.1. */
static void
start_http(void)
{
	struct buf in;

	host_init(&host);
	host.conns.http = true;
	buf_init(&in, 1000);
	fd = host_connect(&host);
	buf_puts(&in, "GET /?q HTTP/1.1\r\nHost: example.org\r\n\r\n");
	peer_send(&host, fd, &in);
	host_assert_events(&host, "request:q");
	buf_free(&in);
}

static void
stop_http(const char *want)
{
	struct buf got;

	ck_assert_ptr_null(host.conn->owner);
	buf_init(&got, 4096);
	ck_assert(peer_read(&host, fd, &got)); /* and then the end */
	suite_assert_bytes(&got, want);
	buf_free(&got);
	close(fd);
	host_free(&host);
}

/* What a whole answer is on a conn without framing. */
static void
assert_response(const struct response *a, const char *want)
{
	struct chain c;
	struct buf got;

	chain_init(&c);
	buf_init(&got, 1000);
	response_put(&c, a);
	ck_assert(chain_frame(&c, CHAIN_RAW));
	for (size_t i = 0; i < c.iov_count; i++)
		buf_put(&got, c.iov[i].iov_base, c.iov[i].iov_len);
	suite_assert_bytes(&got, want);
	buf_free(&got);
	chain_free(&c);
}

static struct buf
body_of(const char *text)
{
	struct buf body;

	buf_init(&body, 100);
	buf_puts(&body, text);
	return body;
}

TEST(a_whole_response_has_head_length_and_body)
{
	struct buf body = body_of("[]");

	assert_response(
	    &(struct response){.technique = &technique,
			       .status = 201,
			       .format = &FORM,
			       .body = &body},
	    "Status: 201 Created\r\nContent-Type: text/test\r\n" SAFE
	    "Cache-Control: no-store\r\nContent-Length: 2\r\n\r\n[]");
	buf_free(&body);
}

TEST(the_head_may_depend_on_the_format)
{
	struct buf body = body_of("[]");
	struct format format = FORM;

	format.envelope = true;
	assert_response(
	    &(struct response){.technique = &technique,
			       .status = 200,
			       .format = &format,
			       .body = &body},
	    "Status: 200 OK\r\nContent-Type: text/other\r\n" SAFE
	    "Cache-Control: no-store\r\nContent-Length: 2\r\n\r\n[]");
	buf_free(&body);
}

TEST(retry_after_is_a_header)
{
	struct buf body = body_of("");

	assert_response(&(struct response){.technique = &technique,
					   .status = 200,
					   .format = &FORM,
					   .body = &body,
					   .retry_after = 7},
			"Status: 200 OK\r\nContent-Type: text/test\r\n" SAFE
			"Cache-Control: no-store\r\nContent-Length: 0\r\n"
			"Retry-After: 7\r\n\r\n");
	buf_free(&body);
}

TEST(a_response_to_head_has_the_length_without_the_body)
{
	struct buf body = body_of("[]");

	assert_response(&(struct response){.technique = &technique,
					   .status = 200,
					   .format = &FORM,
					   .body = &body,
					   .head_only = true},
			"Status: 200 OK\r\nContent-Type: text/test\r\n" SAFE
			"Cache-Control: no-store\r\nContent-Length: 2\r\n\r\n");
	buf_free(&body);
}

TEST(a_304_has_an_etag_and_neither_body_nor_length)
{
	struct buf body = body_of("[]");

	assert_response(&(struct response){.technique = &technique,
					   .status = 304,
					   .format = &FORM,
					   .body = &body,
					   .etag = {"7-0", 3}},
			"Status: 304 Not Modified\r\n"
			"Content-Type: text/test\r\n" SAFE
			"Cache-Control: no-store\r\n"
			"ETag: \"7-0\"\r\n\r\n");
	buf_free(&body);
}

static bool
matches(const char *if_none_match)
{
	return response_tag_matches(if_none_match, (struct text){"7-0", 3});
}

TEST(a_tag_matches_itself_in_a_list)
{
	ck_assert(matches("\"7-0\""));
	ck_assert(matches("\"1-0\", \"7-0\""));
	ck_assert(matches("*"));
	ck_assert(!matches("\"7-1\""));
	ck_assert(!matches("\"17-0\""));
	ck_assert(!matches("7-0"));
	ck_assert(!matches("\"7-0"));
	ck_assert(!matches(""));
}

TEST(an_etag_marked_by_a_server_matches)
{
	ck_assert(matches("W/\"7-0\""));
	ck_assert(matches("\"7-0-gzip\""));
	ck_assert(matches("W/\"7-0;gzip\""));
	ck_assert(matches("\"7-0-br\""));
	ck_assert(!matches("\"7-0-other\""));
}

TEST(a_bad_body_is_not_sent)
{
	struct chain c;
	struct buf body;

	chain_init(&c);
	buf_init(&body, 1);
	buf_puts(&body, "too long");
	response_put(&c, &(struct response){.technique = &technique,
					    .status = 200,
					    .format = &FORM,
					    .body = &body});
	ck_assert(!chain_frame(&c, 1));
	buf_free(&body);
	chain_free(&c);
}

TEST(a_problem_is_json_that_no_cache_keeps)
{
	start();
	problem_set(&problem, 400, "No channel.");
	response_problem(host.conn, &host.chain, &technique, &problem);
	stop("out1:Status: 400 Bad Request\r\n"
	     "Content-Type: application/problem+json\r\n"
	     "Cache-Control: private, no-store\r\nContent-Length: 80\r\n" SAFE
	     "\r\n"
	     "{\"type\":\"about:blank\",\"title\":\"Bad Request\","
	     "\"status\":400,\"detail\":\"No channel.\"} out1. end1:0");
}

TEST(a_problem_can_have_allow_and_retry_after)
{
	start();
	problem_set(&problem, 405, "No.");
	problem.allow = "GET, HEAD";
	problem.retry_after = 3;
	response_problem(host.conn, &host.chain, &technique, &problem);
	stop("out1:Status: 405 Method Not Allowed\r\n"
	     "Content-Type: application/problem+json\r\n"
	     "Cache-Control: private, no-store\r\nContent-Length: 79\r\n" SAFE
	     "Allow: GET, HEAD\r\nRetry-After: 3\r\n\r\n"
	     "{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\","
	     "\"status\":405,\"detail\":\"No.\"} out1. end1:0");
}

TEST(options_has_allow)
{
	start();
	response_options(host.conn, &host.chain, "GET, HEAD, OPTIONS", "");
	stop("out1:Status: 204 No Content\r\n"
	     "Allow: GET, HEAD, OPTIONS\r\n" SAFE "\r\n out1. end1:0");
}

TEST(a_head_alone_is_the_head_of_a_stream)
{
	start();
	response_stream_head(host.conn, &host.chain, &technique, &FORM, false);
	stop("out1:Status: 200 OK\r\nContent-Type: text/test\r\n" SAFE
	     "Cache-Control: no-store\r\n\r\n out1. end1:0");
}

TEST(earlier_content_of_the_chain_is_not_sent)
{
	start();
	chain_clear(&host.chain);
	chain_add(&host.chain, "left over", 9);
	response_stream_head(host.conn, &host.chain, &technique, &FORM, false);
	stop("out1:Status: 200 OK\r\nContent-Type: text/test\r\n" SAFE
	     "Cache-Control: no-store\r\n\r\n out1. end1:0");
}

TEST(a_problem_can_have_a_challenge)
{
	start();
	problem_set(&problem, 401, "No.");
	problem.authenticate = "Bearer";
	response_problem(host.conn, &host.chain, &technique, &problem);
	stop("out1:Status: 401 Unauthorized\r\n"
	     "Content-Type: application/problem+json\r\n"
	     "Cache-Control: private, no-store\r\nContent-Length: 73\r\n" SAFE
	     "WWW-Authenticate: Bearer\r\n\r\n"
	     "{\"type\":\"about:blank\",\"title\":\"Unauthorized\","
	     "\"status\":401,\"detail\":\"No.\"} out1. end1:0");
}

/* --- pages of listed origins ---------------------------------------------- */

#define LISTED "https://shop.example"
#define MAY_READ                                                               \
	"Access-Control-Allow-Origin: " LISTED "\r\n"                          \
	"Access-Control-Allow-Credentials: true\r\n"

TEST(a_page_of_a_listed_origin_may_read_a_stream_a_response_and_a_problem)
{
	const struct format format = {.cors = LISTED};

	start();
	response_stream_head(host.conn, &host.chain, &technique, &format,
			     false);
	stop("out1:Status: 200 OK\r\nContent-Type: text/test\r\n" SAFE MAY_READ
	     "Access-Control-Expose-Headers: Retry-After\r\n"
	     "Vary: Origin\r\n"
	     "Cache-Control: no-store\r\n\r\n out1. end1:0");
	start();
	problem_set(&problem, 401, "No.");
	problem.cors = LISTED;
	response_problem(host.conn, &host.chain, &technique, &problem);
	stop("out1:Status: 401 Unauthorized\r\n"
	     "Content-Type: application/problem+json\r\n"
	     "Cache-Control: private, no-store\r\nContent-Length: 73\r\n" SAFE
		 MAY_READ "Access-Control-Expose-Headers: Retry-After\r\n"
	     "Vary: Origin\r\n\r\n"
	     "{\"type\":\"about:blank\",\"title\":\"Unauthorized\","
	     "\"status\":401,\"detail\":\"No.\"} out1. end1:0");
}

TEST(a_preflight_of_a_listed_origin_is_answered_for_a_day)
{
	start();
	response_options(host.conn, &host.chain, "GET, HEAD, OPTIONS", LISTED);
	stop("out1:Status: 204 No Content\r\nAllow: GET, HEAD, "
	     "OPTIONS\r\n" SAFE MAY_READ
	     "Access-Control-Allow-Methods: GET, HEAD\r\n"
	     "Access-Control-Allow-Headers: Authorization, Last-Event-ID, "
	     "Cache-Control\r\n"
	     "Access-Control-Max-Age: 86400\r\n"
	     "Vary: Origin\r\n\r\n out1. end1:0");
}

/* --- caches --------------------------------------------------------------- */

static void
assert_cache(const struct technique *t, const struct format *format,
	     bool is_private, const char *want)
{
	static const struct conn fastcgi = {.kind = &conn_fastcgi};
	const struct response_own own = {.line = "", .is_private = is_private};
	struct buf out;

	buf_init(&out, 1000);
	response_put_stream_head(&out, &fastcgi, t, format, &own);
	buf_putc(&out, '\0');
	ck_assert_msg(strstr(out.bytes, want) != NULL, "%s", out.bytes);
	buf_free(&out);
}

static const struct technique_stream streams;
static const struct technique_batch newest = {.newest = true},
				    validates = {.validates = true},
				    waits = {.waits = true};
static const struct technique stream = {.head = own_head, .stream = &streams},
			      http = {.head = own_head, .batch = &newest},
			      poll = {.head = own_head, .batch = &validates},
			      longpoll = {.head = own_head, .batch = &waits};

TEST(a_stream_is_neither_kept_nor_buffered_nor_changed)
{
	assert_cache(&stream, &FORM, false,
		     "Cache-Control: no-cache, no-transform\r\n"
		     "X-Accel-Buffering: no\r\n\r\n");
}

TEST(a_response_that_was_waited_for_is_not_stored)
{
	assert_cache(&longpoll, &FORM, false, "Cache-Control: no-store\r\n");
}

TEST(the_newest_message_is_revalidated)
{
	assert_cache(&http, &FORM, false, "Cache-Control: no-cache\r\n");
}

TEST(a_cache_may_answer_for_poll_max_age)
{
	const struct format minute = {.max_age = 60};

	assert_cache(&poll, &minute, false, "Cache-Control: max-age=60\r\n");
	assert_cache(&poll, &FORM, false, "Cache-Control: no-cache\r\n");
}

TEST(no_cache_keeps_a_private_response)
{
	const struct format minute = {.max_age = 60};

	assert_cache(&poll, &minute, true,
		     "Cache-Control: private, no-store\r\n");
	assert_cache(&stream, &FORM, true,
		     "Cache-Control: private, no-store, no-transform\r\n"
		     "X-Accel-Buffering: no\r\n");
}

/* --- what a page loads and links to --------------------------------------- */

static bool
has_referrer_policy(const struct technique *t)
{
	static const struct conn fastcgi = {.kind = &conn_fastcgi};
	struct buf out;
	bool has;

	buf_init(&out, 1000);
	response_put_stream_head(&out, &fastcgi, t, &FORM,
				 &(struct response_own){.line = ""});
	buf_putc(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.bytes, "nosniff\r\n"));
	has = strstr(out.bytes, "Referrer-Policy: no-referrer\r\n") != NULL;
	buf_free(&out);
	return has;
}

TEST(a_stream_has_a_referrer_policy_if_it_is_a_page)
{
	static const struct technique_stream pages = {.is_page = true};
	static const struct technique page = {.head = own_head,
					      .stream = &pages};

	ck_assert(has_referrer_policy(&page));
	ck_assert(!has_referrer_policy(&stream));
	ck_assert(has_referrer_policy(&longpoll)); /* a viewer of JSON links */
}

/* --- over HTTP/1.1 -------------------------------------------------------- */

TEST(over_http_a_problem_has_a_status_line_and_closes)
{
	start_http();
	problem_set(&problem, 400, "No channel.");
	response_problem(host.conn, &host.chain, &technique, &problem);
	stop_http(
	    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
	    "Content-Type: application/problem+json\r\n"
	    "Cache-Control: private, no-store\r\nContent-Length: 80\r\n" SAFE
	    "\r\n"
	    "{\"type\":\"about:blank\",\"title\":\"Bad Request\","
	    "\"status\":400,\"detail\":\"No channel.\"}");
}

TEST(a_problem_can_have_upgrade)
{
	start();
	problem_set(&problem, 426, "No.");
	problem.upgrade = "Upgrade: websocket\r\n";
	response_problem(host.conn, &host.chain, &technique, &problem);
	stop("out1:Status: 426 Upgrade Required\r\n"
	     "Content-Type: application/problem+json\r\n"
	     "Cache-Control: private, no-store\r\nContent-Length: 77\r\n" SAFE
	     "Upgrade: websocket\r\n\r\n"
	     "{\"type\":\"about:blank\",\"title\":\"Upgrade Required\","
	     "\"status\":426,\"detail\":\"No.\"} out1. end1:0");
}

TEST(over_http_options_closes)
{
	start_http();
	response_options(host.conn, &host.chain, "GET, OPTIONS", "");
	stop_http("HTTP/1.1 204 No Content\r\nConnection: close\r\n"
		  "Allow: GET, OPTIONS\r\n" SAFE "\r\n");
}

TEST(a_stream_of_a_length_says_once_that_the_connection_closes)
{
	static const struct conn over_http = {.kind = &conn_http},
				 fastcgi = {.kind = &conn_fastcgi};
	const struct response_own own = {.line = "", .endless = true};
	struct buf out;

	buf_init(&out, 1000);
	response_put_stream_head(&out, &over_http, &technique, &FORM, &own);
	suite_assert_bytes(&out, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
				 "Content-Type: text/test\r\n" SAFE
				 "Cache-Control: no-store\r\n"
				 "Content-Length: 9007199254740991\r\n\r\n");
	buf_clear(&out);
	response_put_stream_head(&out, &fastcgi, &technique, &FORM, &own);
	suite_assert_bytes(&out,
			   "Status: 200 OK\r\nContent-Type: text/test\r\n" SAFE
			   "Cache-Control: no-store\r\n"
			   "Content-Length: 9007199254740991\r\n"
			   "Connection: close\r\n\r\n");
	buf_free(&out);
}

TEST(the_head_of_a_stream_can_have_one_more_line)
{
	static const struct conn over_http = {.kind = &conn_http},
				 fastcgi = {.kind = &conn_fastcgi};
	struct buf out;

	buf_init(&out, 1000);
	response_put_stream_head(&out, &over_http, &technique, &FORM,
				 &(struct response_own){.line = "X: y\r\n"});
	suite_assert_bytes(&out, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
				 "Content-Type: text/test\r\n" SAFE
				 "Cache-Control: no-store\r\nX: y\r\n\r\n");
	buf_clear(&out);
	response_put_stream_head(&out, &fastcgi, &technique, &FORM,
				 &(struct response_own){.line = ""});
	suite_assert_bytes(&out,
			   "Status: 200 OK\r\nContent-Type: text/test\r\n" SAFE
			   "Cache-Control: no-store\r\n\r\n");
	buf_free(&out);
}
