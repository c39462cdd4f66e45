/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/publication.h"

#include <jansson.h>

#include "shared/model/rules.h"

const struct json_member publication_members[] = {
    [PUBLICATION_CHANNEL] = {.name = "channel"},
    [PUBLICATION_EVENT] = {.name = "event"},
    [PUBLICATION_DATA] = {.name = "data"},
    [PUBLICATION_KEY] = {.name = "key"},
    [PUBLICATION_FIELDS] = {.name = NULL},
};

enum publication_field
publication_field_named(struct text name)
{
	enum publication_field i = 0;

	while (i < PUBLICATION_FIELDS &&
	       !text_is(name, publication_field_name(i)))
		i++;
	return i;
}

const char *
publication_field_name(enum publication_field field)
{
	return publication_members[field].name;
}

size_t
publication_size(const struct publication *p)
{
	return p->channel.len + p->event.len + p->data.len + p->key.len + 4;
}

void
publication_copy(struct publication *out, char *texts,
		 const struct publication *p)
{
	*out = *p;
	out->channel = text_copy(&texts, p->channel);
	out->event = text_copy(&texts, p->event);
	out->data = text_copy(&texts, p->data);
	if (p->key.bytes != NULL)
		out->key = text_copy(&texts, p->key);
}

static bool
refuse_member(enum publication_field i, struct problem *p)
{
	if (i == PUBLICATION_DATA)
		return problem_set(p, 400,
				   "data must be a string. Encode any other "
				   "JSON value with JSON.stringify() first.");
	return problem_set(p, 400, "%s must be a string.",
			   publication_field_name(i));
}

bool
publication_take_members(struct publication_fields *fields,
			 const struct json_t *object, struct problem *p)
{
	for (enum publication_field i = 0; i < PUBLICATION_FIELDS; i++) {
		const json_t *member =
		    json_object_get(object, publication_field_name(i));

		if (member == NULL)
			continue;
		if (!json_is_string(member))
			return refuse_member(i, p);
		fields->of[i] = (struct text){json_string_value(member),
					      json_string_length(member)};
	}
	return true;
}

static const char *
publication_fault(const struct publication *pub)
{
	const char *fault = channel_fault(pub->channel);

	if (fault == NULL)
		fault = event_fault(pub->event);
	if (fault == NULL)
		fault = data_fault(pub->data);
	if (fault == NULL && pub->key.bytes != NULL)
		fault = key_fault(pub->key);
	return fault;
}

bool
publication_make(struct publication *out,
		 const struct publication_fields *fields, struct problem *p)
{
	const struct text *of = fields->of;
	const char *fault;

	if (of[PUBLICATION_CHANNEL].bytes == NULL)
		return problem_set(p, 400, "The channel is missing.");
	if (of[PUBLICATION_DATA].bytes == NULL)
		return problem_set(p, 400,
				   "The data is missing. To publish an empty "
				   "message, send empty data.");
	*out = (struct publication){
	    .channel = of[PUBLICATION_CHANNEL],
	    .event = of[PUBLICATION_EVENT],
	    .data = of[PUBLICATION_DATA],
	    .key = of[PUBLICATION_KEY],
	};
	if (out->event.bytes == NULL)
		out->event = text_of("");
	fault = publication_fault(out);
	if (fault != NULL)
		return problem_set(p, 400, "%s", fault);
	return true;
}

bool
publication_too_large(size_t max_bytes, struct problem *p)
{
	return problem_set(p, 413,
			   "The message is larger than %zu bytes "
			   "(message.max_bytes).",
			   max_bytes);
}

bool
publication_was_new(const struct publish_result *result)
{
	return result->status == PUBLISHED_STORED ||
	       result->status == PUBLISHED_SPOOLED || result->few_replicas;
}

bool
publication_published(const struct publish_result *result, struct problem *p)
{
	enum { RETRY_AFTER_S = 2, AN_HOUR_S = 3600 };

	switch (result->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
	case PUBLISHED_SPOOLED:
		return true;
	case PUBLISHED_NOT_STORED:
		problem_set(p, result->new_channel ? 429 : 503,
			    "%s Nothing was stored.", result->reason);
		p->stored = "false";
		p->retry_after =
		    result->new_channel ? AN_HOUR_S : RETRY_AFTER_S;
		break;
	case PUBLISHED_UNKNOWN:
		problem_set(p, 504,
			    "%s The message may or may not be stored. Retry "
			    "with the same key to store it at most once.",
			    result->reason);
		p->stored = "\"unknown\"";
		break;
	}
	return false;
}

size_t
publication_text_max(size_t max_bytes)
{
	enum { ESCAPED_BYTE = 6, OTHER_FIELDS_MAX = 16 * 1024 };

	return max_bytes * ESCAPED_BYTE + OTHER_FIELDS_MAX;
}
