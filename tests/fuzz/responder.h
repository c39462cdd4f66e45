/* SPDX-License-Identifier: MIT */
/*
 * responder.h - a whole responder for a fuzz target: what serve.c makes, on the
 * fake bus and the fake clock, and what must always be true of it.
 *
 * There is one at a time. It waits for nothing; its loop turns when it is told
 * to.
 */
#ifndef TESTS_FUZZ_RESPONDER_H
#define TESTS_FUZZ_RESPONDER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/app/dispatch.h"
#include "shared/base/wheel.h"
#include "shared/conf/conf.h"
#include "shared/net/conn.h"
#include "shared/technique.h"

struct responder {
	struct conf conf;
	struct ev_loop *loop;
	struct wheel wheel;
	struct conns conns;
	struct dispatch dispatch;
	size_t held_max;
	bool ending; /* it got SIGTERM */
};

extern struct responder responder;

/* Sets the defaults; then the settings may be changed. */
void responder_init(const struct technique *technique);
void responder_open(void);

/* Ends as serve.c does, whatever is open. */
void responder_close(void);

/* One turn of the loop, and the checks. */
void responder_turn(void);

/* So much time passes at once; what is due fires in this turn or the next. */
void responder_pass(unsigned int ms);

/* SIGTERM. */
void responder_stop(void);

/* True: it has got SIGTERM and nothing is left to do. */
bool responder_is_done(void);

/* Fails unless nothing is open, held or queued, and no timer is set. */
void responder_check_empty(void);

#endif
