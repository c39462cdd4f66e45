/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/duplex_reply.h"

#include "shared/base/log.h"
#include "shared/stats/stats.h"

void
duplex_reply(struct subscriber *s, const struct reply *reply)
{
	struct buf out;

	if (subscriber_is_quiet(s))
		return; /* it was a publication that was on its way */
	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	s->all->technique->duplex->reply(subscriber_format(s), reply, &out);
	subscriber_send(s, &out);
}

void
duplex_reply_problem(struct subscriber *s, const struct command_ref *ref,
		     const struct problem *p)
{
	stats_refused_status(p->status);
	/* any client can cause websocket.max_rate of these: debug */
	log_debug("refused", "client=%s status=%u reason=\"%s\"",
		  subscriber_address(s), p->status, p->detail);
	duplex_reply(s, &(struct reply){.ref = ref, .problem = p});
}
