/* SPDX-License-Identifier: MIT */
/* shared/wire/record.c: input that is refused. */
#include "config.h"

#include "shared/wire/record.h"

#include <fastcgi.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/record_want.h"
#include "tests/unit/suite.h"

TEST(a_second_begin_is_reported_and_changes_nothing)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, FCGI_KEEP_CONN);
	add_text(&in, FCGI_PARAMS, 1, "a");
	add_begin(&in, 2, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 2, "no");
	add_begin(&in, 3, FCGI_AUTHORIZER, 0);
	add_text(&in, FCGI_PARAMS, 1, "b");
	assert_records(&in, "begin1k params:a second2 second3 params:b");
}

TEST(a_begin_with_the_current_id_is_bad)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	assert_records(&in, "begin1 bad");
}

TEST(other_roles_than_responder_are_reported)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_AUTHORIZER, 0);
	add_text(&in, FCGI_PARAMS, 1, "no");
	add_begin(&in, 2, FCGI_FILTER, 0);
	add_begin(&in, 3, 0, 0);
	add_begin(&in, 4, FCGI_RESPONDER, 0);
	assert_records(&in, "role1 role2 role3 begin4");
}

TEST(a_role_of_16_bits)
{
	const uint8_t body[8] = {1, FCGI_RESPONDER};
	struct buf in;

	buf_init(&in, 1000);
	add(&in, FCGI_BEGIN_REQUEST, 5, body, sizeof(body), 0);
	assert_records(&in, "role5");
}

TEST(a_reader_for_authorizers_takes_that_role_only)
{
	struct record_text t;
	struct buf in;

	record_text_init(&t, false);
	t.reader.authorizer = true;
	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_begin(&in, 2, FCGI_FILTER, 0);
	add_begin(&in, 3, FCGI_AUTHORIZER, 0);
	record_text_feed(&t, in.bytes, in.len);
	suite_assert_bytes(&t.text, "role1 role2 begin3");
	record_text_free(&t);
	buf_free(&in);
}

TEST(a_request_for_an_authorizer_has_no_body)
{
	struct record_text t;
	struct buf in;

	record_text_init(&t, false);
	t.reader.authorizer = true;
	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_AUTHORIZER, 0);
	add_text(&in, FCGI_PARAMS, 1, "abc");
	record_text_feed(&t, in.bytes, in.len);
	ck_assert(!t.reader.stdin_done);
	buf_clear(&in);
	add_text(&in, FCGI_PARAMS, 1, "");
	record_text_feed(&t, in.bytes, in.len);
	ck_assert(t.reader.stdin_done);
	buf_clear(&in);
	add_text(&in, FCGI_STDIN, 1, "skipped");
	add_text(&in, FCGI_STDIN, 1, "");
	record_text_feed(&t, in.bytes, in.len);
	suite_assert_bytes(&t.text, "begin1 params:abc head");
	record_text_free(&t);
	buf_free(&in);
}

TEST(keep_conn_is_set_for_a_refused_role)
{
	struct record_text t;
	struct buf in;

	record_text_init(&t, false);
	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_FILTER, FCGI_KEEP_CONN);
	record_text_feed(&t, in.bytes, in.len);
	ck_assert_uint_eq(t.reader.id, 0);
	ck_assert(t.reader.keep_conn);
	buf_clear(&in);
	add_begin(&in, 1, FCGI_FILTER, 0xfe);
	record_text_feed(&t, in.bytes, in.len);
	ck_assert(!t.reader.keep_conn);
	suite_assert_bytes(&t.text, "role1 role1");
	record_text_free(&t);
	buf_free(&in);
}

TEST(another_version_is_bad)
{
	struct buf in;

	buf_init(&in, 1000);
	buf_puts(&in, "GET /push/sse HTTP/1.1\r\n\r\n");
	assert_records(&in, "bad");
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	buf_putc(&in, '\x02');
	assert_records(&in, "begin1 bad");
}

TEST(an_application_record_with_id_0_is_bad)
{
	struct buf in;

	buf_init(&in, 1000);
	for (uint8_t type = FCGI_BEGIN_REQUEST; type <= FCGI_DATA; type++) {
		add_text(&in, type, 0, "12345678");
		assert_records(&in, "bad");
	}
}

TEST(a_begin_of_another_length_is_bad)
{
	struct buf in;

	buf_init(&in, 1000);
	add(&in, FCGI_BEGIN_REQUEST, 1, "\0\1\0\0\0\0\0", 7, 0);
	assert_records(&in, "bad");
	add(&in, FCGI_BEGIN_REQUEST, 1, "\0\1\0\0\0\0\0\0", 9, 0);
	assert_records(&in, "bad");
	add(&in, FCGI_BEGIN_REQUEST, 1, "", 0, 0);
	assert_records(&in, "bad");
}

TEST(stdin_before_the_end_of_params_is_bad)
{
	struct buf in;

	buf_init(&in, 1000);
	add_begin(&in, 1, FCGI_RESPONDER, 0);
	add_text(&in, FCGI_PARAMS, 1, "a");
	add_text(&in, FCGI_STDIN, 1, "b");
	assert_records(&in, "begin1 params:a bad");
}

TEST(other_types_with_the_current_id_are_bad)
{
	static const uint8_t types[] = {0,
					FCGI_END_REQUEST,
					FCGI_STDOUT,
					FCGI_STDERR,
					FCGI_GET_VALUES,
					FCGI_GET_VALUES_RESULT,
					FCGI_UNKNOWN_TYPE,
					12,
					255};
	struct buf in;

	buf_init(&in, 1000);
	for (size_t i = 0; i < sizeof(types); i++) {
		add_begin(&in, 1, FCGI_RESPONDER, 0);
		add_text(&in, types[i], 1, "x");
		assert_records(&in, "begin1 bad");
	}
}

TEST(get_values_above_512_bytes_is_bad)
{
	char content[RECORD_VALUES_MAX + 1];
	char want[RECORD_VALUES_MAX + 20] = "values=";
	struct buf in;

	memset(content, 'v', sizeof(content));
	buf_init(&in, 2000);
	add(&in, FCGI_GET_VALUES, 0, content, RECORD_VALUES_MAX, 0);
	memcpy(want + 7, content, RECORD_VALUES_MAX);
	assert_records(&in, want);
	add(&in, FCGI_GET_VALUES, 0, content, RECORD_VALUES_MAX + 1, 0);
	assert_records(&in, "bad");
}
