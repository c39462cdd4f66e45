/* SPDX-License-Identifier: MIT */
/*
 * authorizer.h - answers Apache's mod_authnz_fcgi whether a request may have
 * its client handed off, and remembers the request until then.
 *
 * Apache sends the response head itself, with status 200, before the client is
 * handed off. So the answer has the lines of the head as variables, which the
 * configuration turns into header fields:
 *
 *	Status: 200 OK
 *	Variable-PUSHCGI_CONTENT_TYPE: text/event-stream
 *	...
 *	Variable-PUSHCGI_HANDOFF: yes
 *
 * A refusal has the status that it has elsewhere, and is JSON. What cannot be
 * handed off is refused: HTTP/2 and HTTP/1.0 (505), HTTPS (501), another method
 * than GET (405). OPTIONS is answered.
 *
 * What Apache and its configuration tell, in variables that no client can set:
 *
 *	FCGI_APACHE_ROLE	AUTHENTICATOR: no login has been checked, so who
 *				shows one is refused. AUTHORIZER: the login of
 *				the site has been checked, REMOTE_USER is true
 *	PUSHCGI_HANDOFF_SECRET	handoff.secret. Who does not know it is refused:
 *				any user of the machine can connect
 *	PUSHCGI_HANDOFF_PEER	address of the peer of the connection: under
 *				mod_remoteip REMOTE_ADDR is another
 *	PUSHCGI_HANDOFF_PORT	port of the virtual host: SERVER_PORT may be
 *				what the client says in Host
 *
 * With REMOTE_PORT and SERVER_ADDR, which are the connection's, they name the
 * connection: conn_handoff.h.
 *
 * Source: FastCGI specification 1.0, 6.3; httpd 2.4, mod_authnz_fcgi.c
 */
#ifndef SHARED_APP_AUTHORIZER_H
#define SHARED_APP_AUTHORIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access/secret.h"
#include "shared/app/admission.h"
#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/conf/conf.h"
#include "shared/model/problem.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/net/pending_requests.h"
#include "shared/net/tcp_identity.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

#define AUTHORIZER_METHODS "GET, OPTIONS" /* as the header Allow has them */

/* Zeroed it is closed. */
struct authorizer {
	const struct technique *technique;
	const struct conf *conf;
	struct secret secret;
	uint64_t logged;	 /* when it last said that there is no secret */
	struct tcp_identity id;	 /* of the request that it took last */
	struct buf head, answer; /* of the request that it granted last */
};

/* `conf` is borrowed. False: the secret cannot be read; `fault` is a sentence
 * for the administrator. Without a secret it is open and refuses everything. */
bool authorizer_open(struct authorizer *a, const struct technique *technique,
		     const struct conf *conf,
		     char fault[SECRET_FAULT_SIZE]) MUST_USE;

void authorizer_close(struct authorizer *a);

/* Comes this from the Apache that it shares its secret with, and can a client
 * like this be handed off? False: refuse it, `p` says why. */
bool authorizer_takes(struct authorizer *a, const struct conn *conn,
		      const struct request *r, struct problem *p) MUST_USE;

/* A copy of the request that it took last. Free with pending_request_free(),
 * or:
 */
struct pending_request *
authorizer_remember(const struct authorizer *a,
		    const struct request *r) MUST_USE RETURNS_NONNULL;

/* Grants it: `p` waits for the socket of the client from now on. `c` is
 * scratch. */
void authorizer_grant(struct authorizer *a, struct conn *conn, struct chain *c,
		      struct pending_request *p,
		      const struct admission *admission);

#endif
