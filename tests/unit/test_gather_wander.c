/* SPDX-License-Identifier: MIT */
/* hold.gather: streams come at random times of random windows, with and without
 * a cursor, and leave; each gets every message once and in order. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/gather_stage.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

enum {
	CHANNELS = 2,
	CLIENTS = 10,
	STEPS = 1500,
	SEEDS = 4,
	OTHER_MS = 70,
	TURNS = 6
};

static const char *const names[CHANNELS] = {"a", "b"};

/* Of a client: bit c of `channels`; the last message before it came. */
struct wanderer {
	struct client *client;
	unsigned int channels;
	int before[CHANNELS];
};

static struct wanderer wanderers[CLIENTS];
static int published[CHANNELS];

/* The channels have windows of different lengths. */
static void
set_gather(void *arg, const struct channel *c)
{
	struct channel *channel = (struct channel *)(uintptr_t)c;

	(void)arg;
	if (text_is(*channel_name(c), names[1]))
		channel->gather.ms = OTHER_MS;
}

static void
publish(void)
{
	int c = rand() % CHANNELS;
	char data[32];

	snprintf(data, sizeof(data), "%s%d", names[c], ++published[c]);
	fake_bus_publish(names[c], data);
}

static void
turn(void)
{
	for (int i = 0; i < TURNS; i++)
		ev_run(turn_loop(), EVRUN_NOWAIT);
	channels_each(&stage.dispatch.subscribing.channels, set_gather, NULL);
}

/* The numbers of the messages that it has got of a channel: from `before` + 1
 * on, none left out. Returns the last one. */
static int
last_of(const struct wanderer *w, int c)
{
	const char *at = w->client->text;
	int last = w->before[c];
	char want[32];

	snprintf(want, sizeof(want), "\ndata: %s", names[c]);
	while ((at = strstr(at, want)) != NULL) {
		int number = atoi(at += strlen(want));

		ck_assert_msg(number == last + 1, "after %d of %s: %d in %s",
			      last, names[c], number, w->client->text);
		last = number;
	}
	return last;
}

static void
leave(struct wanderer *w)
{
	for (int c = 0; w->client != NULL && c < CHANNELS; c++)
		if (w->channels & 1u << c)
			last_of(w, c);
	if (w->client != NULL)
		client_leave(w->client);
	w->client = NULL;
}

/* One goes on where another one is, or begins. */
static void
come(struct wanderer *w, const struct wanderer *other)
{
	char query[256], since[160] = "";

	w->channels = 1u + (unsigned int)rand() % ((1u << CHANNELS) - 1);
	memcpy(w->before, published, sizeof(published));
	if (other->client != NULL && rand() % 2 &&
	    client_has(other->client, "\nid: ")) {
		w->channels = other->channels;
		snprintf(since, sizeof(since), "&since=%s",
			 client_cursor(other->client));
		for (int c = 0; c < CHANNELS; c++)
			w->before[c] = last_of(other, c);
	}
	snprintf(query, sizeof(query), "%s%s%s",
		 w->channels & 1 ? "channel=a&" : "",
		 w->channels & 2 ? "channel=b" : "", since);
	w->client = stage_get(query);
	turn();
	TURN_UNTIL(since[0] != '\0' || client_has(w->client, "\nid: "));
}

static void
wander(void)
{
	struct wanderer *w = &wanderers[rand() % CLIENTS];
	const struct wanderer *other = &wanderers[rand() % CLIENTS];

	switch (rand() % 8) {
	case 0:
		if (w == other)
			return;
		leave(w);
		come(w, other);
		break;
	case 1:
		fake_clock_advance((uint64_t)(rand() % GATHER_MS));
		gathers_turn(
		    &stage.dispatch.subscribing.channels.common.gathers);
		turn();
		break;
	case 2:
		turn();
		break;
	default:
		publish();
	}
}

static void
start(unsigned int seed)
{
	srand(seed);
	memset(wanderers, 0, sizeof(wanderers));
	memset(published, 0, sizeof(published));
	gather_stage_start(&technique_sse);
}

TEST(each_message_comes_once_and_in_order_whoever_comes_and_leaves)
{
	for (unsigned int seed = 1; seed <= SEEDS; seed++) {
		start(seed);
		for (int step = 0; step < STEPS; step++)
			wander();
		for (int i = 0; i < 3; i++)
			gather_stage_pass(OTHER_MS);
		for (int i = 0; i < CLIENTS; i++) {
			const struct wanderer *w = &wanderers[i];

			for (int c = 0; w->client != NULL && c < CHANNELS; c++)
				if (w->channels & 1u << c)
					ck_assert_int_eq(last_of(w, c),
							 published[c]);
		}
		stage_close();
	}
}
