/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/delivery.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 16 * 1024 * 1024 };

struct delivery_shared {
	struct delivery_shared *next;
	struct format format;
	struct rcbuf *rcbuf;
};

static struct delivery *
delivery_new(void)
{
	struct delivery *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->refs = 1;
	return d;
}

struct delivery *
delivery_of_message(struct message *m)
{
	struct delivery *d = delivery_new();

	if (d == NULL)
		return NULL;
	d->message = message_ref(m);
	d->position = m->id;
	return d;
}

struct delivery *
delivery_of_gap(const struct gap *g)
{
	struct delivery *d = delivery_new();

	if (d == NULL)
		return NULL;
	d->gap = *g;
	d->position = g->before;
	return d;
}

struct delivery *
delivery_ref(struct delivery *d)
{
	d->refs++;
	return d;
}

void
delivery_unref(struct delivery *d)
{
	struct delivery_shared *body;

	if (d == NULL || --d->refs > 0)
		return;
	while ((body = d->shared) != NULL) {
		d->shared = body->next;
		rcbuf_unref(body->rcbuf);
		free(body);
	}
	message_unref(d->message);
	free(d);
}

struct id
delivery_id(const struct delivery *d)
{
	return d->position;
}

struct rcbuf *
delivery_shared(struct delivery *d, const struct format *format)
{
	struct delivery_shared *body;
	struct buf out;

	for (body = d->shared; body != NULL; body = body->next)
		if (memcmp(&body->format, format, sizeof(*format)) == 0)
			return body->rcbuf;
	body = calloc(1, sizeof(*body));
	if (body == NULL)
		return NULL;
	buf_init(&out, BODY_MAX);
	technique.message(format, d->message, &out);
	if (buf_ok(&out))
		body->rcbuf = rcbuf_new(out.bytes, out.len);
	buf_free(&out);
	if (body->rcbuf == NULL) {
		free(body);
		return NULL;
	}
	body->format = *format;
	body->next = d->shared;
	d->shared = body;
	return body->rcbuf;
}
