/* SPDX-License-Identifier: MIT */
/*
 * stage.h - a whole process as serve.c makes it, without options, signals and
 * the listening socket: dispatch.c on the Redis of the test, and clients that
 * send their requests over FastCGI.
 *
 *	redis_server_start();
 *	stage_conf(&technique_sse);	then stage.conf is the test's to change
 *	stage_open();
 *	c = stage_get("channel=news&since=0");
 *	TURN_UNTIL(client_has(c, "data: hi"));
 *	stage_close();
 */
#ifndef TESTS_UNIT_STAGE_H
#define TESTS_UNIT_STAGE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/app/dispatch.h"
#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/wheel.h"
#include "shared/conf/conf.h"
#include "shared/net/conn.h"
#include "shared/technique.h"
#include "shared/wire/record.h"

enum { CLIENT_TEXT_SIZE = 512 * 1024 };

/* The other end of a request. */
struct client {
	struct client *next;
	int fd;
	struct ev_io reading;
	void (*take)(struct client *c, const uint8_t *bytes, size_t len);
	uint8_t header[RECORD_HEADER_SIZE];
	size_t header_len, content, padding; /* of the record being read */
	size_t len;			     /* of the text */
	size_t writes;		     /* records of STDOUT that had content */
	bool ended;		     /* END_REQUEST came */
	bool closed;		     /* the connection was */
	char text[CLIENT_TEXT_SIZE]; /* what was in STDOUT, with a NUL */
};

struct stage {
	struct conf conf;
	struct wheel wheel;
	struct conns conns;
	struct dispatch dispatch;
	struct client *clients;
	size_t hold_max;
	int send_buffer; /* bytes of a conn's socket; 0: as the system has it */
};

extern struct stage stage;

/* Zeroes the stage and sets the defaults; stage_conf() also sets bus.url to the
 * Redis of the test. */
void stage_init(const struct technique *technique);
void stage_conf(const struct technique *technique);
void stage_open(void);
void stage_close(void);

/* With fake_clock.c: so much time passes, and timers fire at once; the loop
 * does not turn. */
void stage_advance(unsigned int seconds);

/* Sends a request as `c`, which is zeroed and heap-allocated; frees `request`.
 */
void stage_ask(struct client *c, struct buf *request);

/* The same on another socket of the process. */
void stage_ask_at(void (*accept)(struct conns *conns, int fd), struct client *c,
		  struct buf *request);

/* Sends a GET or POST. The client is freed by stage_close(). */
struct client *stage_get(const char *query);
struct client *stage_get_after(const char *query, const char *last_event_id);
struct client *stage_post(const char *content_type, const char *body);

/* How many subscribers are live in all fanouts. */
size_t stage_live(void);

/* Stops reading; reads again; closes. */
void client_pause(struct client *c);
void client_resume(struct client *c);
void client_leave(struct client *c);

bool client_has(const struct client *c, const char *text);

/* How often. */
size_t client_count(const struct client *c, const char *text);

/* The texts between `before` and the end of their line, joined by spaces:
 * client_lines(c, "data: "). Valid until the next. */
const char *client_lines(const struct client *c, const char *before);

/* Its position: the last `id: ` of a stream, or the "cursor" of a response.
 * Valid until the next. */
const char *client_cursor(const struct client *c);

#endif
