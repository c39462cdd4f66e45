/* SPDX-License-Identifier: MIT */
/* What fcgi/websocket.c hears: a fact a test, and its name is the fact. Frames
 * themselves are in test_ws_input.c. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/wire/ws_deflate.h"
#include "shared/wire/ws_frame.h"
#include "tests/unit/suite.h"

enum { OUT_MAX = 4096, HEAR_MAX = 1000 };

static const struct format ONE = {.limit = 100};
static const struct format RAW = {.raw = true};
static const struct format PACKED = {.deflate = 1};

static struct buf in, out, told;
static void *state;
static unsigned int frames, frames_max;
static size_t heard, heard_max;
static struct hearing hearing;

static bool
frame_came(void *arg)
{
	(void)arg;
	return ++frames <= frames_max;
}

static bool
take_text(void *arg, size_t len)
{
	(void)arg;
	heard += len;
	return heard <= heard_max;
}

/* Writes it down: publish:CHANNEL=DATA subscribe:N unsubscribe:N STATUS, and
 * the ref. */
static void
command_came(void *arg, const struct command *command, const struct problem *p)
{
	(void)arg;
	if (told.len > 0)
		buf_putc(&told, ' ');
	if (p != NULL)
		buf_printf(&told, "%u", p->status);
	else if (command->ref.kind == COMMAND_PUBLISH)
		buf_printf(&told, "publish:%s=%s",
			   command->publication.channel.bytes,
			   command->publication.data.bytes);
	else
		buf_printf(&told, "%s:%zu",
			   command->ref.kind == COMMAND_SUBSCRIBE
			       ? "subscribe"
			       : "unsubscribe",
			   command->channel_count);
	if (command->ref.len > 0)
		buf_printf(&told, "#%.*s", (int)command->ref.len,
			   command->ref.json);
}

static void
start(const struct format *format)
{
	buf_init(&in, OUT_MAX);
	buf_init(&out, OUT_MAX);
	buf_init(&told, OUT_MAX);
	frames = 0;
	frames_max = 10;
	heard = 0;
	heard_max = OUT_MAX;
	hearing = (struct hearing){.format = format,
				   .max = HEAR_MAX,
				   .out = &out,
				   .frame = frame_came,
				   .text = take_text,
				   .command = command_came};
}

static void
stop(void)
{
	technique_websocket.duplex->free(state);
	technique_websocket.duplex->stop();
	buf_free(&in);
	buf_free(&out);
	buf_free(&told);
}

/* A frame with a mask of zeros. */
static void
add_frame(unsigned int first, const char *payload, size_t len)
{
	ck_assert_uint_le(len, 125);
	buf_putc(&in, (char)first);
	buf_putc(&in, (char)(0x80 | len));
	buf_put(&in, "\0\0\0\0", 4);
	buf_put(&in, payload, len);
}

static void
add_text(const char *text)
{
	add_frame(WS_FIN | WS_TEXT, text, strlen(text));
}

static bool
hear(void)
{
	bool on = technique_websocket.duplex->hear(&hearing, &state,
						   (uint8_t *)in.bytes, in.len);

	buf_clear(&in);
	return on;
}

TEST(a_text_is_an_command)
{
	start(&ONE);
	add_text("{\"publish\":{\"channel\":\"a\",\"data\":\"hi\"},\"ref\":1}");
	ck_assert(hear());
	suite_assert_bytes(&told, "publish:a=hi#1");
	ck_assert_uint_eq(out.len, 0);
	ck_assert_ptr_null(state);
	stop();
}

TEST(each_text_is_one_in_order)
{
	start(&ONE);
	add_text("{\"subscribe\":[\"a\",\"b\"]}");
	add_text("{\"unsubscribe\":[\"a\"],\"ref\":\"x\"}");
	ck_assert(hear());
	suite_assert_bytes(&told, "subscribe:2 unsubscribe:1#\"x\"");
	stop();
}

TEST(what_is_refused_is_told_with_its_ref_and_it_goes_on)
{
	start(&ONE);
	add_text("no JSON");
	add_text("{\"publish\":{},\"ref\":2}");
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert(hear());
	suite_assert_bytes(&told, "400 400#2 subscribe:1");
	ck_assert_ptr_null(hearing.fault);
	stop();
}

TEST(a_text_may_come_in_pieces_and_fragments)
{
	start(&ONE);
	add_frame(WS_TEXT, "{\"subscr", 8);
	add_frame(WS_FIN | WS_PING, "p", 1);
	add_frame(WS_FIN | WS_CONTINUATION, "ibe\":[\"a\"]}", 11);
	for (size_t i = 0; i < in.len; i++)
		ck_assert(technique_websocket.duplex->hear(
		    &hearing, &state, (uint8_t *)in.bytes + i, 1));
	suite_assert_bytes(&told, "subscribe:1");
	suite_assert_same(out.bytes, out.len, "\x8a\1p", 3);
	stop();
}

TEST(a_compressed_text_is_one_where_that_was_agreed_on)
{
	const char text[] = "{\"subscribe\":[\"a\",\"b\",\"c\"]}";
	struct buf packed;

	buf_init(&packed, OUT_MAX);
	ws_deflate(&packed, text, strlen(text), false);
	start(&PACKED);
	add_frame(WS_FIN | WS_RSV1 | WS_TEXT, packed.bytes, packed.len);
	ck_assert(hear());
	suite_assert_bytes(&told, "subscribe:3");
	stop();
	start(&ONE);
	add_frame(WS_FIN | WS_RSV1 | WS_TEXT, packed.bytes, packed.len);
	ck_assert(!hear());
	ck_assert_ptr_nonnull(hearing.fault);
	buf_free(&packed);
	stop();
}

TEST(a_ping_is_answered_and_a_pong_is_not)
{
	start(&ONE);
	add_frame(WS_FIN | WS_PING, "abc", 3);
	add_frame(WS_FIN | WS_PONG, "", 0);
	ck_assert(hear());
	suite_assert_bytes(&out, "\x8a\3abc");
	ck_assert_uint_eq(told.len, 0);
	ck_assert_uint_eq(frames, 2);
	stop();
}

TEST(a_close_is_answered_and_no_fault)
{
	start(&ONE);
	add_frame(WS_FIN | WS_CLOSE, "\x03\xe8", 2);
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert(!hear());
	suite_assert_bytes(&out, "\x88\2\x03\xe8");
	ck_assert_ptr_null(hearing.fault);
	ck_assert_uint_eq(told.len, 0);
	stop();
}

TEST(a_close_without_a_code_or_of_one_who_goes_away_is_no_fault)
{
	start(&ONE);
	add_frame(WS_FIN | WS_CLOSE, "", 0);
	ck_assert(!hear());
	suite_assert_same(out.bytes, out.len, "\x88\0", 2);
	ck_assert_ptr_null(hearing.fault);
	stop();
	state = NULL;
	start(&ONE);
	add_frame(WS_FIN | WS_CLOSE, "\x03\xe9", 2);
	ck_assert(!hear());
	ck_assert_ptr_null(hearing.fault);
	stop();
}

TEST(a_broken_rule_is_a_fault_that_is_said)
{
	start(&ONE);
	buf_puts(&in, "\x81\5hello");
	ck_assert(!hear());
	ck_assert_ptr_nonnull(strstr(hearing.fault, "not masked"));
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xea", 2), 0);
	stop();
}

TEST(too_many_frames_are_closed_with_1008)
{
	start(&ONE);
	frames_max = 1;
	add_text("{\"subscribe\":[\"a\"]}");
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert(!hear());
	suite_assert_bytes(&told, "subscribe:1");
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf0", 2), 0);
	ck_assert_ptr_nonnull(hearing.fault);
	stop();
}

TEST(too_much_text_is_closed_with_1008_before_it_is_read)
{
	const char text[] = "{\"subscribe\":[\"a\"]}";

	start(&ONE);
	heard_max = strlen(text);
	add_text(text);
	add_text(text);
	ck_assert(!hear());
	suite_assert_bytes(&told, "subscribe:1");
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf0", 2), 0);
	ck_assert_str_eq(hearing.fault, "too much in a second");
	stop();
}

TEST(a_text_above_the_limit_is_closed_with_1009)
{
	start(&ONE);
	hearing.max = 10;
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert(!hear());
	ck_assert_uint_eq(told.len, 0);
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf1", 2), 0);
	stop();
}

TEST(raw_takes_no_text_and_answers_pings)
{
	start(&RAW);
	add_frame(WS_FIN | WS_PING, "abc", 3);
	ck_assert(hear());
	suite_assert_bytes(&out, "\x8a\3abc");
	buf_clear(&out);
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert(!hear());
	ck_assert_uint_eq(told.len, 0);
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf0", 2), 0);
	stop();
}

TEST(what_is_under_way_may_be_forgotten)
{
	start(&ONE);
	add_frame(WS_TEXT, "{\"subscr", 8);
	ck_assert(hear());
	ck_assert_ptr_nonnull(state);
	stop();
}
