/* SPDX-License-Identifier: MIT */
/* Tests of bench/load/message.c and lines.c. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "bench/load/lines.h"
#include "bench/load/message.h"

#include "tests/unit/suite.h"

/* What a text says, a word for each. */
static char got[256];

static void
take_said(void *arg, enum said what, const struct stamp *stamp,
	  const char *text, size_t len)
{
	char word[64] = "";

	(void)arg;
	(void)text;
	if (what == SAID_MESSAGE)
		snprintf(word, sizeof(word), "message %u%s ", stamp->sequence,
			 text ? "" : "+");
	else if (what == SAID_ID)
		snprintf(word, sizeof(word), "id %.*s ", (int)len, text);
	else
		snprintf(word, sizeof(word), "%s ",
			 what == SAID_CURSOR ? "cursor"
			 : what == SAID_GAP  ? "gap"
					     : "other");
	strcat(got, word);
}

static void
take_line(void *arg, const char *line, size_t len)
{
	message_read(line, len, take_said, arg);
}

/* What a stream says, in pieces of `size` bytes. */
static const char *
said(const char *text, size_t size)
{
	struct lines lines = {0};
	size_t len = strlen(text);

	got[0] = '\0';
	for (size_t at = 0; at < len; at += size)
		ck_assert(lines_take(&lines, text + at,
				     size < len - at ? size : len - at,
				     take_line, NULL));
	lines_free(&lines);
	return got;
}

static const char *
data(uint32_t sequence)
{
	static char out[4][61];
	static unsigned int n;
	const struct stamp stamp = {.sequence = sequence};
	char *text = out[n++ % 4];

	stamp_write(text, 60, &stamp);
	return text;
}

TEST(of_an_event_the_message_and_the_id_are_told)
{
	char text[256];

	snprintf(text, sizeof(text),
		 ":\n\nretry: 3000\n\ndata: %s\nid: 5-0\n\n", data(3));
	for (size_t size = 1; size < 80; size += 13)
		ck_assert_str_eq(said(text, size),
				 "other other message 3 id 5-0 ");
}

TEST(the_cursor_event_is_told)
{
	ck_assert_str_eq(said("event: cursor\nid: 7-0\n\n", 5),
			 "cursor id 7-0 ");
	ck_assert_str_eq(said("{\"cursor\":\"7-0\"}\r\n", 100), "cursor ");
}

TEST(a_gap_is_told)
{
	ck_assert_str_eq(said("event: gap\n\n", 100), "gap ");
	ck_assert_str_eq(said("{\"gap\":{\"channel\":\"c0\"}}\n", 100), "gap ");
}

TEST(only_the_last_message_of_a_batch_comes_with_the_text)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"messages\":[{\"data\":\"%s\"},{\"data\":\"%s\"}],"
		 "\"cursor\":\"9-0\"}\n",
		 data(1), data(2));
	ck_assert_str_eq(said(text, 1000), "message 1+ message 2 ");
}

TEST(anything_else_is_told_too)
{
	ck_assert_str_eq(said("data: {\"connect\":{}}\n\n", 1000), "other ");
}

static void
has_cursor(const char *text, const char *want)
{
	size_t len = 0;
	const char *found = message_cursor(text, strlen(text), &len);

	ck_assert(found);
	ck_assert_uint_eq(len, strlen(want));
	ck_assert_mem_eq(found, want, len);
}

TEST(the_cursor_of_a_batch_is_not_the_id_of_a_message)
{
	has_cursor("{\"messages\":[{\"id\":\"1-0\"}],\"cursor\":\"2-0\"}",
		   "2-0");
}

TEST(the_last_id_is_the_cursor_if_there_is_no_other)
{
	has_cursor("{\"id\":\"1-0\"}{\"id\":\"2-0\"}", "2-0");
}

TEST(without_cursor_and_id_there_is_none)
{
	size_t len;

	ck_assert_ptr_null(message_cursor("{\"a\":\"b\"}", 9, &len));
}
