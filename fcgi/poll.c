/* SPDX-License-Identifier: MIT */
/*
 * poll.c - Ajax polling: the messages after the cursor, at once, maybe none.
 *
 *	{"messages":[{"id":"…","channel":"…","data":"…"}],"cursor":"…"}
 *
 * The ETag is the cursor and a count, so a poll without news gets a 304. A
 * cache may answer polls for poll.max_age seconds. The cursor may be in a
 * header, hence Vary.
 *
 * Source: RFC 9110, RFC 9111 section 5.2
 * Tests:  tests/unit/test_poll.c
 */
#include "config.h"

#include "fcgi/techniques.h"

static void
poll_head(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "Content-Type: application/json\r\n"
		      "Vary: Last-Event-ID\r\n");
}

static void
poll_response(const struct format *format, const struct batch *batch,
	      struct buf *out)
{
	(void)format;
	batch_put_json(out, batch);
}

static const struct technique_batch batch = {
    .validates = true,
    .response = poll_response,
};

const struct technique technique_poll = {
    .name = "poll",
    .takes = FORMAT_PRESENCE,
    .head = poll_head,
    .batch = &batch,
};
