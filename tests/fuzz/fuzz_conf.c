/* SPDX-License-Identifier: MIT */
/*
 * fuzz_conf.c - any text as a settings file, and as a variable.
 *
 * An error is one line of printable ASCII. Accepted settings are within their
 * ranges, and reading them back from conf_print() gives the same ones (except a
 * password). Secrets are printed as what cannot be read back.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf.h"
#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_print.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "shared/model/rules.h"
#include "tests/fuzz/fuzz.h"

static void
check_error(const char *error)
{
	size_t len = strnlen(error, CONF_ERROR_SIZE);

	check(len > 0 && len < CONF_ERROR_SIZE);
	for (size_t i = 0; i < len; i++)
		check(error[i] >= ' ' && error[i] <= '~');
}

static void
check_ranges(const struct conf *c)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const struct conf_setting *s = &conf_settings[i];
		unsigned int n;

		memcpy(&n, (const char *)c + s->field, sizeof(n));
		if (s->type == CONF_NUMBER)
			check(n >= s->min && n <= s->max);
		if (s->type == CONF_NUMBER_OR_AUTO)
			check(n <= s->max || n == CONF_AUTO);
	}
	check((c->access_publish & WHO_REDIRECT) == 0 &&
	      c->access_publish < 2 * WHO_LOOPBACK);
	check(c->access_subscribe < WHO_LOOPBACK);
	check(c->log_level <= LOG_LEVEL_DEBUG && c->log_to <= LOG_TO_SYSLOG);
}

/* The name a pattern stands for matches that section or an earlier one. */
static void
check_channels(const struct conf *c)
{
	check(c->channel_section_count <= CONF_CHANNEL_SECTIONS_MAX);
	for (size_t i = 0; i < c->channel_section_count; i++) {
		const struct channel_section *s = &c->channel_sections[i];
		struct text name = {s->pattern, s->len};
		struct channel_conf channel = conf_channel(c, name);

		check(strlen(s->pattern) == s->len);
		check(name.len == 0 ? s->is_prefix
				    : channel_fault(name) == NULL);
		check(channel.history_length <= 1000000);
		check(channel.history_ttl >= 1);
		check(channel.retain <= RETAIN_LAST);
	}
}

static char *
print(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	check(out != NULL);
	conf_print(c, out);
	check(fclose(out) == 0);
	return text;
}

static bool
has_secret(const struct conf *c)
{
	return c->access_secret[0] != '\0' ||
	       c->access_publish_secret[0] != '\0' ||
	       c->access_jwt_key[0] != '\0';
}

static void
check_same(const struct conf *c, const struct conf *copy, const char *text)
{
	char *again = print(copy);

	check(strcmp(text, again) == 0);
	check(c->redis.password[0] != '\0' ||
	      memcmp(&c->redis, &copy->redis, sizeof(c->redis)) == 0);
	free(again);
}

static void
check_accepted(const struct conf *c)
{
	char error[CONF_ERROR_SIZE];
	char *text = print(c);
	struct conf copy;

	check_ranges(c);
	check_channels(c);
	conf_init(&copy);
	if (has_secret(c))
		check(!conf_read_text(&copy, "printed", text, error));
	else
		check(conf_read_text(&copy, "printed", text, error));
	if (!has_secret(c))
		check_same(c, &copy, text);
	conf_free(&copy);
	free(text);
}

/* The sentences of all faults. */
struct told {
	size_t count;
	char first[CONF_ERROR_SIZE];
};

static bool
add_fault(void *arg, const char *sentence)
{
	struct told *told = arg;

	check_error(sentence);
	if (told->count++ == 0)
		strcpy(told->first, sentence);
	return true;
}

/* `error`: the first, or "". */
static void
check_all_faults(const char *text, const char *error)
{
	struct told told = {.count = 0};
	const struct conf_faults faults = {.tell = add_fault, .arg = &told};
	struct conf c;

	conf_init(&c);
	check(conf_read_text_all(&c, "fuzz", text, &faults) ==
	      (told.count == 0));
	check(strcmp(told.first, error) == 0);
	conf_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);
	char *environment[] = {text, NULL};
	char error[CONF_ERROR_SIZE] = "";
	struct conf c;

	check(text != NULL);
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	conf_init(&c);
	if (conf_read_text(&c, "fuzz", text, error))
		check_accepted(&c);
	else
		check_error(error);
	conf_free(&c);
	check_all_faults(text, error);
	conf_init(&c);
	if (conf_read_environment(&c, environment, error))
		check_accepted(&c);
	else
		check_error(error);
	conf_free(&c);
	free(text);
	return 0;
}
