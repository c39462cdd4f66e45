/* SPDX-License-Identifier: MIT */
/*
 * pair.h - a host (peer.h), and a TCP connection whose server's end Apache
 * hands off to it.
 *
 *	pair_start();
 *	pair_remember(&pair, "q");	Apache has asked about a request
 *	pair_hand_off(&pair);
 *	host_assert_events(&host, "request:q");
 *	pair_stop();
 */
#ifndef TESTS_UNIT_PAIR_H
#define TESTS_UNIT_PAIR_H

#include <time.h>

#include "tests/unit/handoff.h"
#include "tests/unit/peer.h"
#include "tests/unit/suite.h"

enum { PAIR_GOT_MAX = 1 << 20, PAIR_PATIENCE_S = 30 };

extern struct host host;
extern struct tcp_pair pair;
extern char pair_got[PAIR_GOT_MAX]; /* by the client, with a NUL */
extern size_t pair_got_len;

void pair_start(void);
void pair_stop(void);

/* Its request is held. */
void pair_start_held(void);

/* Bytes between two TCP sockets of a machine may take a moment. */
#define PAIR_UNTIL(condition)                                                  \
	do {                                                                   \
		time_t begin = time(NULL);                                     \
		while (!(condition)) {                                         \
			host_run(&host);                                       \
			if (time(NULL) - begin > PAIR_PATIENCE_S)              \
				ck_abort_msg("never: %s", #condition);         \
		}                                                              \
	} while (0)

/* The client reads what has come. 0: it goes on; 1: the end; -1: it was reset.
 */
int pair_read(void);

/* A request with this query waits for the socket of that connection. */
void pair_remember_for(const struct tcp_identity *id, const char *query);
void pair_remember(const struct tcp_pair *p, const char *query);

void pair_hand_off(struct tcp_pair *p);

#endif
