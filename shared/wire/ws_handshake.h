/* SPDX-License-Identifier: MIT */
/*
 * ws_handshake.h - checks and negotiates the upgrade of a request to WebSocket.
 *
 * Source: RFC 6455 sections 4.2.1, 4.2.2, 4.4 and 11.3; RFC 7692 sections 5
 *         and 7.1
 */
#ifndef SHARED_WIRE_WS_HANDSHAKE_H
#define SHARED_WIRE_WS_HANDSHAKE_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/model/problem.h"
#include "shared/wire/request.h"

enum { WS_ACCEPT_SIZE = 29 }; /* base64 of a SHA-1, and a NUL */

struct ws_handshake {
	char accept[WS_ACCEPT_SIZE]; /* Sec-WebSocket-Accept */
	bool raw;		     /* the subprotocol push.raw is offered */
	bool deflate;		     /* permessage-deflate is offered, and
				      * WS_DEFLATE_AGREED is an answer to it */
};

/* False: refused, `p` has the reason and the status: 400; 426, with the headers
 * that RFC 9110, 15.5.22 asks for; 500 when libcrypto does not provide SHA-1.
 */
bool ws_handshake_read(struct ws_handshake *out, const struct request *r,
		       struct problem *p) MUST_USE;

/* The name of the subprotocol, and the response to permessage-deflate. */
#define WS_PROTOCOL_RAW "push.raw"
#define WS_DEFLATE_AGREED                                                      \
	"permessage-deflate; server_no_context_takeover; "                     \
	"client_no_context_takeover"

#endif
