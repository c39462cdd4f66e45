/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/settings.h"

#include "shared/access/keys.h"
#include "shared/conf/conf_channel.h"

/* Of the installed files, in seconds. */
enum {
	TIMEOUT_STREAMS = 90,	 /* deploy/apache: timeout=, FcgidIOTimeout */
	TIMEOUT_WEBSOCKETS = 60, /* pushcgi-websocket.conf: two pings */
	TIMEOUT_STOP = 15	 /* pushcgi@.service: TimeoutStopSec */
};

enum {
	/* of a batch, see history.replay in push.conf(5) */
	BATCH_BYTES = 256 * 1024,
	ESCAPED = 6 /* times as long may a message be in JSON */
};

/* --- time ----------------------------------------------------------------- */

static void
beat(struct doctor *d)
{
	unsigned int interval = d->conf->hold_beat;

	if (interval >= TIMEOUT_STREAMS)
		doctor_warn(d,
			    "hold.beat = %u: Apache ends streams that are "
			    "silent for %d s (timeout= and FcgidIOTimeout in "
			    "the installed files), and so do many proxies "
			    "after 60 s. Write less than 30, or raise these.",
			    interval, TIMEOUT_STREAMS);
	else if (interval * 2 >= TIMEOUT_WEBSOCKETS)
		doctor_warn(d,
			    "hold.beat = %u: two pings take longer than the "
			    "%d s after which Apache closes a silent WebSocket "
			    "(timeout= in pushcgi-websocket.conf). Write less "
			    "than 30, or raise that.",
			    interval, TIMEOUT_WEBSOCKETS);
}

static void
longest_wait(struct doctor *d)
{
	if (d->conf->hold_wait >= TIMEOUT_STREAMS)
		doctor_warn(d,
			    "hold.wait = %u: Apache ends a response that has "
			    "not begun after %d s (timeout= and FcgidIOTimeout "
			    "in the installed files), and so do many proxies "
			    "after 60 s. Write less than 60, or raise these.",
			    d->conf->hold_wait, TIMEOUT_STREAMS);
}

static void
drain(struct doctor *d)
{
	if (d->conf->hold_drain >= TIMEOUT_STOP)
		doctor_warn(d,
			    "hold.drain = %u: systemd kills the program after "
			    "%d s (TimeoutStopSec in pushcgi@.service). Write "
			    "less, or raise that.",
			    d->conf->hold_drain, TIMEOUT_STOP);
}

static void
age(struct doctor *d)
{
	const struct conf *c = d->conf;

	if (c->hold_max_age > 0 && c->hold_max_age <= c->hold_beat)
		doctor_warn(d,
			    "hold.max_age = %u: streams end before their "
			    "first heartbeat (hold.beat, %u s), and clients "
			    "reconnect all the time. Write 0 for no limit, or "
			    "some hours.",
			    c->hold_max_age, c->hold_beat);
}

/* --- sizes ---------------------------------------------------------------- */

static void
query(struct doctor *d)
{
	const struct conf *c = d->conf;

	if (c->request_max_query > c->request_max_head)
		doctor_warn(d,
			    "request.max_query = %u: the query is a part of "
			    "the head, which is at most request.max_head = "
			    "%u. Raise that, or write less.",
			    c->request_max_query, c->request_max_head);
}

static void
backlog(struct doctor *d)
{
	const struct conf *c = d->conf;

	if (c->hold_max_backlog >= c->hold_max_memory)
		doctor_warn(d,
			    "hold.max_backlog = %u: one slow subscriber may "
			    "take all of hold.max_memory = %u. Write a small "
			    "part of it.",
			    c->hold_max_backlog, c->hold_max_memory);
}

static void
memory(struct doctor *d)
{
	const struct conf *c = d->conf;
	unsigned int largest = c->message_max_bytes > BATCH_BYTES
				   ? c->message_max_bytes
				   : BATCH_BYTES;

	if (c->hold_max_memory / ESCAPED < largest)
		doctor_warn(d,
			    "hold.max_memory = %u: one response may be %u "
			    "bytes long. Write many times that.",
			    c->hold_max_memory, largest * ESCAPED);
}

/* --- rights --------------------------------------------------------------- */

static unsigned int
subscribe_ways(const struct conf *c)
{
	unsigned int ways = c->access_subscribe;

	for (size_t i = 0; i < c->channel_section_count; i++)
		ways |= c->channel_sections[i].conf.subscribe; /* 0: not set */
	return ways;
}

static bool
has_keys(const struct conf *c)
{
	return access_has_token_keys(c) || access_has_secret(c);
}

static void
keys(struct doctor *d)
{
	const struct conf *c = d->conf;

	if (has_keys(c) || !(subscribe_ways(c) & WHO_TOKEN))
		return;
	doctor_warn(d, "Nobody can subscribe with a token, because there is no "
		       "secret and no key of tokens. In section [access] "
		       "write");
	doctor_remedy(d, "secret_file = /etc/pushcgi/secret");
}

static void
publishers(struct doctor *d)
{
	const struct conf *c = d->conf;
	unsigned int ways = conf_publish_ways(c);

	if (ways & WHO_ANY)
		doctor_note(d, "Everybody may publish to at least one channel "
			       "(publish = any).");
	else if (ways == WHO_TOKEN && !has_keys(c) &&
		 !access_has_publish_secret(c))
		doctor_note(d, "Nobody may publish over HTTP: access.publish "
			       "is token, and there is no secret and no key. "
			       "The command push-publish may.");
}

static void
subscribers(struct doctor *d)
{
	if (d->conf->access_subscribe & WHO_ANY)
		doctor_note(d, "Whoever knows the name of a channel may "
			       "subscribe to it (access.subscribe is any), "
			       "unless a [channel] section says otherwise.");
}

static void
redirects(struct doctor *d)
{
	const struct conf *c = d->conf;
	bool may = (subscribe_ways(c) & WHO_REDIRECT) != 0;
	bool from = c->access_redirect_from[0] != '\0';

	if (may && !from)
		doctor_warn(d, "Nobody can subscribe by a redirect, because "
			       "access.redirect_from names no script.");
	else if (from && !may)
		doctor_warn(d, "access.redirect_from has no effect, because "
			       "no subscribe setting has the word redirect.");
}

static void
claims(struct doctor *d)
{
	const struct conf *c = d->conf;

	if (!access_has_token_keys(c) && (c->access_jwt_audience[0] != '\0' ||
					  c->access_jwt_issuer[0] != '\0'))
		doctor_warn(d, "access.jwt_audience and access.jwt_issuer have "
			       "no effect without a key of tokens: "
			       "access.jwt_key_file or access.jwks_file.");
}

/* --- Redis ---------------------------------------------------------------- */

static void
tls(struct doctor *d)
{
	const struct conf *c = d->conf;
	bool set = c->bus_tls_ca[0] != '\0' || c->bus_tls_cert[0] != '\0' ||
		   c->bus_tls_key[0] != '\0';

	if (set && !c->redis.tls)
		doctor_warn(d, "bus.tls_ca, bus.tls_cert and bus.tls_key have "
			       "no effect, because bus.url does not begin with "
			       "rediss://.");
	else if (c->bus_tls_key[0] != '\0' && c->bus_tls_cert[0] == '\0')
		doctor_warn(d, "bus.tls_key has no effect without "
			       "bus.tls_cert.");
}

static void
sentinel(struct doctor *d)
{
	const struct conf *c = d->conf;

	if (c->bus_sentinel_password_file[0] != '\0' && c->sentinel.count == 0)
		doctor_warn(d, "bus.sentinel_password_file has no effect "
			       "without bus.sentinel.");
}

/* --- channels ------------------------------------------------------------- */

static void
sections(struct doctor *d)
{
	const struct conf *c = d->conf;

	for (size_t i = 0; i < c->channel_section_count; i++) {
		const struct channel_section *s = &c->channel_sections[i];
		const struct channel_section *cover = conf_channel_cover(c, i);

		if (cover != NULL)
			doctor_warn(d,
				    "%s:%d: [channel \"%s%s\"] never applies: "
				    "[channel \"%s*\"] on line %d matches the "
				    "same channels and comes first. Move this "
				    "one above it.",
				    c->file, s->line, s->pattern,
				    s->is_prefix ? "*" : "", cover->pattern,
				    cover->line);
	}
}

static void
hooks(struct doctor *d)
{
	const char *channel = d->conf->hook_channel;
	const struct channel_conf c = conf_channel(d->conf, text_of(channel));

	if (channel[0] == '\0' ||
	    ((c.subscribe & ~(unsigned int)WHO_TOKEN) == 0 && c.publish == 0))
		return;
	doctor_warn(d,
		    "Not only who has a token for it may subscribe to the "
		    "channel %s (hook.channel), and see names and addresses of "
		    "visitors, or others may publish to it, and so tell of "
		    "visitors that never came.",
		    channel);
	doctor_paste(d, doctor_settings_file(d), "[channel \"%s\"]", channel);
	doctor_paste(d, doctor_settings_file(d), "subscribe = token");
	doctor_paste(d, doctor_settings_file(d), "publish = none");
}

const struct doctor_check doctor_settings[] = {
    {"hold.beat", beat},
    {"hold.wait", longest_wait},
    {"hold.drain", drain},
    {"hold.max_age", age},
    {"request.max_query", query},
    {"hold.max_backlog", backlog},
    {"hold.max_memory", memory},
    {"subscribe = token", keys},
    {"access.redirect_from", redirects},
    {"access.jwt_audience, access.jwt_issuer", claims},
    {"bus.tls_ca, bus.tls_cert, bus.tls_key", tls},
    {"bus.sentinel_password_file", sentinel},
    {"[channel] sections", sections},
    {"hook.channel", hooks},
    {"access.subscribe", subscribers},
    {"access.publish", publishers},
    {NULL, NULL},
};
