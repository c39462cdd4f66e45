/* SPDX-License-Identifier: MIT */
/*
 * record.h - where FastCGI records begin and end.
 *
 * A pull parser over whatever bytes have come: it finds record boundaries,
 * checks version, id, lengths, and says what each piece is. It does not know
 * what parameters mean: libfcgi does (request.h). No I/O, no allocation.
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
	RECORD_VALUES_MAX = 512 /* content of a GET_VALUES we read */
};

enum record_event {
	RECORD_MORE,	   /* all was used that can be: come with more bytes */
	RECORD_BEGIN,	   /* a request begins: reader->id, ->keep_conn */
	RECORD_PARAMS,	   /* a piece of the parameters: `piece` */
	RECORD_PARAMS_END, /* the head is whole */
	RECORD_STDIN,	   /* a piece of the body: `piece`. Never before the
			      head is whole: that is RECORD_BAD */
	RECORD_STDIN_END,  /* the body is whole */
	RECORD_ABORT,	   /* the web server gives the request up */
	RECORD_GET_VALUES, /* `piece` is its content; answer record_put_values
			    */
	RECORD_UNKNOWN,	   /* management record of type `type`: answer it */
	RECORD_SECOND,	 /* another BEGIN while one runs, id `id`: refuse it */
	RECORD_BAD_ROLE, /* a BEGIN whose role is not RESPONDER, id `id`;
			    reader->keep_conn */
	RECORD_BAD	 /* not FastCGI: close the connection */
};

struct record_piece {
	const uint8_t *bytes;
	size_t len;
	uint16_t id;  /* RECORD_SECOND, RECORD_BAD_ROLE */
	uint8_t type; /* RECORD_UNKNOWN */
};

/* One a connection. Zeroed is a good start. */
struct record_reader {
	uint16_t id;	  /* of the request that runs; 0: none */
	bool keep_conn;	  /* the connection outlives the request */
	bool params_done; /* of the request that runs */
	bool stdin_done;  /* likewise */
	uint8_t type;	  /* of the record being read; 0: between records */
	bool ours;	  /* its id is the running request's */
	uint8_t padding;  /* bytes left of it after its content */
	uint16_t content; /* bytes left of its content */
};

/*
 * Reads from `*at` up to `end`, moves `*at` past what it used, and says what
 * it found; call it until RECORD_MORE or RECORD_BAD. After RECORD_MORE the
 * bytes from `*at` on must stand before the next ones: at most
 * RECORD_HEADER_SIZE + RECORD_VALUES_MAX of them. Records of an id that is
 * neither 0 nor the running request's are skipped, as are records that come
 * after their stream has ended.
 */
enum record_event record_next(struct record_reader *r, const uint8_t **at,
			      const uint8_t *end, struct record_piece *piece);

/* The request is over: the next BEGIN starts another. */
void record_finish(struct record_reader *r);

/* Writes the 8 bytes of a record's header. No padding. */
void record_header(uint8_t out[RECORD_HEADER_SIZE], uint8_t type, uint16_t id,
		   uint16_t content_len);

/* Protocol statuses of END_REQUEST (section 5.5). */
enum record_status {
	RECORD_REQUEST_COMPLETE = 0,
	RECORD_CANT_MPX_CONN = 1,
	RECORD_OVERLOADED = 2,
	RECORD_UNKNOWN_ROLE = 3
};

/* Writes a whole END_REQUEST with application status 0. */
void record_end(uint8_t out[RECORD_END_SIZE], uint16_t id,
		enum record_status status);

/* Appends the records that begin a request for libfcgi (BEGIN_REQUEST, role
 * RESPONDER, keep_conn set), carry a piece of parameters, and end them. */
void record_put_begin(struct buf *out, uint16_t id);
void record_put_params(struct buf *out, uint16_t id,
		       const struct record_piece *piece);

/* Appends the answer to GET_VALUES with content `asked`: of FCGI_MAX_CONNS,
 * FCGI_MAX_REQS (both `max_conns`) and FCGI_MPXS_CONNS (0) those it names. */
void record_put_values(struct buf *out, const struct record_piece *asked,
		       unsigned int max_conns);

/* Appends an UNKNOWN_TYPE record that names `type`. */
void record_put_unknown(struct buf *out, uint8_t type);

#endif
