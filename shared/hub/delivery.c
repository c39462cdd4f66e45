/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

enum { SHARED_MAX = 16 * 1024 * 1024 };

struct delivery_shared {
	SLIST_ENTRY(delivery_shared) link;
	const struct technique_stream *stream;
	const struct format *format;
	struct rcbuf *rcbuf;
};

struct delivery *
delivery_of_message(struct message *m)
{
	struct delivery *d = xcalloc(1, sizeof(*d));

	d->refs = 1;
	d->message = message_ref(m);
	d->position = m->id;
	return d;
}

struct delivery *
delivery_of_gap(const struct gap *g, struct id position)
{
	struct delivery *d = xcalloc(1, sizeof(*d));

	d->refs = 1;
	d->gap = *g;
	d->position = position;
	return d;
}

struct delivery *
delivery_of_presence(struct presence *p)
{
	struct delivery *d = xcalloc(1, sizeof(*d));

	d->refs = 1;
	d->presence = presence_ref(p);
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
	struct delivery_shared *shared;

	if (d == NULL || --d->refs > 0)
		return;
	while ((shared = SLIST_FIRST(&d->shared)) != NULL) {
		SLIST_REMOVE_HEAD(&d->shared, link);
		rcbuf_unref(shared->rcbuf);
		free(shared);
	}
	message_unref(d->message);
	presence_unref(d->presence);
	free(d);
}

size_t
delivery_bytes(const struct delivery *d)
{
	enum { NAME = 32 }; /* of a user, about */

	if (d->message != NULL)
		return d->message->data.len;
	return d->presence != NULL ? d->presence->user_count * NAME : 0;
}

struct rcbuf *
delivery_shared(struct delivery *d, const struct technique_stream *stream,
		const struct format *format)
{
	struct delivery_shared *shared;
	struct buf out;

	SLIST_FOREACH(shared, &d->shared, link)
		if (shared->stream == stream && shared->format == format)
			return shared->rcbuf;
	shared = xcalloc(1, sizeof(*shared));
	shared->stream = stream;
	shared->format = format;
	buf_init(&out, SHARED_MAX);
	if (d->presence != NULL)
		stream->presence(format, d->presence, &out);
	else
		stream->message(format, d->message, &out);
	if (buf_ok(&out))
		shared->rcbuf = rcbuf_new(out.bytes, out.len);
	buf_free(&out);
	SLIST_INSERT_HEAD(&d->shared, shared, link);
	return shared->rcbuf;
}
