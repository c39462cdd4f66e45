/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_print.h"

#include <string.h>

#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_set.h"

/* --- Redis ---------------------------------------------------------------- */

void
conf_show_redis(char out[CONF_REDIS_SHOWN], const struct conf *c)
{
	const struct sentinel_list *list = &c->sentinel;
	char url[REDIS_URL_SHOWN];
	size_t len;

	if (list->count == 0) {
		redis_url_show(url, &c->redis);
		snprintf(out, CONF_REDIS_SHOWN, "%s", url);
		return;
	}
	len =
	    (size_t)snprintf(out, CONF_REDIS_SHOWN, "%s/%u, known to Sentinel",
			     c->bus_master, c->redis.db);
	for (size_t i = 0; i < list->count && len < CONF_REDIS_SHOWN; i++)
		len += (size_t)snprintf(out + len, CONF_REDIS_SHOWN - len,
					"%s %s:%u", i > 0 ? "," : "",
					list->at[i].host, list->at[i].port);
}

void
conf_say_redis(char out[CONF_REDIS_REASON], const struct conf *c,
	       const char *before, const char *after)
{
	char redis[CONF_REDIS_SHOWN];

	conf_show_redis(redis, c);
	snprintf(out, CONF_REDIS_REASON, "%s%s%s", before, redis, after);
}

/* --- a settings file ------------------------------------------------------ */

/* The comment that precedes a setting. */
static void
print_help(const struct conf_setting *s, FILE *out)
{
	fprintf(out, "# %s\n# Default: %s (", s->meaning,
		s->fallback[0] != '\0' ? s->fallback : "none");
	switch (s->type) {
	case CONF_NUMBER:
		fprintf(out, "%u to %u %s", s->min, s->max, s->values);
		break;
	case CONF_NUMBER_OR_AUTO:
		fprintf(out, "auto, or %u to %u %s", s->min, s->max, s->values);
		break;
	case CONF_PREFIX:
	case CONF_NAME:
		fprintf(out, "%u to %u characters %s", s->min, s->max,
			s->values);
		break;
	case CONF_SECRET:
	case CONF_WORD:
	case CONF_TEXT:
		fprintf(out, "%u to %u characters, %s", s->min, s->max,
			s->values);
		break;
	case CONF_CHOICE:
	case CONF_WHO:
	case CONF_ORIGINS:
	case CONF_ADDRESSES:
	case CONF_URL_PATHS:
	case CONF_PATH:
	case CONF_CHANNEL:
	case CONF_URL:
	case CONF_SENTINELS:
		fputs(s->values, out);
		break;
	}
	fputs(").\n", out);
}

/* `text` with the password in `user:password@`, which stands after the first
 * `skip` bytes, as ***. */
static void
print_without_password(const char *text, size_t skip, bool has_password,
		       FILE *out)
{
	if (has_password)
		fprintf(out, "%.*s***%s",
			(int)(strchr(text + skip, ':') + 1 - text), text,
			strchr(text, '@'));
	else
		fputs(text, out);
}

static void
print_choice(const struct conf_setting *s, unsigned int n, FILE *out)
{
	const char *word = s->values;

	while (n-- > 0)
		word = strchr(word, ' ') + 1;
	fprintf(out, "%.*s", (int)strcspn(word, ","), word);
}

static void
print_who(unsigned int set, FILE *out)
{
	static const char *const words[] = {"any", "user", "token", "redirect",
					    "loopback"};
	const char *space = "";

	if (set == 0)
		fputs("none", out);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(set & 1u << i))
			continue;
		fprintf(out, "%s%s", space, words[i]);
		space = " ";
	}
}

static void
print_field(const void *fields, const struct conf_setting *s, FILE *out)
{
	const char *field = (const char *)fields + s->field;
	const char *text;
	unsigned int n;

	if (s->type == CONF_PREFIX || s->type == CONF_NAME) {
		fputs(field, out);
		return;
	}
	if (conf_is_text(s->type)) {
		memcpy(&text, field, sizeof(text));
		fputs(s->type == CONF_SECRET && text[0] != '\0' ? "***" : text,
		      out);
		return;
	}
	memcpy(&n, field, sizeof(n));
	if (s->type == CONF_CHOICE)
		print_choice(s, n, out);
	else if (s->type == CONF_WHO)
		print_who(n, out);
	else if (s->type == CONF_NUMBER_OR_AUTO && n == CONF_AUTO)
		fputs("auto", out);
	else
		fprintf(out, "%u", n);
}

static void
print_channel_section(const struct channel_section *section, FILE *out)
{
	fputs("\n[channel \"", out);
	for (const char *p = section->pattern; *p != '\0'; p++)
		fprintf(out, strchr("\"\\", *p) != NULL ? "\\%c" : "%c", *p);
	fprintf(out, "%s\"]\n", section->is_prefix ? "*" : "");
	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++) {
		struct conf_setting s = conf_channel_setting(i);

		if (section->set_on[i] == 0)
			continue;
		fprintf(out, "%s = ", s.name);
		print_field(&section->conf, &s, out);
		fputc('\n', out);
	}
}

void
conf_print(const struct conf *c, FILE *out)
{
	const char *section = "";
	size_t len = 0;
	char redis[CONF_REDIS_SHOWN];

	conf_show_redis(redis, c);
	fprintf(out, "# Settings file: %s\n# Redis: %s\n\n",
		c->file != NULL ? c->file : "none", redis);
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const struct conf_setting *s = &conf_settings[i];

		if (strncmp(s->name, section, len + 1) != 0 || len == 0) {
			section = s->name;
			len = strcspn(section, ".");
			fprintf(out, "%s[%.*s]\n", i > 0 ? "\n" : "", (int)len,
				section);
		}
		print_help(s, out);
		fprintf(out, "%s = ", s->name + len + 1);
		if (s->type == CONF_URL)
			print_without_password(
			    c->bus_url, strcspn(c->bus_url, "/") + 2,
			    c->redis.password[0] != '\0', out);
		else if (s->type == CONF_SENTINELS)
			print_without_password(
			    c->bus_sentinel, 0,
			    strchr(c->bus_sentinel, '@') != NULL, out);
		else
			print_field(c, s, out);
		fputc('\n', out);
	}
	for (size_t i = 0; i < c->channel_section_count; i++)
		print_channel_section(&c->channel_sections[i], out);
}
