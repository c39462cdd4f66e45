/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/cursor.h"

#include "shared/base/buf.h"
#include "shared/base/number.h"

enum {
	TAG_LEN = 7,
	TAG_BITS = 6 * TAG_LEN,
	PART_SIZE = 1 + TAG_LEN + 1 + ID_TEXT_SIZE /* with its ~ */
};

/* FNV-1a with xor folding; http://www.isthe.com/chongo/tech/comp/fnv/ */
uint64_t
cursor_tag(struct text channel)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < channel.len; i++) {
		hash ^= (unsigned char)channel.bytes[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return (hash ^ (hash >> TAG_BITS)) & ((UINT64_C(1) << TAG_BITS) - 1);
}

/* The value of a character of base64url (RFC 4648, section 5), or -1. */
static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (number_is_digit(c))
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

static void
tag_format(char text[TAG_LEN], uint64_t tag)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = TAG_LEN; i-- > 0; tag >>= 6)
		text[i] = digits[tag & 63];
}

/* An id, or 0 for the start. */
static bool
parse_position(struct cursor_part *out, struct text text)
{
	out->start = text_is(text, "0");
	out->id = (struct id){0, 0};
	return out->start || id_parse(&out->id, text);
}

static size_t
position_format(char *text, const struct cursor_part *part)
{
	if (!part->start)
		return id_format(text, part->id);
	text[0] = '0';
	return 1;
}

static bool
parse_part(struct cursor_part *out, struct text text)
{
	uint64_t tag = 0;

	if (text.len <= TAG_LEN || text.bytes[TAG_LEN] != '.')
		return false;
	for (size_t i = 0; i < TAG_LEN; i++) {
		int value = sextet(text.bytes[i]);

		if (value < 0)
			return false;
		tag = tag << 6 | (uint64_t)value;
	}
	out->tag = tag;
	return parse_position(out, (struct text){text.bytes + TAG_LEN + 1,
						 text.len - TAG_LEN - 1});
}

static bool
parse_parts(struct cursor *out, struct text text)
{
	struct text part;
	bool more;

	do {
		more = text_cut(&text, '~', &part);
		if (out->count == CHANNELS_MAX ||
		    !parse_part(&out->parts[out->count++],
				more ? part : text)) {
			out->count = 0;
			return false;
		}
	} while (more);
	out->kind = CURSOR_PARTS;
	return true;
}

bool
cursor_parse(struct cursor *out, struct text text)
{
	out->kind = CURSOR_NONE;
	out->count = 0;
	if (text.len == 0)
		return true;
	if (parse_position(&out->parts[0], text)) {
		out->kind = out->parts[0].start ? CURSOR_ALL : CURSOR_ID;
		out->count = 1;
		out->parts[0].tag = 0;
		return true;
	}
	return parse_parts(out, text);
}

const struct cursor_part *
cursor_find(const struct cursor *c, uint64_t tag)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->kind != CURSOR_PARTS || c->parts[i].tag == tag)
			return &c->parts[i];
	return NULL;
}

void
cursor_put(struct buf *out, const struct cursor_part *parts, size_t count)
{
	char text[PART_SIZE];
	char *tag = text + 1;

	if (count == 1) {
		buf_put(out, text, position_format(text, &parts[0]));
		return;
	}
	text[0] = '~';
	for (size_t i = 0; i < count; i++) {
		size_t len = TAG_LEN;

		tag_format(tag, parts[i].tag);
		tag[len++] = '.';
		len += position_format(tag + len, &parts[i]);
		if (i == 0)
			buf_put(out, tag, len);
		else
			buf_put(out, text, len + 1);
	}
}
