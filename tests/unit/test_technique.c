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
    &technique_sse,	 &technique_stream, &technique_websocket};

enum { COUNT = sizeof(all) / sizeof(all[0]) };

TEST(a_technique_is_a_stream_or_a_batch_or_publishes)
{
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_msg((all[i]->stream != NULL) +
				      (all[i]->batch != NULL) +
				      (all[i]->publish != NULL) ==
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
				  (all[i]->error_type == NULL),
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
