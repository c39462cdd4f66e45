/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/writes.h"

#include "tests/unit/samples.h"
#include "tests/unit/suite.h"

enum { OUT_MAX = 16384 };

static const struct text CURSOR = {"8-0", 3};

/* Fails unless `out` is exactly `want`; frees it. */
static void
assert_out(struct buf *out, const char *want)
{
	suite_assert_bytes(out, want);
	buf_free(out);
}

void
assert_head(const struct format *format, const char *want)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->head(format, &out);
	assert_out(&out, want);
}

void
assert_error(const char *detail, const char *want)
{
	struct problem p;
	struct buf out;

	problem_set(&p, 400, "%s", detail);
	buf_init(&out, OUT_MAX);
	written->error(&p, &out);
	assert_out(&out, want);
}

void
assert_open(const struct format *format, const char *want)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->stream->open(format, &out);
	assert_out(&out, want);
}

void
assert_whole(const struct format *format, const struct message *m,
	     const char *want)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->stream->message(format, m, &out);
	written->stream->suffix(format, m, CURSOR, &out);
	assert_out(&out, want);
}

void
assert_message(const struct format *format, const char *event, const char *data,
	       const char *want)
{
	const struct message m = message_of(event, data);

	assert_whole(format, &m, want);
}

void
assert_cursor(const struct format *format, const char *want)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->stream->cursor(format, CURSOR, &out);
	assert_out(&out, want);
}

void
assert_gap(const struct format *format, const struct gap *gap, const char *want)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->stream->gap(format, gap, CURSOR, &out);
	assert_out(&out, want);
}

void
assert_heartbeat(const struct format *format, const char *want)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->stream->heartbeat(format, &out);
	assert_out(&out, want);
}

void
assert_close(const struct format *format, unsigned int retry_ms,
	     const char *want)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->stream->close(format, CLOSE_AGAIN, retry_ms, &out);
	assert_out(&out, want);
}

void
assert_response(const struct format *format, const struct batch_item *items,
		size_t count, const char *want)
{
	const struct batch batch = {
	    .items = items, .count = count, .cursor = {"9-0", 3}};
	struct buf out;

	buf_init(&out, OUT_MAX);
	written->batch->response(format, &batch, &out);
	assert_out(&out, want);
}

void
assert_message_too_long(const struct format *format)
{
	struct buf out;

	buf_init(&out, 16);
	written->stream->message(format, &HI, &out);
	ck_assert(!buf_ok(&out));
	buf_free(&out);
}

void
assert_response_too_long(const struct format *format)
{
	const struct batch_item item = {.message = &HI};
	const struct batch batch = {
	    .items = &item, .count = 1, .cursor = {"8-0", 3}};
	struct buf out;

	buf_init(&out, 32);
	written->batch->response(format, &batch, &out);
	ck_assert(!buf_ok(&out));
	buf_free(&out);
}
