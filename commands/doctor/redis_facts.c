/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/redis_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands/doctor/redis_ask.h"
#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/redis_error.h"
#include "shared/bus/rights.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_channel.h"

enum { PINGS = 10 };

/* --- INFO ----------------------------------------------------------------- */

static void
take_info(void *arg, const struct redis_reply *reply)
{
	struct redis_facts *f = arg;
	struct text text;

	if (reply == NULL)
		return;
	text = redis_reply_string(reply);
	if (text.bytes != NULL)
		f->info = xstrdup(text.bytes);
}

/* Each line of INFO is `name:value`. */
bool
redis_facts_info(const struct redis_facts *f, const char *name,
		 char out[REDIS_FACT_SIZE])
{
	size_t len = strlen(name);
	const char *line = f->info;

	out[0] = '\0';
	while (line != NULL) {
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			line += len + 1;
			snprintf(out, REDIS_FACT_SIZE, "%.*s",
				 (int)strcspn(line, "\r\n"), line);
			return true;
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return false;
}

unsigned long long
redis_facts_number(const struct redis_facts *f, const char *name)
{
	char value[REDIS_FACT_SIZE];

	return redis_facts_info(f, name, value) ? strtoull(value, NULL, 10) : 0;
}

/* --- CONFIG GET ----------------------------------------------------------- */

struct config_question {
	struct redis_facts *facts;
	char *out; /* REDIS_FACT_SIZE */
};

/* The reply is [name, value]. */
static void
take_config(void *arg, const struct redis_reply *reply)
{
	struct config_question *q = arg;
	struct text value;

	if (reply == NULL || redis_reply_count(reply) != 2)
		return;
	value = redis_reply_string(redis_reply_at(reply, 1));
	if (value.bytes == NULL)
		return;
	snprintf(q->out, REDIS_FACT_SIZE, "%s", value.bytes);
	q->facts->config_known = true;
}

static void
ask_config(struct redis_facts *f, struct redis_ask *a, const char *name,
	   char out[REDIS_FACT_SIZE])
{
	struct config_question q = {f, out};
	const char *words[] = {"CONFIG", "GET", name, NULL};

	redis_ask(a, words, take_config, &q);
}

static void
read_config(struct redis_facts *f, struct redis_ask *a)
{
	char password[REDIS_FACT_SIZE] = "";

	ask_config(f, a, "save", f->save);
	if (!f->config_known)
		return;
	ask_config(f, a, "appendonly", f->appendonly);
	ask_config(f, a, "client-output-buffer-limit", f->output_limit);
	ask_config(f, a, "protected-mode", f->protected_mode);
	ask_config(f, a, "bind", f->bind);
	ask_config(f, a, "min-replicas-to-write", f->min_replicas);
	ask_config(f, a, "requirepass", password);
	if (password[0] != '\0')
		strcpy(f->requirepass, "x");
	explicit_bzero(password, sizeof(password));
}

/* --- rights --------------------------------------------------------------- */

struct
try {
	struct redis_facts *facts;
	const char *command;
};

static bool
is_listed(const char *list, const char *command)
{
	struct text word;

	while (text_word(&list, &word))
		if (text_is(word, command))
			return true;
	return false;
}

static void
take_error(struct redis_facts *f, const char *command, const char *error)
{
	size_t at = strlen(f->forbidden);

	if (redis_error_kind(error) != REDIS_ERROR_NOPERM)
		return;
	if (!is_listed(f->forbidden, command))
		snprintf(f->forbidden + at, sizeof(f->forbidden) - at, "%s%s",
			 at > 0 ? " " : "", command);
	f->keys_forbidden |= strstr(error, "one of the keys") != NULL ||
			     strstr(error, "access a key") != NULL;
	f->channels_forbidden |= strstr(error, "channels") != NULL ||
				 strstr(error, "a channel") != NULL;
}

/* Of the script: {command, error} for each that failed. */
static void
take_rights(void *arg, const struct redis_reply *reply)
{
	struct redis_facts *f = arg;

	if (reply == NULL)
		return;
	if (redis_reply_error(reply) != NULL)
		take_error(f, "EVAL", redis_reply_error(reply));
	for (size_t i = 0; i < redis_reply_count(reply); i++) {
		const struct redis_reply *failed = redis_reply_at(reply, i);
		struct text command, error;

		if (redis_reply_count(failed) != 2)
			continue;
		command = redis_reply_string(redis_reply_at(failed, 0));
		error = redis_reply_string(redis_reply_at(failed, 1));
		if (command.bytes != NULL && error.bytes != NULL)
			take_error(f, command.bytes, error.bytes);
	}
}

static void
take_tried(void *arg, const struct redis_reply *reply)
{
	const struct try *t = arg;
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	if (error != NULL)
		take_error(t->facts, t->command, error);
}

static void
try_command(struct redis_facts *f, struct redis_ask *a, const char **words)
{
	struct try t = {f, words[0]};

	redis_ask(a, words, take_tried, &t);
}

/* What the entries of the status page take (shared/bus/entries.h). */
static void
try_entries(struct redis_facts *f, struct redis_ask *a, const char *key)
{
	try_command(f, a, (const char *[]){"MGET", key, NULL});
	try_command(f, a, (const char *[]){"ZADD", key, "XX", "0", "", NULL});
	try_command(f, a, (const char *[]){"ZREM", key, "", NULL});
	try_command(f, a, (const char *[]){"ZRANGE", key, "0", "0", NULL});
	try_command(f, a,
		    (const char *[]){"ZREMRANGEBYSCORE", key, "0", "0", NULL});
	try_command(f, a,
		    (const char *[]){"ZREMRANGEBYRANK", key, "0", "0", NULL});
}

/* What the scripts do not contain. */
static void
try_others(struct redis_facts *f, struct redis_ask *a, const struct conf *conf,
	   const char *key)
{
	const char *sha = "0000000000000000000000000000000000000000";

	try_command(f, a, (const char *[]){"EVALSHA", sha, "0", NULL});
	try_command(f, a, (const char *[]){"UNLINK", key, NULL});
	try_command(f, a, (const char *[]){"INFO", "server", NULL});
	try_entries(f, a, key);
	if (conf->publish_wait_replicas > 0)
		try_command(f, a, (const char *[]){"WAIT", "0", "1", NULL});
	if (conf->sentinel.count > 0)
		try_command(f, a, (const char *[]){"ROLE", NULL});
}

static void
try_rights(struct redis_facts *f, struct redis_ask *a, const struct conf *conf)
{
	struct bus_rights_command command;
	char key[BUS_KEY_SIZE];

	bus_rights_command(&command, conf, true, conf_has_presence(conf));
	redis_ask(a, command.words, take_rights, f);
	bus_idempotency_key(key, conf, "", "");
	try_others(f, a, conf, key);
}

/* --- time ----------------------------------------------------------------- */

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
take_nothing(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

static void
time_pings(struct redis_facts *f, struct redis_ask *a)
{
	const char *ping[] = {"PING", NULL};

	for (int i = 0; i < PINGS; i++) {
		double start = seconds(CLOCK_MONOTONIC), ms;

		redis_ask(a, ping, take_nothing, NULL);
		ms = (seconds(CLOCK_MONOTONIC) - start) * 1e3;
		if (i == 0 || ms < f->ping_ms)
			f->ping_ms = ms;
		if (ms > f->ping_max_ms)
			f->ping_max_ms = ms;
	}
}

/* The reply is [seconds, microseconds]. */
static void
take_time(void *arg, const struct redis_reply *reply)
{
	struct redis_facts *f = arg;
	struct text s, us;

	if (reply == NULL || redis_reply_count(reply) != 2)
		return;
	s = redis_reply_string(redis_reply_at(reply, 0));
	us = redis_reply_string(redis_reply_at(reply, 1));
	if (s.bytes == NULL || us.bytes == NULL)
		return;
	f->clock_ahead = strtod(s.bytes, NULL) + strtod(us.bytes, NULL) / 1e6;
	f->clock_known = true;
}

/* Redis answered between the two looks at this clock. */
static void
compare_clocks(struct redis_facts *f, struct redis_ask *a)
{
	const char *words[] = {"TIME", NULL};
	double before = seconds(CLOCK_REALTIME), after;

	redis_ask(a, words, take_time, f);
	after = seconds(CLOCK_REALTIME);
	f->clock_ahead -= before / 2 + after / 2;
}

/* --- all ------------------------------------------------------------------ */

void
redis_facts_read(struct redis_facts *f, struct redis_ask *a,
		 const struct conf *conf)
{
	*f = (struct redis_facts){0};
	redis_ask(a, (const char *[]){"INFO", NULL}, take_info, f);
	read_config(f, a);
	try_rights(f, a, conf);
	time_pings(f, a);
	compare_clocks(f, a);
}

void
redis_facts_free(struct redis_facts *f)
{
	free(f->info);
	f->info = NULL;
}
