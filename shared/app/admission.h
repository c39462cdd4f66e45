/* SPDX-License-Identifier: MIT */
/*
 * admission.h - may this request subscribe? Its parameters and its rights.
 *
 * Whoever asks, a request that is served at once or the authorizer of one whose
 * socket comes later, gets the same answer.
 */
#ifndef SHARED_APP_ADMISSION_H
#define SHARED_APP_ADMISSION_H

#include "shared/access/client.h"
#include "shared/access/credentials.h"
#include "shared/access/keys.h"
#include "shared/app/kicker.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/http/params.h"
#include "shared/model/problem.h"
#include "shared/net/conn.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

/* What decides; all is borrowed. */
struct admissions {
	const struct technique *technique;
	const struct conf *conf;
	struct access_keys *keys;
	const struct kicker *kicker;
};

/* What is known of a request. Views of the request, and of itself. */
struct admission {
	struct params params;
	struct client_id client;
	struct credentials credentials;
};

enum admission_result {
	ADMITTED,
	ADMISSION_REFUSED,
	ADMISSION_KICKED /* by an administrator; it is counted */
};

/* Fills `out`; `p` unless it is ADMITTED. The caller calls admission_free() in
 * any case. */
enum admission_result admission_decide(struct admission *out,
				       const struct admissions *by,
				       const struct conn *conn,
				       const struct request *r,
				       struct problem *p) MUST_USE;

void admission_free(struct admission *a);

#endif
