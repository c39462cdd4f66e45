/* SPDX-License-Identifier: MIT */
/*
 * apache.h - a stage whose clients Apache hands off: first it asks the
 * authorizer, then it passes the socket.
 *
 *	apache_init(&technique_sse);	instead of stage_init()
 *	apache_open();			instead of stage_open()
 *	apache_ask("channel=news");
 *	TURN_UNTIL(apache.answer->ended);
 *	c = apache_hand_off();
 *	apache_close();			instead of stage_close()
 */
#ifndef TESTS_UNIT_APACHE_H
#define TESTS_UNIT_APACHE_H

#include "tests/unit/handoff.h"
#include "tests/unit/stage.h"

#define APACHE_SECRET "0123456789abcdef"

struct apache {
	struct tcp_pair pair; /* of the client that it asks about */
	struct client *answer;
};

extern struct apache apache;

void apache_init(const struct technique *technique);
void apache_open(void);
void apache_close(void);
/* apache_init() and apache_open(). */
void apache_start(const struct technique *technique);

/* A request on a new connection: begins with what the shipped configuration
 * states. A variable that is stated before counts, "" for none. */
void apache_begin(struct buf *out, const char *method, const char *query);
void apache_state(struct buf *out, const char *name, const char *value);
/* The rest; sent to the authorizer. */
void apache_send(struct buf *request);

/* A GET, and waits for the answer. */
void apache_ask(const char *query);

/* The same with the variable `name` stated otherwise. */
void apache_ask_with(const char *query, const char *name, const char *value);

/* The same for a user whose login Apache has checked. */
void apache_ask_as(const char *user, const char *query);

void apache_assert_granted(void);

/* Passes the socket; its client gets what follows the head. Freed by
 * apache_close(). */
struct client *apache_hand_off(void);

/* apache_ask() and apache_hand_off(). */
struct client *apache_get(const char *query);

#endif
