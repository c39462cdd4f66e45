/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/json_prune.h"

#include <string.h>

#include "shared/base/number.h"
#include "shared/model/json_scan.h"

struct prune {
	struct text rest; /* of the text, after what is scanned */
	const char *done; /* what precedes it is in `out` */
	struct buf *out;
};

static void
keep(struct prune *p, const char *until)
{
	buf_put(p->out, p->done, (size_t)(until - p->done));
	p->done = until;
}

static void
blank(struct prune *p, const char *until)
{
	for (; p->done < until; p->done++) {
		unsigned char c = (unsigned char)*p->done;

		if (c == '\n')
			buf_putc(p->out, '\n');
		else if ((c & 0xC0) != 0x80)
			buf_putc(p->out, ' ');
	}
}

/* Takes a character of a name, written as itself or as \u00XX. Returns -1 for
 * other escapes: no name that is read needs one. */
static int
take_character(struct text *name)
{
	int c = (unsigned char)*name->bytes, high, low;
	const char *at = name->bytes;

	name->bytes++;
	name->len--;
	if (c != '\\')
		return c;
	if (name->len < 5 || memcmp(name->bytes, "u00", 3) != 0)
		return -1;
	high = number_hex_digit(at[4]);
	low = number_hex_digit(at[5]);
	name->bytes += 5;
	name->len -= 5;
	return high * 16 + low;
}

/* `name` is without its quotes, and valid. */
static bool
name_is(struct text name, const char *wanted)
{
	while (name.len > 0 && *wanted != '\0')
		if (take_character(&name) != (unsigned char)*wanted++)
			return false;
	return name.len == 0 && *wanted == '\0';
}

static const struct json_member *
find(const struct json_member *read, struct text name)
{
	while (read->name != NULL && !name_is(name, read->name))
		read++;
	return read->name != NULL ? read : NULL;
}

/* A name and the colon after it. */
static bool
scan_name(struct text *rest, struct text *name)
{
	name->bytes = rest->bytes + 1;
	if (!json_scan_string(rest))
		return false;
	name->len = (size_t)(rest->bytes - name->bytes) - 1;
	json_scan_space(rest);
	return json_scan_char(rest, ':');
}

/* What must follow a value, so that jansson does not see a valid object where
 * there is none. */
static bool
ends(struct text rest)
{
	json_scan_space(&rest);
	return rest.len > 0 && (*rest.bytes == ',' || *rest.bytes == '}');
}

static bool
prune_value(struct prune *p)
{
	if (!json_scan_value(&p->rest) || !ends(p->rest))
		return false;
	blank(p, p->rest.bytes);
	return true;
}

static bool prune_object(struct prune *p, const struct json_member *read);

/* `kept`: how many before it stay, of which the comma before it is needed. */
static bool
prune_member(struct prune *p, const struct json_member *read,
	     unsigned int *kept)
{
	const char *start = p->rest.bytes;
	const struct json_member *found;
	struct text name;
	bool good;

	if (!scan_name(&p->rest, &name))
		return false;
	if (*kept == 0)
		blank(p, start);
	found = find(read, name);
	if (found == NULL)
		return prune_value(p);
	(*kept)++;
	json_scan_space(&p->rest);
	if (found->members != NULL && json_scan_char(&p->rest, '{'))
		good = prune_object(p, found->members);
	else
		good = json_scan_value(&p->rest);
	keep(p, p->rest.bytes);
	return good;
}

/* After its brace. */
static bool
prune_object(struct prune *p, const struct json_member *read)
{
	unsigned int kept = 0;

	keep(p, p->rest.bytes);
	json_scan_space(&p->rest);
	if (json_scan_char(&p->rest, '}'))
		return true;
	do {
		json_scan_space(&p->rest);
		if (!prune_member(p, read, &kept))
			return false;
		json_scan_space(&p->rest);
	} while (json_scan_char(&p->rest, ','));
	return json_scan_char(&p->rest, '}');
}

void
json_prune(struct buf *out, struct text text, const struct json_member *read)
{
	struct prune p = {.rest = text, .done = text.bytes, .out = out};

	json_scan_space(&p.rest);
	if (json_scan_char(&p.rest, '{'))
		(void)prune_object(&p, read);
	keep(&p, text.bytes + text.len);
}
