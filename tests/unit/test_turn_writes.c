/* SPDX-License-Identifier: MIT */
/* shared/hub/fanouts.c: all that a turn of the loop brings a client is one
 * write. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fcgi/techniques.h"
#include "shared/hub/channel_sync.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

enum { MESSAGES = 10, DESCRIPTORS_MAX = 1024 };

/* --- the writes to each descriptor ---------------------------------------- */

static size_t writes[DESCRIPTORS_MAX];

ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __real_writev(int fd, const struct iovec *iov, int count);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_writev(int fd, const struct iovec *iov, int count);

ssize_t
__wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	writes[fd]++;
	return __real_send(fd, bytes, len, flags);
}

ssize_t
__wrap_writev(int fd, const struct iovec *iov, int count)
{
	writes[fd]++;
	return __real_writev(fd, iov, count);
}

/* --- clients -------------------------------------------------------------- */

/* One that is live, and what it is sent by. */
struct reader {
	struct client *client;
	int fd;
};

static size_t readers; /* of this stage */

static void
open_stage(const struct technique *technique)
{
	readers = 0;
	stage_init(technique);
	stage_open();
}

/* The newest conn is that of the newest client. */
static struct reader
reader_of(struct client *c)
{
	struct reader r = {.client = c};

	readers++;
	TURN_UNTIL(client_has(c, "cursor"));
	TURN_UNTIL(stage_live() == readers);
	r.fd = LIST_FIRST(&stage.conns.open)->out;
	writes[r.fd] = 0;
	return r;
}

static struct reader
get_live(const char *query)
{
	return reader_of(stage_get(query));
}

/* Outside of a turn: the next one brings all of them. */
static void
publish(const char *channel, const char *data)
{
	for (int i = 0; i < MESSAGES; i++)
		fake_bus_publish(channel, data);
}

static void
assert_one_write(struct reader r, const char *text, size_t count)
{
	TURN_UNTIL(client_count(r.client, text) == count);
	ck_assert_uint_eq(writes[r.fd], 1);
}

/* --- tests ---------------------------------------------------------------- */

TEST(messages_of_a_channel_are_one_write)
{
	struct reader c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	publish("news", "x");
	assert_one_write(c, "data: x\n", MESSAGES);
	stage_close();
}

TEST(messages_of_several_channels_are_one_write)
{
	struct reader c, other;

	open_stage(&technique_sse);
	c = get_live("channel=a&channel=b&channel=c");
	other = get_live("channel=b&channel=c");
	publish("a", "x");
	publish("b", "x");
	publish("c", "x");
	assert_one_write(c, "data: x\n", 3 * MESSAGES);
	assert_one_write(other, "data: x\n", 2 * MESSAGES);
	stage_close();
}

TEST(messages_in_each_of_several_formats_are_one_write)
{
	struct reader plain, json;

	open_stage(&technique_sse);
	plain = get_live("channel=news");
	json = get_live("channel=news&envelope=json");
	publish("news", "x");
	assert_one_write(plain, "data: x\n", MESSAGES);
	assert_one_write(json, "\"data\":\"x\"", MESSAGES);
	stage_close();
}

TEST(a_gap_and_the_messages_around_it_are_one_write)
{
	struct reader c;

	open_stage(&technique_sse);
	c = get_live("channel=news");
	fake_bus_store("news", "lost");
	fake_bus_trim(1);
	publish("news", "x");
	assert_one_write(c, "data: x\n", MESSAGES);
	ck_assert_uint_eq(client_count(c.client, "event: gap\n"), 1);
	stage_close();
}

TEST(frames_of_a_websocket_are_one_write)
{
	struct reader c;

	open_stage(&technique_websocket);
	c = reader_of(ws_client_live("channel=news"));
	publish("news", "x");
	assert_one_write(c, "\"data\":\"x\"", MESSAGES);
	stage_close();
}

static void
find_channel(void *arg, const struct channel *c)
{
	*(struct channel **)arg = (struct channel *)(uintptr_t)c;
}

/* The one channel is told of a message now. */
static void
announce(const char *name, const char *data)
{
	struct message *m =
	    message_new(fake_bus_find(fake_bus_store(name, data)));
	struct channel *c = NULL;

	channels_each(&stage.dispatch.subscribing.channels, find_channel, &c);
	channel_announced(c, m);
	message_unref(m);
}

/* Before requests are read. */
static void
announce_first(struct ev_loop *loop, ev_check *check, int revents)
{
	(void)revents;
	announce("news", "first");
	ev_check_stop(loop, check);
}

static void
announce_last(struct ev_loop *loop, ev_check *check, int revents)
{
	(void)revents;
	ck_assert_uint_eq(stage_live(), 2);
	announce("news", "last");
	ev_check_stop(loop, check);
}

static void
start_check(ev_check *check, void (*fn)(struct ev_loop *, ev_check *, int),
	    int priority)
{
	ev_check_init(check, fn);
	ev_set_priority(check, priority);
	ev_check_start(turn_loop(), check);
}

TEST(messages_between_which_another_client_becomes_live_are_one_write)
{
	struct ev_check before, after;
	struct reader old;
	struct client *new;

	open_stage(&technique_sse);
	old = get_live("channel=news");
	start_check(&before, announce_first, EV_MAXPRI);
	start_check(&after, announce_last, EV_MINPRI);
	new = stage_get("channel=news"); /* its request is read in between */
	TURN_UNTIL(client_has(new, "data: last\n"));
	ck_assert(!client_has(new, "data: first\n"));
	assert_one_write(old, "data: last\n", 1);
	ck_assert(client_has(old.client, "data: first\n"));
	stage_close();
}
