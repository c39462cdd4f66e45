/* SPDX-License-Identifier: MIT */
/*
 * publish.c - POST a message: a form or JSON in, what became of it out.
 *
 *	channel=news&event=chat&data=hi&key=order-17
 *	{"channel":"news","event":"chat","data":"hi","key":"order-17"}
 *
 *	201 {"id":"8-0","channel":"news","processes":2}	stored
 *	200 {"id":"8-0","channel":"news"}		its key was seen before
 *	503, 504					a problem (problem.h)
 *
 * channel and data must be there, event and key may. Fields and members that
 * are not these are ignored. How long data may be is the core's concern.
 *
 * Source: RFC 8259, https://url.spec.whatwg.org/#urlencoded-parsing
 * Config: access.publish, message.max_bytes, publish.key_ttl in push.conf(5)
 * Tests:  tests/unit/test_publish.c, tests/fuzz/fuzz_publish.c
 */
#include "config.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "shared/escape.h"
#include "shared/json.h"
#include "shared/technique.h"

#include "fcgi/push_publish.h"

enum field { FIELD_CHANNEL, FIELD_EVENT, FIELD_DATA, FIELD_KEY, FIELDS };

static const char *const field_names[FIELDS] = {"channel", "event", "data",
						"key"};

/* The message's parts as they were sent; bytes are NULL where none was. */
struct fields {
	struct text of[FIELDS];
};

/* Is the media type `type`, whatever parameters follow? */
static bool
is_type(const char *content_type, const char *type)
{
	size_t len = strcspn(content_type, "; \t");

	return len == strlen(type) && strncasecmp(content_type, type, len) == 0;
}

/* FIELDS: none of ours. A decoded name may hold a NUL: its length counts. */
static enum field
field_named(const struct query_pair *pair)
{
	enum field i = 0;

	while (i < FIELDS &&
	       (strlen(field_names[i]) != pair->name_len ||
		memcmp(field_names[i], pair->name, pair->name_len) != 0))
		i++;
	return i;
}

static bool
read_form(struct body *body, struct fields *found, struct problem *p)
{
	struct query query;
	struct query_pair pair;

	query_init(&query, body->bytes, body->len);
	while (query_next(&query, &pair)) {
		enum field i = field_named(&pair);

		if (i == FIELDS)
			continue;
		if (found->of[i].bytes != NULL)
			return problem_set(p, 400, "The field %s stands twice.",
					   field_names[i]);
		found->of[i] = (struct text){pair.value, pair.value_len};
	}
	return true;
}

/* jansson's own text is not for clients: it may end within a character. */
static const struct {
	enum json_error_code code;
	const char *fault;
} json_faults[] = {
    {json_error_duplicate_key, "a name stands twice in an object"},
    {json_error_null_character, "a text holds a NUL (\\u0000)"},
    {json_error_null_byte_in_key, "a name holds a NUL (\\u0000)"},
    {json_error_invalid_utf8, "it is not UTF-8"},
    {json_error_stack_overflow, "it is nested too deeply"},
    {json_error_numeric_overflow, "a number is too big"},
    {json_error_premature_end_of_input, "it ends too early"},
};

static const char *
json_fault(enum json_error_code code)
{
	for (size_t i = 0; i < sizeof(json_faults) / sizeof(json_faults[0]);
	     i++)
		if (json_faults[i].code == code)
			return json_faults[i].fault;
	return "it is not JSON";
}

static bool
refuse_json(const json_error_t *error, bool out_of_memory, struct problem *p)
{
	if (out_of_memory) {
		(void)problem_set(p, 503, "There is no memory to read this.");
		p->stored = "false";
		return false;
	}
	return problem_set(p, 400,
			   "The body cannot be read as JSON: %s, near line %d, "
			   "column %d.",
			   json_fault(json_error_code(error)), error->line,
			   error->column);
}

static bool
refuse_member(enum field i, struct problem *p)
{
	if (i == FIELD_DATA)
		return problem_set(p, 400,
				   "data must be a string. To send other JSON, "
				   "send it as a string, as JSON.stringify() "
				   "makes one.");
	return problem_set(p, 400, "%s must be a string.", field_names[i]);
}

/*
 * The strings are copied over the JSON they came from, one after the other,
 * each with a NUL. That they fit: they are different strings of the body, as
 * no name stands twice; a string of n bytes took at least n and two quotes
 * there, since a plain byte is a byte, \n (2 bytes) is one, \uXXXX (6) at most
 * three of UTF-8, and a surrogate pair (12) four; and they do not overlap.
 */
static bool
read_members(const json_t *root, struct body *body, struct fields *found,
	     struct problem *p)
{
	char *to = body->bytes;

	for (enum field i = 0; i < FIELDS; i++) {
		const json_t *member = json_object_get(root, field_names[i]);
		size_t len = json_string_length(member);

		if (member == NULL)
			continue;
		if (!json_is_string(member))
			return refuse_member(i, p);
		memcpy(to, json_string_value(member), len + 1);
		found->of[i] = (struct text){to, len};
		to += len + 1;
	}
	return true;
}

static bool
read_json(struct body *body, struct fields *found, struct problem *p)
{
	json_error_t error;
	bool out_of_memory, good;
	json_t *root =
	    json_read(body->bytes, body->len, &error, &out_of_memory);

	if (root == NULL)
		return refuse_json(&error, out_of_memory, p);
	if (json_is_object(root))
		good = read_members(root, body, found, p);
	else
		good = problem_set(p, 400,
				   "The JSON must be an object with the "
				   "members channel and data.");
	json_decref(root);
	return good;
}

static bool
read_fields(struct body *body, struct fields *found, struct problem *p)
{
	if (body->content_type[0] == '\0' ||
	    is_type(body->content_type, "application/x-www-form-urlencoded"))
		return read_form(body, found, p);
	if (is_type(body->content_type, "application/json"))
		return read_json(body, found, p);
	return problem_set(p, 415,
			   "A message is sent as "
			   "application/x-www-form-urlencoded or as "
			   "application/json.");
}

static const char *
draft_fault(const struct draft *d)
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

static bool
publish_input(struct body *body, struct draft *draft, struct problem *p)
{
	struct fields found = {{{NULL, 0}}};
	const struct text *of = found.of;
	const char *fault;

	if (!read_fields(body, &found, p))
		return false;
	if (of[FIELD_CHANNEL].bytes == NULL)
		return problem_set(p, 400, "There is no channel.");
	if (of[FIELD_DATA].bytes == NULL)
		return problem_set(p, 400,
				   "There is no data; to send a message "
				   "without any, send empty data.");
	*draft = (struct draft){
	    .channel = of[FIELD_CHANNEL].bytes,
	    .channel_len = of[FIELD_CHANNEL].len,
	    .event = of[FIELD_EVENT].bytes != NULL ? of[FIELD_EVENT].bytes : "",
	    .event_len = of[FIELD_EVENT].len,
	    .data = of[FIELD_DATA].bytes,
	    .data_len = of[FIELD_DATA].len,
	    .key = of[FIELD_KEY].bytes,
	    .key_len = of[FIELD_KEY].len,
	};
	fault = draft_fault(draft);
	if (fault != NULL)
		return problem_set(p, 400, "%s", fault);
	return true;
}

/* {"id":"…","channel":"…" */
static void
put_stored(struct buf *out, const struct draft *draft, struct id id)
{
	char text[ID_TEXT_SIZE];
	size_t len = id_format(text, id);

	buf_puts(out, "{\"id\":\"");
	buf_put(out, text, len);
	buf_puts(out, "\",\"channel\":");
	escape_json(out, draft->channel, draft->channel_len);
}

static unsigned int
publish_published(const struct draft *draft, const struct published *result,
		  struct buf *out)
{
	put_stored(out, draft, result->id);
	if (result->outcome == PUBLISHED_STORED) {
		buf_puts(out, ",\"processes\":");
		buf_put_u64(out, result->processes);
	}
	buf_putc(out, '}');
	return result->outcome == PUBLISHED_STORED ? 201 : 200;
}

static void
publish_head(const struct form *form, struct buf *out)
{
	(void)form;
	buf_puts(out, "Content-Type: application/json\r\n"
		      "Cache-Control: no-store\r\n");
}

const struct technique technique = {
    .name = "publish",
    .hold = HOLD_NONE,
    .publishes = true,
    .head = publish_head,
    .input = publish_input,
    .published = publish_published,
    .command_name = "push-publish",
    .command = push_publish_main,
};
