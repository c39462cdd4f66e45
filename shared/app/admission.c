/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/admission.h"

#include "shared/access/access.h"
#include "shared/access/cross_site.h"
#include "shared/http/cors.h"
#include "shared/http/response.h"

/* A browser lets a page of another site open a WebSocket and read it, unlike
 * the response to other requests. */
static bool
may_connect(const struct admissions *by, const struct request *r,
	    struct problem *p)
{
	return by->technique->duplex == NULL || by->conf->stand_in ||
	       cross_site_may_connect(r, by->conf, p);
}

/* A script of another page runs in that page: whoever can make a visitor load
 * it reads what the visitor may read. */
static bool
may_be_script(const struct admissions *by, struct problem *p)
{
	return !by->technique->needs_callback ||
	       by->conf->access_scripts == CONF_YES ||
	       problem_set(p, 403,
			   "%s is for channels that everybody may read "
			   "(access.scripts = no).",
			   by->technique->name);
}

/* Fills the credentials, and what the parameters say of access. */
static bool
may_subscribe(const struct admissions *by, const struct conn *conn,
	      const struct request *r, struct params *params, struct problem *p)
{
	const struct access_request request = {.right = ACCESS_SUBSCRIBE,
					       .channels = params->channels,
					       .count = params->channel_count};
	struct access_result *result = &params->access_result;

	credentials_read(params->credentials, by->keys, r, by->conf,
			 &params->access, conn->kind->http);
	if (!access_may(result, by->keys, by->conf, params->credentials,
			&request, p))
		return false;
	params->is_private = !result->is_open || params->credentials->is_any;
	params->may_publish =
	    by->technique->duplex != NULL && !cross_site_is(r, by->conf);
	return result->is_open || may_be_script(by, p);
}

enum admission_result
admission_decide(struct admission *out, const struct admissions *by,
		 const struct conn *conn, const struct request *r,
		 struct problem *p)
{
	struct params *params = &out->params;

	out->credentials = (struct credentials){.user = NULL};
	if (!may_connect(by, r, p) ||
	    !params_read(params, by->technique, r, by->conf, p))
		return ADMISSION_REFUSED;
	cors_read(params->format.cors, r, by->conf);
	params->credentials = &out->credentials;
	client_read(&out->client, r, by->conf);
	params->cut = response_cut(conn, r);
	if (!may_subscribe(by, conn, r, params, p))
		return ADMISSION_REFUSED;
	return kicker_admits(by->kicker, params, p) ? ADMITTED
						    : ADMISSION_KICKED;
}

void
admission_free(struct admission *a)
{
	credentials_free(&a->credentials);
}
