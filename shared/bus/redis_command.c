/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_command.h"

/* What Redis reads before a command or a word: how many follow. */
static void
put_count(struct buf *out, char kind, size_t count)
{
	char line[1 + BUF_DECIMAL_MAX + 2];
	size_t len = 1 + buf_decimal(line + 1, count);

	line[0] = kind;
	line[len++] = '\r';
	line[len++] = '\n';
	buf_put(out, line, len);
}

static void
put_word(struct buf *out, struct text word)
{
	put_count(out, '$', word.len);
	buf_put(out, word.bytes, word.len);
	buf_put(out, "\r\n", 2);
}

void
redis_command_put(struct buf *out, const struct text *words, size_t count)
{
	put_count(out, '*', count);
	for (size_t i = 0; i < count; i++)
		put_word(out, words[i]);
}

void
redis_command_put_strings(struct buf *out, const char *const *words)
{
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	put_count(out, '*', count);
	for (size_t i = 0; i < count; i++)
		put_word(out, text_of(words[i]));
}
