/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_resolver.c, redis_address.c, and redis_link.c, which uses
 * them. The resolver of the system is one of the test. */
#include "config.h"

#include "shared/bus/redis_resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/base/backoff.h"
#include "shared/conf/redis_url.h"
#include "tests/unit/fake_redis.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

/* --- the resolver of the system ------------------------------------------- */

static struct {
	const char *addresses; /* of any name, separated by spaces */
	atomic_bool hangs;
	atomic_int calls; /* for names */
	atomic_int ended; /* of them */
} dns = {.addresses = ""};

static void
wait_while_it_hangs(void)
{
	const struct timespec a_moment = {.tv_nsec = 1000 * 1000};

	while (dns.hangs)
		nanosleep(&a_moment, NULL);
}

/* Prepends an address; false: the text is none. */
static bool
prepend(struct addrinfo **list, const char *text, const char *service)
{
	struct addrinfo *info = calloc(1, sizeof(*info));
	struct sockaddr_in6 *v6 = calloc(1, sizeof(*v6));
	struct sockaddr_in *v4 = (void *)v6;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(service));
		info->ai_addrlen = sizeof(*v4);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(service));
		info->ai_addrlen = sizeof(*v6);
	} else {
		free(v6);
		free(info);
		return false;
	}
	info->ai_addr = (void *)v6;
	info->ai_family = info->ai_addr->sa_family;
	info->ai_next = *list;
	*list = info;
	return true;
}

static void
resolve_name(struct addrinfo **list, const char *service)
{
	char text[256], *rest = text, *one;

	dns.calls++;
	wait_while_it_hangs();
	snprintf(text, sizeof(text), "%s", dns.addresses);
	while ((one = strtok_r(rest, " ", &rest)) != NULL)
		prepend(list, one, service);
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	    struct addrinfo **list)
{
	*list = NULL;
	if (hints->ai_flags & AI_NUMERICHOST)
		return prepend(list, node, service) ? 0 : EAI_NONAME;
	resolve_name(list, service);
	dns.ended++;
	return *list != NULL ? 0 : EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *list)
{
	struct addrinfo *next;

	for (; list != NULL; list = next) {
		next = list->ai_next;
		free(list->ai_addr);
		free(list);
	}
}

/* --- the delay between attempts ------------------------------------------- */

static double longest; /* the limit of the last delay */

double
backoff_delay(struct backoff *b, double most)
{
	(void)b;
	longest = most;
	return 0.01;
}

/* --- addresses ------------------------------------------------------------ */

static struct redis_url url;
static struct redis_addresses found;
static int answers;

static void
parse(const char *text)
{
	ck_assert_ptr_null(redis_url_parse(&url, text));
}

TEST(a_numeric_address_needs_no_resolver)
{
	parse("redis://127.0.0.1:6380");
	ck_assert(redis_addresses_read(&found, &url));
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.at[0].text, "127.0.0.1:6380");
	parse("redis://[::1]");
	ck_assert(redis_addresses_read(&found, &url));
	ck_assert_str_eq(found.at[0].text, "[::1]:6379");
	ck_assert_int_eq(dns.calls, 0);
}

TEST(a_unix_socket_needs_no_resolver)
{
	parse("unix:///run/redis.sock");
	ck_assert(redis_addresses_read(&found, &url));
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.at[0].text, "/run/redis.sock");
}

TEST(addresses_of_ipv4_come_first)
{
	dns.addresses = "::1 127.0.0.1 ::2 127.0.0.2";
	redis_addresses_resolve(&found, "redis.example", 1);
	ck_assert_uint_eq(found.count, 4);
	ck_assert_ptr_nonnull(strstr(found.at[0].text, "127.0.0."));
	ck_assert_ptr_nonnull(strstr(found.at[1].text, "127.0.0."));
	ck_assert_ptr_nonnull(strstr(found.at[2].text, "[::"));
}

TEST(more_than_eight_addresses_are_ignored)
{
	dns.addresses = "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 "
			"127.0.0.6 127.0.0.7 127.0.0.8 127.0.0.9";
	redis_addresses_resolve(&found, "redis.example", 1);
	ck_assert_uint_eq(found.count, 8);
}

/* --- the thread ----------------------------------------------------------- */

static void
resolved(void *arg, const struct redis_addresses *addresses)
{
	(void)arg;
	answers++;
	found = *addresses;
}

static struct redis_resolver *
new_resolver(void)
{
	parse("redis://redis.example");
	return redis_resolver_new(turn_loop(), resolved, NULL);
}

TEST(a_name_is_resolved_while_the_loop_runs)
{
	struct redis_resolver *r = new_resolver();

	dns.addresses = "127.0.0.9";
	dns.hangs = true;
	ck_assert(redis_resolver_ask(r, &url));
	turn_for(0.05);
	ck_assert_int_eq(answers, 0);
	dns.hangs = false;
	TURN_UNTIL(answers == 1);
	ck_assert_str_eq(found.at[0].text, "127.0.0.9:6379");
	redis_resolver_free(r);
	turn_end();
}

TEST(a_name_that_does_not_exist_is_an_error)
{
	struct redis_resolver *r = new_resolver();

	ck_assert(redis_resolver_ask(r, &url));
	TURN_UNTIL(answers == 1);
	ck_assert_uint_eq(found.count, 0);
	ck_assert_str_eq(found.error, "Name or service not known");
	redis_resolver_free(r);
	turn_end();
}

TEST(a_question_while_another_hangs_starts_no_second_thread)
{
	struct redis_resolver *r = new_resolver();

	dns.hangs = true;
	for (int i = 0; i < 3; i++) {
		ck_assert(redis_resolver_ask(r, &url));
		turn_for(0.02);
		redis_resolver_stop(r);
	}
	ck_assert(redis_resolver_ask(r, &url));
	dns.hangs = false;
	TURN_UNTIL(answers == 1);
	ck_assert_int_eq(dns.calls, 1);
	redis_resolver_free(r);
	turn_end();
}

TEST(an_answer_about_another_host_is_no_answer)
{
	struct redis_resolver *r = new_resolver();

	dns.addresses = "127.0.0.9";
	dns.hangs = true;
	ck_assert(redis_resolver_ask(r, &url));
	redis_resolver_stop(r);
	parse("redis://other.example:7000");
	ck_assert(redis_resolver_ask(r, &url));
	dns.hangs = false;
	TURN_UNTIL(answers == 1);
	ck_assert_int_eq(dns.calls, 2);
	ck_assert_str_eq(found.at[0].text, "127.0.0.9:7000");
	redis_resolver_free(r);
	turn_end();
}

TEST(an_answer_that_nobody_waits_for_is_dropped)
{
	struct redis_resolver *r = new_resolver();

	dns.hangs = true;
	ck_assert(redis_resolver_ask(r, &url));
	redis_resolver_stop(r);
	dns.hangs = false;
	TURN_UNTIL(dns.ended == 1);
	turn_for(0.05);
	ck_assert_int_eq(answers, 0);
	redis_resolver_free(r);
	turn_end();
}

TEST(a_resolver_that_is_freed_leaves_its_thread)
{
	struct redis_resolver *r = new_resolver();

	dns.hangs = true;
	ck_assert(redis_resolver_ask(r, &url));
	redis_resolver_free(r);
	dns.hangs = false;
	TURN_UNTIL(dns.ended == 1);
	ck_assert_int_eq(answers, 0);
	turn_end();
}

TEST(signals_are_not_for_the_thread)
{
	struct redis_resolver *r = new_resolver();
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	dns.hangs = true;
	ck_assert(redis_resolver_ask(r, &url));
	sigprocmask(SIG_BLOCK, &set, &old);
	ck_assert(!sigismember(&old, SIGUSR1)); /* ours is as before */
	kill(getpid(), SIGUSR1); /* the thread would die of it, and we */
	sigpending(&set);
	ck_assert(sigismember(&set, SIGUSR1));
	dns.hangs = false;
	redis_resolver_free(r);
	turn_end();
}

/* --- a connection --------------------------------------------------------- */

/* A fake Redis on 127.0.0.1, whose URL has a name. */
static void
open_by_name(void)
{
	fake_redis_open(&trace.conf);
	snprintf(trace.conf.bus_url, sizeof(trace.conf.bus_url),
		 "redis://redis.example:%u", fake_redis.port);
	ck_assert_ptr_null(
	    redis_url_parse(&trace.conf.redis, trace.conf.bus_url));
	open_conf();
}

static void
close_fake(void)
{
	redis_conn_close(trace.conn);
	fake_redis_close();
	turn_end();
}

TEST(a_name_that_does_not_resolve_is_down_until_it_does)
{
	open_by_name();
	TURN_UNTIL(trace.downs > 1);
	ck_assert_str_eq(trace.reason,
			 "redis.example: Name or service not known");
	ck_assert_double_ge(longest, 2.); /* the resolver has work, too */
	dns.addresses = "127.0.0.1";
	TURN_UNTIL(trace.ups == 1);
	close_fake();
}

TEST(the_name_is_resolved_anew_for_each_connection)
{
	dns.addresses = "127.0.0.1";
	open_by_name();
	TURN_UNTIL(trace.ups == 1);
	dns.addresses = "127.0.0.99";
	fake_redis_hang_up("PING");
	TURN_UNTIL(trace.downs > 1);
	ck_assert_ptr_nonnull(strstr(trace.reason, "127.0.0.99:"));
	dns.addresses = "127.0.0.1";
	TURN_UNTIL(trace.ups == 2);
	close_fake();
}

TEST(bus_timeout_applies_while_the_resolver_hangs)
{
	set_bus_timeout(1);
	dns.hangs = true;
	open_by_name();
	assert_down_because(
	    "redis.example: the name is not resolved within bus.timeout");
	dns.addresses = "127.0.0.1";
	dns.hangs = false;
	TURN_UNTIL(trace.ups == 1);
	close_fake();
}

TEST(the_next_address_is_tried_when_one_refuses)
{
	/* the last one is prepended, so it is tried first */
	dns.addresses = "127.0.0.1 127.0.0.99";
	open_by_name();
	TURN_UNTIL(trace.ups == 1);
	ck_assert_uint_eq(trace.downs, 0);
	close_fake();
}

TEST(when_all_addresses_refuse_the_first_is_the_reason)
{
	char want[64];

	dns.addresses = "127.0.0.98 127.0.0.99";
	open_by_name();
	TURN_UNTIL(trace.downs == 1);
	ck_assert_double_le(longest, 0.4);
	snprintf(want, sizeof(want), "127.0.0.99:%u: Connection refused",
		 fake_redis.port);
	ck_assert_str_eq(trace.reason, want);
	close_fake();
}
