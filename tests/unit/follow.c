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
record(struct subscription *subscription, const char *word)
{
	struct follow *f = subscription->owner;
	size_t at = strlen(f->text);

	ck_assert_uint_lt(at + strlen(word) + 1, FOLLOW_TEXT_SIZE);
	if (at > 0)
		f->text[at++] = ' ';
	strcpy(f->text + at, word);
}

static void
deliver(struct subscription *subscription, struct delivery *d, bool waits)
{
	struct follow *f = subscription->owner;

	if (waits)
		record(subscription, "later");
	if (d->message != NULL) {
		f->messages++;
		record(subscription, d->message->data.bytes);
		return;
	}
	f->gaps++;
	f->gap = d->gap;
	f->gap_position = d->position;
	record(subscription, "gap");
}

static void
ready(struct subscription *subscription)
{
	record(subscription, "ready");
}

static void
down(struct subscription *subscription)
{
	record(subscription, "down");
}

static void
release(struct subscription *subscription)
{
	record(subscription, "release");
}

static const struct subscription_handler handler = {
    .deliver = deliver,
    .release = release,
    .ready = ready,
    .down = down,
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
	channels_open(&channels, turn_loop(), &wheel, &conf);
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
	f->subscription.handler = &handler;
	f->subscription.owner = f;
	channels_subscribe(&channels, text_of(channel), &f->subscription);
	f->channel = f->subscription.channel;
}

void
follow_stop(struct follow *f)
{
	channels_unsubscribe(&f->subscription);
}

void
follow_open_ready(struct follow *f, unsigned int audit)
{
	redis_server_start();
	follow_conf()->bus_audit = audit;
	follow_open();
	follow_start(f, "news");
	TURN_UNTIL(channel_state(f->channel) == CHANNEL_READY);
}

void
follow_end(struct follow *f)
{
	follow_stop(f);
	follow_close();
}
