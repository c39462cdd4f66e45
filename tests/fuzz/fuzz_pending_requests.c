/* SPDX-License-Identifier: MIT */
/*
 * fuzz_pending_requests.c - requests and sockets of a few names in any order.
 *
 * Each byte is a step: a request of one of four clients comes under one of four
 * names, a socket comes, or time passes. Beside it stands a list of all that
 * was asked. A socket gets a request only if no other client has asked under
 * its name since a socket came; and does get it if it is the only one.
 */
#include "config.h"

#include <ev.h>
#include <stdio.h>

#include "shared/base/clock.h"
#include "shared/net/pending_requests.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_clock.h"

enum { NAMES = 4, ASKED_MAX = 256, STEP_MS = 1000 };

struct asked {
	uint64_t at;
	unsigned int client;
};

static struct pending_requests all;
static struct wheel wheel;

/* What was asked under each name since a socket came. */
static struct asked asked[NAMES][ASKED_MAX];
static size_t count[NAMES];

static struct tcp_identity
identity(unsigned int name)
{
	return (struct tcp_identity){.peer_port = (uint16_t)(name + 1)};
}

static void
ask(unsigned int name, unsigned int client)
{
	char variable[] = "QUERY_STRING=?", *variables[] = {variable, NULL};
	const struct request r = {.variables = variables};
	struct tcp_identity id = identity(name);

	variable[sizeof(variable) - 2] = (char)('0' + client);
	pending_requests_add(&all, pending_request_new(&id, &r));
	if (count[name] < ASKED_MAX)
		asked[name][count[name]++] = (struct asked){clock_ms(), client};
}

static uint64_t
age(const struct asked *a)
{
	return clock_ms() - a->at;
}

/* Has another client asked, too? */
static bool
is_disputed(unsigned int name, unsigned int client, uint64_t within)
{
	for (size_t i = 0; i < count[name]; i++)
		if (asked[name][i].client != client &&
		    age(&asked[name][i]) < within)
			return true;
	return false;
}

static void
take(unsigned int name)
{
	struct tcp_identity id = identity(name);
	struct pending_request *p = pending_requests_take(&all, &id);
	const struct asked *last =
	    count[name] > 0 ? &asked[name][count[name] - 1] : NULL;
	bool in_time = last != NULL && age(last) < PENDING_LIFE_MS;

	if (p == NULL) {
		check(!in_time || is_disputed(name, last->client, UINT64_MAX));
		return;
	}
	check(in_time);
	check(*request_get(&p->request, "QUERY_STRING") ==
	      (char)('0' + last->client));
	check(!is_disputed(name, last->client, PENDING_KNOWN_MS));
	pending_request_free(p);
	count[name] = 0;
}

static void
step(uint8_t byte)
{
	unsigned int name = byte % NAMES, operand = byte / NAMES % 16;

	switch (byte / 64) {
	case 0:
	case 1:
		ask(name, operand % 4);
		break;
	case 2:
		take(name);
		break;
	default:
		fake_clock_advance((byte % 64 + 1) * STEP_MS);
		if (byte % 2 == 0)
			wheel_turn(&wheel);
		break;
	}
	check(all.count <= NAMES && (all.count > 0 || all.bytes == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);

	check(loop != NULL);
	fake_clock_restart();
	wheel_init(&wheel, loop);
	pending_requests_init(&all, &wheel);
	for (unsigned int i = 0; i < NAMES; i++)
		count[i] = 0;
	for (size_t i = 0; i < len && i < ASKED_MAX; i++)
		step(bytes[i]);
	pending_requests_free(&all);
	wheel_free(&wheel);
	ev_loop_destroy(loop);
	return 0;
}
