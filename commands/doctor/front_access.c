/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_access.h"

#include <stdio.h>
#include <string.h>

#include "shared/access/signature.h"
#include "shared/base/clock.h"
#include "shared/conf/conf_channel.h"
#include "shared/model/random_key.h"
#include "shared/model/rules.h"

enum {
	RIGHT_TTL = 600, /* s */
	ANSWER = 10000	 /* ms */
};

/* --- which channel -------------------------------------------------------- */

/* Ways (enum who) by which a request of the doctor may subscribe. */
static unsigned int
own_ways(const struct front *f, const struct secret *secret)
{
	unsigned int ways = WHO_ANY;

	if (secret->count > 0)
		ways |= WHO_TOKEN;
	if (f->site->headers[0] != NULL) /* maybe a login, or a token */
		ways |= WHO_USER | WHO_TOKEN;
	return ways;
}

/* A random name behind `prefix`. False: it is too long. */
static bool
name_channel(char out[FRONT_CHANNEL_SIZE], const char *prefix)
{
	char random[RANDOM_KEY_SIZE];

	random_key(random);
	return snprintf(out, FRONT_CHANNEL_SIZE, "%spush-doctor-%s", prefix,
			random) < FRONT_CHANNEL_SIZE;
}

/* False: no channel has a rule that is met by `ways`. */
static bool
find_channel(struct front *f, unsigned int ways)
{
	const struct conf *c = f->doctor->conf;

	for (size_t i = 0; i <= c->channel_section_count; i++) {
		const char *prefix =
		    i == 0 ? "" : c->channel_sections[i - 1].pattern;

		if (i > 0 && !c->channel_sections[i - 1].is_prefix)
			continue;
		if (name_channel(f->channel, prefix) &&
		    (conf_channel(c, text_of(f->channel)).subscribe & ways))
			return true;
	}
	f->channel[0] = '\0';
	return false;
}

/* --- the query ------------------------------------------------------------ */

static void
put_encoded(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if ((*text >= 'a' && *text <= 'z') ||
		    (*text >= 'A' && *text <= 'Z') ||
		    (*text >= '0' && *text <= '9') || *text == '-')
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
}

/* `channel` with a signature, if there is a secret. */
static void
make_query(char *out, size_t size, const char *channel,
	   const struct secret *secret)
{
	const struct text name = text_of(channel);
	uint64_t expires = clock_unix() + RIGHT_TTL;
	char sig[SIGNATURE_SIZE];
	struct buf query;

	buf_init(&query, size - 1);
	buf_puts(&query, "channel=");
	put_encoded(&query, channel);
	if (secret->count > 0 &&
	    signature_make(sig, secret, ACCESS_SUBSCRIBE, &name, 1, expires))
		buf_printf(&query, "&expires=%llu&sig=%s",
			   (unsigned long long)expires, sig);
	if (!buf_ok(&query))
		buf_clear(&query);
	if (query.len > 0)
		memcpy(out, query.bytes, query.len);
	out[query.len] = '\0';
	buf_free(&query);
}

static void
make_queries(struct front *f, const struct secret *secret)
{
	char silent[FRONT_CHANNEL_SIZE];
	const int room = FRONT_CHANNEL_SIZE - 10;

	snprintf(silent, sizeof(silent), "%.*s-silent", room, f->channel);
	snprintf(f->left_channel, sizeof(f->left_channel), "%.*s-left", room,
		 f->channel);
	make_query(f->query, sizeof(f->query), f->channel, secret);
	make_query(f->silent, sizeof(f->silent), silent, secret);
	make_query(f->left, sizeof(f->left), f->left_channel, secret);
}

/* --- what is refused ------------------------------------------------------ */

static void
no_channel(struct front *f)
{
	doctor_warn(f->doctor,
		    "Delivery is not checked: no rule of push.conf lets the "
		    "doctor subscribe to a channel of its own. It signs URLs "
		    "where token is allowed and this user can read "
		    "access.secret_file; for user it needs a login:");
	doctor_remedy(f->doctor,
		      "push-doctor --header 'Authorization: Basic …' %s",
		      f->url);
}

/* Asks a program that does not hold. */
static bool
may_subscribe(struct front *f)
{
	struct exchange *e;
	bool may;

	if (!f->reached[FRONT_POLL])
		return true;
	e = front_get(f, FRONT_POLL, f->query, NULL);
	front_wait_end(f, e, ANSWER);
	may = exchange_status(e) != 401 && exchange_status(e) != 403;
	if (exchange_status(e) == 400 &&
	    exchange_has(e, "The parameter channel is missing")) {
		doctor_error(f->doctor,
			     "The query of a URL does not reach the program: "
			     "it says that the channel is missing, and nobody "
			     "can subscribe. The site rewrites the URL without "
			     "its query. Exclude /push/ from that.");
		front_remedy(
		    f, &(const struct front_lines){
			   .of = {[FRONT_APACHE] = "RewriteRule ^/?push/ - [L]",
				  [FRONT_LIGHTTPD] =
				      "# the first entry of url.rewrite-once:\n"
				      "\"^/push/\" => \"\",",
				  [FRONT_NGINX] = "location ^~ /push/ { … }"}});
		may = false;
	} else if (!may) {
		doctor_warn(f->doctor,
			    "Delivery is not checked: the doctor may not "
			    "subscribe to its channel %s (%ld). It needs a "
			    "login that may:",
			    f->channel, exchange_status(e));
		doctor_remedy(f->doctor,
			      "push-doctor --header 'Authorization: Basic "
			      "…' %s",
			      f->url);
	}
	exchange_leave(e);
	return may;
}

bool
front_access(struct front *f)
{
	const struct conf *c = f->doctor->conf;
	char fault[SECRET_FAULT_SIZE];
	struct secret secret;
	bool found;

	/* a secret that cannot be read is another check's */
	if (!secret_open(&secret, c->access_secret, c->access_secret_file,
			 fault))
		secret = (struct secret){0};
	found = find_channel(f, own_ways(f, &secret));
	if (found)
		make_queries(f, &secret);
	else
		no_channel(f);
	secret_close(&secret);
	return found && may_subscribe(f);
}
