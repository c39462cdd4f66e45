/* SPDX-License-Identifier: MIT */
/*
 * limits.h - how much one client may have of all programs of the host: the
 * settings of [limit]; and how much of a web server all subscribers together:
 * hold.budget and hold.budget_lighttpd.
 *
 * No limit of an address is for one of loopback: it is a program of this
 * machine, or a proxy on it that access.proxies does not name, behind which
 * everybody is. Nor for a proxy of access.proxies that does not say who its
 * client is.
 *
 * Two processes that count at the same time may each allow the last one.
 */
#ifndef SHARED_APP_LIMITS_H
#define SHARED_APP_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access/client.h"
#include "shared/access/credentials.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/host/counts.h"
#include "shared/model/problem.h"
#include "shared/model/publication.h"

enum { LIMITS_PEAKS = 4 };

/* Of the process. */
struct limits {
	const struct conf *conf;
	const char *program;
	struct host_counts counts;
	bool is_open;
	bool is_lost;	   /* that was logged */
	bool is_bad_mark;  /* that was logged */
	uint64_t looked;   /* the second in which it was looked for that */
	host_key above;	   /* that was above its limit */
	uint64_t above_ms; /* when that was counted exactly */
	uint64_t peaks[LIMITS_PEAKS]; /* see limits_report.h */
	uint64_t second;	      /* in which a refusal was logged */
	unsigned int skipped;	      /* since then */
};

enum {
	LIMITS_OWN = 3, /* address, user, connection */
	LIMITS_KEY_BYTES = 6
};

/* What a subscriber holds: small, for there are many. Zeroed: nothing. */
struct limits_held {
	uint8_t own[LIMITS_OWN][LIMITS_KEY_BYTES]; /* keys; 0: none */
	uint8_t shared; /* bits, of keys that many hold */
	/* It is not held, and many of those still take a worker: it must end at
	 * once. */
	bool hurries;
};

/* Opens limit.table; that it cannot, is logged. `conf` is borrowed, and so is
 * `program`, which tells programs of mod_fcgid apart. */
void limits_open(struct limits *l, const struct conf *conf,
		 const char *program);

/* Zeroed is fine. */
void limits_close(struct limits *l);

/* Counts a request that would be held; `user` may be NULL. False: it is above a
 * limit, which is logged, and `held` is what it takes until it has ended. */
bool limits_hold(struct limits *l, struct limits_held *held,
		 const struct client_id *client, const char *user) MUST_USE;

/* How many numbers it is in. */
unsigned int limits_held_count(const struct limits_held *held);

/* It is not held any more. */
void limits_leave(struct limits *l, struct limits_held *held);

/* What subscribers take of that on the whole host. */
uint64_t limits_taken(const struct limits *l, enum mark_takes takes);

/* Counts a publication. False: it is above the limit. */
bool limits_publish(struct limits *l, const char *address,
		    const struct credentials *credentials,
		    struct problem *p) MUST_USE;

/* Who publishes, as the creator of channels. */
struct limits_creator {
	host_key key; /* 0: nothing is counted */
	bool may;     /* create one more */
};

/* What publications that are on their way create is not counted yet. */
struct limits_creator limits_creator(struct limits *l, const char *address,
				     const struct credentials *credentials);

/* Counts the channel if the publication has created one. */
void limits_created(struct limits *l, const struct limits_creator *creator,
		    const struct publish_result *result);

#endif
