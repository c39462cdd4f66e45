/* SPDX-License-Identifier: MIT */
/*
 * record.h - a pull parser from bytes to FastCGI records, and a writer.
 *
 * It finds record boundaries and checks version, id, type and lengths. libfcgi
 * decodes the parameters (request.h). No I/O, no allocation.
 *
 * Source: FastCGI specification 1.0, section 3, 4 and 8
 */
#ifndef SHARED_WIRE_RECORD_H
#define SHARED_WIRE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

struct buf;

enum {
	RECORD_TYPE_STDOUT = 6, /* FCGI_STDOUT */
	RECORD_HEADER_SIZE = 8,
	RECORD_CONTENT_MAX = 65535,
	RECORD_END_SIZE = 16,	/* header and body of END_REQUEST */
	RECORD_VALUES_MAX = 512 /* content of an accepted GET_VALUES */
};

enum record_event {
	RECORD_MORE,	   /* needs more bytes */
	RECORD_BEGIN,	   /* a request begins: reader->id, ->keep_conn */
	RECORD_PARAMS,	   /* a piece of the parameters: `piece` */
	RECORD_PARAMS_END, /* the head is complete */
	RECORD_STDIN,	   /* a piece of the body: `piece`; only after
			    * RECORD_PARAMS_END */
	RECORD_STDIN_END,  /* the body is complete */
	RECORD_ABORT,	   /* the web server aborts the request */
	RECORD_GET_VALUES, /* `piece`: its content; answer with
			    * record_put_values() */
	RECORD_UNKNOWN,	   /* a management record of type piece->type; answer
			    * with record_put_unknown() */
	RECORD_SECOND,	   /* a BEGIN during a request: refuse piece->id */
	RECORD_BAD_ROLE,   /* a BEGIN with another role than the reader's:
			    * refuse piece->id; reader->keep_conn is set */
	RECORD_BAD	   /* not FastCGI: close the connection */
};

struct record_piece {
	const uint8_t *bytes;
	size_t len;
	uint16_t id;  /* RECORD_SECOND, RECORD_BAD_ROLE */
	uint8_t type; /* RECORD_UNKNOWN */
};

/* One per connection; starts zeroed, except for `authorizer`. */
struct record_reader {
	/* The role is AUTHORIZER, not RESPONDER. Such a request has no body,
	 * and stdin_done is set with params_done; keep_conn is never set. */
	bool authorizer;
	uint16_t id;	  /* of the current request; 0: none */
	bool keep_conn;	  /* keep the connection open after the request */
	bool params_done; /* of the current request */
	bool stdin_done;  /* of the current request */
	uint8_t type;	  /* of the current record; 0: between records */
	bool ours;	  /* the record belongs to the current request */
	uint8_t padding;  /* bytes left of its padding */
	uint16_t content; /* bytes left of its content */
};

/*
 * Reads from `*at` up to `end`, moves `*at` past what it used, and returns the
 * next event. Call it until RECORD_MORE or RECORD_BAD. After RECORD_MORE,
 * prepend the bytes from `*at` on to the next ones: at most RECORD_HEADER_SIZE
 * + RECORD_VALUES_MAX bytes. `piece` points into the input. Records of other
 * ids than 0 and the current request's are skipped, and so are records after
 * the end of their stream.
 */
enum record_event record_next(struct record_reader *r, const uint8_t **at,
			      const uint8_t *end, struct record_piece *piece);

/* Ends the current request: the next BEGIN starts another. */
void record_finish(struct record_reader *r);

/* Writes a record's header, without padding. */
void record_header(uint8_t out[RECORD_HEADER_SIZE], uint8_t type, uint16_t id,
		   uint16_t content_len);

/* Protocol status of END_REQUEST (section 5.5). */
enum record_status {
	RECORD_REQUEST_COMPLETE = 0,
	RECORD_CANT_MPX_CONN = 1,
	RECORD_OVERLOADED = 2,
	RECORD_UNKNOWN_ROLE = 3
};

/* Writes a whole END_REQUEST with application status 0. */
void record_end(uint8_t out[RECORD_END_SIZE], uint16_t id,
		enum record_status status);

/* For request_open(): append a BEGIN_REQUEST (role RESPONDER, keep_conn set),
 * and a piece of parameters; an empty piece ends them. */
void record_put_begin(struct buf *out, uint16_t id);
void record_put_params(struct buf *out, uint16_t id,
		       const struct record_piece *piece);

/* Appends the response to a GET_VALUES with content `asked`: FCGI_MAX_CONNS and
 * FCGI_MAX_REQS are `max_conns`, FCGI_MPXS_CONNS is 0, others are left out. */
void record_put_values(struct buf *out, const struct record_piece *asked,
		       unsigned int max_conns);

/* Appends an UNKNOWN_TYPE record for `type`. */
void record_put_unknown(struct buf *out, uint8_t type);

#endif
