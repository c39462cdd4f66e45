/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/publisher.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/access/access.h"
#include "shared/access/client.h"
#include "shared/access/cross_site.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/publish.h"
#include "shared/bus/rights.h"
#include "shared/http/params.h"
#include "shared/http/response.h"
#include "shared/model/publication.h"
#include "shared/stats/stats.h"

enum { RESPONSE_MAX = 16 * 1024, CONTENT_TYPE_SIZE = 128 };

struct publisher {
	struct publishers *all;
	struct conn *conn; /* NULL: it has closed */
	bool is_sent; /* to Redis or the spooler, which have no result yet */
	struct publication publication; /* points into the body, except for */
	char *channel;			/* its channel, kept for the response */
	struct credentials credentials;
	bool has_length; /* CONTENT_LENGTH is set */
	size_t length;	 /* of the body, if so */
	char content_type[CONTENT_TYPE_SIZE];
	struct client_id client;
	struct limits_creator creator;
};

static void
publisher_free(struct publisher *p)
{
	credentials_free(&p->credentials);
	free(p->channel);
	free(p);
}

/* What is on its way is stored nevertheless, and a channel that it creates
 * counts. */
void
publisher_closed(void *arg, struct conn *conn)
{
	struct publisher *p = conn->owner;

	(void)arg;
	p->conn = NULL;
	if (!p->is_sent)
		publisher_free(p);
}

static void
refuse(struct publisher *p, const struct problem *problem)
{
	unsigned int skipped;

	stats_refused_status(problem->status);
	if (denials_log(p->all->denials, problem, &skipped))
		log_info("publish",
			 "client=%s status=%u skipped=%u reason=\"%s\"",
			 p->client.address, problem->status, skipped,
			 problem->detail);
	response_problem(p->conn, &p->all->chain, p->all->technique, problem);
	publisher_free(p);
}

static void
refuse_size(struct publisher *p)
{
	struct problem problem;

	publication_too_large(p->all->conf->message_max_bytes, &problem);
	refuse(p, &problem);
}

void
publisher_body_too_large(void *arg, struct conn *conn)
{
	(void)arg;
	refuse_size(conn->owner);
}

void
publisher_body_late(void *arg, struct conn *conn)
{
	struct publisher *p = conn->owner;
	struct problem problem;

	(void)arg;
	problem_set(&problem, 408,
		    "The body did not arrive within %u seconds "
		    "(request.timeout).",
		    p->all->conf->request_timeout);
	refuse(p, &problem);
}

static void
response(struct publisher *p, const struct publish_result *result)
{
	struct chain *c = &p->all->chain;
	const struct format format = {.limit = 0};
	struct buf body;
	unsigned int status;

	buf_init(&body, RESPONSE_MAX);
	status = p->all->technique->publish->response(&p->publication, result,
						      &body);
	log_debug("publish", "client=%s status=%u channel=%s",
		  p->client.address, status, p->channel);
	chain_clear(c);
	response_put(c, &(struct response){.technique = p->all->technique,
					   .status = status,
					   .format = &format,
					   .body = &body});
	conn_send(p->conn, c);
	chain_clear(c);
	buf_free(&body);
	conn_finish(p->conn);
	publisher_free(p);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct publisher *p = arg;
	struct problem problem;

	p->is_sent = false;
	stats_add(STATS_PUBLISHED, publication_was_new(result));
	limits_created(p->all->limits, &p->creator, result);
	if (p->conn == NULL)
		publisher_free(p);
	else if (result->few_replicas ||
		 publication_published(result, &problem))
		response(p, result);
	else
		refuse(p, &problem);
}

/* A client or a proxy that breaks off leaves a part, which may look whole. */
static bool
is_whole(const struct publisher *p, size_t len, struct problem *problem)
{
	return !p->has_length || p->length == len ||
	       problem_set(problem, 400,
			   "The body has %zu bytes; Content-Length said %zu.",
			   len, p->length);
}

void
publisher_body(void *arg, struct conn *conn, struct buf *bytes)
{
	struct publisher *p = conn->owner;
	struct body body = {.content_type = p->content_type,
			    .bytes = bytes->bytes,
			    .len = bytes->len};
	struct problem problem;

	(void)arg;
	if (!is_whole(p, bytes->len, &problem) ||
	    !p->all->technique->publish->parse(&body, &p->publication,
					       &problem)) {
		refuse(p, &problem);
		return;
	}
	if (p->publication.data.len > p->all->conf->message_max_bytes) {
		refuse_size(p);
		return;
	}
	if (!access_may_publish(p->all->keys, p->all->conf, &p->credentials,
				p->publication.channel, &problem) ||
	    !limits_publish(p->all->limits, p->client.address, &p->credentials,
			    &problem)) {
		refuse(p, &problem);
		return;
	}
	p->creator =
	    limits_creator(p->all->limits, p->client.address, &p->credentials);
	p->publication.never_first = !p->creator.may;
	p->channel = xstrdup(p->publication.channel.bytes);
	p->is_sent = true;
	if (p->all->spooler != NULL)
		spooler_publish(p->all->spooler, &p->publication, published, p);
	else
		bus_publish(p->all->bus, &p->publication, published, p);
	p->publication.channel.bytes = p->channel; /* the body is freed */
}

static struct publisher *
publisher_new(struct publishers *all, struct conn *conn,
	      const struct request *r)
{
	struct publisher *p = xcalloc(1, sizeof(*p));

	p->all = all;
	p->conn = conn;
	p->has_length = request_has_content_length(r);
	p->length = request_content_length(r);
	client_read(&p->client, r, all->conf);
	strncpy(p->content_type, request_get(r, "CONTENT_TYPE"),
		CONTENT_TYPE_SIZE - 1);
	conn->owner = p;
	return p;
}

/* What we can read: as long as the web server says, and not compressed. */
static bool
may_have_body(const struct publisher *p, const struct request *r,
	      struct problem *problem)
{
	const char *coding = request_get(r, "HTTP_CONTENT_ENCODING");

	if (coding[0] != '\0' && strcasecmp(coding, "identity") != 0) {
		problem_set(problem, 415,
			    "The body is compressed; send it as it is, "
			    "without Content-Encoding.");
		problem->accept_encoding = "identity";
		return false;
	}
	return p->has_length || !p->conn->kind->needs_length ||
	       problem_set(problem, 411,
			   "The web server runs this program as CGI, so the "
			   "request needs a Content-Length.");
}

void
publisher_start(struct publishers *all, struct conn *conn,
		const struct request *r)
{
	struct publisher *p = publisher_new(all, conn, r);
	struct access_params params;
	struct problem problem;

	if (!params_read_access(&params, r, &problem) ||
	    !cross_site_may_publish(r, all->conf, &problem)) {
		refuse(p, &problem);
		return;
	}
	credentials_read(&p->credentials, all->keys, r, all->conf, &params,
			 conn->kind->http);
	if (!access_may_publish_at_all(all->conf, &p->credentials, &problem) ||
	    !may_have_body(p, r, &problem)) {
		refuse(p, &problem);
	} else if (p->length >
		   publication_text_max(all->conf->message_max_bytes)) {
		refuse_size(p);
	} else {
		conn_read_body(
		    conn, publication_text_max(all->conf->message_max_bytes));
	}
}

/* --- all publishers ------------------------------------------------------- */

bool
publishers_open(struct publishers *all, struct ev_loop *loop,
		char fault[CONF_ERROR_SIZE])
{
	chain_init(&all->chain);
	if (all->conf->publish_spool[0] != '\0') {
		all->spooler = spooler_open(loop, all->conf, fault);
		return all->spooler != NULL;
	}
	all->bus = bus_open(loop, all->conf, NULL, NULL);
	if (!all->once)
		bus_rights_to_publish(all->bus);
	return true;
}

void
publishers_close(struct publishers *all)
{
	bus_close(all->bus);
	spooler_close(all->spooler);
	chain_free(&all->chain);
}
