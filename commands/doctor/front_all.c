/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_all.h"

#include "commands/doctor/front.h"
#include "commands/doctor/front_access.h"
#include "commands/doctor/front_delivery.h"
#include "commands/doctor/front_handoff.h"
#include "commands/doctor/front_headers.h"
#include "commands/doctor/front_http2.h"
#include "commands/doctor/front_leave.h"
#include "commands/doctor/front_reach.h"
#include "commands/doctor/front_room.h"
#include "commands/doctor/front_silence.h"

/* What the first two find out, the others need. A silent response is watched
 * meanwhile. */
static void
look(struct front *f)
{
	if (!front_reach(f))
		return;
	front_room(f);
	if (!front_access(f) || !front_handoff(f))
		return;
	front_silence_begin(f);
	front_delivery(f);
	front_headers(f);
	front_http2(f);
	front_leave(f);
	front_silence_end(f);
}

static void
from_outside(struct doctor *d)
{
	static struct front f;

	if (!front_open(&f, d))
		return;
	look(&f);
	front_close(&f);
}

const struct doctor_check doctor_front[] = {
    {"the site from outside", from_outside},
    {NULL, NULL},
};
