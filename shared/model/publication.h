/* SPDX-License-Identifier: MIT */
/*
 * publication.h - a message on its way to Redis, and the result.
 *
 * A publication has no id yet. It is made of fields that a client sent, in a
 * form, in JSON or on a WebSocket. channel and data are required; event and
 * key (the idempotency key) are optional.
 */
#ifndef SHARED_MODEL_PUBLICATION_H
#define SHARED_MODEL_PUBLICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/id.h"
#include "shared/model/json_prune.h"
#include "shared/model/problem.h"

struct json_t; /* jansson.h */

/* All borrowed. */
struct publication {
	struct text channel;
	struct text event; /* "" for none, never NULL */
	struct text data;
	struct text key;  /* bytes NULL: none */
	bool never_first; /* in a new channel it is not stored */
};

/* The room that publication_copy() needs, in bytes. */
size_t publication_size(const struct publication *p);

/* Copies `p` and its texts, each with a NUL, to `texts`. */
void publication_copy(struct publication *out, char *texts,
		      const struct publication *p);

enum publish_status {
	PUBLISHED_STORED,
	PUBLISHED_SEEN,	      /* its key is known: nothing new was stored */
	PUBLISHED_SPOOLED,    /* kept on disk, to be stored later */
	PUBLISHED_NOT_STORED, /* refused, or Redis was never asked */
	PUBLISHED_UNKNOWN     /* Redis was asked and did not answer */
};

struct publish_result {
	enum publish_status status;
	struct id id;		/* STORED; SEEN: of the first message */
	unsigned int processes; /* STORED: processes that got it; a hint */
	bool new_channel;	/* STORED or few_replicas: it is the first
				 * message of its channel; NOT_STORED: it would
				 * be, and never_first is set */
	const char *reason;	/* NOT_STORED, UNKNOWN: a sentence. Borrowed */
	bool temporary;		/* NOT_STORED: may be stored by a retry, without
				 * a change: Redis was away, busy or full */
	bool few_replicas; /* UNKNOWN: the master has it and `id` is set, but
			    * too few replicas have it; `replicated` of them */
	unsigned int replicated;
};

enum publication_field {
	PUBLICATION_CHANNEL,
	PUBLICATION_EVENT,
	PUBLICATION_DATA,
	PUBLICATION_KEY,
	PUBLICATION_FIELDS
};

/* The bytes of an absent field are NULL. */
struct publication_fields {
	struct text of[PUBLICATION_FIELDS];
};

/* PUBLICATION_FIELDS: there is no field of that name. */
enum publication_field publication_field_named(struct text name);
const char *publication_field_name(enum publication_field field);

/* The fields as members of a JSON object. */
extern const struct json_member publication_members[];

/* Takes the fields from the members of a JSON object and ignores other
 * members. The texts are borrowed from it, each followed by a NUL. False: one
 * is not a string, `p` is filled. */
bool publication_take_members(struct publication_fields *fields,
			      const struct json_t *object,
			      struct problem *p) MUST_USE;

/* Makes a publication that borrows from `fields`. False: a field is missing or
 * breaks a rule (rules.h), `p` is filled. The size of data is not checked. */
bool publication_make(struct publication *out,
		      const struct publication_fields *fields,
		      struct problem *p) MUST_USE;

/* The longest request body or WebSocket text that can contain data of
 * `max_bytes` (message.max_bytes): JSON may write one byte as \u0041, six. */
size_t publication_text_max(size_t max_bytes);

/* Fills `p`: the data is longer than `max_bytes`. Returns false. */
bool publication_too_large(size_t max_bytes, struct problem *p);

/* It is stored or spooled, and was not before. */
bool publication_was_new(const struct publish_result *result) MUST_USE;

/* True: the result is a success. False: `p` is filled for the sender. */
bool publication_published(const struct publish_result *result,
			   struct problem *p);

#endif
