/* SPDX-License-Identifier: MIT */
/*
 * conn_input.h - what the ways in share: reading, and passing requests, bodies
 * and data on to the handler.
 */
#ifndef SHARED_NET_CONN_INPUT_H
#define SHARED_NET_CONN_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/model/problem.h"
#include "shared/net/conn.h"
#include "shared/wire/request.h"

/* conn->input; made, and the time limit started, if there is none. */
struct conn_input *conn_input_need(struct conn *conn) RETURNS_NONNULL;

/* Frees conn->input, or keeps it for the next conn that needs one. */
void conn_input_forget(struct conn *conn);

/* For conn_kind.release of a socket: frees conn->input and closes it. */
void conn_input_release(struct conn *conn);

/* Reads up to `max` bytes into conns->scratch, from offset `at` on. Returns
 * their number; 0 when there is nothing to read now or the conn has closed. */
size_t conn_input_read(struct conn *conn, size_t at, size_t max) MUST_USE;

/* The same, but the end of the input does not close the conn: `ended`. */
size_t conn_input_read_to_end(struct conn *conn, size_t max,
			      bool *ended) MUST_USE;

/* The head is complete: becomes SERVING and calls request() or bad_head(). */
void conn_input_request(struct conn *conn, const struct request *r);
void conn_input_refuse(struct conn *conn, const struct problem *p);
void conn_input_refuse_large(struct conn *conn); /* over max_head: 431 */

/* True while the rest of a body must still come. */
bool conn_input_awaits_body(const struct conn *conn);

/* A piece of the body, and its end. Dropped unless conn_read_body() was
 * called. */
void conn_input_body(struct conn *conn, const uint8_t *bytes, size_t len);
void conn_input_body_end(struct conn *conn);

/* Data of the client. Dropped unless conn_read_data() was called. */
void conn_input_data(struct conn *conn, const uint8_t *bytes, size_t len);

/* What comes now must have come within conns->timeout seconds from now. */
void conn_input_limit_time(struct conn *conn);

/* Lingers, while a body comes that nobody wants: as long as the web server may
 * take for a request. */
void conn_linger_for_body(struct conn *conn);

#endif
