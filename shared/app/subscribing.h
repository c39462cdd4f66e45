/* SPDX-License-Identifier: MIT */
/*
 * subscribing.h - requests that read channels: each is admitted or refused, and
 * becomes a subscriber, or one whose client is handed off.
 *
 * It owns what all subscribers of the process need: their channels, whom an
 * administrator keeps out, and who is told of them.
 */
#ifndef SHARED_APP_SUBSCRIBING_H
#define SHARED_APP_SUBSCRIBING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/access/keys.h"
#include "shared/app/admission.h"
#include "shared/app/authorizer.h"
#include "shared/app/hook_channel.h"
#include "shared/app/hook_command.h"
#include "shared/app/kicker.h"
#include "shared/app/limits.h"
#include "shared/app/subscriber.h"
#include "shared/app/subscriber_events.h"
#include "shared/base/attributes.h"
#include "shared/base/wheel.h"
#include "shared/conf/conf.h"
#include "shared/hub/channels.h"
#include "shared/model/problem.h"
#include "shared/net/conn.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

struct subscribing {
	struct channels channels;
	struct subscriber_events events;
	struct kicker kicker;
	struct admissions admissions;
	struct hook_channel hook_channel;
	struct hook_command hook_command;
	struct subscribers subscribers;
	struct authorizer *authorizer; /* borrowed */
};

/* What it borrows. */
struct subscribing_options {
	const struct technique *technique;
	const struct conf *conf;
	struct access_keys *keys;
	struct limits *limits;
	struct authorizer *authorizer; /* of those that are handed off */
	struct wheel *wheel;
	size_t held_max; /* subscribers */
	int hook_pipe;	 /* of hook_command.h; 0 or -1: none */
};

/* Opens the bus. */
void subscribing_open(struct subscribing *s, struct ev_loop *loop,
		      const struct subscribing_options *o);

/* After the conns are closed. */
void subscribing_close(struct subscribing *s);

/* A GET or HEAD came on `conn`. Unless it is ADMITTED, the caller refuses it
 * with `p`. */
enum admission_result subscribing_start(struct subscribing *s,
					struct conn *conn,
					const struct request *r,
					struct problem *p) MUST_USE;

/* From the conn, as in struct conn_handler. */
void subscribing_data(void *arg, struct conn *conn, const uint8_t *bytes,
		      size_t len);
void subscribing_drained(void *arg, struct conn *conn);
void subscribing_closed(void *arg, struct conn *conn);

/* The process ends: holds none any more. */
void subscribing_stop(struct subscribing *s);

/* After that: Redis has been told, as far as it can be reached. */
bool subscribing_is_settled(const struct subscribing *s);

#endif
