/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-who.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/bus/presence.h"
#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_print.h"
#include "shared/model/presence.h"

static const char *
channel_of(const struct push_publish *c)
{
	return c->options.channels[0];
}

static void
print(struct push_publish *c, const struct presence *p)
{
	printf("%" PRIu64 "\n", p->count);
	for (size_t i = 0; i < p->user_count; i++)
		printf("%.*s\n", (int)p->users[i].len, p->users[i].bytes);
	if (fflush(stdout) == EOF || ferror(stdout))
		push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, strerror(errno));
	else
		push_publish_stop(c, PUSH_PUBLISH_STORED, NULL);
}

static void
answered(void *arg, const struct bus_presence_answer *a)
{
	struct push_publish *c = arg;
	char reason[CONF_REDIS_REASON];
	struct presence *p = NULL;

	if (a->status == BUS_OK)
		p = presence_new(text_of(channel_of(c)), a->text);
	if (p != NULL) {
		print(c, p);
		presence_unref(p);
		return;
	}
	conf_say_redis(reason, &c->conf, "Redis (",
		       a->status == BUS_DOWN
			   ? ") did not answer."
			   : ") does not say who is subscribed.");
	push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, reason);
}

static void
up(void *arg)
{
	struct push_publish *c = arg;
	const struct bus_presence question = {
	    .channel = channel_of(c),
	    .process = "",
	    .own = "",
	    .list = conf_channel(&c->conf, text_of(channel_of(c))).presence ==
		    PRESENCE_LIST};

	if (bus_presence(c->bus, &question, answered, c) == NULL)
		push_publish_redis_away(c);
}

static void
down(void *arg)
{
	push_publish_redis_away(arg);
}

static const struct bus_handler handler = {.up = up, .down = down};

enum push_publish_exit
push_publish_who(struct push_publish *c)
{
	if (conf_channel(&c->conf, text_of(channel_of(c))).presence ==
	    PRESENCE_OFF)
		push_publish_stop(c, PUSH_PUBLISH_NOT_STORED,
				  "The channel has no presence; set "
				  "channel.presence to count or list.");
	else if (push_publish_open(c, &handler, c))
		push_publish_loop(c);
	return push_publish_close(c);
}
