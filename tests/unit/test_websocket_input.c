/* SPDX-License-Identifier: MIT */
/* The input of fcgi/websocket.c; frames themselves are in test_ws_input.c. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/wire/ws_deflate.h"
#include "shared/wire/ws_frame.h"
#include "tests/unit/suite.h"

enum { OUT_MAX = 4096, TEXT_MAX = 1000, FRAMES_MAX = 10 };

static const struct format ONE = {.limit = 100};
static const struct format RAW = {.raw = true};
static const struct format PACKED = {.deflate = 1};

static struct buf in, out, commands;
static struct duplex_client client;
static struct duplex_read read_;

static void
start(const struct format *format)
{
	buf_init(&in, OUT_MAX);
	buf_init(&out, OUT_MAX);
	buf_init(&commands, OUT_MAX);
	client = (struct duplex_client){.frames_left = FRAMES_MAX,
					.bytes_left = OUT_MAX};
	read_ = (struct duplex_read){
	    .format = format, .text_max = TEXT_MAX, .out = &out};
}

static void
stop(void)
{
	technique_websocket.duplex->free(client.partial);
	technique_websocket.duplex->stop();
	buf_free(&in);
	buf_free(&out);
	buf_free(&commands);
}

/* publish:CHANNEL=DATA, subscribe:N, unsubscribe:N or the status, then #REF. */
static void
note(const struct command *command, const struct problem *p)
{
	if (commands.len > 0)
		buf_putc(&commands, ' ');
	if (p != NULL)
		buf_printf(&commands, "%u", p->status);
	else if (command->ref.kind == COMMAND_PUBLISH)
		buf_printf(&commands, "publish:%s=%s",
			   command->publication.channel.bytes,
			   command->publication.data.bytes);
	else
		buf_printf(&commands, "%s:%zu",
			   command->ref.kind == COMMAND_SUBSCRIBE
			       ? "subscribe"
			       : "unsubscribe",
			   command->channel_count);
	if (command->ref.len > 0)
		buf_printf(&commands, "#%.*s", (int)command->ref.len,
			   command->ref.json);
}

/* Reads `len` bytes to the end; notes the commands. */
static enum duplex_event
read_bytes(const char *bytes, size_t len)
{
	enum duplex_event event;
	struct command command;
	struct problem p;

	read_.at = (const uint8_t *)bytes;
	read_.end = read_.at + len;
	for (;;) {
		event = technique_websocket.duplex->next(&client, &read_,
							 &command, &p);
		if (event != DUPLEX_COMMAND && event != DUPLEX_REFUSED)
			return event;
		note(&command, event == DUPLEX_REFUSED ? &p : NULL);
		command_free(&command);
	}
}

static enum duplex_event
read_all(void)
{
	enum duplex_event event = read_bytes(in.bytes, in.len);

	buf_clear(&in);
	return event;
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

TEST(a_text_is_a_command)
{
	start(&ONE);
	add_text("{\"publish\":{\"channel\":\"a\",\"data\":\"hi\"},\"ref\":1}");
	ck_assert_int_eq(read_all(), DUPLEX_MORE);
	suite_assert_bytes(&commands, "publish:a=hi#1");
	ck_assert_uint_eq(out.len, 0);
	ck_assert_ptr_null(client.partial);
	stop();
}

TEST(texts_are_commands_in_order)
{
	start(&ONE);
	add_text("{\"subscribe\":[\"a\",\"b\"]}");
	add_text("{\"unsubscribe\":[\"a\"],\"ref\":\"x\"}");
	ck_assert_int_eq(read_all(), DUPLEX_MORE);
	suite_assert_bytes(&commands, "subscribe:2 unsubscribe:1#\"x\"");
	stop();
}

TEST(a_refused_command_has_its_ref_and_reading_goes_on)
{
	start(&ONE);
	add_text("no JSON");
	add_text("{\"publish\":{},\"ref\":2}");
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert_int_eq(read_all(), DUPLEX_MORE);
	suite_assert_bytes(&commands, "400 400#2 subscribe:1");
	ck_assert_ptr_null(read_.fault);
	stop();
}

TEST(a_text_can_arrive_in_pieces_and_fragments)
{
	start(&ONE);
	add_frame(WS_TEXT, "{\"subscr", 8);
	add_frame(WS_FIN | WS_PING, "p", 1);
	add_frame(WS_FIN | WS_CONTINUATION, "ibe\":[\"a\"]}", 11);
	for (size_t i = 0; i < in.len; i++)
		ck_assert_int_eq(read_bytes(in.bytes + i, 1), DUPLEX_MORE);
	suite_assert_bytes(&commands, "subscribe:1");
	suite_assert_same(out.bytes, out.len, "\x8a\1p", 3);
	stop();
}

TEST(a_compressed_text_is_a_command_when_deflate_was_negotiated)
{
	const char text[] = "{\"subscribe\":[\"a\",\"b\",\"c\"]}";
	struct buf packed;

	buf_init(&packed, OUT_MAX);
	ws_deflate(&packed, text, strlen(text), false);
	start(&PACKED);
	add_frame(WS_FIN | WS_RSV1 | WS_TEXT, packed.bytes, packed.len);
	ck_assert_int_eq(read_all(), DUPLEX_MORE);
	suite_assert_bytes(&commands, "subscribe:3");
	stop();
	start(&ONE);
	add_frame(WS_FIN | WS_RSV1 | WS_TEXT, packed.bytes, packed.len);
	ck_assert_int_eq(read_all(), DUPLEX_FAULT);
	ck_assert_ptr_nonnull(read_.fault);
	buf_free(&packed);
	stop();
}

TEST(a_ping_gets_a_pong_and_a_pong_gets_nothing)
{
	start(&ONE);
	add_frame(WS_FIN | WS_PING, "abc", 3);
	add_frame(WS_FIN | WS_PONG, "", 0);
	ck_assert_int_eq(read_all(), DUPLEX_MORE);
	suite_assert_bytes(&out, "\x8a\3abc");
	ck_assert_uint_eq(commands.len, 0);
	ck_assert_uint_eq(client.frames_left, FRAMES_MAX - 2);
	stop();
}

TEST(a_close_is_echoed_and_ends_it)
{
	start(&ONE);
	add_frame(WS_FIN | WS_CLOSE, "\x03\xe8", 2);
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert_int_eq(read_all(), DUPLEX_END);
	suite_assert_bytes(&out, "\x88\2\x03\xe8");
	ck_assert_ptr_null(read_.fault);
	ck_assert_uint_eq(commands.len, 0);
	stop();
}

TEST(a_close_without_a_code_or_with_1001_ends_it)
{
	start(&ONE);
	add_frame(WS_FIN | WS_CLOSE, "", 0);
	ck_assert_int_eq(read_all(), DUPLEX_END);
	suite_assert_same(out.bytes, out.len, "\x88\0", 2);
	ck_assert_ptr_null(read_.fault);
	stop();
	start(&ONE);
	add_frame(WS_FIN | WS_CLOSE, "\x03\xe9", 2);
	ck_assert_int_eq(read_all(), DUPLEX_END);
	ck_assert_ptr_null(read_.fault);
	stop();
}

TEST(a_broken_rule_is_a_fault_with_a_reason)
{
	start(&ONE);
	buf_puts(&in, "\x81\5hello");
	ck_assert_int_eq(read_all(), DUPLEX_FAULT);
	ck_assert_ptr_nonnull(strstr(read_.fault, "not masked"));
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xea", 2), 0);
	stop();
}

TEST(too_many_frames_are_closed_with_1008)
{
	start(&ONE);
	client.frames_left = 1;
	add_text("{\"subscribe\":[\"a\"]}");
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert_int_eq(read_all(), DUPLEX_FAULT);
	suite_assert_bytes(&commands, "subscribe:1");
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf0", 2), 0);
	ck_assert_ptr_nonnull(read_.fault);
	stop();
}

TEST(too_many_bytes_are_closed_with_1008_before_parsing)
{
	const char text[] = "{\"subscribe\":[\"a\"]}";

	start(&ONE);
	client.bytes_left = strlen(text);
	add_text(text);
	add_text(text);
	ck_assert_int_eq(read_all(), DUPLEX_FAULT);
	suite_assert_bytes(&commands, "subscribe:1");
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf0", 2), 0);
	ck_assert_str_eq(read_.fault, "too many bytes in a second");
	stop();
}

TEST(a_text_above_the_limit_is_closed_with_1009)
{
	start(&ONE);
	read_.text_max = 10;
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert_int_eq(read_all(), DUPLEX_FAULT);
	ck_assert_uint_eq(commands.len, 0);
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf1", 2), 0);
	stop();
}

TEST(raw_accepts_no_text_and_answers_pings)
{
	start(&RAW);
	add_frame(WS_FIN | WS_PING, "abc", 3);
	ck_assert_int_eq(read_all(), DUPLEX_MORE);
	suite_assert_bytes(&out, "\x8a\3abc");
	buf_clear(&out);
	add_text("{\"subscribe\":[\"a\"]}");
	ck_assert_int_eq(read_all(), DUPLEX_FAULT);
	ck_assert_uint_eq(commands.len, 0);
	ck_assert_int_eq(memcmp(out.bytes + 2, "\x03\xf0", 2), 0);
	stop();
}

TEST(an_unfinished_message_can_be_freed)
{
	start(&ONE);
	add_frame(WS_TEXT, "{\"subscr", 8);
	ck_assert_int_eq(read_all(), DUPLEX_MORE);
	ck_assert_ptr_nonnull(client.partial);
	stop();
}
