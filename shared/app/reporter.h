/* SPDX-License-Identifier: MIT */
/*
 * reporter.h - requests for the status: reads the entries of all processes from
 * Redis and answers.
 *
 * The entries are read at most once a second, for all who ask. What is made of
 * them is kept as long.
 *
 * A viewer is a request for events. It is held, and gets one event each
 * REPORTER_PERIOD_MS. There are REPORTER_VIEWERS_MAX in a process. After
 * REPORTER_VIEW_MS it ends: it comes back by itself, if it still may. One that
 * takes a thread or a process of its web server is not held: it gets one event,
 * and comes back for the next.
 */
#ifndef SHARED_APP_REPORTER_H
#define SHARED_APP_REPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/access/keys.h"
#include "shared/app/canary.h"
#include "shared/app/denials.h"
#include "shared/app/survey.h"
#include "shared/base/buf.h"
#include "shared/base/wheel.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf.h"
#include "shared/model/format.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

enum {
	REPORTER_PERIOD_MS = 2000,
	REPORTER_VIEWERS_MAX = 16,
	REPORTER_VIEW_MS = 3 * 60 * 1000
};

struct report_request;
TAILQ_HEAD(report_requests, report_request);

/* All requests of the process. */
struct reporter {
	/* Set by the caller, borrowed. */
	const struct technique *technique;
	const struct conf *conf;
	struct access_keys *keys;
	struct denials *denials;
	struct wheel *wheel;
	/* The rest belongs to reporter.c. */
	struct bus *bus;
	struct chain chain; /* scratch */
	struct canary canary;
	struct report_requests waiting; /* for an answer */
	struct report_requests viewers; /* that are held */
	size_t viewer_count;
	bool is_stopping;
	uint64_t view_ms;	    /* REPORTER_VIEW_MS, but in tests */
	struct survey *survey;	    /* large, and only status.fcgi has one */
	struct buf bodies[REPORTS]; /* made of its status; empty: not yet */
	struct wheel_timer period;  /* of the viewers */
	struct wheel_timer audit;   /* of its own subscription */
};

/* Opens the bus. */
void reporter_open(struct reporter *all, struct ev_loop *loop);

/* After the conns are closed. */
void reporter_close(struct reporter *all);

/* The process ends: the viewers are cut, and no more are held. */
void reporter_stop(struct reporter *all);

/* A GET or HEAD came on `conn`. */
void reporter_start(struct reporter *all, struct conn *conn,
		    const struct request *r);

/* From the conn, as in struct conn_handler. */
void reporter_closed(void *arg, struct conn *conn);

#endif
