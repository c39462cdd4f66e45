/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_set.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/network.h"
#include "shared/base/number.h"
#include "shared/base/xalloc.h"
#include "shared/model/rules.h"

/* Choices are set like numbers. */
_Static_assert(sizeof(enum yes_no) == sizeof(unsigned int) &&
		   sizeof(enum retain) == sizeof(unsigned int) &&
		   sizeof(enum log_level) == sizeof(unsigned int) &&
		   sizeof(enum process_wall) == sizeof(unsigned int) &&
		   sizeof(enum log_time) == sizeof(unsigned int) &&
		   sizeof(enum log_to) == sizeof(unsigned int),
	       "an enum is not an unsigned int");

/* --- texts ---------------------------------------------------------------- */

/* Of settings that are not set, so that there is nothing to free. */
static char empty[] = "";

void
conf_set_text(char **field, const char *text)
{
	if (*field != empty)
		free(*field);
	*field = text[0] != '\0' ? xstrdup(text) : empty;
}

static char **
text_field(void *fields, const struct conf_setting *s)
{
	return (char **)(void *)((char *)fields + s->field);
}

static void
store(void *fields, const struct conf_setting *s, const char *text)
{
	conf_set_text(text_field(fields, s), text);
}

void
conf_free_texts(struct conf *c)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (conf_is_text(conf_settings[i].type))
			store(c, &conf_settings[i], "");
}

bool
conf_is_text(enum conf_type type)
{
	return type >= CONF_PATH;
}

/* RFC 9110 section 5.6.2. */
static const char WORD_CHARACTERS[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "!#$%&'*+-.^_`|~";

static const char PREFIX_CHARACTERS[] =
    "abcdefghijklmnopqrstuvwxyz0123456789_-";

static const char NAME_CHARACTERS[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* --- each type ------------------------------------------------------------ */

static bool
set_number(void *fields, const struct conf_setting *s, const char *text,
	   char expected[CONF_EXPECTED_SIZE])
{
	bool may_be_auto = s->type == CONF_NUMBER_OR_AUTO;
	uint64_t number = CONF_AUTO;
	unsigned int n;

	if (!(may_be_auto && strcmp(text, "auto") == 0) &&
	    (!number_parse(&number, text_of(text), UINT64_MAX) ||
	     number < s->min || number > s->max)) {
		snprintf(expected, CONF_EXPECTED_SIZE,
			 "%san integer from %u to %u (%s)",
			 may_be_auto ? "auto or " : "", s->min, s->max,
			 s->values);
		return false;
	}
	n = (unsigned int)number;
	memcpy((char *)fields + s->field, &n, sizeof(n));
	return true;
}

static bool
set_choice(void *fields, const struct conf_setting *s, const char *text,
	   char expected[CONF_EXPECTED_SIZE])
{
	unsigned int n = 0;

	for (const char *p = s->values; *p != '\0'; n++) {
		struct text word = {p, strcspn(p, ",")};

		if (text_is(word, text)) {
			memcpy((char *)fields + s->field, &n, sizeof(n));
			return true;
		}
		p += word.len + strspn(p + word.len, ", ");
	}
	snprintf(expected, CONF_EXPECTED_SIZE, "one of %s", s->values);
	return false;
}

static bool
set_characters(void *fields, const struct conf_setting *s, const char *text,
	       const char *allowed, char expected[CONF_EXPECTED_SIZE])
{
	size_t len = strlen(text);

	if (len < s->min || len > s->max || strspn(text, allowed) != len) {
		snprintf(expected, CONF_EXPECTED_SIZE, "%u to %u characters %s",
			 s->min, s->max, s->values);
		return false;
	}
	memcpy((char *)fields + s->field, text, len + 1);
	return true;
}

/* scheme://host[:port], without characters that could end a quoted string. */
static bool
is_origin(const char *text, size_t len)
{
	size_t scheme = strcspn(text, ":");

	if ((scheme != 4 || memcmp(text, "http", 4) != 0) &&
	    (scheme != 5 || memcmp(text, "https", 5) != 0))
		return false;
	return len > scheme + 3 && memcmp(text + scheme, "://", 3) == 0 &&
	       strspn(text + scheme + 3, "abcdefghijklmnopqrstuvwxyz"
					 "0123456789.-:[]") >= len - scheme - 3;
}

/* An address, or a network such as 10.0.0.0/8. */
static bool
is_address(const char *text, size_t len)
{
	return network_is_valid((struct text){text, len});
}

/* Of a URL, decoded, without a space. */
static bool
is_url_path(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f ||
		    strchr("?#;", text[i]) != NULL)
			return false;
	return len > 0 && text[0] == '/';
}

static bool
set_list(void *fields, const struct conf_setting *s, const char *text,
	 const char *kind, bool (*is_valid)(const char *text, size_t len),
	 char expected[CONF_EXPECTED_SIZE])
{
	char list[CONF_LIST_MAX + 2]; /* each with a space before it */
	struct text word;
	size_t used = 0;

	snprintf(expected, CONF_EXPECTED_SIZE, "%s %s; at most %u characters",
		 kind, s->values, s->max);
	if (strlen(text) > s->max)
		return false;
	while (text_word(&text, &word)) {
		if (!is_valid(word.bytes, word.len))
			return false;
		list[used++] = ' ';
		memcpy(list + used, word.bytes, word.len);
		used += word.len;
	}
	list[used] = '\0';
	store(fields, s, used > 0 ? list + 1 : list);
	return true;
}

/* The bit of a word that `values` lists; 0 of "none"; or -1. */
static int
who_bit(const struct conf_setting *s, struct text word)
{
	static const struct {
		const char *word;
		int bit;
	} all[] = {{"none", 0},
		   {"any", WHO_ANY},
		   {"user", WHO_USER},
		   {"token", WHO_TOKEN},
		   {"redirect", WHO_REDIRECT},
		   {"loopback", WHO_LOOPBACK}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (text_is(word, all[i].word) &&
		    strstr(s->values, all[i].word) != NULL)
			return all[i].bit;
	return -1;
}

/* "none" stands alone. */
static bool
set_who(void *fields, const struct conf_setting *s, const char *text,
	char expected[CONF_EXPECTED_SIZE])
{
	unsigned int set = 0;
	struct text word;
	size_t count = 0;
	bool none = false;

	snprintf(expected, CONF_EXPECTED_SIZE,
		 "one or more of %s, separated by spaces; none stands alone",
		 s->values);
	for (; text_word(&text, &word); count++) {
		int bit = who_bit(s, word);

		if (bit < 0)
			return false;
		none = none || bit == 0;
		set |= (unsigned int)bit;
	}
	if (count == 0 || (none && count > 1))
		return false;
	memcpy((char *)fields + s->field, &set, sizeof(set));
	return true;
}

/* As a value, where a space at the end is lost and " ;" begins a comment. */
static bool
can_be_in_a_file(const char *text)
{
	size_t len = strlen(text);

	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return strstr(text, " ;") == NULL && (len == 0 || text[len - 1] != ' ');
}

/* A text of printable ASCII; "" where 0 is the minimum or nothing is set. */
static bool
set_text(void *fields, const struct conf_setting *s, const char *text,
	 const char *characters, char expected[CONF_EXPECTED_SIZE])
{
	size_t len = strlen(text);

	snprintf(expected, CONF_EXPECTED_SIZE, "%u to %u characters, %s",
		 s->min, s->max, s->values);
	if (len > s->max || (len > 0 && len < s->min) ||
	    (len == 0 && s->fallback[0] != '\0') || !can_be_in_a_file(text))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > '~' ||
		    (characters != NULL && strchr(characters, text[i]) == NULL))
			return false;
	store(fields, s, text);
	return true;
}

static bool
set_path(void *fields, const struct conf_setting *s, const char *text,
	 char expected[CONF_EXPECTED_SIZE])
{
	size_t len = strlen(text);

	if (len > s->max || (len > 0 && text[0] != '/') ||
	    !can_be_in_a_file(text)) {
		snprintf(expected, CONF_EXPECTED_SIZE, "%s of at most %u bytes",
			 s->values, s->max);
		return false;
	}
	store(fields, s, text);
	return true;
}

static bool
set_channel(void *fields, const struct conf_setting *s, const char *text,
	    char expected[CONF_EXPECTED_SIZE])
{
	const char *fault = channel_fault(text_of(text));

	if (text[0] != '\0' && (fault != NULL || !can_be_in_a_file(text))) {
		snprintf(expected, CONF_EXPECTED_SIZE, "%s of at most %u bytes",
			 s->values, s->max);
		return false;
	}
	store(fields, s, text);
	return true;
}

static bool
set_url(struct conf *c, const struct conf_setting *s, const char *text,
	char expected[CONF_EXPECTED_SIZE])
{
	struct redis_url parsed;
	const char *fault = redis_url_parse(&parsed, text);

	if (fault != NULL) {
		snprintf(expected, CONF_EXPECTED_SIZE, "%s", fault);
		return false;
	}
	c->redis = parsed;
	memcpy((char *)c + s->field, text, strlen(text) + 1);
	return true;
}

static bool
set_sentinels(struct conf *c, const struct conf_setting *s, const char *text,
	      char expected[CONF_EXPECTED_SIZE])
{
	const char *fault = sentinel_list_parse(&c->sentinel, text);

	if (fault != NULL) {
		snprintf(expected, CONF_EXPECTED_SIZE, "%s", fault);
		return false;
	}
	memcpy((char *)c + s->field, text, strlen(text) + 1);
	return true;
}

bool
conf_set_field(void *fields, const struct conf_setting *s, const char *text,
	       char expected[CONF_EXPECTED_SIZE])
{
	switch (s->type) {
	case CONF_CHOICE:
		return set_choice(fields, s, text, expected);
	case CONF_PREFIX:
		return set_characters(fields, s, text, PREFIX_CHARACTERS,
				      expected);
	case CONF_WHO:
		return set_who(fields, s, text, expected);
	case CONF_ORIGINS:
		return set_list(fields, s, text, "origins without a path,",
				is_origin, expected);
	case CONF_ADDRESSES:
		return set_list(fields, s, text, "addresses", is_address,
				expected);
	case CONF_URL_PATHS:
		return set_list(fields, s, text, "paths of URLs", is_url_path,
				expected);
	case CONF_SECRET:
	case CONF_TEXT:
		return set_text(fields, s, text, NULL, expected);
	case CONF_WORD:
		return set_text(fields, s, text, WORD_CHARACTERS, expected);
	case CONF_CHANNEL:
		return set_channel(fields, s, text, expected);
	case CONF_PATH:
		return set_path(fields, s, text, expected);
	case CONF_NUMBER:
	case CONF_NUMBER_OR_AUTO:
		return set_number(fields, s, text, expected);
	case CONF_NAME:
		return set_characters(fields, s, text, NAME_CHARACTERS,
				      expected);
	case CONF_URL:
	case CONF_SENTINELS:
		break;
	}
	abort();
}

bool
conf_set(struct conf *c, const struct conf_setting *s, const char *text,
	 char expected[CONF_EXPECTED_SIZE])
{
	if (s->type == CONF_URL)
		return set_url(c, s, text, expected);
	if (s->type == CONF_SENTINELS)
		return set_sentinels(c, s, text, expected);
	if (s->field == offsetof(struct conf, log_level))
		c->log_level_is_set = true;
	return conf_set_field(c, s, text, expected);
}

void
conf_init(struct conf *c)
{
	char expected[CONF_EXPECTED_SIZE];

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (!conf_set(c, &conf_settings[i], conf_settings[i].fallback,
			      expected))
			abort(); /* a default of the table is invalid */
	c->log_level_is_set = false;
}
