/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_room.h"

#include "shared/base/log.h"
#include "shared/base/xalloc.h"

/* --- descriptors ---------------------------------------------------------- */

static bool
has_more_than(const struct conns *conns, size_t limit)
{
	return limit > 0 &&
	       conns->count + late_close_count(&conns->late) > limit;
}

bool
conn_room_is_crowded(const struct conns *conns)
{
	return has_more_than(conns, conns->room.crowded);
}

bool
conn_room_is_full(const struct conns *conns)
{
	return has_more_than(conns, conns->room.full);
}

/* --- connections of the authorizer ---------------------------------------- */

static size_t
max_asking(const struct conn_room *room)
{
	return room->max_asking > 0 && room->max_asking < CONN_ASKING_MAX
		   ? room->max_asking
		   : CONN_ASKING_MAX;
}

void
conn_room_ask(struct conn *conn)
{
	struct conn_room *room = &conn->conns->room;
	size_t place = room->next;

	if (room->asking == NULL)
		room->asking = xcalloc(CONN_ASKING_MAX, sizeof(*room->asking));
	if (room->asking[place] != NULL) {
		log_info("handoff", "reason=\"too many connections at the "
				    "authorizer ask nothing\"");
		conn_close(room->asking[place]);
	}
	room->asking[place] = conn;
	room->next = (place + 1) % max_asking(room);
	/* the mask says that it fits in its bits */
	conn->asking = place & (2 * CONN_ASKING_MAX - 1);
}

void
conn_room_asked(struct conn *conn)
{
	conn->conns->room.asking[conn->asking] = NULL;
}
