/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/access.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/keys.h"
#include "shared/base/buf.h"
#include "shared/base/file_text.h"
#include "shared/base/text.h"
#include "shared/conf/conf_channel.h"
#include "shared/model/rules.h"

enum { SENTENCE_MAX = 4096 };

/* What is asked about a channel. */
struct question {
	const struct conf *conf;
	struct text channel;
	bool publishes;
	unsigned int who; /* of enum who */
	size_t field;	  /* of the rule, in struct channel_conf */
};

/* --- which line says so --------------------------------------------------- */

/* The last line of section [access] that sets `name`; 0: none does. */
static int
line_of(const char *path, const char *name)
{
	struct file_text file;
	struct text rest, line, before;
	bool in_section = false;
	int number = 0, found = 0;

	file_text_init(&file, path);
	(void)!file_text_refresh(&file);
	for (rest = file.text; rest.len > 0; number++) {
		if (!text_cut(&rest, '\n', &line)) {
			line = rest;
			rest.len = 0;
		}
		line = text_trim(line);
		if (line.len > 0 && line.bytes[0] == '[')
			in_section = text_is(line, "[access]");
		else if (in_section && text_cut(&line, '=', &before) &&
			 text_is(text_trim(before), name))
			found = number + 1;
	}
	file_text_free(&file);
	return found;
}

/* "push.conf:7: subscribe in [channel "news-*"]". */
static void
put_source(struct buf *out, const struct question *q)
{
	const char *name = q->publishes ? "publish" : "subscribe";
	const struct channel_section *s =
	    conf_channel_section(q->conf, q->channel);
	int line = s != NULL ? conf_channel_line(s, q->field) : 0;

	if (line != 0) {
		buf_printf(out, "%s:%d: %s in [channel \"%s%s\"]",
			   q->conf->file, line, name, s->pattern,
			   s->is_prefix ? "*" : "");
		return;
	}
	if (getenv(q->publishes ? "PUSHCGI_ACCESS_PUBLISH"
				: "PUSHCGI_ACCESS_SUBSCRIBE") != NULL)
		buf_printf(out, "access.%s in the environment", name);
	else if (q->conf->file != NULL &&
		 (line = line_of(q->conf->file, name)) != 0)
		buf_printf(out, "%s:%d: access.%s", q->conf->file, line, name);
	else
		buf_printf(out, "the default of access.%s", name);
	if (s != NULL)
		buf_printf(out,
			   "; [channel \"%s%s\"], line %d, matches and does "
			   "not set it",
			   s->pattern, s->is_prefix ? "*" : "", s->line);
}

/* --- who ------------------------------------------------------------------ */

static bool
has_any_key(const struct question *q)
{
	return access_has_secret(q->conf) || access_has_token_keys(q->conf) ||
	       (q->publishes && access_has_publish_secret(q->conf));
}

/* "a, b or c". */
struct list {
	struct buf *out;
	size_t count;
};

static void
next(struct list *l)
{
	if (l->count++ > 0)
		buf_puts(l->out, "; or ");
}

static void
put_user(struct list *l, const struct question *q)
{
	const char *header = q->conf->access_user_header;
	struct text star;

	next(l);
	if (conf_channel_star(q->conf, q->channel, q->field, &star))
		buf_printf(l->out,
			   "the user \"%.*s\" (what the * of the "
			   "section stands for)",
			   (int)star.len, star.bytes);
	else
		buf_puts(l->out, "every user who is logged in");
	if (header[0] != '\0')
		buf_printf(l->out, ", as the header %s says", header);
	else
		buf_puts(l->out, ", as the web server says (REMOTE_USER)");
}

static void
put_token(struct list *l, const struct question *q)
{
	const char *right = q->publishes ? "publish to" : "subscribe to";

	if (access_has_secret(q->conf)) {
		next(l);
		buf_printf(l->out,
			   "whoever has a URL signed for it to %s it "
			   "(push-token)",
			   right);
	}
	if (access_has_token_keys(q->conf)) {
		next(l);
		buf_printf(l->out,
			   "whoever has a JSON Web Token that allows "
			   "to %s it",
			   right);
	}
	if (q->publishes && access_has_publish_secret(q->conf)) {
		next(l);
		buf_puts(l->out, "a program that sends access.publish_secret");
	}
}

static void
put_who(struct buf *out, const struct question *q)
{
	struct list l = {out, 0};

	if (q->who & WHO_ANY) {
		buf_puts(out, "everybody");
		return;
	}
	if (q->who & WHO_USER)
		put_user(&l, q);
	if (q->who & WHO_TOKEN)
		put_token(&l, q);
	if (q->who & WHO_REDIRECT && q->conf->access_redirect_from[0] != '\0') {
		next(&l);
		buf_printf(out, "whom one of these scripts redirects: %s",
			   q->conf->access_redirect_from);
	}
	if (q->who & WHO_LOOPBACK) {
		next(&l);
		buf_puts(out, "a program on this machine");
	}
	if (l.count == 0)
		buf_puts(out, "nobody");
}

/* --- explaining ----------------------------------------------------------- */

/* A way is open, and nothing can be shown for it. Of publishing that is the
 * default. */
static void
find_closed(struct doctor *d, const struct question *q)
{
	static const char sentence[] =
	    "Nobody can %s by a token, because there is no secret and no key "
	    "of tokens. In section [access]:";
	const char *file = q->conf->file != NULL ? q->conf->file : "push.conf";

	if (q->who & WHO_TOKEN && !has_any_key(q) && !(q->who & WHO_ANY)) {
		if (q->publishes)
			doctor_note(d, sentence, "publish");
		else
			doctor_error(d, sentence, "subscribe");
		doctor_paste(d, file, "secret_file = /etc/pushcgi/secret");
	}
	if (q->who & WHO_REDIRECT && q->conf->access_redirect_from[0] == '\0')
		doctor_error(d, "Nobody can subscribe by a redirect, because "
				"access.redirect_from names no script.");
}

static void
explain(struct doctor *d, const struct question *q)
{
	char text[SENTENCE_MAX + 1];
	struct buf out;

	buf_init(&out, SENTENCE_MAX);
	buf_printf(&out, "To %s %.*s by HTTP may: ",
		   q->publishes ? "publish to" : "subscribe to",
		   (int)q->channel.len, q->channel.bytes);
	put_who(&out, q);
	buf_puts(&out, ". So says ");
	put_source(&out, q);
	buf_puts(&out, ".");
	memcpy(text, out.bytes, out.len);
	text[out.len] = '\0';
	buf_free(&out);
	doctor_note(d, "%s", text);
	find_closed(d, q);
}

void
access_explain(struct doctor *d, const char *channel)
{
	const struct text name = text_of(channel);
	const char *fault = channel_fault(name);
	struct channel_conf rules;

	if (d->wrong_settings)
		return;
	if (fault != NULL) {
		doctor_error(d, "There can be no such channel. %s", fault);
		return;
	}
	rules = conf_channel(d->conf, name);
	explain(d, &(const struct question){
		       d->conf, name, false, rules.subscribe,
		       offsetof(struct channel_conf, subscribe)});
	explain(d, &(const struct question){
		       d->conf, name, true, rules.publish,
		       offsetof(struct channel_conf, publish)});
	doctor_note(d, "push-publish may publish to all channels, whoever runs "
		       "it with access to Redis.");
}
