/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_reach.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "commands/doctor/front_handoff.h"

enum { ANSWER = 10000 /* ms; mod_fcgid may start a program first */ };

enum fault {
	REACHED,
	NO_ANSWER, /* the rest of the sentence is libcurl's */
	SLOW,
	REDIRECT,
	LOGIN,
	FORBIDDEN,
	NOT_FOUND,
	BROKEN,
	AWAY,
	REPLACED,
	PAGE,
	NOT_HANDED_OFF, /* front_handoff.h has the sentence */
	FAULTS
};

/* What is said of a fault: after the names, and what to paste. */
struct saying {
	const char *sentence;
	struct front_lines lines;
};

#define UNITS                                                                  \
	"systemctl enable --now "                                              \
	"pushcgi@{sse,stream,iframe,longpoll,jsonp,poll,http,publish,status}"  \
	".socket"
/* An empty target leaves the URL as it is. */
#define NOT_REWRITTEN_LIGHTTPD                                                 \
	"# the first entry of url.redirect or url.rewrite-once:\n"             \
	"\"^/push/\" => \"\","

static const struct saying sayings[FAULTS] = {
    [NO_ANSWER] = {"The web server does not answer", {{NULL}, {NULL}}},
    [SLOW] = {"The web server takes the request, and no answer comes: its "
	      "threads or processes, or those of the program, are all in use, "
	      "or the program hangs",
	      {.run = {[FRONT_APACHE] = "systemctl restart apache2",
		       [FRONT_LIGHTTPD] =
			   "systemctl restart 'pushcgi@*.service'"}}},
    [REDIRECT] = {"A redirect answers, not the program: the site sends "
		  "visitors to a login page or to another address. Exclude "
		  "/push/ from that, or name the other address",
		  {.of = {[FRONT_APACHE] = "RewriteRule ^/?push/ - [L]",
			  [FRONT_LIGHTTPD] = NOT_REWRITTEN_LIGHTTPD}}},
    [LOGIN] =
	{"The web server asks for a login (401). Give the doctor one: "
	 "--header 'Authorization: Basic …'. Or, if "
	 "visitors need none, exclude /push/",
	 {.of = {[FRONT_APACHE] =
		     "<Location /push/>\n\tRequire all granted\n</Location>",
		 [FRONT_NGINX] = "auth_basic off;"}}},
    [FORBIDDEN] =
	{"The web server forbids the request (403)",
	 {.of = {[FRONT_APACHE] = "<Location /push/>\n\tRequire all granted\n"
				  "</Location>",
		 [FRONT_LIGHTTPD] =
		     "$HTTP[\"url\"] =~ \"^/push/\" { url.access-deny := "
		     "( \"~\" ) }"}}},
    [NOT_FOUND] = {"The web server knows no such URL (404): its file for "
		   "pushcgi is not enabled, or not in this virtual host",
		   {.run = {[FRONT_APACHE] =
				"a2enconf pushcgi-proxy && systemctl "
				"restart apache2",
			    [FRONT_LIGHTTPD] = "lighty-enable-mod pushcgi && "
					       "systemctl restart lighttpd"}}},
    [BROKEN] = {"The web server cannot run the program (500), and its error "
		"log says why",
		{.run = {[FRONT_APACHE] = "tail /var/log/apache2/error.log",
			 [FRONT_LIGHTTPD] = "tail /var/log/lighttpd/error.log",
			 [FRONT_NGINX] = "tail /var/log/nginx/error.log"}}},
    [AWAY] = {"The web server cannot reach the program (502, 503 or 504): it "
	      "does not run, or its socket is another or belongs to another "
	      "user",
	      {.run = {[FRONT_APACHE] = UNITS,
		       [FRONT_LIGHTTPD] = UNITS,
		       [FRONT_NGINX] = UNITS}}},
    [REPLACED] = {"The web server replaces the responses of the program by "
		  "an error page of its own, and clients do not learn what is "
		  "wrong",
		  {.of = {[FRONT_APACHE] = "ProxyErrorOverride Off",
			  [FRONT_LIGHTTPD] =
			      "server.error-intercept = \"disable\"",
			  [FRONT_NGINX] = "proxy_intercept_errors off; "
					  "fastcgi_intercept_errors off;"}}},
    [PAGE] = {"A page of the site answers, not the program: the site rewrites "
	      "every URL to one script. Exclude /push/",
	      {.of = {[FRONT_APACHE] = "RewriteRule ^/?push/ - [L]",
		      [FRONT_LIGHTTPD] = NOT_REWRITTEN_LIGHTTPD,
		      [FRONT_NGINX] = "location ^~ /push/ { … }"}}},
};

/* --- one response --------------------------------------------------------- */

/* Well or not, also if the query does not arrive; or who asks may not know. */
static bool
is_of_status(const struct exchange *e)
{
	long status = exchange_status(e);
	char type[EXCHANGE_VALUE_SIZE];

	exchange_header(e, "Content-Type", type);
	if ((status == 200 || status == 503) &&
	    strcmp(type, "application/json") == 0)
		return true;
	return (status == 401 || status == 403 || status == 503) &&
	       strcmp(type, "application/problem+json") == 0;
}

/* The words with which the program refuses a GET without a channel. */
static bool
is_of_program(const struct exchange *e, int technique)
{
	char value[EXCHANGE_VALUE_SIZE];

	if (technique == FRONT_WEBSOCKET)
		return exchange_status(e) == 426 &&
		       exchange_header(e, "Sec-WebSocket-Version", value);
	if (technique == FRONT_PUBLISH)
		return exchange_status(e) == 405 &&
		       exchange_has(e, "Method GET is not allowed");
	if (technique == FRONT_STATUS)
		return is_of_status(e);
	return exchange_status(e) == 400 && exchange_has(e, "channel");
}

static enum fault
fault_of(const struct exchange *e, int technique)
{
	long status = exchange_status(e);

	if (is_of_program(e, technique))
		return REACHED;
	if (status == 0)
		return exchange_ended(e) ? NO_ANSWER : SLOW;
	if (!exchange_ended(e))
		return SLOW;
	if (front_handoff_refusal(e) != NULL)
		return NOT_HANDED_OFF;
	if (status >= 300 && status < 400)
		return REDIRECT;
	if (status == (technique == FRONT_WEBSOCKET ? 426
		       : technique == FRONT_PUBLISH ? 405
						    : 400) &&
	    technique != FRONT_STATUS)
		return REPLACED;
	switch (status) {
	case 401:
		return LOGIN;
	case 403:
		return FORBIDDEN;
	case 404:
		return NOT_FOUND;
	case 500:
		return BROKEN;
	case 502:
	case 503:
	case 504:
		return AWAY;
	default:
		return PAGE;
	}
}

static enum front_server
server_of(const struct exchange *e)
{
	char value[EXCHANGE_VALUE_SIZE];

	exchange_header(e, "Server", value);
	if (strncasecmp(value, "Apache", 6) == 0)
		return FRONT_APACHE;
	if (strncasecmp(value, "lighttpd", 8) == 0)
		return FRONT_LIGHTTPD;
	if (strncasecmp(value, "nginx", 5) == 0)
		return FRONT_NGINX;
	return FRONT_UNKNOWN;
}

/* --- what is said --------------------------------------------------------- */

/* What the first exchange with the fault adds. */
static void
put_more(struct buf *out, const struct exchange *e, enum fault fault)
{
	char value[EXCHANGE_VALUE_SIZE];

	if (fault == NO_ANSWER)
		buf_printf(out, " (%s)", exchange_fault(e));
	else if (fault == REDIRECT && exchange_header(e, "Location", value))
		buf_printf(out, " (Location: %s)", value);
	else if (fault == PAGE) {
		exchange_header(e, "Content-Type", value);
		buf_printf(out, " (%ld, %s)", exchange_status(e), value);
	}
}

/* Without WebSocket, publishing over HTTP or the status a site may be as it is
 * wanted. */
static bool
may_be_meant(const bool *with, enum fault fault)
{
	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		if (with[i] && i < FRONT_WEBSOCKET)
			return false;
	return (fault == NOT_FOUND && !with[FRONT_PUBLISH]) ||
	       ((fault == FORBIDDEN || fault == LOGIN) &&
		!with[FRONT_WEBSOCKET]);
}

/* Those with the fault; "no program" if all have it. Returns the first. */
static int
put_names(struct buf *out, const bool *with)
{
	int first = -1, count = 0;

	for (int i = 0; i < FRONT_TECHNIQUES; i++) {
		if (!with[i])
			continue;
		buf_printf(out, "%s%s", count > 0 ? ", " : "", front_names[i]);
		if (count++ == 0)
			first = i;
	}
	if (count == FRONT_TECHNIQUES) {
		buf_clear(out);
		buf_puts(out, "No program is reached. ");
	} else {
		buf_puts(out, count == 1 ? " is not reached. "
					 : " are not reached. ");
	}
	return first;
}

/* At least one has the fault. */
static void
say(struct front *f, struct exchange *const *all, const bool *with,
    enum fault fault)
{
	const struct front_refusal *refusal;
	struct buf sentence;
	int first;

	buf_init(&sentence, SIZE_MAX / 2);
	first = put_names(&sentence, with);
	refusal = front_handoff_refusal(all[first]);
	buf_puts(&sentence,
		 refusal != NULL ? refusal->sentence : sayings[fault].sentence);
	put_more(&sentence, all[first], fault);
	buf_putc(&sentence, '\0');
	if (may_be_meant(with, fault)) {
		doctor_note(f->doctor, "%s.", sentence.bytes);
	} else {
		doctor_error(f->doctor, "%s.", sentence.bytes);
		if (refusal != NULL)
			front_handoff_remedy(f, refusal);
		else
			front_remedy(f, &sayings[fault].lines);
	}
	buf_free(&sentence);
}

static void
say_all(struct front *f, struct exchange *const *all)
{
	enum fault faults[FRONT_TECHNIQUES];

	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		faults[i] = fault_of(all[i], i);
	for (enum fault fault = NO_ANSWER; fault < FAULTS; fault++) {
		bool with[FRONT_TECHNIQUES], any = false;

		for (int i = 0; i < FRONT_TECHNIQUES; i++) {
			with[i] = faults[i] == fault;
			any = any || with[i];
		}
		if (any)
			say(f, all, with, fault);
	}
	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		f->reached[i] = faults[i] == REACHED;
}

/* --- the check ------------------------------------------------------------ */

static bool
all_have_ended(const void *arg)
{
	struct exchange *const *all = arg;

	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		if (!exchange_ended(all[i]))
			return false;
	return true;
}

static bool
any_reached(struct exchange *const *all)
{
	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		if (fault_of(all[i], i) == REACHED)
			return true;
	return false;
}

/* At the address that was not asked for. */
static void
not_here(struct front *f)
{
	doctor_note(f->doctor,
		    "The site is not looked at from outside: no program is "
		    "reached below %s. Name its address:",
		    f->url);
	doctor_remedy(f->doctor, "push-doctor https://shop.example/push");
}

bool
front_reach(struct front *f)
{
	struct exchange *all[FRONT_TECHNIQUES];

	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		all[i] = front_get(
		    f, i, i == FRONT_STATUS ? "health=1&format=json" : "",
		    NULL);
	front_wait(f, all_have_ended, all, ANSWER);
	for (int i = 0; i < FRONT_TECHNIQUES && f->server == FRONT_UNKNOWN; i++)
		f->server = server_of(all[i]);
	if (f->site->url == NULL && !any_reached(all))
		not_here(f);
	else
		say_all(f, all);
	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		exchange_leave(all[i]);
	for (int i = 0; i < FRONT_PUBLISH; i++)
		if (f->reached[i])
			return true;
	return false;
}
