/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/publication.h"

#include <string.h>

static const char *const names[PUBLICATION_FIELDS] = {"channel", "event",
						      "data", "key"};

enum publication_field
publication_field_named(const char *name, size_t len)
{
	enum publication_field i = 0;

	while (i < PUBLICATION_FIELDS &&
	       (strlen(names[i]) != len || memcmp(names[i], name, len) != 0))
		i++;
	return i;
}

const char *
publication_field_name(enum publication_field field)
{
	return names[field];
}

static bool
refuse_member(enum publication_field i, struct problem *p)
{
	if (i == PUBLICATION_DATA)
		return problem_set(p, 400,
				   "data must be a string. To send other JSON, "
				   "send it as a string, as JSON.stringify() "
				   "makes one.");
	return problem_set(p, 400, "%s must be a string.", names[i]);
}

bool
publication_take_members(struct publication_fields *found, const json_t *object,
			 struct problem *p)
{
	for (enum publication_field i = 0; i < PUBLICATION_FIELDS; i++) {
		const json_t *member = json_object_get(object, names[i]);

		if (member == NULL)
			continue;
		if (!json_is_string(member))
			return refuse_member(i, p);
		found->of[i] = (struct text){json_string_value(member),
					     json_string_length(member)};
	}
	return true;
}

static const char *
publication_fault(const struct publication *d)
{
	const char *fault = channel_fault(d->channel, d->channel_len);

	if (fault == NULL)
		fault = event_fault(d->event, d->event_len);
	if (fault == NULL)
		fault = data_fault(d->data, d->data_len);
	if (fault == NULL && d->key != NULL)
		fault = key_fault(d->key, d->key_len);
	return fault;
}

bool
publication_make(struct publication *out,
		 const struct publication_fields *found, struct problem *p)
{
	const struct text *of = found->of;
	const char *fault;

	if (of[PUBLICATION_CHANNEL].bytes == NULL)
		return problem_set(p, 400, "There is no channel.");
	if (of[PUBLICATION_DATA].bytes == NULL)
		return problem_set(p, 400,
				   "There is no data; to send a message "
				   "without any, send empty data.");
	*out = (struct publication){
	    .channel = of[PUBLICATION_CHANNEL].bytes,
	    .channel_len = of[PUBLICATION_CHANNEL].len,
	    .event = of[PUBLICATION_EVENT].bytes != NULL
			 ? of[PUBLICATION_EVENT].bytes
			 : "",
	    .event_len = of[PUBLICATION_EVENT].len,
	    .data = of[PUBLICATION_DATA].bytes,
	    .data_len = of[PUBLICATION_DATA].len,
	    .key = of[PUBLICATION_KEY].bytes,
	    .key_len = of[PUBLICATION_KEY].len,
	};
	fault = publication_fault(out);
	if (fault != NULL)
		return problem_set(p, 400, "%s", fault);
	return true;
}

bool
publication_too_large(size_t max, struct problem *p)
{
	return problem_set(p, 413,
			   "The message is larger than %zu bytes "
			   "(message.max_bytes).",
			   max);
}

bool
publication_published(const struct publish_result *result, struct problem *p)
{
	enum { RETRY_AFTER_S = 2 };

	switch (result->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
		return true;
	case PUBLISHED_NOT_STORED:
		problem_set(p, 503, "%s Nothing was stored.", result->reason);
		p->stored = "false";
		p->retry_after = RETRY_AFTER_S;
		break;
	case PUBLISHED_UNKNOWN:
		problem_set(p, 504,
			    "%s Whether the message was stored is not known; "
			    "sent again with the same key it cannot be stored "
			    "twice.",
			    result->reason);
		p->stored = "\"unknown\"";
		break;
	}
	return false;
}

size_t
publication_text_max(const struct conf *conf)
{
	enum { BYTES_A_BYTE = 6, OTHER_FIELDS_MAX = 16 * 1024 };

	return (size_t)conf->message_max_bytes * BYTES_A_BYTE +
	       OTHER_FIELDS_MAX;
}
