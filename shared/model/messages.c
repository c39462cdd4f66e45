/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/messages.h"

#include <stdlib.h>
#include <string.h>

void
messages_clear(struct messages *ms)
{
	while (ms->count > 0)
		message_unref(ms->at[--ms->count]);
	free(ms->at);
	memset(ms, 0, sizeof(*ms));
}

void
messages_drop_first(struct messages *ms)
{
	ms->bytes -= ms->at[0]->data_len;
	message_unref(ms->at[0]);
	memmove(ms->at, ms->at + 1, --ms->count * sizeof(struct message *));
}

bool
messages_add(struct messages *ms, struct message *m)
{
	struct message **at;
	size_t room;

	if (ms->count == ms->room) {
		room = ms->room ? 2 * ms->room : 4;
		at = realloc(ms->at, room * sizeof(struct message *));
		if (at == NULL)
			return false;
		ms->at = at;
		ms->room = room;
	}
	ms->at[ms->count++] = message_ref(m);
	ms->bytes += m->data_len;
	return true;
}
