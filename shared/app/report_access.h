/* SPDX-License-Identifier: MIT */
/*
 * report_access.h - which report a request asks for, and whether it may.
 *
 * A page of another site gets no health, which stores a message, and no events,
 * which are held, unless access.origins lists its origin.
 */
#ifndef SHARED_APP_REPORT_ACCESS_H
#define SHARED_APP_REPORT_ACCESS_H

#include <stdbool.h>

#include "shared/access/keys.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/format.h"
#include "shared/model/problem.h"
#include "shared/wire/request.h"

/* `http`: it came over HTTP/1.1. False: refused, `p` is filled. */
bool report_access(enum report *out, const struct request *r,
		   const struct conf *conf, struct access_keys *keys, bool http,
		   struct problem *p) MUST_USE;

#endif
