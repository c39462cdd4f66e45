/* SPDX-License-Identifier: MIT */
/*
 * target.h - how a server is asked: read from the description that a system
 * of bench/peers.d prints when it has started (its README.md lists the keys).
 */
#ifndef BENCH_LOAD_TARGET_H
#define BENCH_LOAD_TARGET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

enum target_framing {
	FRAMING_SSE,
	FRAMING_NDJSON,
	FRAMING_WEBSOCKET,
	FRAMING_LONGPOLL
};

/* When a subscriber is held. */
enum target_live {
	LIVE_CURSOR, /* it was told its cursor */
	LIVE_FIRST,  /* the first line or frame of any kind came */
	LIVE_HEAD    /* the head of the response came; long-poll: it asks */
};

/* How it learns its cursor. */
enum target_cursor {
	CURSOR_NONE,
	CURSOR_ID,   /* the last `id:` line */
	CURSOR_JSON, /* "cursor":"…" */
	CURSOR_ETAG  /* Last-Modified and Etag */
};

struct target {
	struct sockaddr_in address; /* where subscribers connect */
	enum target_framing framing;
	enum target_live live;
	enum target_cursor cursor;
	bool deflate;	     /* offer permessage-deflate */
	char *subscribe;     /* path */
	char *first_path;    /* of a first long-poll; NULL: `subscribe` */
	char *headers;	     /* whole lines, "" if none */
	char *resume_path;   /* with a cursor; NULL: `subscribe` */
	char *resume_header; /* one line, or NULL */

	struct sockaddr_in publish_address;
	char *publish; /* path; NULL: by `publish_command` */
	char *publish_headers;
	char *publish_body;
	uint32_t publish_pipeline; /* requests under way at once */
	uint32_t publish_requests; /* that a connection takes; 0: any number */
	char *publish_command;
	char *publish_line;
	char *fast_command; /* the same for as many messages as can be */
	char *fast_line;
};

/* Reads a description; the file may be "-". False: the reason is on stderr. */
bool target_read(struct target *t, const char *path) MUST_USE;
void target_free(struct target *t);

/* From now on messages are published the fastest way there is. */
void target_be_fast(struct target *t);

/* Whether a subscriber can come back with its cursor. */
bool target_resumes(const struct target *t);

/*
 * Write a whole request, or a line for the command; return its length, or 0
 * when `size` is too small. `cursor` NULL: without one. With CURSOR_ETAG it
 * is the two header lines. `data` ends with a NUL.
 */
size_t target_request(const struct target *t, char *out, size_t size,
		      uint32_t channel, const char *cursor);
size_t target_publication(const struct target *t, char *out, size_t size,
			  uint32_t channel, const char *data);

#endif
