/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/authorizer.h"

#include <string.h>

#include "shared/app/stream.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/http/response.h"

enum {
	HEAD_MAX = 8192,
	LOG_AGAIN_MS = 60000 /* that there is no secret */
};

#define PREFIX "Variable-PUSHCGI_"

/* --- whom it believes ----------------------------------------------------- */

bool
authorizer_open(struct authorizer *a, const struct technique *technique,
		const struct conf *conf, char fault[SECRET_FAULT_SIZE])
{
	*a = (struct authorizer){.technique = technique, .conf = conf};
	buf_init(&a->head, HEAD_MAX);
	buf_init(&a->answer, HEAD_MAX);
	return secret_open(&a->secret, conf->handoff_secret,
			   conf->handoff_secret_file, fault);
}

void
authorizer_close(struct authorizer *a)
{
	secret_close(&a->secret);
	buf_free(&a->head);
	buf_free(&a->answer);
}

static bool
has_secret(struct authorizer *a, struct problem *p)
{
	if (a->secret.count > 0)
		return true;
	if (a->logged == 0 || clock_ms() - a->logged >= LOG_AGAIN_MS) {
		a->logged = clock_ms();
		log_error("handoff",
			  "reason=\"handoff.secret is not set: nobody is "
			  "handed off\"");
	}
	problem_set(p, 503, "The hand-off is not set up.");
	p->retry_after = a->conf->hold_retry;
	return false;
}

/* While the settings are wrong there is no secret, and all that anybody is told
 * is when to come back. */
static bool
is_trusted(struct authorizer *a, const struct request *r, struct problem *p)
{
	const char *shown = request_get(r, "PUSHCGI_HANDOFF_SECRET");

	if (a->conf->stand_in)
		return true;
	secret_refresh(&a->secret);
	if (!has_secret(a, p))
		return false;
	return secret_is(&a->secret, text_of(shown)) ||
	       problem_set(p, 403,
			   "The web server does not show the secret of the "
			   "hand-off (handoff.secret).");
}

/* --- what it takes -------------------------------------------------------- */

static bool
is_on(const struct request *r, const char *name)
{
	return strcmp(request_get(r, name), "on") == 0;
}

static bool
has_plain_connection(const struct request *r, struct problem *p)
{
	const char *protocol = request_get(r, "SERVER_PROTOCOL");

	if (client_is_http2(r) || strcmp(protocol, "HTTP/1.1") != 0)
		return problem_set(p, 505,
				   "Only a connection with HTTP/1.1 can be "
				   "handed off.");
	return !is_on(r, "HTTPS") ||
	       problem_set(p, 501,
			   "A connection with TLS cannot be handed off: end "
			   "TLS before this web server.");
}

static bool
is_get(const struct request *r, struct problem *p)
{
	const char *method = request_get(r, "REQUEST_METHOD");

	if (strcmp(method, "GET") == 0 || strcmp(method, "OPTIONS") == 0)
		return true;
	problem_set(p, 405, "Only GET can be handed off.");
	p->allow = AUTHORIZER_METHODS;
	return false;
}

/* As authenticator it is asked before the name and the password are checked:
 * who is let in then has logged in by any. */
static bool
has_true_user(const struct request *r, struct problem *p)
{
	static const char *const login[] = {"REMOTE_USER", "REMOTE_PASSWD",
					    "AUTH_TYPE"};
	const char *role = request_get(r, "FCGI_APACHE_ROLE");

	if (strcmp(role, "AUTHORIZER") == 0)
		return true;
	if (strcmp(role, "AUTHENTICATOR") != 0)
		return problem_set(p, 403,
				   "The hand-off is for requests of Apache's "
				   "mod_authnz_fcgi (FCGI_APACHE_ROLE).");
	for (size_t i = 0; i < sizeof(login) / sizeof(login[0]); i++)
		if (request_get(r, login[i])[0] != '\0')
			return problem_set(p, 403,
					   "The login of the site is not "
					   "checked here (Define "
					   "pushcgi_handoff_login).");
	return true;
}

static bool
names_its_connection(struct authorizer *a, const struct conn *conn,
		     const struct request *r, struct problem *p)
{
	const struct tcp_identity_texts texts = {
	    .peer = request_get(r, "PUSHCGI_HANDOFF_PEER"),
	    .peer_port = request_get(r, "REMOTE_PORT"),
	    .local = request_get(r, "SERVER_ADDR"),
	    .local_port = request_get(r, "PUSHCGI_HANDOFF_PORT")};

	if (tcp_identity_parse(&a->id, &texts, conn->reading.fd))
		return true;
	problem_set(p, 503,
		    "The web server does not name the connection: "
		    "PUSHCGI_HANDOFF_PEER, REMOTE_PORT, SERVER_ADDR and "
		    "PUSHCGI_HANDOFF_PORT.");
	p->retry_after = a->conf->hold_retry;
	return false;
}

bool
authorizer_takes(struct authorizer *a, const struct conn *conn,
		 const struct request *r, struct problem *p)
{
	return is_trusted(a, r, p) && has_true_user(r, p) &&
	       has_plain_connection(r, p) && is_get(r, p) &&
	       names_its_connection(a, conn, r, p);
}

struct pending_request *
authorizer_remember(const struct authorizer *a, const struct request *r)
{
	return pending_request_new(&a->id, r);
}

/* --- what it answers ------------------------------------------------------ */

static char
as_variable(char c)
{
	if (c == '-')
		return '_';
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* "Cache-Control: no-cache" as "Variable-PUSHCGI_CACHE_CONTROL: no-cache". */
static void
put_variable(struct buf *out, struct text line)
{
	struct text name;
	char *at;

	if (!text_cut(&line, ':', &name))
		return;
	buf_puts(out, PREFIX);
	at = buf_extend(out, name.len);
	for (size_t i = 0; at != NULL && i < name.len; i++)
		at[i] = as_variable(name.bytes[i]);
	buf_putc(out, ':');
	buf_put(out, line.bytes, line.len);
	buf_puts(out, "\r\n");
}

static void
put_variables(struct buf *out, const struct buf *lines)
{
	struct text rest = {lines->bytes, lines->len}, line;

	while (text_cut(&rest, '\n', &line)) {
		if (line.len > 0 && line.bytes[line.len - 1] == '\r')
			line.len--;
		put_variable(out, line);
	}
	buf_puts(out, PREFIX "HANDOFF: yes\r\n\r\n");
}

static bool
is_last_head(const struct authorizer *a, const struct buf *lines)
{
	return a->answer.len > 0 && buf_ok(lines) && buf_ok(&a->head) &&
	       lines->len == a->head.len &&
	       memcmp(lines->bytes, a->head.bytes, lines->len) == 0;
}

/* Takes the bytes of `lines` over. */
static void
make_answer(struct authorizer *a, struct buf *lines)
{
	buf_free(&a->head);
	a->head = *lines;
	buf_init(lines, HEAD_MAX);
	buf_clear(&a->answer);
	buf_puts(&a->answer, "Status: 200 OK\r\n");
	if (buf_ok(&a->head))
		put_variables(&a->answer, &a->head);
}

/* Most heads are as the one before. */
static void
put_answer(struct authorizer *a, const struct params *params, struct chain *c)
{
	const struct response_own own = {
	    .line = "",
	    .is_private = params->is_private,
	    .endless = a->technique->stream != NULL &&
		       stream_is_endless(a->conf, params->cut, true)};
	struct buf lines;

	buf_init(&lines, HEAD_MAX);
	response_put_lines(&lines, a->technique, &params->format, &own);
	if (!is_last_head(a, &lines))
		make_answer(a, &lines);
	chain_clear(c);
	chain_add_buf(c, &a->answer);
	chain_end(c);
	buf_free(&lines);
}

void
authorizer_grant(struct authorizer *a, struct conn *conn, struct chain *c,
		 struct pending_request *p, const struct admission *admission)
{
	pending_requests_add(&conn->conns->pending, p);
	put_answer(a, &admission->params, c);
	conn_send(conn, c);
	chain_clear(c);
	conn_finish(conn);
}
