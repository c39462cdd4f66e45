/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-token-explain.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/access/access.h"
#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/conf/conf_channel.h"
#include "shared/http/params.h"
#include "shared/wire/query.h"

/* What is shown, as a request that brings it. */
struct shown {
	char *query, *authorization; /* variables */
	char *names;		     /* the query, decoded for `params` */
	struct params params;	     /* its channels; none: those asked for */
	struct credentials credentials;
};

static const char *
verb(enum access_right right)
{
	return right == ACCESS_SUBSCRIBE ? "subscribe" : "publish";
}

/* --- who may -------------------------------------------------------------- */

static const struct {
	enum who who;
	const char *word, *what;
} ways[] = {
    {WHO_USER, "user", "a login at this site"},
    {WHO_TOKEN, "token", "a token or a signed URL"},
    {WHO_REDIRECT, "redirect", "a redirect by a script of this site"},
    {WHO_LOOPBACK, "loopback", "a program on this machine"},
};

/* One of `word` and `what` of each way. */
static void
put_ways(struct buf *out, unsigned int who, bool words)
{
	const char *between = "";

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!(who & ways[i].who))
			continue;
		buf_puts(out, between);
		buf_puts(out, words ? ways[i].word : ways[i].what);
		between = words ? " " : ", or ";
	}
}

static void
put_rule(struct buf *out, const struct conf *conf, struct text channel,
	 enum access_right right)
{
	const struct channel_conf rules = conf_channel(conf, channel);
	unsigned int who =
	    right == ACCESS_SUBSCRIBE ? rules.subscribe : rules.publish;
	size_t field = right == ACCESS_SUBSCRIBE
			   ? offsetof(struct channel_conf, subscribe)
			   : offsetof(struct channel_conf, publish);
	struct text star;

	if (who & WHO_ANY)
		buf_puts(out, "Everybody may ");
	else if (who == 0)
		buf_puts(out, "Nobody may ");
	else
		buf_puts(out, "To ");
	buf_puts(out, verb(right));
	buf_puts(out, " to ");
	buf_put(out, channel.bytes, channel.len);
	if (!(who & WHO_ANY) && who != 0) {
		buf_puts(out, " takes ");
		put_ways(out, who, false);
	}
	if (!(who & WHO_ANY) && (who & WHO_USER) &&
	    conf_channel_star(conf, channel, field, &star)) {
		buf_puts(out, "; the login must be ");
		buf_put(out, star.bytes, star.len);
	}
	buf_printf(out, " (%s = ", verb(right));
	if (who & WHO_ANY)
		buf_puts(out, "any");
	else if (who == 0)
		buf_puts(out, "none");
	put_ways(out, who, true);
	buf_puts(out, ").\n");
}

/* --- what is shown -------------------------------------------------------- */

static char *
variable(const char *name, struct text value)
{
	size_t len = strlen(name);
	char *out = xmalloc(len + value.len + 1);

	memcpy(out, name, len);
	if (value.len > 0)
		memcpy(out + len, value.bytes, value.len);
	out[len + value.len] = '\0';
	return out;
}

static struct text
without(struct text text, const char *start)
{
	size_t len = strlen(start);

	if (text.len >= len &&
	    text_is_nocase((struct text){text.bytes, len}, start))
		text = (struct text){text.bytes + len, text.len - len};
	while (text.len > 0 && *text.bytes == ' ')
		text = (struct text){text.bytes + 1, text.len - 1};
	return text;
}

/* Of a URL what is between `?` and `#`, or all of it. */
static struct text
query_of(struct text shown)
{
	const char *mark = memchr(shown.bytes, '?', shown.len);
	const char *hash = memchr(shown.bytes, '#', shown.len);

	if (hash != NULL)
		shown.len = (size_t)(hash - shown.bytes);
	if (mark == NULL || mark >= shown.bytes + shown.len)
		return shown;
	return (struct text){mark + 1,
			     (size_t)(shown.bytes + shown.len - mark) - 1};
}

static bool
is_request(struct text shown)
{
	return shown.len > 0 && (memchr(shown.bytes, '=', shown.len) != NULL ||
				 memchr(shown.bytes, '?', shown.len) != NULL);
}

/* The channels of the query. False: there are too many, or a bad one. */
static bool
read_channels(struct shown *s, struct problem *p)
{
	struct query query;
	struct query_pair pair;

	query_init(&query, s->names, strlen(s->names));
	while (query_next(&query, &pair))
		if (text_is(pair.name, "channel") &&
		    !params_add_channel(&s->params, pair.value, p))
			return false;
	if (s->params.channel_count > 0)
		params_sort_channels(&s->params);
	return true;
}

/* False: no program would read it; `p` says why. */
static bool
read_shown(struct shown *s, struct access_keys *keys, const struct conf *conf,
	   struct text shown, struct problem *p)
{
	bool request = is_request(shown);
	struct text query = request ? query_of(shown) : text_of("");
	struct text token =
	    without(without(shown, "Authorization:"), "Bearer ");
	char *variables[] = {NULL, NULL, NULL};
	struct request r = {.variables = variables};

	memset(s, 0, sizeof(*s));
	s->query = variables[0] = variable("QUERY_STRING=", query);
	s->names = variable("", query);
	s->authorization = variable("HTTP_AUTHORIZATION=Bearer ", token);
	if (!request && token.len > 0)
		variables[1] = s->authorization;
	if (!read_channels(s, p) ||
	    !params_read_access(&s->params.access, &r, p))
		return false;
	credentials_read(&s->credentials, keys, &r, conf, &s->params.access,
			 false);
	return true;
}

static void
free_shown(struct shown *s)
{
	credentials_free(&s->credentials);
	free(s->query);
	free(s->authorization);
	free(s->names);
}

/* --- whether it may ------------------------------------------------------- */

/* False: it asks for others. Sets those of the request. */
static bool
ask_for(struct access_request *request, const struct shown *s,
	const struct text *channel, struct problem *p)
{
	request->channels = channel;
	request->count = 1;
	if (s->params.channel_count == 0)
		return true;
	request->channels = s->params.channels;
	request->count = s->params.channel_count;
	for (size_t i = 0; i < request->count; i++)
		if (text_equals(request->channels[i], *channel))
			return true;
	return problem_set(p, 403, "The URL asks for other channels.");
}

static void
put_until(struct buf *out, uint64_t expires)
{
	time_t seconds = (time_t)expires;
	struct tm tm;
	char text[40];

	if (expires == 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	buf_printf(out, " until %s", text);
}

static bool
put_answer(struct buf *out, struct access_keys *keys, const struct conf *conf,
	   const struct shown *s, const struct text *channel,
	   enum access_right right)
{
	struct access_request request = {.right = right};
	struct access_result result;
	struct problem p;
	bool ok =
	    ask_for(&request, s, channel, &p) &&
	    access_may(&result, keys, conf, &s->credentials, &request, &p);

	buf_printf(out, "What is shown may %s%s to ", ok ? "" : "not ",
		   verb(right));
	buf_put(out, channel->bytes, channel->len);
	if (ok) {
		put_until(out, result.expires);
		buf_puts(out, ".");
	} else {
		buf_puts(out, ": ");
		buf_puts(out, p.detail);
	}
	return ok;
}

bool
push_token_explain(struct buf *out, struct access_keys *keys,
		   const struct conf *conf, struct text shown,
		   struct text channel, enum access_right right)
{
	struct shown s;
	struct problem p;
	bool subscribes = false, publishes = false;

	put_rule(out, conf, channel, ACCESS_SUBSCRIBE);
	put_rule(out, conf, channel, ACCESS_PUBLISH);
	if (read_shown(&s, keys, conf, shown, &p)) {
		subscribes =
		    put_answer(out, keys, conf, &s, &channel, ACCESS_SUBSCRIBE);
		buf_puts(out, "\n");
		publishes =
		    put_answer(out, keys, conf, &s, &channel, ACCESS_PUBLISH);
	} else {
		buf_puts(out, "What is shown is refused: ");
		buf_puts(out, p.detail);
	}
	free_shown(&s);
	return right == ACCESS_SUBSCRIBE ? subscribes : publishes;
}
