/* SPDX-License-Identifier: MIT */
/*
 * fuzz_publish.c - any body, as a form and as JSON.
 *
 * An accepted publication obeys the rules, is inside the body, and survives a
 * round trip through JSON. A refused one has a problem.
 */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "tests/fuzz/fuzz.h"

enum { JSON_MAX = 1 << 24 };

static void
check_inside(const struct body *body, const char *text, size_t len)
{
	check(text >= body->bytes);
	check(text + len <= body->bytes + body->len);
}

static void
check_publication(const struct body *body, const struct publication *d)
{
	check(channel_fault(d->channel) == NULL);
	check(event_fault(d->event) == NULL);
	check(data_fault(d->data) == NULL);
	check(d->key.bytes == NULL || key_fault(d->key) == NULL);
	check_inside(body, d->channel.bytes, d->channel.len);
	check_inside(body, d->data.bytes, d->data.len);
	if (d->event.len > 0)
		check_inside(body, d->event.bytes, d->event.len);
	if (d->key.bytes != NULL)
		check_inside(body, d->key.bytes, d->key.len);
}

static void
check_problem(const struct problem *p)
{
	check(p->status == 400);
	check(p->detail[0] != '\0');
}

static void
check_published(const struct publication *publication)
{
	const struct publish_result stored = {
	    .status = PUBLISHED_STORED, .id = {8, 0}, .processes = 1};
	struct buf out;
	json_t *root;

	buf_init(&out, JSON_MAX);
	check(technique_publish.publish->response(publication, &stored, &out) ==
	      201);
	check(buf_ok(&out));
	root = json_loadb(out.bytes, out.len, 0, NULL);
	check(root != NULL);
	json_decref(root);
	buf_free(&out);
}

static void
put_member(struct buf *out, const char *name, const char *text, size_t len)
{
	buf_puts(out, name);
	escape_json(out, (struct text){text, len});
}

static void
write_json(struct buf *out, const struct publication *d)
{
	put_member(out, "{\"channel\":", d->channel.bytes, d->channel.len);
	put_member(out, ",\"event\":", d->event.bytes, d->event.len);
	put_member(out, ",\"data\":", d->data.bytes, d->data.len);
	if (d->key.bytes != NULL)
		put_member(out, ",\"key\":", d->key.bytes, d->key.len);
	buf_puts(out, "}");
	check(buf_ok(out));
}

static void
check_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	check(a_len == b_len);
	check(a_len == 0 || memcmp(a, b, a_len) == 0);
}

static void
check_round_trip(const struct publication *a)
{
	struct buf json;
	struct body body = {.content_type = "application/json"};
	struct publication b;
	struct problem p;

	buf_init(&json, JSON_MAX);
	write_json(&json, a);
	body.len = json.len;
	buf_putc(&json, '\0');
	body.bytes = json.bytes;
	check(technique_publish.publish->parse(&body, &b, &p));
	check_same(a->channel.bytes, a->channel.len, b.channel.bytes,
		   b.channel.len);
	check_same(a->event.bytes, a->event.len, b.event.bytes, b.event.len);
	check_same(a->data.bytes, a->data.len, b.data.bytes, b.data.len);
	check((a->key.bytes == NULL) == (b.key.bytes == NULL));
	check_same(a->key.bytes, a->key.len, b.key.bytes, b.key.len);
	buf_free(&json);
}

/* In an allocation of its own size, so that ASan sees one byte too many. */
static void
post(const char *type, const uint8_t *bytes, size_t len)
{
	char *copy = malloc(len + 1);
	struct body body = {type, copy, len};
	struct publication publication;
	struct problem p;

	check(copy != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	if (technique_publish.publish->parse(&body, &publication, &p)) {
		check_publication(&body, &publication);
		check_published(&publication);
		check_round_trip(&publication);
	} else {
		check_problem(&p);
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	post("application/x-www-form-urlencoded", bytes, len);
	post("application/json", bytes, len);
	return 0;
}
