/* SPDX-License-Identifier: MIT */
/*
 * fuzz_script.c - any bytes as a text in a script, in a comment and in HTML.
 *
 * Nothing that could end the script is left, and what a script reads is the
 * text, byte for byte.
 */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "tests/fuzz/fuzz.h"

enum { SCRIPT_MAX = 1 << 26 };

/* Neither '<' nor '>' nor U+2028 nor U+2029 is in it. */
static void
check_harmless(const struct buf *script)
{
	for (size_t i = 0; i < script->len; i++) {
		const char *at = script->bytes + i;

		check(*at != '<' && *at != '>');
		if (script->len - i >= 3 && memcmp(at, "\xe2\x80", 2) == 0)
			check(at[2] != '\xa8' && at[2] != '\xa9');
	}
}

static unsigned int
hex(const char *digits)
{
	char text[5] = {0};
	char *end;
	unsigned long n;

	memcpy(text, digits, 4);
	n = strtoul(text, &end, 16);
	check(end == text + 4);
	return (unsigned int)n;
}

/* Writes what \uXXXX stands for; only these are ever written that way. */
static void
put_code(struct buf *out, unsigned int code)
{
	if (code == 0x2028 || code == 0x2029) {
		buf_puts(out, code == 0x2028 ? "\xe2\x80\xa8" : "\xe2\x80\xa9");
		return;
	}
	check(code < 0x20 || code == '<' || code == '>');
	buf_putc(out, (char)code);
}

/* What a script reads where `script` stands: a text in quotes. */
static void
read_text(struct buf *out, const struct buf *script)
{
	static const char formats[] = "\"\\bfnrt";
	static const char meant[] = "\"\\\b\f\n\r\t";
	const char *at = script->bytes, *end = at + script->len, *format;

	check(script->len >= 2 && *at++ == '"' && *--end == '"');
	while (at < end) {
		check(*at != '"' && (unsigned char)*at >= 0x20);
		if (*at != '\\') {
			buf_putc(out, *at++);
			continue;
		}
		check(end - at >= 2);
		if (at[1] == 'u') {
			check(end - at >= 6);
			put_code(out, hex(at + 2));
			at += 6;
			continue;
		}
		format = memchr(formats, at[1], sizeof(formats) - 1);
		check(format != NULL);
		buf_putc(out, meant[format - formats]);
		at += 2;
	}
}

static void
check_script(const char *text, size_t len)
{
	struct buf json, script, back;

	buf_init(&json, SCRIPT_MAX);
	buf_init(&script, SCRIPT_MAX);
	buf_init(&back, SCRIPT_MAX);
	escape_json(&json, (struct text){text, len});
	escape_script(&script, &json);
	check(buf_ok(&script));
	check_harmless(&script);
	read_text(&back, &script);
	check(buf_ok(&back) && back.len == len);
	check(len == 0 || memcmp(back.bytes, text, len) == 0);
	buf_free(&json);
	buf_free(&script);
	buf_free(&back);
}

static void
check_comment(const char *text)
{
	struct buf out;

	buf_init(&out, SCRIPT_MAX);
	escape_comment(&out, text);
	check(buf_ok(&out) && out.len == strlen(text));
	for (size_t i = 0; i < out.len; i++)
		check(out.bytes[i] >= ' ' && out.bytes[i] <= '~' &&
		      strchr("*<>", out.bytes[i]) == NULL);
	buf_free(&out);
}

static void
check_html(const char *text)
{
	static const char *const references[][2] = {{"&amp;", "&"},
						    {"&lt;", "<"},
						    {"&gt;", ">"},
						    {"&quot;", "\""},
						    {"&#39;", "'"}};
	struct buf out;
	const char *at;
	size_t n;

	buf_init(&out, SCRIPT_MAX);
	escape_html(&out, text);
	buf_putc(&out, '\0');
	check(buf_ok(&out));
	for (at = out.bytes; *at != '\0'; text++) {
		check(strchr("<>\"'", *at) == NULL);
		if (*at != '&') {
			check(*at++ == *text);
			continue;
		}
		for (n = 0; references[n][1][0] != *text; n++)
			check(n < 4);
		check(strncmp(at, references[n][0], strlen(references[n][0])) ==
		      0);
		at += strlen(references[n][0]);
	}
	check(*text == '\0');
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);

	check(text != NULL);
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	check_script(text, len);
	check_comment(text);
	check_html(text);
	free(text);
	return 0;
}
