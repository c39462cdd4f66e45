/* SPDX-License-Identifier: MIT */
/*
 * fuzz_request.c - any bytes as the parameters of a FastCGI request.
 *
 * The first byte selects how they are split into records. A request with a
 * length that goes past the end is refused before libfcgi sees it; of any other
 * libfcgi decodes exactly the pairs that are there.
 */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/wire/record.h"
#include "shared/wire/request.h"
#include "tests/fuzz/fuzz.h"

enum { REQUEST_ID = 1, HEAD_MAX = 1 << 26 };

/* Of a flat stream of pairs. */
struct pairs {
	const uint8_t *at, *end;
};

/* 1 to 64 bytes, at most what is left. */
static size_t
next_size(uint32_t *seed, size_t left)
{
	size_t size;

	*seed = *seed * 1664525 + 1013904223;
	size = (*seed >> 16) % 64 + 1;
	return size < left ? size : left;
}

static void
put_head(struct buf *head, const uint8_t *bytes, size_t len, uint8_t how)
{
	struct record_piece piece = {.bytes = bytes};
	uint32_t seed = how;

	record_put_begin(head, REQUEST_ID);
	for (size_t at = 0; at < len; at += piece.len) {
		piece.bytes = bytes + at;
		piece.len = how < 2 ? len : next_size(&seed, len - at);
		record_put_params(head, REQUEST_ID, &piece);
	}
	piece.len = 0;
	record_put_params(head, REQUEST_ID, &piece);
	check(buf_ok(head));
}

static bool
get_length(struct pairs *p, size_t *len)
{
	size_t bytes = p->at < p->end && *p->at >= 0x80 ? 4 : 1;

	if ((size_t)(p->end - p->at) < bytes)
		return false;
	*len = *p->at++ & 0x7f;
	while (--bytes > 0)
		*len = *len << 8 | *p->at++;
	return true;
}

/* False: there is no whole pair left. */
static bool
next_pair(struct pairs *p, struct text *name, struct text *value)
{
	size_t left;

	if (!get_length(p, &name->len) || !get_length(p, &value->len))
		return false;
	left = (size_t)(p->end - p->at);
	if (name->len > left || value->len > left - name->len)
		return false;
	name->bytes = (const char *)p->at;
	value->bytes = name->bytes + name->len;
	p->at += name->len + value->len;
	return true;
}

static bool
are_whole(struct pairs p)
{
	struct text name, value;

	while (p.at < p.end)
		if (!next_pair(&p, &name, &value))
			return false;
	return true;
}

/* libfcgi adds one variable before those of the request. */
static void
check_variables(const struct request *r, struct pairs p)
{
	char *const *v = r->variables;
	struct text name, value;

	check(*v != NULL && strcmp(*v++, "FCGI_ROLE=RESPONDER") == 0);
	for (; p.at < p.end; v++) {
		check(next_pair(&p, &name, &value) && *v != NULL);
		check(memcmp(*v, name.bytes, name.len) == 0);
		check((*v)[name.len] == '=');
		check(memcmp(*v + name.len + 1, value.bytes, value.len) == 0);
		check((*v)[name.len + 1 + value.len] == '\0');
	}
	check(*v == NULL);
	check(request_get(r, "CONTENT_LENGTH")[0] != '\0' ||
	      request_content_length(r) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static bool ready;
	const struct pairs pairs = {.at = bytes + 1, .end = bytes + len};
	struct request r;
	struct buf head;
	bool opened;

	if (len == 0)
		return 0;
	check(ready || request_init());
	ready = true;
	buf_init(&head, HEAD_MAX);
	put_head(&head, bytes + 1, len - 1, bytes[0]);
	opened = request_open(&r, &head);
	check(opened == are_whole(pairs));
	if (opened) {
		check_variables(&r, pairs);
		request_close(&r);
	}
	buf_free(&head);
	return 0;
}
