/* SPDX-License-Identifier: MIT */
/* shared/model/presence.c, and its bytes on each technique. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/base/buf.h"
#include "shared/model/batch.h"
#include "shared/model/presence.h"
#include "tests/unit/suite.h"

static const struct text NEWS = {"news", 4};

static struct presence *
make(const char *text)
{
	struct presence *p = presence_new(NEWS, text_of(text));

	ck_assert_ptr_nonnull(p);
	return p;
}

static void
assert_json(const char *text, const char *want)
{
	struct presence *p = make(text);
	struct buf out;

	buf_init(&out, 65536);
	presence_put_json(&out, p);
	buf_putc(&out, '\0');
	ck_assert_str_eq(out.bytes, want);
	buf_free(&out);
	presence_unref(p);
}

TEST(a_count_has_no_users)
{
	assert_json("7 3 c",
		    "{\"presence\":{\"channel\":\"news\",\"count\":3}}");
}

TEST(a_list_has_all_users)
{
	assert_json("7 3 l\nalice\nbob",
		    "{\"presence\":{\"channel\":\"news\",\"count\":3,"
		    "\"users\":[\"alice\",\"bob\"]}}");
}

TEST(a_list_of_nobody_known_is_empty)
{
	assert_json("7 3 l", "{\"presence\":{\"channel\":\"news\",\"count\":3,"
			     "\"users\":[]}}");
}

TEST(too_many_users_are_only_counted)
{
	assert_json("7 300 m",
		    "{\"presence\":{\"channel\":\"news\",\"count\":300}}");
}

TEST(a_name_is_escaped)
{
	assert_json("7 1 l\na\"b",
		    "{\"presence\":{\"channel\":\"news\",\"count\":1,"
		    "\"users\":[\"a\\\"b\"]}}");
}

TEST(what_was_not_written_by_pushcgi_is_refused)
{
	static const char *const bad[] = {
	    "",	     "7",	  "7 3",      "7 3 ",	    "7 3 x",
	    "a 3 c", "7 -3 c",	  "7 3 cc",   "7 3 c\nbob", "7 3 l bob",
	    " 3 c",  "7 3 l\xc0", "7 3 m\nx", "7  c"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (presence_new(NEWS, text_of(bad[i])) != NULL)
			ck_abort_msg("taken: %s", bad[i]);
}

TEST(more_than_a_hundred_names_are_refused)
{
	char text[1024] = "7 200 l";
	struct presence *p;

	for (size_t i = 0; i < PRESENCE_USERS_MAX; i++)
		strcat(text, "\nbob");
	p = make(text);
	ck_assert_uint_eq(p->user_count, PRESENCE_USERS_MAX);
	presence_unref(p);
	strcat(text, "\nbob");
	ck_assert_ptr_null(presence_new(NEWS, text_of(text)));
}

TEST(presences_are_equal_if_count_and_names_are)
{
	struct presence *a = make("7 3 l\nalice\nbob"),
			*b = make("8 3 l\nalice\nbob"),
			*c = make("7 3 l\nalice\neve"),
			*d = make("7 2 l\nalice\nbob"), *e = make("7 3 c");

	ck_assert(presence_equals(a, b));
	ck_assert(!presence_equals(a, c));
	ck_assert(!presence_equals(a, d));
	ck_assert(!presence_equals(a, e));
	presence_unref(a);
	presence_unref(b);
	presence_unref(c);
	presence_unref(d);
	presence_unref(e);
}

/* --- techniques ----------------------------------------------------------- */

static void
assert_stream(const struct technique *t, const char *want)
{
	static const struct format format = {.presence = true};
	struct presence *p = make("7 2 l\n</script>");
	struct buf out;

	buf_init(&out, 65536);
	t->stream->presence(&format, p, &out);
	ck_assert_uint_eq(out.len, strlen(want));
	ck_assert_mem_eq(out.bytes, want, out.len);
	buf_free(&out);
	presence_unref(p);
}

#define JSON(name)                                                             \
	"{\"presence\":{\"channel\":\"news\",\"count\":2,\"users\":[\"" name   \
	"\"]}}"

TEST(sse_sends_an_event_without_id)
{
	assert_stream(&technique_sse,
		      "event: presence\ndata: " JSON("</script>") "\n\n");
}

TEST(stream_sends_a_line)
{
	assert_stream(&technique_stream, JSON("</script>") "\n");
}

TEST(iframe_sends_a_script_that_a_name_cannot_end)
{
	assert_stream(
	    &technique_iframe,
	    "<script>push(" JSON("\\u003c/script\\u003e") ")</script>\n");
}

TEST(a_batch_has_it_among_its_messages)
{
	struct presence *p = make("7 2 c");
	const struct batch_item item = {.presence = p};
	const struct batch batch = {
	    .items = &item, .count = 1, .cursor = {"8-0", 3}};
	struct buf out;

	buf_init(&out, 65536);
	batch_put_json(&out, &batch);
	buf_putc(&out, '\0');
	ck_assert_str_eq(out.bytes,
			 "{\"messages\":[{\"presence\":{\"channel\":\"news\","
			 "\"count\":2}}],\"cursor\":\"8-0\"}");
	buf_free(&out);
	presence_unref(p);
}
