/* SPDX-License-Identifier: MIT */
/*
 * publisher.h - a request that publishes: its body goes to the bus, the result
 * becomes the response.
 */
#ifndef SHARED_APP_PUBLISHER_H
#define SHARED_APP_PUBLISHER_H

#include "shared/access/keys.h"
#include "shared/app/denials.h"
#include "shared/app/limits.h"
#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/spool/spooler.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

/* All publishers of the process. */
struct publishers {
	const struct technique *technique;
	const struct conf *conf;
	struct access_keys *keys;
	struct denials *denials;
	struct limits *limits;
	bool once; /* for one request: what Redis allows is not tried first */
	struct bus *bus;	 /* NULL: publishes by the spooler */
	struct spooler *spooler; /* NULL: there is no publish.spool */
	struct chain chain;	 /* scratch */
};

/* Opens the bus, or the spool if there is one. False: `fault` says why not. */
bool publishers_open(struct publishers *all, struct ev_loop *loop,
		     char fault[CONF_ERROR_SIZE]) MUST_USE;
void publishers_close(struct publishers *all);

/* A POST came on `conn`: checks access and size, then reads the body. */
void publisher_start(struct publishers *all, struct conn *conn,
		     const struct request *r);

/* From the conn, as in struct conn_handler. */
void publisher_body(void *arg, struct conn *conn, struct buf *body);
void publisher_body_too_large(void *arg, struct conn *conn);
void publisher_body_late(void *arg, struct conn *conn);
void publisher_closed(void *arg, struct conn *conn);

#endif
