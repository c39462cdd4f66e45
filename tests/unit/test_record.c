/* SPDX-License-Identifier: MIT */
/* shared/wire/record.c: reading. */
#include "config.h"

#include "shared/wire/record.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/allocations.h"
#include "tests/unit/record_want.h"
#include "tests/unit/suite.h"

TEST(the_events_of_a_request)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 1, "abc");
	add_text(&in, FCGI_PARAMS, 1, "defg");
	add_text(&in, FCGI_PARAMS, 1, "");
	add_text(&in, FCGI_STDIN, 1, "x");
	add_text(&in, FCGI_STDIN, 1, "yz");
	add_text(&in, FCGI_STDIN, 1, "");
	assert_records(&in, "begin1 params:abcdefg head stdin:xyz body");
}

TEST(padding_is_skipped)
{
	const uint8_t body[8] = {0, FCGI_RESPONDER, FCGI_KEEP_CONN};
	struct buf in;

	buf_init(&in, 2000);
	add(&in, FCGI_BEGIN_REQUEST, 7, body, 8, 3);
	add(&in, FCGI_PARAMS, 7, "ab", 2, 6);
	add(&in, FCGI_PARAMS, 7, "", 0, 8);
	add(&in, FCGI_GET_VALUES, 0, "v", 1, 7);
	add(&in, 99, 0, "v", 1, 1);
	add(&in, FCGI_STDIN, 8, "no", 2, 2);
	add(&in, FCGI_STDIN, 7, "cd", 2, 5);
	add(&in, FCGI_ABORT_REQUEST, 7, "", 0, 2);
	add(&in, FCGI_STDIN, 7, "", 0, 1);
	assert_records(&in,
		       "begin7k params:ab head values=v unknown99 stdin:cd "
		       "abort body");
}

TEST(padding_of_255_bytes)
{
	struct buf in;

	buf_init(&in, 2000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add(&in, FCGI_PARAMS, 1, "ab", 2, 255);
	add_text(&in, FCGI_PARAMS, 1, "");
	assert_records(&in, "begin1 params:ab head");
}

TEST(a_record_of_65535_bytes)
{
	struct record_text t;
	struct buf in;
	char *big = malloc(RECORD_CONTENT_MAX);

	ck_assert_ptr_nonnull(big);
	memset(big, 'p', RECORD_CONTENT_MAX);
	buf_init(&in, 200000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add(&in, FCGI_PARAMS, 1, big, RECORD_CONTENT_MAX, 0);
	add_text(&in, FCGI_PARAMS, 1, "");
	record_text_init(&t, false);
	for (size_t at = 0; at < in.len; at += 4000)
		record_text_feed(&t, in.bytes + at,
				 in.len - at < 4000 ? in.len - at : 4000);
	ck_assert_uint_eq(t.text.len,
			  strlen("begin1 params: head") + RECORD_CONTENT_MAX);
	ck_assert(t.reader.params_done);
	record_text_free(&t);
	buf_free(&in);
	free(big);
}

TEST(an_id_of_16_bits)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 0xabcd, FCGI_RESPONDER, FCGI_KEEP_CONN);
	add_text(&in, FCGI_PARAMS, 0xab, "no");
	add_text(&in, FCGI_PARAMS, 0xcd, "no");
	add_text(&in, FCGI_PARAMS, 0xabcd, "yes");
	assert_records(&in, "begin43981k params:yes");
}

TEST(management_records_at_any_time)
{
	struct buf in;

	buf_init(&in, 1000);
	add_text(&in, FCGI_GET_VALUES, 0, "asked");
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 1, "a");
	add_text(&in, FCGI_GET_VALUES, 0, "");
	add_text(&in, FCGI_PARAMS, 1, "b");
	assert_records(&in, "values=asked begin1 params:a values= params:b");
}

TEST(unknown_management_records_are_reported)
{
	struct buf in;

	buf_init(&in, 2000);
	add_text(&in, 12, 0, "content");
	add_text(&in, 0, 0, "zero");
	add_text(&in, 255, 0, "");
	add_text(&in, FCGI_GET_VALUES_RESULT, 0, "x");
	add_text(&in, FCGI_UNKNOWN_TYPE, 0, "x");
	add_text(&in, FCGI_GET_VALUES, 0, "v");
	assert_records(&in, "unknown12 unknown0 unknown255 unknown10 unknown11 "
			    "values=v");
}

TEST(an_abort_at_any_time)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	add_text(&in, FCGI_PARAMS, 1, "");
	add_text(&in, FCGI_STDIN, 1, "");
	add_text(&in, FCGI_ABORT_REQUEST, 2, "");
	add_text(&in, FCGI_ABORT_REQUEST, 1, "odd");
	assert_records(&in, "begin1 abort head body abort");
}

TEST(records_of_unknown_ids_are_skipped)
{
	struct buf in;

	buf_init(&in, 1000);
	add_text(&in, FCGI_PARAMS, 1, "before its begin");
	add_text(&in, FCGI_ABORT_REQUEST, 1, "");
	add_text(&in, FCGI_STDOUT, 1, "odd");
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 2, "no");
	add_text(&in, FCGI_PARAMS, 2, "");
	add_text(&in, FCGI_PARAMS, 1, "yes");
	assert_records(&in, "begin1 params:yes");
}

TEST(records_after_the_end_of_their_stream_are_skipped)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 1, "");
	add_text(&in, FCGI_PARAMS, 1, "late");
	add_text(&in, FCGI_PARAMS, 1, "");
	add_text(&in, FCGI_STDIN, 1, "");
	add_text(&in, FCGI_STDIN, 1, "late");
	add_text(&in, FCGI_STDIN, 1, "");
	assert_records(&in, "begin1 head body");
}

TEST(data_records_are_skipped)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_DATA, 1, "data");
	add_text(&in, FCGI_PARAMS, 1, "");
	assert_records(&in, "begin1 head");
}

TEST(another_request_after_finish)
{
	struct buf in;

	buf_init(&in, 1000);
	for (int i = 0; i < 2; i++) {
		add_begin(&in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
		add_text(&in, FCGI_PARAMS, 1, "a");
		add_text(&in, FCGI_PARAMS, 1, "");
		add_text(&in, FCGI_STDIN, 1, "b");
		add(&in, FCGI_STDIN, 1, "", 0, 3);
	}
	add_text(&in, FCGI_STDIN, 1, "late");
	assert_records_finishing(&in, "begin1k params:a head stdin:b body "
				      "begin1k params:a head stdin:b body");
}

TEST(finish_skips_the_rest_of_the_current_record)
{
	struct record_text t;
	struct buf in;
	size_t cut;

	record_text_init(&t, false);
	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 1, "");
	add(&in, FCGI_STDIN, 1, "abcdef", 6, 4);
	cut = in.len - 7;
	record_text_feed(&t, in.bytes, cut);
	record_finish(&t.reader);
	ck_assert_uint_eq(t.reader.id, 0);
	ck_assert(!t.reader.params_done && !t.reader.stdin_done);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 1, "g");
	record_text_feed(&t, in.bytes + cut, in.len - cut);
	suite_assert_bytes(&t.text, "begin1 head stdin:abc begin1 params:g");
	record_text_free(&t);
	buf_free(&in);
}

TEST(the_reader_allocates_nothing)
{
	struct record_reader reader = {0};
	struct record_piece piece;
	struct buf in;
	const uint8_t *at, *end;
	size_t asked;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 1, "abc");
	at = (const uint8_t *)in.bytes;
	end = at + in.len;
	allocations_start();
	while (record_next(&reader, &at, end, &piece) != RECORD_MORE)
		continue;
	asked = allocations_count();
	allocations_stop();
	ck_assert_uint_eq(asked, 0);
	ck_assert_uint_eq(reader.id, 1);
	buf_free(&in);
}
