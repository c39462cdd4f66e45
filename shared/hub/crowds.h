/* SPDX-License-Identifier: MIT */
/*
 * crowds.h - the channels of the process that have most subscribers.
 */
#ifndef SHARED_HUB_CROWDS_H
#define SHARED_HUB_CROWDS_H

#include <stddef.h>

#include "shared/base/text.h"
#include "shared/hub/channels.h"
#include "shared/model/presence.h"

struct crowd {
	struct text name; /* valid until the next turn of the loop */
	size_t members;	  /* subscribers */
	const struct presence *presence; /* of all processes; NULL: not known.
					  * Valid as long */
};

/* The largest channels, to be filled. */
struct crowds {
	struct crowd *top; /* of the caller: the largest first; of equal ones
			    * by name */
	size_t most;	   /* of them */
	size_t top_count;
	size_t count; /* channels that have any */
};

/* `top` and `most` (at least 1) are set. Looks at each channel. */
void crowds_find(struct crowds *crowds, const struct channels *all);

#endif
