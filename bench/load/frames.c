/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/frames.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	FIN = 0x80,
	RSV1 = 0x40,
	OPCODE = 0x0F,
	CLOSE = 0x8,
	PING = 0x9,
	PONG = 0xA,
	TEXT_MAX = 1024 * 1024
};

struct sink {
	said_fn *fn;
	void *arg;
};

/* The last that was inflated: the others get the same bytes. */
static struct {
	z_stream z;
	bool made;
	char *packed, *text;
	size_t packed_len, text_len;
} last;

uint64_t frames_deflated;

void
frames_free(struct frames *f)
{
	free(f->kept);
	free(f->message);
	memset(f, 0, sizeof(*f));
}

void
frames_free_shared(void)
{
	if (last.made)
		inflateEnd(&last.z);
	free(last.packed);
	free(last.text);
	memset(&last, 0, sizeof(last));
}

/* Adds to what is allocated. */
static bool
append(char **to, size_t *to_len, const char *bytes, size_t len)
{
	char *grown = realloc(*to, *to_len + len + 1);

	if (!grown)
		return false;
	memcpy(grown + *to_len, bytes, len);
	*to = grown;
	*to_len += len;
	return true;
}

static bool
inflate_last(void)
{
	static const unsigned char suffix[4] = {0, 0, 0xFF, 0xFF};
	z_stream *z = &last.z;

	if (!last.made && inflateInit2(z, -MAX_WBITS) != Z_OK)
		return false;
	last.made = true;
	if (!last.text && !(last.text = malloc(TEXT_MAX)))
		return false;
	inflateReset(z);
	if (!append(&last.packed, &last.packed_len, (const char *)suffix, 4))
		return false;
	z->next_in = (unsigned char *)last.packed;
	z->avail_in = (unsigned int)last.packed_len;
	z->next_out = (unsigned char *)last.text;
	z->avail_out = TEXT_MAX;
	last.packed_len -= 4;
	if (inflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_out == 0)
		return false;
	last.text_len = TEXT_MAX - z->avail_out;
	return true;
}

static bool
unpack(const char **text, size_t *len)
{
	if (*len != last.packed_len || !last.packed ||
	    memcmp(last.packed, *text, *len) != 0) {
		last.packed_len = 0;
		if (!append(&last.packed, &last.packed_len, *text, *len) ||
		    !inflate_last())
			return false;
	}
	*text = last.text;
	*len = last.text_len;
	return true;
}

static bool
take_message(const char *bytes, size_t len, bool deflated,
	     const struct sink *sink)
{
	if (deflated && !unpack(&bytes, &len))
		return false;
	frames_deflated += deflated;
	message_read(bytes, len, sink->fn, sink->arg);
	return true;
}

/* A frame of a message; most are the whole message. */
static bool
take_part(struct frames *f, unsigned int first, const char *bytes, size_t len,
	  const struct sink *sink)
{
	bool good;

	if (!f->message && first & FIN)
		return take_message(bytes, len, first & RSV1, sink);
	if (!f->message)
		f->deflated = first & RSV1;
	if (!append(&f->message, &f->message_len, bytes, len))
		return false;
	if (!(first & FIN))
		return true;
	good = take_message(f->message, f->message_len, f->deflated, sink);
	free(f->message);
	f->message = NULL;
	f->message_len = 0;
	return good;
}

static bool
take_frame(struct frames *f, unsigned int first, const char *bytes, size_t len,
	   const struct sink *sink)
{
	switch (first & OPCODE) {
	case CLOSE:
		return false;
	case PING:
		sink->fn(sink->arg, SAID_PING, NULL, NULL, 0);
		return true;
	case PONG:
		return true;
	default:
		return take_part(f, first, bytes, len, sink);
	}
}

/* The length of the head of the frame at `bytes`, and of its payload; 0: the
 * head is not whole. */
static size_t
read_head(const unsigned char *bytes, size_t len, uint64_t *payload)
{
	size_t more, i;

	if (len < 2)
		return 0;
	*payload = bytes[1] & 0x7F;
	more = *payload < 126 ? 0 : *payload == 126 ? 2 : 8;
	if (len < 2 + more)
		return 0;
	if (more > 0)
		*payload = 0;
	for (i = 0; i < more; i++)
		*payload = *payload << 8 | bytes[2 + i];
	return 2 + more;
}

/* Takes the whole frames; `*used` is what they were. */
static bool
take_whole(struct frames *f, const char *bytes, size_t len, size_t *used,
	   const struct sink *sink)
{
	size_t at = 0;

	for (;;) {
		const char *frame = bytes + at;
		uint64_t payload;
		size_t head =
		    read_head((const unsigned char *)frame, len - at, &payload);

		*used = at;
		if (head == 0 || payload > len - at - head)
			return true;
		if (!take_frame(f, (unsigned char)*frame, frame + head,
				(size_t)payload, sink))
			return false;
		at += head + (size_t)payload;
	}
}

bool
frames_take(struct frames *f, const char *bytes, size_t len, said_fn *fn,
	    void *arg)
{
	const struct sink sink = {.fn = fn, .arg = arg};
	size_t used;

	if (f->kept) {
		if (!append(&f->kept, &f->kept_len, bytes, len))
			return false;
		bytes = f->kept;
		len = f->kept_len;
	}
	if (!take_whole(f, bytes, len, &used, &sink))
		return false;
	if (f->kept && used == len) {
		free(f->kept);
		f->kept = NULL;
		f->kept_len = 0;
	} else if (f->kept) {
		memmove(f->kept, f->kept + used, len - used);
		f->kept_len = len - used;
	} else if (used < len) {
		return append(&f->kept, &f->kept_len, bytes + used, len - used);
	}
	return true;
}
