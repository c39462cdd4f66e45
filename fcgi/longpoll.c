/* SPDX-License-Identifier: MIT */
/*
 * longpoll.c - XHR long-polling: a response that waits for the first message.
 *
 *	{"messages":[{"id":"8-0","channel":"news","data":"hi"}],"cursor":"8-0"}
 *
 * A gap is an item among the messages, in order:
 *
 *	{"gap":{"channel":"news","after":"3-0","before":"8-0"},"cursor":"8-0"}
 *
 * The cursor of the batch is that after its last item; the client sends it back
 * as `since`. With several channels each item has a cursor too.
 *
 * Source: RFC 6202, section 2
 * Tests:  tests/unit/test_longpoll.c
 */
#include "config.h"

#include "fcgi/techniques.h"

static void
longpoll_head(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "Content-Type: application/json\r\n");
}

static void
longpoll_response(const struct format *format, const struct batch *batch,
		  struct buf *out)
{
	(void)format;
	batch_put_json(out, batch);
}

static const struct technique_batch batch = {
    .waits = true,
    .response = longpoll_response,
};

const struct technique technique_longpoll = {
    .name = "longpoll",
    .takes = FORMAT_PRESENCE,
    .head = longpoll_head,
    .batch = &batch,
};
