/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/escape.h"
#include "shared/model/json.h"

static const char *const names[] = {
    [COMMAND_PUBLISH] = "publish",
    [COMMAND_SUBSCRIBE] = "subscribe",
    [COMMAND_UNSUBSCRIBE] = "unsubscribe",
};

static const struct json_member members[] = {
    {.name = "publish", .members = publication_members},
    {.name = "subscribe"},
    {.name = "unsubscribe"},
    {.name = "since"},
    {.name = "token"},
    {.name = "expires"},
    {.name = "sig"},
    {.name = "ref"},
    {.name = NULL},
};

static struct text
string_of(const json_t *string)
{
	return (struct text){json_string_value(string),
			     json_string_length(string)};
}

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
				   "ref must be an integer or a string of at "
				   "most %d bytes.",
				   COMMAND_REF_MAX);
	buf_init(&text, sizeof(out->ref.json));
	if (json_is_integer(ref))
		buf_printf(&text, "%" JSON_INTEGER_FORMAT,
			   json_integer_value(ref));
	else
		escape_json(&text, string_of(ref));
	memcpy(out->ref.json, text.bytes, text.len);
	out->ref.len = text.len;
	buf_free(&text);
	return true;
}

/* The member that names the command. */
static const json_t *
take_kind(struct command *out, const json_t *object, struct problem *p)
{
	const json_t *found = NULL;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *member = json_object_get(object, names[i]);

		if (member == NULL)
			continue;
		if (found != NULL) {
			problem_set(p, 400,
				    "Send one command at a time: publish, "
				    "subscribe or unsubscribe.");
			return NULL;
		}
		found = member;
		out->ref.kind = (enum command_kind)i;
	}
	if (found == NULL)
		problem_set(p, 400,
			    "There is no command: expected publish, subscribe "
			    "or unsubscribe.");
	return found;
}

static bool
take_publication(struct command *out, const json_t *object, struct problem *p)
{
	struct publication_fields fields = {{{NULL, 0}}};

	if (!json_is_object(object))
		return problem_set(p, 400, "publish must be an object.");
	return publication_take_members(&fields, object, p) &&
	       publication_make(&out->publication, &fields, p);
}

static bool
take_channel(struct command *out, const json_t *name, struct problem *p)
{
	struct text channel = string_of(name);
	const char *fault;

	if (channel.bytes == NULL)
		return problem_set(p, 400, "A channel name must be a string.");
	fault = channel_fault(channel);
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
	    !cursor_parse(&out->since, string_of(since)) ||
	    (out->since.kind == CURSOR_ID && out->channel_count > 1))
		return problem_set(p, 400,
				   "since is not a valid cursor for these "
				   "channels: expected a cursor of pushcgi, "
				   "or an id with a single channel.");
	return true;
}

/* What is about access: strings, or a number for expires. */
static bool
take_access(struct command *out, const json_t *object, struct problem *p)
{
	const json_t *token = json_object_get(object, "token");
	const json_t *expires = json_object_get(object, "expires");
	const json_t *sig = json_object_get(object, "sig");

	if ((token != NULL && !json_is_string(token)) ||
	    (sig != NULL && !json_is_string(sig)) ||
	    (expires != NULL && !json_is_string(expires) &&
	     !json_is_integer(expires)))
		return problem_set(p, 400,
				   "token and sig must be strings, and expires "
				   "a string or an integer.");
	if (token != NULL)
		out->token = string_of(token);
	if (sig != NULL)
		out->sig = string_of(sig);
	if (json_is_string(expires))
		out->expires = string_of(expires);
	else if (expires != NULL) {
		snprintf(out->expires_digits, sizeof(out->expires_digits),
			 "%" JSON_INTEGER_FORMAT, json_integer_value(expires));
		out->expires = text_of(out->expires_digits);
	}
	return true;
}

bool
command_read(struct command *out, struct text text, struct problem *p)
{
	const json_t *content;
	json_t *object;

	memset(out, 0, sizeof(*out));
	object = json_read_object(text, members, "The message", p);
	if (object == NULL)
		return false;
	out->json = object;
	if (!take_ref(out, object, p))
		return false;
	content = take_kind(out, object, p);
	if (content == NULL || !take_access(out, object, p))
		return false;
	if (out->ref.kind == COMMAND_PUBLISH)
		return take_publication(out, content, p);
	return take_channels(out, content, p) && take_since(out, object, p);
}

void
command_free(struct command *command)
{
	json_decref(command->json);
	command->json = NULL;
}

static void
put_channels(struct buf *out, const struct reply *reply)
{
	size_t i;

	buf_puts(out, "\"channels\":[");
	for (i = 0; i < reply->channel_count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		escape_json(out, reply->channels[i]);
	}
	buf_putc(out, ']');
}

static void
put_published(struct buf *out, const struct reply *reply)
{
	buf_puts(out, "\"channel\":");
	escape_json(out, reply->channel);
	buf_puts(out, ",\"id\":\"");
	id_put(out, reply->id);
	buf_putc(out, '"');
}

static void
put_problem(struct buf *out, const struct problem *p)
{
	buf_puts(out, "{\"error\":");
	escape_json(out, text_of(p->detail));
	buf_printf(out, ",\"status\":%u", p->status);
	if (p->stored != NULL)
		buf_printf(out, ",\"stored\":%s", p->stored);
}

void
reply_put_json(struct buf *out, const struct reply *reply)
{
	if (reply->problem != NULL) {
		put_problem(out, reply->problem);
	} else {
		buf_printf(out, "{\"ok\":\"%s\",", names[reply->ref->kind]);
		if (reply->ref->kind == COMMAND_PUBLISH)
			put_published(out, reply);
		else
			put_channels(out, reply);
	}
	if (reply->ref->len > 0) {
		buf_puts(out, ",\"ref\":");
		buf_put(out, reply->ref->json, reply->ref->len);
	}
	buf_putc(out, '}');
}
