/* SPDX-License-Identifier: MIT */
/*
 * fuzz_message.c - any text as a message of the bus, and as its fields.
 *
 * A message has exactly one text: formatting a parsed message gives the same
 * text. Its JSON is valid and contains the same fields.
 */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "shared/base/utf8.h"
#include "shared/model/message.h"
#include "shared/model/rules.h"
#include "tests/fuzz/fuzz.h"

enum { JSON_MAX = 1 << 26 };

static void
put_id(struct buf *out, struct id id)
{
	buf_put_u64(out, id.ms);
	buf_putc(out, '-');
	buf_put_u64(out, id.seq);
	buf_putc(out, ' ');
}

static void
check_text(const struct message *m, const char *text, size_t len)
{
	struct buf out;

	buf_init(&out, len);
	put_id(&out, m->id);
	put_id(&out, m->prev);
	buf_put_u64(&out, m->event.len);
	buf_putc(&out, ' ');
	buf_put(&out, m->event.bytes, m->event.len);
	buf_put(&out, m->data.bytes, m->data.len);
	check(buf_ok(&out));
	check(out.len == len && memcmp(out.bytes, text, len) == 0);
	buf_free(&out);
}

/* The byte that the escape at `*at` encodes. */
static char
unescape(const char **at)
{
	static const char hex[] = "0123456789abcdef";
	static const char formats[] = "\"\\bfnrt";
	static const char meant[] = "\"\\\b\f\n\r\t";
	const char *format;

	(*at)++;
	if (**at == 'u') {
		check(memcmp(*at, "u000", 4) == 0 ||
		      memcmp(*at, "u001", 4) == 0);
		format = memchr(hex, (*at)[4], 16);
		check(format != NULL);
		*at += 5;
		return (char)(((*at)[-2] - '0') << 4 | (format - hex));
	}
	format = memchr(formats, **at, sizeof formats - 1);
	check(format != NULL);
	(*at)++;
	return meant[format - formats];
}

/* Parses a JSON string at `*at`, which must be `text`. */
static void
check_string(const char **at, const char *text, size_t len)
{
	check(*(*at)++ == '"');
	for (size_t i = 0; i < len; i++) {
		char c = **at;

		check((unsigned char)c >= 0x20 && c != '"');
		if (c == '\\')
			c = unescape(at);
		else
			(*at)++;
		check(c == text[i]);
	}
	check(*(*at)++ == '"');
}

static void
check_word(const char **at, const char *word)
{
	check(strncmp(*at, word, strlen(word)) == 0);
	*at += strlen(word);
}

static void
check_json(const struct message *m)
{
	char id[ID_TEXT_SIZE];
	struct buf out;
	const char *at;

	buf_init(&out, JSON_MAX);
	message_put_json(&out, m);
	buf_putc(&out, '\0');
	check(buf_ok(&out));
	at = out.bytes;
	check_word(&at, "{\"id\":");
	check_string(&at, id, id_format(id, m->id));
	check_word(&at, ",\"channel\":");
	check_string(&at, m->channel.bytes, m->channel.len);
	if (m->event.len > 0) {
		check_word(&at, ",\"event\":");
		check_string(&at, m->event.bytes, m->event.len);
	}
	check_word(&at, ",\"data\":");
	check_string(&at, m->data.bytes, m->data.len);
	check(*at == '\0' && at + 1 == out.bytes + out.len);
	buf_free(&out);
}

static void
check_copy(const struct message *m)
{
	struct message *copy = message_new(m);

	check(copy != NULL && copy->refs == 1);
	check(copy->event.len == m->event.len);
	check(memcmp(copy->event.bytes, m->event.bytes, m->event.len) == 0);
	check(copy->event.bytes[copy->event.len] == '\0');
	check(copy->data.len == m->data.len);
	check(memcmp(copy->data.bytes, m->data.bytes, m->data.len) == 0);
	check(copy->data.bytes[copy->data.len] == '\0');
	check_json(message_ref(copy));
	message_unref(copy);
	message_unref(copy);
}

static void
check_rules(const char *text, size_t len)
{
	bool valid = utf8_valid(text, len);

	if (channel_fault((struct text){text, len}) == NULL)
		check(valid && len >= 1 && len <= CHANNEL_NAME_MAX &&
		      memchr(text, ' ', len) == NULL);
	if (event_fault((struct text){text, len}) == NULL)
		check(valid && len <= EVENT_TYPE_MAX);
	if (key_fault((struct text){text, len}) == NULL)
		check(valid && len >= 1 && len <= PUBLISH_KEY_MAX);
	check((data_fault((struct text){text, len}) == NULL) ==
	      (valid && strnlen(text, len) == len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct message m = {.channel = {text, len}};

	if (len == 0)
		return 0; /* libFuzzer gives NULL; memcmp() forbids it */
	check_rules(text, len);
	if (message_parse(&m, (struct text){text, len})) {
		check_text(&m, text, len);
		check_copy(&m);
	}
	return 0;
}
