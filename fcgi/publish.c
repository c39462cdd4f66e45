/* SPDX-License-Identifier: MIT */
/*
 * publish.c - publishing by POST: a form or JSON in, the result out.
 *
 *	channel=news&event=chat&data=hi&key=order-17
 *	{"channel":"news","event":"chat","data":"hi","key":"order-17"}
 *
 *	201 {"id":"8-0","channel":"news","processes":2}	stored
 *	200 {"id":"8-0","channel":"news"}		known key, stored before
 *	202 {"channel":"news","spooled":true}		kept on disk
 *	202 {"id":"8-0",...,"replicated":1}		too few replicas
 *	503, 504					a problem (problem.h)
 *
 * Other fields and members are ignored, whatever they hold. The core limits
 * the length of data.
 *
 * Source: RFC 8259, https://url.spec.whatwg.org/#urlencoded-parsing
 * Config: access.publish, message.max_bytes, publish.* in push.conf(5)
 * Tests:  tests/unit/test_publish.c, tests/fuzz/fuzz_publish.c
 */
#include "config.h"

#include "fcgi/techniques.h"

#include <string.h>
#include <strings.h>

#include "shared/base/escape.h"
#include "shared/model/json.h"
#include "shared/model/publication.h"
#include "shared/wire/query.h"

/* Compares the media type, without its parameters. */
static bool
is_type(const char *content_type, const char *type)
{
	size_t len = strcspn(content_type, "; \t");

	return len == strlen(type) && strncasecmp(content_type, type, len) == 0;
}

static bool
read_form(struct body *body, struct publication_fields *found,
	  struct problem *p)
{
	struct query query;
	struct query_pair pair;

	query_init(&query, body->bytes, body->len);
	while (query_next(&query, &pair)) {
		enum publication_field i = publication_field_named(pair.name);

		if (i == PUBLICATION_FIELDS)
			continue;
		if (found->of[i].bytes != NULL)
			return problem_set(p, 400, "Duplicate field: %s.",
					   publication_field_name(i));
		found->of[i] = pair.value;
	}
	return true;
}

/*
 * Copies the strings over the JSON they came from, one after the other, each
 * with a NUL. They fit: they are different strings of the body, because
 * duplicate names are refused, and a string of n bytes of UTF-8 took at least n
 * bytes and two quotes there (an escape is longer than what it stands for).
 */
static void
move_texts(struct publication_fields *found, struct body *body)
{
	char *to = body->bytes;

	for (enum publication_field i = 0; i < PUBLICATION_FIELDS; i++) {
		struct text *text = &found->of[i];

		if (text->bytes == NULL)
			continue;
		memcpy(to, text->bytes, text->len + 1);
		text->bytes = to;
		to += text->len + 1;
	}
}

static bool
read_json(struct body *body, struct publication_fields *found,
	  struct problem *p)
{
	json_t *root = json_read_object((struct text){body->bytes, body->len},
					publication_members, "The body", p);
	bool good;

	if (root == NULL)
		return false;
	good = publication_take_members(found, root, p);
	if (good)
		move_texts(found, body);
	json_decref(root);
	return good;
}

static bool
read_fields(struct body *body, struct publication_fields *found,
	    struct problem *p)
{
	if (body->content_type[0] == '\0' ||
	    is_type(body->content_type, "application/x-www-form-urlencoded"))
		return read_form(body, found, p);
	if (is_type(body->content_type, "application/json"))
		return read_json(body, found, p);
	return problem_set(p, 415,
			   "Content-Type must be "
			   "application/x-www-form-urlencoded or "
			   "application/json.");
}

static bool
publish_parse(struct body *body, struct publication *publication,
	      struct problem *p)
{
	struct publication_fields found = {{{NULL, 0}}};

	return read_fields(body, &found, p) &&
	       publication_make(publication, &found, p);
}

/* {"id":"…","channel":"…" */
static void
put_stored(struct buf *out, const struct publication *publication, struct id id)
{
	char text[ID_TEXT_SIZE];
	size_t len = id_format(text, id);

	buf_puts(out, "{\"id\":\"");
	buf_put(out, text, len);
	buf_puts(out, "\",\"channel\":");
	escape_json(out, publication->channel);
}

static unsigned int
publish_response(const struct publication *publication,
		 const struct publish_result *result, struct buf *out)
{
	if (result->status == PUBLISHED_SPOOLED) {
		buf_puts(out, "{\"channel\":");
		escape_json(out, publication->channel);
		buf_puts(out, ",\"spooled\":true}");
		return 202;
	}
	put_stored(out, publication, result->id);
	if (result->status == PUBLISHED_STORED) {
		buf_puts(out, ",\"processes\":");
		buf_put_u64(out, result->processes);
	}
	if (result->few_replicas) {
		buf_puts(out, ",\"replicated\":");
		buf_put_u64(out, result->replicated);
	}
	buf_putc(out, '}');
	if (result->few_replicas)
		return 202;
	return result->status == PUBLISHED_STORED ? 201 : 200;
}

static void
publish_head(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "Content-Type: application/json\r\n");
}

static const struct technique_publish publish = {
    .parse = publish_parse,
    .response = publish_response,
};

const struct technique technique_publish = {
    .name = "publish",
    .head = publish_head,
    .publish = &publish,
};
