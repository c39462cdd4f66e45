/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct conf_setting conf_settings[CONF_SETTINGS] = {
    {"bus.url", CONF_URL, offsetof(struct conf, bus_url),
     "redis://127.0.0.1:6379/0", 0, 0,
     "redis://[user:password@]host[:port][/db] or "
     "unix://[user:password@]/path[?db=N]",
     "Where Redis is."},
    {"bus.prefix", CONF_PREFIX, offsetof(struct conf, bus_prefix), "push", 1,
     CONF_PREFIX_MAX, "of a-z 0-9 _ -",
     "What the names of all keys in Redis begin with."},
    {"bus.timeout", CONF_NUMBER, offsetof(struct conf, bus_timeout), "5", 1, 60,
     "seconds", "How long Redis may take to connect or to answer."},
    {"bus.audit", CONF_NUMBER, offsetof(struct conf, bus_audit), "5", 1, 3600,
     "seconds", "How often to check that nothing Redis sent was lost."},
    {"message.max_bytes", CONF_NUMBER, offsetof(struct conf, message_max_bytes),
     "65536", 1, 1048576, "bytes", "The longest data of one message."},
    {"history.length", CONF_NUMBER, offsetof(struct conf, history_length),
     "1000", 0, 1000000, "messages",
     "How many messages Redis keeps of a channel."},
    {"history.ttl", CONF_NUMBER, offsetof(struct conf, history_ttl), "86400", 1,
     31536000, "seconds", "How long Redis keeps a message."},
    {"publish.key_ttl", CONF_NUMBER, offsetof(struct conf, publish_key_ttl),
     "86400", 1, 31536000, "seconds",
     "How long a key is remembered, so that a message is not stored twice."},
    {"hold.beat", CONF_NUMBER, offsetof(struct conf, hold_beat), "15", 1, 3600,
     "seconds", "A held reader hears something at least this often."},
    {"hold.wait", CONF_NUMBER, offsetof(struct conf, hold_wait), "55", 1, 3600,
     "seconds", "The longest wait of a long-poll."},
    {"hold.max", CONF_NUMBER_OR_AUTO, offsetof(struct conf, hold_max), "auto",
     0, 1000000, "readers",
     "How many readers one process holds; auto: as descriptors allow."},
    {"hold.max_backlog", CONF_NUMBER, offsetof(struct conf, hold_max_backlog),
     "1048576", 4096, UINT32_MAX, "bytes",
     "A reader that falls behind by more is cut, and comes back."},
    {"hold.max_age", CONF_NUMBER, offsetof(struct conf, hold_max_age), "0", 0,
     UINT32_MAX, "seconds",
     "A stream is ended at 80 to 100 % of this age; 0: never."},
    {"hold.drain", CONF_NUMBER, offsetof(struct conf, hold_drain), "5", 0, 600,
     "seconds", "How long a process that was told to end may take."},
    {"sse.retry", CONF_NUMBER, offsetof(struct conf, sse_retry), "2000", 0,
     3600000, "milliseconds",
     "How long an EventSource waits before it reconnects."},
    {"poll.max_age", CONF_NUMBER, offsetof(struct conf, poll_max_age), "1", 0,
     3600, "seconds",
     "How long a cache may answer polls with what it has; 0: not at all."},
    {"websocket.may_publish", CONF_CHOICE,
     offsetof(struct conf, websocket_may_publish), "no", 0, 0, "no, yes",
     "Whether who may publish by HTTP may also do so through a WebSocket."},
    {"websocket.max_rate", CONF_NUMBER,
     offsetof(struct conf, websocket_max_rate), "50", 1, 100000,
     "frames a second",
     "What one client may send; at four times as much it is let go."},
    {"websocket.deflate_min", CONF_NUMBER,
     offsetof(struct conf, websocket_deflate_min), "1024", 0, UINT32_MAX,
     "bytes", "From which size of data on messages are compressed."},
    {"request.max_head", CONF_NUMBER, offsetof(struct conf, request_max_head),
     "65536", 4096, 1048576, "bytes", "The longest head of a request."},
    {"request.timeout", CONF_NUMBER, offsetof(struct conf, request_timeout),
     "10", 1, 600, "seconds",
     "How long the head and body of a request may take."},
    {"access.publish", CONF_CHOICE, offsetof(struct conf, access_publish),
     "loopback", 0, 0, "loopback, any, none",
     "Who may publish by HTTP: this machine, anybody, nobody."},
    {"access.origins", CONF_ORIGINS, offsetof(struct conf, access_origins), "",
     0, CONF_ORIGINS_MAX, "like https://shop.example, between spaces",
     "Other sites whose pages may read by a hidden iframe or a WebSocket."},
    {"log.level", CONF_CHOICE, offsetof(struct conf, log_level), "info", 0, 0,
     "error, warn, info, debug", "How much is logged."},
    {"log.to", CONF_CHOICE, offsetof(struct conf, log_to), "stderr", 0, 0,
     "stderr, syslog", "Where the log goes."},
};

/* So that choices and numbers are set alike. */
_Static_assert(sizeof(enum access_publish) == sizeof(unsigned int) &&
		   sizeof(enum may_publish) == sizeof(unsigned int) &&
		   sizeof(enum log_level) == sizeof(unsigned int) &&
		   sizeof(enum log_to) == sizeof(unsigned int),
	       "an enum is not an unsigned int");

static bool
read_number(unsigned int *out, const char *text)
{
	uint64_t n = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*out = (unsigned int)n;
	return true;
}

static bool
set_number(struct conf *c, const struct conf_setting *s, const char *text,
	   char expected[CONF_EXPECTED_SIZE])
{
	bool is_auto =
	    s->type == CONF_NUMBER_OR_AUTO && strcmp(text, "auto") == 0;
	unsigned int n = CONF_HOLD_MAX_AUTO;

	if (!is_auto && (!read_number(&n, text) || n < s->min || n > s->max)) {
		snprintf(expected, CONF_EXPECTED_SIZE,
			 "%sa whole number of %s from %u to %u",
			 s->type == CONF_NUMBER_OR_AUTO ? "auto or " : "",
			 s->values, s->min, s->max);
		return false;
	}
	memcpy((char *)c + s->field, &n, sizeof(n));
	return true;
}

static bool
set_choice(struct conf *c, const struct conf_setting *s, const char *text,
	   char expected[CONF_EXPECTED_SIZE])
{
	size_t len = strlen(text);
	unsigned int n = 0;

	for (const char *p = s->values; *p != '\0'; n++) {
		size_t word = strcspn(p, ",");

		if (word == len && memcmp(p, text, len) == 0) {
			memcpy((char *)c + s->field, &n, sizeof(n));
			return true;
		}
		p += word + strspn(p + word, ", ");
	}
	snprintf(expected, CONF_EXPECTED_SIZE, "one of %s", s->values);
	return false;
}

static bool
set_prefix(struct conf *c, const struct conf_setting *s, const char *text,
	   char expected[CONF_EXPECTED_SIZE])
{
	size_t len = strlen(text);

	if (len < s->min || len > s->max ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len) {
		snprintf(expected, CONF_EXPECTED_SIZE, "%u to %u characters %s",
			 s->min, s->max, s->values);
		return false;
	}
	memcpy((char *)c + s->field, text, len + 1);
	return true;
}

/* scheme://host[:port] and nothing that could end a quoted text. */
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

static bool
set_origins(struct conf *c, const struct conf_setting *s, const char *text,
	    char expected[CONF_EXPECTED_SIZE])
{
	char origins[CONF_ORIGINS_MAX + 2]; /* each with a space before it */
	size_t used = 0, len;

	snprintf(expected, CONF_EXPECTED_SIZE,
		 "origins %s, at most %u characters", s->values, s->max);
	if (strlen(text) > s->max)
		return false;
	for (text += strspn(text, " \t"); *text != '\0';
	     text += strspn(text, " \t")) {
		len = strcspn(text, " \t");
		if (!is_origin(text, len))
			return false;
		origins[used++] = ' ';
		memcpy(origins + used, text, len);
		used += len;
		text += len;
	}
	origins[used] = '\0';
	strcpy((char *)c + s->field, used > 0 ? origins + 1 : origins);
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

bool
conf_set(struct conf *c, const struct conf_setting *s, const char *text,
	 char expected[CONF_EXPECTED_SIZE])
{
	switch (s->type) {
	case CONF_CHOICE:
		return set_choice(c, s, text, expected);
	case CONF_PREFIX:
		return set_prefix(c, s, text, expected);
	case CONF_ORIGINS:
		return set_origins(c, s, text, expected);
	case CONF_URL:
		return set_url(c, s, text, expected);
	case CONF_NUMBER:
	case CONF_NUMBER_OR_AUTO:
		break;
	}
	return set_number(c, s, text, expected);
}

void
conf_init(struct conf *c)
{
	char expected[CONF_EXPECTED_SIZE];

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (!conf_set(c, &conf_settings[i], conf_settings[i].fallback,
			      expected))
			abort(); /* the table contradicts itself */
}

/* The comment above a setting. */
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
		fprintf(out, "%u to %u characters %s", s->min, s->max,
			s->values);
		break;
	case CONF_CHOICE:
	case CONF_ORIGINS:
	case CONF_URL:
		fputs(s->values, out);
		break;
	}
	fputs(").\n", out);
}

static void
print_url(const struct conf *c, FILE *out)
{
	const char *url = c->bus_url;
	const char *login = strstr(url, "://") + 3;

	if (c->redis.password[0] == '\0')
		fputs(url, out);
	else
		fprintf(out, "%.*s***%s", (int)(strchr(login, ':') + 1 - url),
			url, strchr(login, '@'));
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
print_value(const struct conf *c, const struct conf_setting *s, FILE *out)
{
	const char *field = (const char *)c + s->field;
	unsigned int n;

	if (s->type == CONF_URL) {
		print_url(c, out);
		return;
	}
	if (s->type == CONF_PREFIX || s->type == CONF_ORIGINS) {
		fputs(field, out);
		return;
	}
	memcpy(&n, field, sizeof(n));
	if (s->type == CONF_CHOICE)
		print_choice(s, n, out);
	else if (s->type == CONF_NUMBER_OR_AUTO && n == CONF_HOLD_MAX_AUTO)
		fputs("auto", out);
	else
		fprintf(out, "%u", n);
}

void
conf_print(const struct conf *c, FILE *out)
{
	const char *section = "";
	size_t len = 0;

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
		print_value(c, s, out);
		fputc('\n', out);
	}
}
