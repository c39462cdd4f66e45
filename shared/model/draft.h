/* SPDX-License-Identifier: MIT */
/*
 * draft.h - from the parts of a message, as somebody sent them, to a draft
 * that may be published; and why it was not.
 *
 * channel and data must be there, event and key may.
 */
#ifndef SHARED_MODEL_DRAFT_H
#define SHARED_MODEL_DRAFT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/model/batch.h"
#include "shared/conf/conf.h"
#include "shared/model/message.h"
#include "shared/model/problem.h"

enum draft_field {
	DRAFT_CHANNEL,
	DRAFT_EVENT,
	DRAFT_DATA,
	DRAFT_KEY,
	DRAFT_FIELDS
};

/* Bytes are NULL where none was sent. */
struct draft_fields {
	struct text of[DRAFT_FIELDS];
};

/* The field of that name; DRAFT_FIELDS: none of ours. The name may hold a
 * NUL. */
enum draft_field draft_field_named(const char *name, size_t len);
const char *draft_field_name(enum draft_field field);

/* Takes the members of a JSON object; the texts, each with a NUL behind it,
 * lie in it. Others are ignored. False: refused, `p` is filled. */
bool draft_take_members(struct draft_fields *found, const json_t *object,
			struct problem *p) MUST_USE;

/* The draft, which points to the fields. False: something is missing or
 * against the rules (message.h), `p` is filled. */
bool draft_make(struct draft *out, const struct draft_fields *found,
		struct problem *p) MUST_USE;

/* The most bytes a body or a text may have that holds a draft: its data may be
 * written as \u0041, six bytes for one. */
size_t draft_text_max(const struct conf *conf);

/* Its data is larger than message.max_bytes, `max`. Returns false. */
bool draft_too_large(size_t max, struct problem *p);

/* What the sender of a draft is told of what became of it. True: it was
 * published; else `p` is filled. */
bool draft_published(const struct published *result, struct problem *p);

#endif
