/* SPDX-License-Identifier: MIT */
/*
 * publication.h - from the parts of a message, as somebody sent them, to a
 * publication that may be published; and why it was not.
 *
 * channel and data must be there, event and key may.
 */
#ifndef SHARED_MODEL_PUBLICATION_H
#define SHARED_MODEL_PUBLICATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/batch.h"
#include "shared/model/message.h"
#include "shared/model/problem.h"

enum publication_field {
	PUBLICATION_CHANNEL,
	PUBLICATION_EVENT,
	PUBLICATION_DATA,
	PUBLICATION_KEY,
	PUBLICATION_FIELDS
};

/* Bytes are NULL where none was sent. */
struct publication_fields {
	struct text of[PUBLICATION_FIELDS];
};

/* The field of that name; PUBLICATION_FIELDS: none of ours. The name may hold a
 * NUL. */
enum publication_field publication_field_named(const char *name, size_t len);
const char *publication_field_name(enum publication_field field);

/* Takes the members of a JSON object; the texts, each with a NUL behind it,
 * lie in it. Others are ignored. False: refused, `p` is filled. */
bool publication_take_members(struct publication_fields *found,
			      const json_t *object, struct problem *p) MUST_USE;

/* The publication, which points to the fields. False: something is missing or
 * against the rules (message.h), `p` is filled. */
bool publication_make(struct publication *out,
		      const struct publication_fields *found,
		      struct problem *p) MUST_USE;

/* The most bytes a body or a text may have that holds a publication: its data
 * may be written as \u0041, six bytes for one. */
size_t publication_text_max(const struct conf *conf);

/* Its data is larger than message.max_bytes, `max`. Returns false. */
bool publication_too_large(size_t max, struct problem *p);

/* What the sender of a publication is told of what became of it. True: it was
 * published; else `p` is filled. */
bool publication_published(const struct publish_result *result,
			   struct problem *p);

#endif
