/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/spool/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/number.h"
#include "shared/model/rules.h"

enum { HASH_DIGITS = 16, HASH_LINE = HASH_DIGITS + 1, FIELDS = 5 };

static const char magic[] = "pushcgi-spool 1";

static uint64_t
hash(const char *bytes, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++) {
		h ^= (unsigned char)bytes[i];
		h *= UINT64_C(0x100000001b3);
	}
	return h;
}

static void
format_hash(char out[HASH_LINE + 1], const char *bytes, size_t len)
{
	snprintf(out, HASH_LINE + 1, "%016" PRIx64 "\n", hash(bytes, len));
}

void
spool_file_put(struct buf *out, const struct publication *p,
	       uint64_t written_ms)
{
	size_t start = out->len;
	char line[HASH_LINE + 1];

	buf_printf(out, "%s %" PRIu64 " %zu %zu %zu %zu\n", magic, written_ms,
		   p->channel.len, p->event.len, p->key.len, p->data.len);
	buf_put(out, p->channel.bytes, p->channel.len);
	buf_put(out, p->event.bytes, p->event.len);
	buf_put(out, p->key.bytes, p->key.len);
	buf_put(out, p->data.bytes, p->data.len);
	buf_putc(out, '\n');
	if (!buf_ok(out))
		return;
	format_hash(line, out->bytes + start, out->len - start);
	buf_put(out, line, HASH_LINE);
}

/* Removes the last line, and checks that it is the hash of the others. */
static bool
take_hash(struct text *file)
{
	char line[HASH_LINE + 1];

	if (file->len < HASH_LINE)
		return false;
	file->len -= HASH_LINE;
	format_hash(line, file->bytes, file->len);
	return memcmp(file->bytes + file->len, line, HASH_LINE) == 0;
}

static bool
take_head(struct text *file, uint64_t field[FIELDS])
{
	struct text line;
	const char *at, *end;

	if (!text_cut(file, '\n', &line) || line.len < strlen(magic) ||
	    memcmp(line.bytes, magic, strlen(magic)) != 0)
		return false;
	at = line.bytes + strlen(magic);
	end = line.bytes + line.len;
	for (int i = 0; i < FIELDS; i++)
		if (at == end || *at++ != ' ' ||
		    !number_take(&field[i], &at, end,
				 i == 0 ? UINT64_MAX : SPOOL_FILE_MAX))
			return false;
	return at == end;
}

static struct text
take(struct text *rest, uint64_t len)
{
	struct text taken = {rest->bytes, (size_t)len};

	rest->bytes += taken.len;
	rest->len -= taken.len;
	return taken;
}

static bool
is_valid(const struct publication *p)
{
	return channel_fault(p->channel) == NULL &&
	       event_fault(p->event) == NULL && key_fault(p->key) == NULL &&
	       data_fault(p->data) == NULL;
}

bool
spool_file_parse(struct publication *out, uint64_t *written_ms,
		 struct text file)
{
	uint64_t field[FIELDS];

	if (!take_hash(&file) || !take_head(&file, field) ||
	    field[1] + field[2] + field[3] + field[4] + 1 != file.len ||
	    file.bytes[file.len - 1] != '\n')
		return false;
	*written_ms = field[0];
	*out = (struct publication){.never_first = false};
	out->channel = take(&file, field[1]);
	out->event = take(&file, field[2]);
	out->key = take(&file, field[3]);
	out->data = take(&file, field[4]);
	return is_valid(out);
}
