/* SPDX-License-Identifier: MIT */
/*
 * publisher.h - a request that brings a message: its body to the bus, what
 * became of it back to its sender.
 */
#ifndef SHARED_APP_PUBLISHER_H
#define SHARED_APP_PUBLISHER_H

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

struct publisher;

/* All publishers of the process. */
struct publishers {
	const struct technique *technique;
	const struct conf *conf;
	struct bus *bus;
	struct chain chain; /* scratch */
};

/* A POST arrived on `conn`: it is refused, or its body is awaited. */
void publisher_start(struct publishers *all, struct conn *conn,
		     const struct request *r);

/* From the conn: the body is whole, or more than it may be; it is gone. */
void publisher_body(struct publisher *p, struct buf *body);
void publisher_body_too_large(struct publisher *p);
void publisher_gone(struct publisher *p);

#endif
