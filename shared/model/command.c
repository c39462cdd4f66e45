/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/command.h"

#include <jansson.h>
#include <string.h>

#include "shared/base/escape.h"
#include "shared/model/json.h"
#include "shared/model/publication.h"

static const char *const names[] = {
    [COMMAND_PUBLISH] = "publish",
    [COMMAND_SUBSCRIBE] = "subscribe",
    [COMMAND_UNSUBSCRIBE] = "unsubscribe",
};

static bool
take_ref(struct command *out, const json_t *object, struct problem *p)
{
	const json_t *ref = json_object_get(object, "ref");
	struct buf text;

	if (ref == NULL)
		return true;
	if (!json_is_integer(ref) &&
	    !(json_is_string(ref) &&
	      json_string_length(ref) <= COMMAND_REF_MAX))
		return problem_set(p, 400,
				   "ref must be a whole number, or a text of "
				   "at most %d bytes.",
				   COMMAND_REF_MAX);
	buf_init(&text, sizeof(out->ref.json));
	if (json_is_integer(ref))
		buf_printf(&text, "%" JSON_INTEGER_FORMAT,
			   json_integer_value(ref));
	else
		escape_json(&text, json_string_value(ref),
			    json_string_length(ref));
	if (buf_ok(&text)) {
		memcpy(out->ref.json, text.bytes, text.len);
		out->ref.len = text.len;
	}
	buf_free(&text);
	return out->ref.len > 0 ||
	       problem_set(p, 503, "There is no memory to read this.");
}

/* The one member that says what is wanted. */
static const json_t *
take_kind(struct command *out, const json_t *object, struct problem *p)
{
	const json_t *wanted = NULL;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *member = json_object_get(object, names[i]);

		if (member == NULL)
			continue;
		if (wanted != NULL) {
			problem_set(p, 400,
				    "One thing at a time: publish, subscribe "
				    "or unsubscribe.");
			return NULL;
		}
		wanted = member;
		out->ref.kind = (enum command_kind)i;
	}
	if (wanted == NULL)
		problem_set(p, 400,
			    "It says none of publish, subscribe and "
			    "unsubscribe.");
	return wanted;
}

static bool
take_publication(struct command *out, const json_t *object, struct problem *p)
{
	struct publication_fields found = {{{NULL, 0}}};

	if (!json_is_object(object))
		return problem_set(p, 400, "publish must be an object.");
	return publication_take_members(&found, object, p) &&
	       publication_make(&out->publication, &found, p);
}

static bool
take_channel(struct command *out, const json_t *name, struct problem *p)
{
	struct text channel = {json_string_value(name),
			       json_string_length(name)};
	const char *fault;

	if (channel.bytes == NULL)
		return problem_set(p, 400, "A channel's name is a text.");
	fault = channel_fault(channel.bytes, channel.len);
	if (fault != NULL)
		return problem_set(p, 400, "%s", fault);
	out->channels[out->channel_count++] = channel;
	return true;
}

static bool
take_channels(struct command *out, const json_t *array, struct problem *p)
{
	size_t count = json_array_size(array), i;

	if (count == 0 || count > CHANNELS_MAX)
		return problem_set(p, 400,
				   "%s must be an array of 1 to %d channels.",
				   names[out->ref.kind], CHANNELS_MAX);
	for (i = 0; i < count; i++)
		if (!take_channel(out, json_array_get(array, i), p))
			return false;
	return true;
}

static bool
take_since(struct command *out, const json_t *object, struct problem *p)
{
	const json_t *since = json_object_get(object, "since");

	if (since == NULL)
		return true;
	if (!json_is_string(since) ||
	    !cursor_parse(&out->since, json_string_value(since),
			  json_string_length(since)) ||
	    (out->since.kind == CURSOR_ID && out->channel_count > 1))
		return problem_set(p, 400,
				   "The cursor in since cannot be read, or is "
				   "an id of one channel while several are "
				   "asked.");
	return true;
}

bool
command_read(struct command *out, const char *text, size_t len,
	     struct problem *p)
{
	const json_t *wanted;
	json_t *object;

	memset(out, 0, sizeof(*out));
	object = json_read_object(text, len, "The message", p);
	if (object == NULL)
		return false;
	out->json = object;
	if (!take_ref(out, object, p))
		return false;
	wanted = take_kind(out, object, p);
	if (wanted == NULL)
		return false;
	if (out->ref.kind == COMMAND_PUBLISH)
		return take_publication(out, wanted, p);
	return take_channels(out, wanted, p) && take_since(out, object, p);
}

void
command_free(struct command *command)
{
	json_decref(command->json);
	command->json = NULL;
}

static void
put_channels(struct buf *out, const struct reply *o)
{
	size_t i;

	buf_puts(out, "\"channels\":[");
	for (i = 0; i < o->channel_count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		escape_json(out, o->channels[i].bytes, o->channels[i].len);
	}
	buf_putc(out, ']');
}

static void
put_published(struct buf *out, const struct reply *o)
{
	char id[ID_TEXT_SIZE];
	size_t len = id_format(id, o->id);

	buf_puts(out, "\"channel\":");
	escape_json(out, o->channel, strlen(o->channel));
	buf_puts(out, ",\"id\":\"");
	buf_put(out, id, len);
	buf_putc(out, '"');
}

static void
put_problem(struct buf *out, const struct problem *p)
{
	buf_puts(out, "{\"error\":");
	escape_json(out, p->detail, strlen(p->detail));
	buf_printf(out, ",\"status\":%u", p->status);
	if (p->stored != NULL)
		buf_printf(out, ",\"stored\":%s", p->stored);
}

void
reply_put_json(struct buf *out, const struct reply *o)
{
	if (o->problem != NULL) {
		put_problem(out, o->problem);
	} else {
		buf_printf(out, "{\"ok\":\"%s\",", names[o->ref->kind]);
		if (o->ref->kind == COMMAND_PUBLISH)
			put_published(out, o);
		else
			put_channels(out, o);
	}
	if (o->ref->len > 0) {
		buf_puts(out, ",\"ref\":");
		buf_put(out, o->ref->json, o->ref->len);
	}
	buf_putc(out, '}');
}
