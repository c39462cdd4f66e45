/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_command.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

static void
put(struct buf *out, const char **words, const size_t *lens, size_t count)
{
	char *command;
	long long len =
	    redisFormatCommandArgv(&command, (int)count, words, lens);

	if (len < 0)
		xalloc_failed();
	buf_put(out, command, (size_t)len);
	redisFreeCommand(command);
}

void
redis_command_put(struct buf *out, const struct text *words, size_t count)
{
	const char **bytes = xcalloc(count, sizeof(*bytes));
	size_t *lens = xcalloc(count, sizeof(*lens)), i;

	for (i = 0; i < count; i++) {
		bytes[i] = words[i].bytes;
		lens[i] = words[i].len;
	}
	put(out, bytes, lens, count);
	free(bytes);
	free(lens);
}

void
redis_command_put_strings(struct buf *out, const char *const *words)
{
	struct text *texts;
	size_t count = 0, i;

	while (words[count] != NULL)
		count++;
	texts = xcalloc(count, sizeof(*texts));
	for (i = 0; i < count; i++)
		texts[i] = text_of(words[i]);
	redis_command_put(out, texts, count);
	free(texts);
}
