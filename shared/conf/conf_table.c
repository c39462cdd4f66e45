/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/number.h"

const struct conf_setting conf_settings[CONF_SETTINGS] = {
    {"bus.url", CONF_URL, offsetof(struct conf, bus_url),
     "redis://127.0.0.1:6379/0", 0, 0,
     "redis://[user:password@]host[:port][/db], rediss://... or "
     "unix://[user:password@]/path[?db=N]",
     "Address of Redis."},
    {"bus.prefix", CONF_PREFIX, offsetof(struct conf, bus_prefix), "push", 1,
     CONF_PREFIX_MAX, "of a-z 0-9 _ -",
     "Prefix of all keys and pub/sub channels in Redis."},
    {"bus.sentinel", CONF_SENTINELS, offsetof(struct conf, bus_sentinel), "", 0,
     0, "[user:password@]host:port,host:port,...",
     "Sentinels that know where Redis is."},
    {"bus.sentinel_password_file", CONF_PATH,
     offsetof(struct conf, bus_sentinel_password_file), "", 0, CONF_PATH_MAX,
     "an absolute path", "The password of the Sentinels, on its first line."},
    {"bus.master", CONF_NAME, offsetof(struct conf, bus_master), "", 0,
     CONF_NAME_MAX, "of A-Z a-z 0-9 . _ -",
     "Name by which the Sentinels know Redis."},
    {"bus.tls_ca", CONF_PATH, offsetof(struct conf, bus_tls_ca), "", 0,
     CONF_PATH_MAX, "an absolute path",
     "Certificates of the authorities that may sign that of Redis."},
    {"bus.tls_cert", CONF_PATH, offsetof(struct conf, bus_tls_cert), "", 0,
     CONF_PATH_MAX, "an absolute path", "Certificate that is shown to Redis."},
    {"bus.tls_key", CONF_PATH, offsetof(struct conf, bus_tls_key), "", 0,
     CONF_PATH_MAX, "an absolute path",
     "Private key of bus.tls_cert, if it is not in that file."},
    {"bus.timeout", CONF_NUMBER, offsetof(struct conf, bus_timeout), "5", 1, 60,
     "seconds", "Timeout of connecting to Redis and of each command."},
    {"bus.audit", CONF_NUMBER, offsetof(struct conf, bus_audit), "5", 1, 3600,
     "seconds", "Interval of the check for lost messages."},
    {"message.max_bytes", CONF_NUMBER, offsetof(struct conf, message_max_bytes),
     "65536", 1, 1048576, "bytes", "Maximum length of the data of a message."},
    {"history.length", CONF_NUMBER, offsetof(struct conf, history_length),
     "1000", 0, 1000000, "messages",
     "Number of messages that Redis keeps per channel."},
    {"history.ttl", CONF_NUMBER, offsetof(struct conf, history_ttl), "86400", 1,
     31536000, "seconds", "Age at which Redis drops a message."},
    {"publish.key_ttl", CONF_NUMBER, offsetof(struct conf, publish_key_ttl),
     "86400", 1, 31536000, "seconds",
     "How long the key of a message is remembered."},
    {"publish.wait_replicas", CONF_NUMBER,
     offsetof(struct conf, publish_wait_replicas), "0", 0, 16, "replicas",
     "How many replicas must have a message before it counts as stored."},
    {"publish.wait_ms", CONF_NUMBER, offsetof(struct conf, publish_wait_ms),
     "1000", 1, 60000, "milliseconds", "Maximum wait for the replicas."},
    {"publish.spool", CONF_PATH, offsetof(struct conf, publish_spool), "", 0,
     CONF_PATH_MAX, "an absolute path",
     "Folder for messages that are published while Redis is away."},
    {"publish.spool_max", CONF_NUMBER, offsetof(struct conf, publish_spool_max),
     "67108864", 4096, UINT32_MAX, "bytes",
     "Maximum size of the messages in a spool."},
    {"hold.beat", CONF_NUMBER, offsetof(struct conf, hold_beat), "15", 1, 3600,
     "seconds", "Heartbeat interval of idle streams."},
    {"hold.wait", CONF_NUMBER, offsetof(struct conf, hold_wait), "55", 1, 3600,
     "seconds", "Maximum wait of a long-poll."},
    {"hold.max", CONF_NUMBER_OR_AUTO, offsetof(struct conf, hold_max), "auto",
     0, 1000000, "subscribers",
     "Maximum number of subscribers per process; auto: from the file limit."},
    {"hold.max_backlog", CONF_NUMBER, offsetof(struct conf, hold_max_backlog),
     "1048576", 4096, UINT32_MAX, "bytes",
     "Maximum backlog of a subscriber; above it the connection is cut."},
    {"hold.max_age", CONF_NUMBER, offsetof(struct conf, hold_max_age), "0", 0,
     UINT32_MAX, "seconds",
     "Maximum age of a stream, cut at 80 to 100 % of it; 0: never."},
    {"hold.drain", CONF_NUMBER, offsetof(struct conf, hold_drain), "5", 0, 600,
     "seconds", "Maximum duration of a shutdown after SIGTERM."},
    {"sse.retry", CONF_NUMBER, offsetof(struct conf, sse_retry), "2000", 0,
     3600000, "milliseconds", "Reconnect delay of an EventSource."},
    {"poll.max_age", CONF_NUMBER, offsetof(struct conf, poll_max_age), "0", 0,
     3600, "seconds",
     "How long a cache may reuse a poll response; 0: not at all."},
    {"websocket.may_publish", CONF_CHOICE,
     offsetof(struct conf, websocket_may_publish), "no", 0, 0, "no, yes",
     "Whether clients may publish through a WebSocket."},
    {"websocket.max_rate", CONF_NUMBER,
     offsetof(struct conf, websocket_max_rate), "50", 1, 100000,
     "frames per second",
     "Maximum rate of one client; at four times this it is disconnected."},
    {"websocket.deflate_min", CONF_NUMBER,
     offsetof(struct conf, websocket_deflate_min), "1024", 0, UINT32_MAX,
     "bytes", "Minimum length of data that is compressed."},
    {"request.max_head", CONF_NUMBER, offsetof(struct conf, request_max_head),
     "65536", 4096, 1048576, "bytes",
     "Maximum length of the head of a request."},
    {"request.timeout", CONF_NUMBER, offsetof(struct conf, request_timeout),
     "10", 1, 600, "seconds",
     "Timeout of receiving the head and body of a request."},
    {"access.publish", CONF_CHOICE, offsetof(struct conf, access_publish),
     "loopback", 0, 0, "loopback, any, none",
     "Who may publish by HTTP: local requests, everyone, nobody."},
    {"access.origins", CONF_ORIGINS, offsetof(struct conf, access_origins), "",
     0, CONF_ORIGINS_MAX, "such as https://shop.example, separated by spaces",
     "Other origins whose pages may subscribe by iframe or WebSocket."},
    {"log.level", CONF_CHOICE, offsetof(struct conf, log_level), "info", 0, 0,
     "error, warn, info, debug", "Least severe level that is logged."},
    {"log.to", CONF_CHOICE, offsetof(struct conf, log_to), "stderr", 0, 0,
     "stderr, syslog", "Destination of the log."},
};

/* Choices are set like numbers. */
_Static_assert(sizeof(enum access_publish) == sizeof(unsigned int) &&
		   sizeof(enum may_publish) == sizeof(unsigned int) &&
		   sizeof(enum retain) == sizeof(unsigned int) &&
		   sizeof(enum log_level) == sizeof(unsigned int) &&
		   sizeof(enum log_to) == sizeof(unsigned int),
	       "an enum is not an unsigned int");

static bool
set_number(void *fields, const struct conf_setting *s, const char *text,
	   char expected[CONF_EXPECTED_SIZE])
{
	bool may_be_auto = s->type == CONF_NUMBER_OR_AUTO;
	uint64_t number = CONF_HOLD_MAX_AUTO;
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
set_prefix(void *fields, const struct conf_setting *s, const char *text,
	   char expected[CONF_EXPECTED_SIZE])
{
	size_t len = strlen(text);

	if (len < s->min || len > s->max ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len) {
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

static bool
set_origins(void *fields, const struct conf_setting *s, const char *text,
	    char expected[CONF_EXPECTED_SIZE])
{
	char origins[CONF_ORIGINS_MAX + 2]; /* each with a space before it */
	size_t used = 0, len;

	snprintf(expected, CONF_EXPECTED_SIZE,
		 "origins %s; at most %u characters", s->values, s->max);
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
	strcpy((char *)fields + s->field, used > 0 ? origins + 1 : origins);
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

static bool
set_name(void *fields, const struct conf_setting *s, const char *text,
	 char expected[CONF_EXPECTED_SIZE])
{
	size_t len = strlen(text);

	if (len > s->max || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789._-") != len) {
		snprintf(expected, CONF_EXPECTED_SIZE, "%u to %u characters %s",
			 s->min, s->max, s->values);
		return false;
	}
	memcpy((char *)fields + s->field, text, len + 1);
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
	memcpy((char *)fields + s->field, text, len + 1);
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
		return set_prefix(fields, s, text, expected);
	case CONF_ORIGINS:
		return set_origins(fields, s, text, expected);
	case CONF_PATH:
		return set_path(fields, s, text, expected);
	case CONF_NUMBER:
	case CONF_NUMBER_OR_AUTO:
		return set_number(fields, s, text, expected);
	case CONF_NAME:
		return set_name(fields, s, text, expected);
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
}
