/* SPDX-License-Identifier: MIT */
/* shared/technique.h: what each technique of fcgi/ fills. */
#include "config.h"

#include "shared/technique.h"

#include <string.h>

#include "fcgi/techniques.h"
#include "shared/hub/delivery.h"
#include "tests/unit/samples.h"
#include "tests/unit/suite.h"

static const struct technique *const all[] = {
    &technique_http,	 &technique_iframe, &technique_jsonp,
    &technique_longpoll, &technique_poll,   &technique_publish,
    &technique_sse,	 &technique_status, &technique_stream,
    &technique_websocket};

enum { COUNT = sizeof(all) / sizeof(all[0]) };

TEST(a_technique_is_a_stream_or_a_batch_or_publishes_or_reports)
{
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_msg((all[i]->stream != NULL) +
				      (all[i]->batch != NULL) +
				      (all[i]->publish != NULL) +
				      (all[i]->status != NULL) ==
				  1,
			      "%s", all[i]->name);
}

TEST(a_duplex_technique_is_a_stream)
{
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_msg(all[i]->duplex == NULL || all[i]->stream != NULL,
			      "%s", all[i]->name);
}

TEST(an_error_has_a_type_and_a_body_or_neither)
{
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_msg((all[i]->error == NULL) ==
				  (all[i]->error_head == NULL),
			      "%s", all[i]->name);
}

/* The bytes of one delivery for one format. */
static void
assert_shared(struct delivery *d, const struct technique *t, const char *want)
{
	static const struct format format;
	const struct rcbuf *shared = delivery_shared(d, t->stream, &format);

	ck_assert_ptr_nonnull(shared);
	ck_assert_uint_eq(shared->len, strlen(want));
	ck_assert_mem_eq(shared->bytes, want, strlen(want));
}

TEST(two_techniques_in_one_process_do_not_share_bytes)
{
	struct message *m = message_new(&HI);
	struct delivery *d = delivery_of_message(m);

	assert_shared(d, &technique_sse, "event: chat\ndata: hi\n");
	assert_shared(d, &technique_iframe,
		      "<script>push({\"id\":\"8-0\",\"channel\":\"news\","
		      "\"event\":\"chat\",\"data\":\"hi\"");
	assert_shared(d, &technique_sse, "event: chat\ndata: hi\n");
	delivery_unref(d);
	message_unref(m);
}

static void
put_stream(const struct technique_stream *stream, const struct format *format,
	   struct buf *out)
{
	static const struct text cursor = {"8-0", 3};
	static const struct gap gap = {{"news", 4}, {3, 0}, {8, 0}};
	static const struct presence presence = {.channel = {"news", 4},
						 .count = 2};
	static const struct end end = {.reason = "expired"};

	stream->cursor(format, cursor, out);
	stream->message(format, &HI, out);
	stream->suffix(format, &HI, cursor, out);
	stream->gap(format, &gap, cursor, out);
	stream->presence(format, &presence, out);
	stream->end(format, &end, cursor, out);
	stream->heartbeat(format, out);
	if (stream->close != NULL)
		stream->close(format, CLOSE_AGAIN, 1000, out);
}

TEST(what_belongs_to_the_opening_changes_nothing_after_it)
{
	static const struct format all_set = {.callback = "app.push",
					      .origin = "https://a.example",
					      .cors = "https://b.example",
					      .padding = 9,
					      .retry_ms = 1000};
	struct buf with, without;
	struct format cleared;

	for (size_t i = 0; i < COUNT; i++) {
		ck_assert_msg((all[i]->opening & ~all[i]->takes) == 0, "%s",
			      all[i]->name);
		if (all[i]->stream == NULL)
			continue;
		cleared = all_set;
		format_clear_opening(&cleared, all[i]->opening);
		buf_init(&with, 65536);
		buf_init(&without, 65536);
		put_stream(all[i]->stream, &all_set, &with);
		put_stream(all[i]->stream, &cleared, &without);
		ck_assert_uint_eq(with.len, without.len);
		ck_assert_mem_eq(with.bytes, without.bytes, with.len);
		buf_free(&with);
		buf_free(&without);
	}
}

TEST(clearing_the_opening_leaves_the_rest)
{
	struct format f = {.callback = "f",
			   .origin = "https://a.example",
			   .cors = "https://b.example",
			   .padding = 9,
			   .envelope = true,
			   .limit = 7};
	static const struct format callback_kept = {
	    .callback = "f", .envelope = true, .limit = 7};
	static const struct format want = {.envelope = true, .limit = 7};

	format_clear_opening(&f, FORMAT_ORIGIN | FORMAT_PADDING);
	ck_assert_mem_eq(&f, &callback_kept, sizeof(f));
	format_clear_opening(&f, FORMAT_CALLBACK);
	ck_assert_mem_eq(&f, &want, sizeof(f));
}
