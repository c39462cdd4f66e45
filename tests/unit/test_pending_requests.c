/* SPDX-License-Identifier: MIT */
/* shared/net/pending_requests.c */
#include "config.h"

#include "shared/net/pending_requests.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

static struct ev_loop *loop;
static struct wheel wheel;
static struct pending_requests all;

static void
start(void)
{
	fake_clock_restart();
	loop = ev_loop_new(EVFLAG_AUTO);
	wheel_init(&wheel, loop);
	pending_requests_init(&all, &wheel);
}

static void
stop(void)
{
	pending_requests_free(&all);
	wheel_free(&wheel);
	ev_loop_destroy(loop);
}

static struct tcp_identity
connection(unsigned int number)
{
	return (struct tcp_identity){
	    .peer = {127, 0, 0, 1},
	    .local = {127, 0, 0, 1},
	    .peer_port = (uint16_t)(1 + number % 65535),
	    .local_port = (uint16_t)(80 + number / 65535)};
}

static void
add(unsigned int number, const char *query)
{
	char variable[64], *variables[] = {variable, NULL};
	const struct request r = {.variables = variables};
	struct tcp_identity id = connection(number);

	snprintf(variable, sizeof(variable), "QUERY_STRING=%s", query);
	pending_requests_add(&all, pending_request_new(&id, &r));
}

/* "": there is none. */
static const char *
take(unsigned int number)
{
	static char query[64];
	struct tcp_identity id = connection(number);
	struct pending_request *p = pending_requests_take(&all, &id);

	query[0] = '\0';
	if (p != NULL)
		snprintf(query, sizeof(query), "%s",
			 request_get(&p->request, "QUERY_STRING"));
	pending_request_free(p);
	return query;
}

static void
pass(unsigned int ms)
{
	fake_clock_advance(ms);
	wheel_turn(&wheel);
}

TEST(a_request_is_taken_once_by_its_connection)
{
	start();
	ck_assert_str_eq(take(1), "");
	add(1, "one");
	add(2, "two");
	ck_assert_str_eq(take(3), "");
	ck_assert_str_eq(take(2), "two");
	ck_assert_str_eq(take(2), "");
	ck_assert_str_eq(take(1), "one");
	ck_assert_uint_eq(all.count, 0);
	ck_assert_uint_eq(all.bytes, 0);
	stop();
}

TEST(it_is_a_copy)
{
	char variable[] = "A=b", *variables[] = {variable, NULL};
	const struct request r = {.variables = variables};
	struct tcp_identity id = connection(1);
	struct pending_request *p;

	start();
	p = pending_request_new(&id, &r);
	variable[2] = 'c';
	ck_assert_str_eq(request_get(&p->request, "A"), "b");
	request_get(&p->request, "A")[0] = 'd';
	ck_assert_str_eq(variable, "A=c");
	pending_request_free(p);
	stop();
}

TEST(of_two_that_differ_under_one_name_neither_is_taken)
{
	start();
	add(1, "of one that left");
	add(1, "of one from its port");
	ck_assert_uint_eq(all.count, 1);
	ck_assert_str_eq(take(1), "");
	add(1, "of one from its port");
	ck_assert_str_eq(take(1), "");
	add(2, "another");
	ck_assert_str_eq(take(2), "another");
	pass(PENDING_KNOWN_MS + 2 * WHEEL_TICK_MS);
	ck_assert_uint_eq(all.count, 0);
	add(1, "later");
	ck_assert_str_eq(take(1), "later");
	stop();
}

TEST(a_request_that_is_asked_about_twice_is_taken_once)
{
	start();
	add(1, "same");
	add(1, "same");
	ck_assert_uint_eq(all.count, 1);
	ck_assert_str_eq(take(1), "same");
	ck_assert_str_eq(take(1), "");
	stop();
}

TEST(one_whose_socket_never_came_makes_the_next_ambiguous)
{
	start();
	add(1, "older");
	pass(PENDING_KNOWN_MS - 1);
	add(1, "newer");
	ck_assert_str_eq(take(1), "");
	stop();
}

TEST(one_that_is_no_longer_known_makes_no_other_ambiguous)
{
	start();
	add(1, "older");
	fake_clock_advance(PENDING_KNOWN_MS);
	add(1, "newer");
	ck_assert_str_eq(take(1), "newer");
	stop();
}

TEST(no_part_of_another_connection_suffices)
{
	struct tcp_identity id = connection(1), other;
	uint8_t *bytes = (uint8_t *)&other;
	struct pending_request *p;

	start();
	add(1, "mine");
	for (size_t i = 0; i < sizeof(id); i++) {
		other = id;
		bytes[i] ^= 1;
		ck_assert_ptr_null(pending_requests_take(&all, &other));
	}
	p = pending_requests_take(&all, &id);
	ck_assert_ptr_nonnull(p);
	pending_request_free(p);
	stop();
}

TEST(it_is_not_taken_after_its_time)
{
	start();
	add(1, "one");
	add(2, "two");
	fake_clock_advance(PENDING_LIFE_MS - 1);
	ck_assert_str_eq(take(1), "one");
	fake_clock_advance(1);
	ck_assert_str_eq(take(2), "");
	stop();
}

TEST(it_is_forgotten_when_no_socket_can_come_any_more)
{
	start();
	add(1, "one");
	pass(PENDING_KNOWN_MS / 2);
	add(2, "two");
	pass(PENDING_KNOWN_MS / 2 - WHEEL_TICK_MS);
	ck_assert_uint_eq(all.count, 2);
	pass(3 * WHEEL_TICK_MS);
	ck_assert_uint_eq(all.count, 1);
	pass(PENDING_KNOWN_MS / 2);
	ck_assert_uint_eq(all.count, 0);
	ck_assert_uint_eq(all.bytes, 0);
	add(3, "three");
	pass(PENDING_KNOWN_MS + 2 * WHEEL_TICK_MS);
	ck_assert_uint_eq(all.count, 0);
	stop();
}

TEST(a_request_that_is_asked_about_again_begins_its_time_anew)
{
	start();
	add(1, "same");
	pass(PENDING_LIFE_MS - WHEEL_TICK_MS);
	add(1, "same");
	pass(PENDING_LIFE_MS - WHEEL_TICK_MS);
	ck_assert_str_eq(take(1), "same");
	stop();
}

TEST(above_their_number_the_oldest_are_forgotten)
{
	start();
	for (unsigned int i = 0; i < PENDING_MAX + 3; i++)
		add(i, "q");
	ck_assert_uint_eq(all.count, PENDING_MAX);
	ck_assert_str_eq(take(2), "");
	ck_assert_str_eq(take(3), "q");
	ck_assert_str_eq(take(PENDING_MAX + 2), "q");
	stop();
}

TEST(above_their_bytes_the_oldest_are_forgotten)
{
	enum { SIZE = 1 << 20 };
	char *text = malloc(SIZE), *variables[] = {text, NULL};
	const struct request r = {.variables = variables};

	start();
	ck_assert_ptr_nonnull(text);
	memset(text, 'a', SIZE);
	text[SIZE - 1] = '\0';
	for (unsigned int i = 0; i < 20; i++) {
		struct tcp_identity id = connection(i);

		pending_requests_add(&all, pending_request_new(&id, &r));
		ck_assert_uint_le(all.bytes, PENDING_BYTES);
	}
	ck_assert_uint_eq(all.count, PENDING_BYTES / SIZE - 1);
	free(text);
	stop();
}

TEST(many_come_and_go_and_none_is_mixed_up)
{
	char query[16];

	start();
	for (unsigned int i = 0; i < 20000; i++) {
		snprintf(query, sizeof(query), "%u", i);
		add(i, query);
		if (i % 3 == 0)
			ck_assert_str_eq(take(i), query);
		if (i >= 1000 && (i - 1000) % 3 != 0) {
			snprintf(query, sizeof(query), "%u", i - 1000);
			ck_assert_str_eq(take(i - 1000), query);
		}
	}
	stop();
}
