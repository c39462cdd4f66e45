/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/messages.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/vec.h"

void
messages_add(struct messages *ms, struct message *m)
{
	ms->at = vec_grow(ms->at, ms->count, &ms->room, sizeof(*ms->at));
	ms->at[ms->count++] = message_ref(m);
	ms->bytes += m->data.len;
}

void
messages_drop_first(struct messages *ms)
{
	ms->bytes -= ms->at[0]->data.len;
	message_unref(ms->at[0]);
	memmove(ms->at, ms->at + 1, --ms->count * sizeof(*ms->at));
}

struct message *const *
messages_after(const struct messages *ms, struct id after, size_t *count)
{
	size_t i = 0;

	if (ms->count == 0 || id_compare(ms->at[0]->prev, after) > 0)
		return NULL;
	while (i < ms->count && id_compare(ms->at[i]->id, after) <= 0)
		i++;
	*count = ms->count - i;
	return ms->at + i;
}

void
messages_clear(struct messages *ms)
{
	while (ms->count > 0)
		message_unref(ms->at[--ms->count]);
	free(ms->at);
	memset(ms, 0, sizeof(*ms));
}
