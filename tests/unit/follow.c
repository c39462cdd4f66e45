/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/follow.h"

#include <string.h>

#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct wheel wheel;
static struct channels channels;

static void
say(struct follower *follower, const char *word)
{
	struct follow *f = follower->owner;
	size_t at = strlen(f->text);

	ck_assert_uint_lt(at + strlen(word) + 1, FOLLOW_TEXT_SIZE);
	if (at > 0)
		f->text[at++] = ' ';
	strcpy(f->text + at, word);
}

static void
deliver(struct follower *follower, struct delivery *d)
{
	struct follow *f = follower->owner;

	if (d->message != NULL) {
		f->messages++;
		say(follower, d->message->data);
		return;
	}
	f->gaps++;
	f->gap = d->gap;
	f->gap_place = delivery_id(d);
	say(follower, "gap");
}

static void
ready(struct follower *follower)
{
	say(follower, "ready");
}

static void
away(struct follower *follower)
{
	say(follower, "away");
}

static const struct follower_handler handler = {
    .deliver = deliver,
    .ready = ready,
    .away = away,
};

struct conf *
follow_conf(void)
{
	redis_server_conf(&conf, "", "");
	conf.bus_timeout = 10;
	conf.bus_audit = 1;
	return &conf;
}

void
follow_open(void)
{
	wheel_init(&wheel, turn_loop());
	ck_assert(channels_open(&channels, turn_loop(), &wheel, &conf));
}

void
follow_close(void)
{
	channels_close(&channels);
	wheel_free(&wheel);
	turn_end();
}

struct channels *
follow_channels(void)
{
	return &channels;
}

void
follow_start(struct follow *f, const char *channel)
{
	memset(f, 0, sizeof(*f));
	f->follower.handler = &handler;
	f->follower.owner = f;
	f->channel =
	    channel_follow(&channels, channel, strlen(channel), &f->follower);
	ck_assert_ptr_nonnull(f->channel);
}

void
follow_stop(struct follow *f)
{
	channel_leave(f->channel, &f->follower);
}
