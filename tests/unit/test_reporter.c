/* SPDX-License-Identifier: MIT */
/* shared/app/reporter.c and canary.c with fcgi/status.c. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "shared/app/reporter.h"
#include "shared/base/clock.h"
#include "shared/base/xalloc.h"
#include "tests/unit/client.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

#define WELL "\"up\":true,\"subscription\":true"

/* The entry of a program of `host`, or of this one; its pid is `n`. */
static void
put_entry(unsigned int n, const char *host, const char *program,
	  const char *redis)
{
	char here[64] = "", json[800];
	uint64_t now = (uint64_t)time(NULL);

	gethostname(here, sizeof(here) - 1);
	snprintf(json, sizeof(json),
		 "{\"v\":1,\"id\":\"%016x\",\"host\":\"%s\",\"pid\":%u,"
		 "\"program\":\"%s\",\"started\":%" PRIu64 ",\"at\":%" PRIu64
		 "000,\"interval\":60,\"redis\":{%s}}",
		 n, host != NULL ? host : here, n, program, now, now, redis);
	redis_ask("SET push:entry:%016x %s", n, json);
	redis_ask("ZADD push:entries %" PRIu64 "000 %016x", now + 60, n);
}

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_status);
	stage.conf.access_status = WHO_LOOPBACK;
	stage_open();
}

static struct client *
get(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(c->ended && c->closed);
	return c;
}

/* With one more variable. */
static struct client *
ask(const char *method, const char *query, const char *name, const char *value)
{
	struct client *c = xcalloc(1, sizeof(*c));
	struct buf request;

	client_begin(&request, method);
	client_variable(&request, "QUERY_STRING", query);
	client_variable(&request, name, value);
	client_finish(&request, "");
	stage_ask(c, &request);
	return c;
}

static void
assert_has(const struct client *c, const char *text)
{
	if (!client_has(c, text))
		ck_abort_msg("no %s in %s", text, c->text);
}

/* --- reports -------------------------------------------------------------- */

TEST(the_report_is_made_of_the_entries_in_redis)
{
	struct client *c;

	open_all();
	put_entry(1, NULL, "sse", WELL);
	put_entry(2, "web2", "poll", WELL);
	c = get("format=json");
	assert_has(c, "Status: 200 ");
	assert_has(c, "Cache-Control: private, no-store\r\n");
	assert_has(c, "\"program\":\"sse\"");
	assert_has(c, "\"host\":\"web2\"");
	assert_has(get("format=prometheus"), "pushcgi_processes 2\n");
	assert_has(get("format=html"), "All is well. 2 processes on 2 hosts");
	stage_close();
}

/* On a busy machine what is done in a second may take longer: once more. */
static uint64_t begun_ms;

static void
begin_a_second(void)
{
	turn_for(1.1); /* nothing is fresh */
	begun_ms = clock_ms();
}

static bool
took_longer(void)
{
	return clock_ms() - begun_ms >= 1000;
}

TEST(requests_of_one_second_share_one_read)
{
	struct client *c;

	open_all();
	put_entry(1, NULL, "sse", WELL);
	do {
		redis_ask("ZREM push:entries %016x", 2);
		begin_a_second();
		assert_has(get("format=prometheus"), "pushcgi_processes 1\n");
		put_entry(2, NULL, "poll", WELL);
		c = get("format=prometheus");
	} while (took_longer());
	assert_has(c, "pushcgi_processes 1\n");
	turn_for(1.1);
	assert_has(get("format=prometheus"), "pushcgi_processes 2\n");
	stage_close();
}

TEST(a_head_has_no_body)
{
	struct client *c;

	open_all();
	c = ask("HEAD", "format=json", "X", "");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "Status: 200 ");
	ck_assert(!client_has(c, "{"));
	stage_close();
}

TEST(other_methods_and_formats_are_refused)
{
	struct client *c;

	open_all();
	c = ask("POST", "", "X", "");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "Status: 405 ");
	assert_has(c, "Allow: GET, HEAD, OPTIONS");
	assert_has(get("format=xml"), "Status: 400 ");
	assert_has(get("health=0"), "Status: 400 ");
	stage_close();
}

TEST(strangers_are_refused)
{
	struct client *c;

	open_all();
	c = ask("GET", "format=json", "HTTP_X_FORWARDED_FOR", "192.0.2.1");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "Status: 403 ");
	assert_has(c, "access.status");
	c = ask("GET", "health=1", "HTTP_X_FORWARDED_FOR", "192.0.2.1");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "Status: 403 ");
	ck_assert_str_eq(redis_ask("EXISTS push:{pushcgi-health}:log"), "0");
	stage_close();
}

TEST(pages_of_other_sites_ask_for_no_health_and_no_events)
{
	static const char *const queries[] = {"health=1", "format=sse",
					      "health=1&format=json"};
	struct client *c;

	open_all();
	for (size_t i = 0; i < 3; i++) {
		c = ask("GET", queries[i], "HTTP_SEC_FETCH_SITE", "cross-site");
		TURN_UNTIL(c->ended && c->closed);
		assert_has(c, "Status: 403 ");
		assert_has(c, "Pages of other sites");
	}
	ck_assert_str_eq(redis_ask("EXISTS push:{pushcgi-health}:log"), "0");
	c = ask("GET", "", "HTTP_SEC_FETCH_SITE", "cross-site");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "Status: 200 ");
	stage_close();
}

TEST(while_redis_is_down_a_report_says_so)
{
	struct client *c;

	redis_server_prepare();
	stage_conf(&technique_status);
	stage_open();
	c = get("format=json");
	assert_has(c, "Status: 503 ");
	assert_has(c, "\"ok\":false,\"fault\":\"The state of the processes "
		      "could not be read from Redis: ");
	assert_has(get("format=html"), "Status: 503 ");
	assert_has(get("health=1"), "Status: 503 ");
	stage_close();
}

TEST(a_client_that_leaves_before_its_report_is_forgotten)
{
	struct client *c, *other;

	open_all();
	assert_has(get("format=json"), "Status: 200 ");
	redis_server_freeze();
	turn_for(1.1);
	c = stage_get("format=json");
	other = stage_get("health=1");
	turn_for(0.1);
	client_leave(c);
	client_leave(other);
	TURN_UNTIL(stage.conns.count == 0);
	redis_server_thaw();
	turn_for(0.2);
	assert_has(get("format=json"), "Status: 200 ");
	stage_close();
}

/* --- health --------------------------------------------------------------- */

TEST(health_is_ok_when_the_message_came_back_and_all_programs_hear)
{
	struct client *c;

	open_all();
	put_entry(1, NULL, "sse", WELL);
	c = get("health=1");
	assert_has(c, "Status: 200 ");
	assert_has(c, "\r\n\r\nok\n");
	assert_has(c, "Cache-Control: private, no-store\r\n");
	ck_assert_str_eq(redis_ask("XLEN push:{pushcgi-health}:log"), "1");
	stage_close();
}

TEST(health_names_the_deaf_program_of_this_host)
{
	struct client *c;

	open_all();
	put_entry(1, NULL, "sse", WELL);
	put_entry(2, NULL, "longpoll", "\"up\":true,\"subscription\":false");
	c = get("health=1");
	assert_has(c, "Status: 503 ");
	assert_has(c, "longpoll (pid 2) on ");
	ck_assert(!client_has(c, "sse (pid 1)"));
	assert_has(get("health=1&format=json"), "\"program\":\"longpoll\"");
	stage_close();
}

TEST(a_deaf_program_of_another_host_is_its_own_concern)
{
	open_all();
	put_entry(1, "web2", "sse", "\"up\":true,\"subscription\":false");
	assert_has(get("health=1"), "Status: 200 ");
	assert_has(get("format=json"), "\"ok\":false");
	stage_close();
}

TEST(all_who_ask_in_a_second_share_one_message)
{
	struct client *c[3];

	open_all();
	assert_has(get("format=json"), "Status: 200 ");
	do {
		redis_ask("DEL push:{pushcgi-health}:log");
		begin_a_second();
		for (size_t i = 0; i < 3; i++)
			c[i] = stage_get("health=1");
		for (size_t i = 0; i < 3; i++) {
			TURN_UNTIL(c[i]->ended && c[i]->closed);
			assert_has(c[i], "Status: 200 ");
		}
		assert_has(get("health=1"), "Status: 200 ");
	} while (took_longer());
	ck_assert_str_eq(redis_ask("XLEN push:{pushcgi-health}:log"), "1");
	turn_for(1.1);
	assert_has(get("health=1"), "Status: 200 ");
	ck_assert_str_eq(redis_ask("XLEN push:{pushcgi-health}:log"), "2");
	stage_close();
}

/* Who else may read the channel of the checks can publish a copy. */
TEST(a_copy_of_the_message_does_not_count)
{
	struct canary canary = {.step = CANARY_PUBLISH, .data = "abc"};
	struct message message = {.id = {5, 0}, .data = text_of("abc")};

	canary_message(&canary, &message);
	message.id.ms = 6;
	canary_message(&canary, &message);
	ck_assert_uint_eq(canary.received.ms, 5);
}

TEST(a_redis_that_stores_nothing_is_not_healthy)
{
	struct client *c;

	open_all();
	assert_has(get("health=1"), "Status: 200 ");
	redis_ask("CONFIG SET maxmemory 1");
	turn_for(1.1);
	c = get("health=1");
	assert_has(c, "Status: 503 ");
	assert_has(c, "Redis did not store a message");
	stage_close();
}

TEST(health_without_the_right_to_publish_is_503_and_logged)
{
	char text[8192] = "";
	int log = memfd_create("log", 0);

	ck_assert_int_eq(dup2(log, STDERR_FILENO), STDERR_FILENO);
	open_all();
	redis_ask("ACL SETUSER default -xadd");
	assert_has(get("format=json"), "Status: 200 ");
	ck_assert_int_eq(pread(log, text, sizeof(text) - 1, 0), 0);
	assert_has(get("health=1"), "Status: 503 ");
	ck_assert_int_gt(pread(log, text, sizeof(text) - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(text, "event=redis_rights"));
	stage_close();
	close(log);
}

TEST(a_redis_that_does_not_answer_is_503_within_its_timeout)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_status);
	stage.conf.bus_timeout = 2;
	stage_open();
	assert_has(get("health=1"), "Status: 200 ");
	redis_server_freeze();
	turn_for(1.1);
	c = get("health=1");
	assert_has(c, "Status: 503 ");
	redis_server_thaw();
	stage_close();
}

/* --- events --------------------------------------------------------------- */

TEST(a_viewer_gets_an_event_each_period)
{
	struct client *c;

	open_all();
	put_entry(1, NULL, "sse", WELL);
	assert_has(get("format=html"),
		   "Status: 200 "); /* the events are fresh */
	c = stage_get("format=sse");
	TURN_UNTIL(client_count(c, "\ndata: <h1") == 1);
	assert_has(c, "Content-Type: text/event-stream\r\n");
	put_entry(2, NULL, "poll", WELL);
	TURN_UNTIL(client_count(c, "\ndata: <h1") == 2);
	assert_has(c, "2 processes on 1 host");
	ck_assert(!c->ended);
	client_leave(c);
	TURN_UNTIL(stage.conns.count == 0);
	ck_assert_uint_eq(stage.dispatch.reporter.viewer_count, 0);
	stage_close();
}

TEST(a_viewer_ends_after_a_while_so_that_it_is_asked_again)
{
	struct client *c;

	open_all();
	stage.dispatch.reporter.view_ms = 1;
	c = stage_get("format=sse");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "Status: 200 ");
	ck_assert_int_eq(client_count(c, "\ndata: <h1"), 2);
	ck_assert_uint_eq(stage.dispatch.reporter.viewer_count, 0);
	stage_close();
}

TEST(only_so_many_viewers_are_held)
{
	struct client *c[REPORTER_VIEWERS_MAX];

	open_all();
	for (size_t i = 0; i < REPORTER_VIEWERS_MAX; i++)
		c[i] = stage_get("format=sse");
	TURN_UNTIL(stage.dispatch.reporter.viewer_count ==
		   REPORTER_VIEWERS_MAX);
	assert_has(get("format=sse"), "Status: 503 ");
	assert_has(get("format=json"), "Status: 200 ");
	client_leave(c[0]);
	TURN_UNTIL(stage.dispatch.reporter.viewer_count ==
		   REPORTER_VIEWERS_MAX - 1);
	c[0] = stage_get("format=sse");
	TURN_UNTIL(client_has(c[0], "data: <h1"));
	stage_close();
}

TEST(a_viewer_that_takes_a_worker_gets_one_event)
{
	struct client *c;

	open_all();
	c = ask("GET", "format=sse", "PUSH_BUDGET", "worker");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "retry: 2000\ndata: <h1");
	stage_close();
}

TEST(a_process_that_ends_holds_no_viewer)
{
	struct client *c;

	open_all();
	dispatch_stop(&stage.dispatch);
	c = stage_get("format=sse");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "retry: 2000\ndata: <h1");
	stage_close();
}

TEST(viewers_are_cut_when_the_process_ends)
{
	struct client *c;

	open_all();
	c = stage_get("format=sse");
	TURN_UNTIL(client_has(c, "data: <h1"));
	dispatch_stop(&stage.dispatch);
	TURN_UNTIL(c->closed);
	ck_assert(!c->ended);
	stage_close();
}
