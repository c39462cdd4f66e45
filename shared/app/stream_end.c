/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/stream_end.h"

#include <stdlib.h>

#include "shared/app/stream_notices.h"
#include "shared/net/conn_room.h"
#include "shared/stats/stats.h"

enum {
	CUT_AFTER_MS = 250,
	CUT_SOON_MS = 50 /* where a program serves one client at a time */
};

static const struct technique_stream *
technique_of(const struct subscriber *s)
{
	return s->all->technique->stream;
}

/* Usually 0.5 to 1.5 times sse.retry, so that reconnects spread out. */
static unsigned int
retry_ms(const struct subscriber *s, enum close_reason reason)
{
	unsigned int ms = s->all->conf->sse_retry;

	if (reason == CLOSE_LATER)
		return subscriber_later_ms(s);
	return ms / 2 + (unsigned int)((double)rand() / RAND_MAX * ms);
}

static void
send_close(struct subscriber *s, enum close_reason reason, bool whole)
{
	struct chain *c = subscriber_chain(s);
	struct buf out;

	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	if (technique_of(s)->close != NULL)
		technique_of(s)->close(subscriber_format(s), reason,
				       retry_ms(s, reason), &out);
	chain_add_buf(c, &out);
	if (whole)
		chain_end(c);
	conn_send(s->member.conn, c);
	chain_clear(c);
	buf_free(&out);
}

/* A process that ends a stream without END_REQUEST is ended by mod_fcgid, so
 * where the length suffices, or nothing does, that is avoided. */
static void
end(struct subscriber *s)
{
	struct chain *c = subscriber_chain(s);

	if (s->ends_whole) {
		chain_end(c);
		conn_send(s->member.conn, c);
		chain_clear(c);
		conn_finish(s->member.conn);
	} else {
		conn_cut(s->member.conn);
	}
	subscriber_free(s);
}

static void
count_cut(const struct subscriber *s, enum close_reason reason)
{
	static const enum stats_cut cuts[] = {
	    [CLOSE_LATER] = STATS_CUT_LATER,
	    [CLOSE_EXPIRED] = STATS_CUT_EXPIRED,
	    [CLOSE_KICKED] = STATS_CUT_KICKED,
	    [CLOSE_UNFINISHED] = STATS_CUT_UNFINISHED,
	    [CLOSE_CHURN] = STATS_CUT_CHURN};

	if (reason == CLOSE_AGAIN)
		stats_cut(s->end_reason == END_OLD ? STATS_CUT_AGE
						   : STATS_CUT_ENDS);
	else
		stats_cut(cuts[reason]);
}

void
stream_cut(struct subscriber *s, enum close_reason reason)
{
	count_cut(s, reason);
	fanouts_settle(&s->member);
	send_close(s, reason, false);
	end(s);
}

static bool
is_crowded(const struct subscriber *s)
{
	return conn_room_is_crowded(s->member.conn->conns);
}

/* The cut comes a moment later. Otherwise a browser gives the page that reads
 * by fetch() the error instead of the last bytes, and a web server resets a
 * stream of HTTP/2 before it has sent them: in each case, whenever the client
 * comes. But a worker that waits for it serves nobody: few may. And where
 * descriptors are short, clients lose the last bytes rather than the site. */
static void
refuse(struct subscriber *s)
{
	if (subscriber_is_quiet(s)) {
		count_cut(s, CLOSE_LATER);
		end(s);
		return;
	}
	if (s->counted.hurries || is_crowded(s)) {
		stream_cut(s, CLOSE_LATER);
		return;
	}
	send_close(s, CLOSE_LATER, false);
	subscriber_quiet(s, s->is_alone ? CUT_SOON_MS : CUT_AFTER_MS);
}

void
stream_end_early(struct subscriber *s)
{
	if (s->held)
		stream_cut(s, CLOSE_AGAIN);
	else
		refuse(s);
}

/* --- with a notice -------------------------------------------------------- */

/* A cut may lose what was sent last, and the client must get it. */
static void
end_for(struct subscriber *s, const char *name, enum close_reason reason)
{
	stream_send_end(s, &(struct end){.reason = name});
	if (s->all->technique->duplex != NULL) {
		stream_cut(s, reason);
		return;
	}
	count_cut(s, reason);
	send_close(s, reason, true);
	subscriber_end(s);
}

void
stream_expire(struct subscriber *s)
{
	s->end_reason = END_EXPIRED;
	end_for(s, "expired", CLOSE_EXPIRED);
}

void
stream_kick(struct subscriber *s, const struct kick *kick, uint64_t ms)
{
	(void)kick;
	(void)ms;
	s->end_reason = END_KICKED;
	end_for(s, "kicked", CLOSE_KICKED);
}
