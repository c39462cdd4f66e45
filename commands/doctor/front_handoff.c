/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_handoff.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER = 10000 /* ms */, HTTP_PORT = 80 };

/* --- refusals ------------------------------------------------------------- */

/* The words are those of shared/app/authorizer.c and pushcgi-handoff.conf. */
static const struct front_refusal refusals[] = {
    {403,
     "handoff.secret",
     "Apache does not show the secret of the programs (handoff.secret): it was "
     "not restarted since that has changed, or includes another file",
     {.run = {[FRONT_APACHE] = "push-doctor --only files; systemctl restart "
			       "apache2"}},
     NULL},
    {503,
     "hand-off is not set up",
     "The programs have no secret by which they know Apache, and hand off "
     "nobody",
     {{NULL}, {NULL}},
     "secret_file = " PUSHCGI_SYSCONFDIR "/pushcgi/handoff-secret.conf"},
    {403,
     "pushcgi_handoff_login",
     "The site has a login for these URLs, which a hand-off does not ask for "
     "unless a line says so",
     {.of = {[FRONT_APACHE] = "Define pushcgi_handoff_login"}},
     NULL},
    {505,
     "HTTP/1.1 can be handed off",
     "Apache speaks HTTP/2 with this client, and can hand off only HTTP/1.1. "
     "Let haproxy or the like end HTTP/2 in front of it, or in its virtual "
     "host",
     {.of = {[FRONT_APACHE] = "Protocols http/1.1"}},
     NULL},
    {501,
     "TLS cannot be handed off",
     "TLS ends in Apache, so it cannot hand off. Let haproxy or the like end "
     "TLS in front of it, or go back to mod_proxy_fcgi",
     {.run = {[FRONT_APACHE] = "a2disconf pushcgi-handoff && systemctl "
			       "restart apache2"}},
     NULL},
    {503,
     "does not name the connection",
     "Apache does not tell the program which connection it is",
     {.of = {[FRONT_APACHE] =
		 "SetEnvIfExpr \"%{CONN_REMOTE_ADDR} =~ /^(.*)$/\" "
		 "PUSHCGI_HANDOFF_PEER=$1\n"
		 "SetEnvIf Request_URI ^ "
		 "PUSHCGI_HANDOFF_PORT=${pushcgi_handoff_port}"}},
     NULL},
    {500,
     "The program could not be asked",
     "Apache cannot ask the program before it hands off (500): it does not "
     "run, or listens on another port",
     {.run = {[FRONT_APACHE] = "systemctl enable --now pushcgi-handoff@{sse,"
			       "stream,iframe,longpoll,jsonp}.socket"}},
     NULL},
};

const struct front_refusal *
front_handoff_refusal(const struct exchange *e)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (exchange_status(e) == refusals[i].status &&
		    exchange_has(e, refusals[i].words))
			return &refusals[i];
	return NULL;
}

void
front_handoff_remedy(struct front *f, const struct front_refusal *refusal)
{
	const char *file = doctor_settings_file(f->doctor);

	front_remedy(f, &refusal->lines);
	if (refusal->conf == NULL)
		return;
	doctor_paste(f->doctor, file, "[handoff]");
	doctor_paste(f->doctor, file, "%s", refusal->conf);
}

/* --- a client that is handed off ------------------------------------------ */

static bool
has(const struct exchange *e, const char *name)
{
	char value[EXCHANGE_VALUE_SIZE];

	return exchange_header(e, name, value);
}

static bool
has_begun(const void *arg)
{
	const struct exchange *e = arg;

	return exchange_ended(e) || exchange_body(e)->len > 0;
}

/* That of the URL: the doctor may talk to a proxy, which it cannot know. */
static unsigned long
port_of(const char *url)
{
	const char *host = strchr(url, ':') + strlen("://");
	const char *port = strchr(host, ':');

	return port != NULL ? strtoul(port + 1, NULL, 10) : HTTP_PORT;
}

static void
unknown_connection(struct front *f)
{
	doctor_error(f->doctor,
		     "Apache hands a client off, and the program has no "
		     "request of its connection and resets it: "
		     "pushcgi_handoff_port is not the port of the virtual "
		     "host, or a line of the site (Require all granted) keeps "
		     "Apache from asking first.");
	doctor_paste(f->doctor, "the configuration of Apache",
		     "Define pushcgi_handoff_port \"%lu\"", port_of(f->url));
}

static void
no_length(struct front *f)
{
	doctor_error(f->doctor,
		     "The header Content-Length of a stream does not reach the "
		     "client, so a stream that is cut looks complete, and some "
		     "clients never come back.");
	front_remedy(
	    f, &(const struct front_lines){
		   .of = {[FRONT_APACHE] = "Header set Content-Length "
					   "\"%{PUSHCGI_CONTENT_LENGTH}e\" "
					   "env=PUSHCGI_CONTENT_LENGTH"}});
}

/* Otherwise Apache's response has a length or comes in chunks. */
static bool
may_be_handed_off(const struct front *f, const struct exchange *e)
{
	return f->server == FRONT_APACHE && exchange_status(e) == 200 &&
	       !exchange_is_http2(e) && !has(e, "Transfer-Encoding");
}

bool
front_handoff(struct front *f)
{
	struct exchange *e;
	bool known = true;

	if (!f->reached[FRONT_SSE] || f->server != FRONT_APACHE)
		return true;
	e = front_get(f, FRONT_SSE, f->query, NULL);
	front_wait(f, has_begun, e, ANSWER);
	exchange_leave(e);
	if (!may_be_handed_off(f, e))
		return true;
	known = exchange_body(e)->len > 0 || exchange_fault(e)[0] == '\0';
	if (!known)
		unknown_connection(f);
	else if (!has(e, "Content-Length") &&
		 f->conf.hold_content_length != CONTENT_LENGTH_NO)
		no_length(f);
	return known;
}
