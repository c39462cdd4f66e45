/* SPDX-License-Identifier: MIT */
/*
 * page.c - push-doctor as a CGI program, doctor.cgi: the same checks, run as
 * the user of the web server, as a page, JSON or text (`format`, or the header
 * Accept).
 *
 *	GET /push/doctor?format=json&patience=5
 *
 * Only who may read the status may ask (access.status), and no page of another
 * site. Who is refused is logged, as by the programs. The site is looked at
 * with the login of the request, and connections go to the address at which the
 * request arrived, whatever its Host says. The port is SERVER_PORT: without
 * UseCanonicalName and UseCanonicalPhysicalPort Apache takes it from Host, and
 * who may ask chooses it. One run at a time of those with the same push.conf: a
 * run holds several requests for half a minute.
 *
 * Manual: push-doctor(1)
 * Source: RFC 3875
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/doctor/report_html.h"
#include "commands/doctor/run.h"
#include "shared/access/access.h"
#include "shared/access/client.h"
#include "shared/access/cross_site.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/http/params.h"
#include "shared/wire/query.h"

enum {
	PATIENCE_MAX = 60, /* s */
	BUSY_RETRY = 60,   /* s */
	ADDRESS_SIZE = 128,
	HEADER_SIZE = 8192
};

enum page_format { PAGE_TEXT, PAGE_JSON, PAGE_HTML };

static const char *const types[] = {
    [PAGE_TEXT] = "text/plain; charset=utf-8",
    [PAGE_JSON] = "application/json",
    [PAGE_HTML] = "text/html; charset=utf-8",
};

/* What is made of the request; `site` points into it. */
struct asked {
	struct site site;
	enum page_format format;
	char url[SITE_URL_MAX + 1], connect[ADDRESS_SIZE];
	char cookie[HEADER_SIZE], authorization[HEADER_SIZE];
};

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

/* --- the response --------------------------------------------------------- */

static void
put_head(const char *type)
{
	printf("Content-Type: %s\r\n"
	       "Cache-Control: private, no-store\r\n"
	       "X-Content-Type-Options: nosniff\r\n"
	       "Referrer-Policy: no-referrer\r\n"
	       "Content-Security-Policy: default-src 'none'; "
	       "style-src 'unsafe-inline'; frame-ancestors 'none'\r\n",
	       type);
}

static void
refuse(const struct conf *conf, const struct problem *p)
{
	const struct request request = {.variables = environ};
	struct client_id client;
	struct buf body;

	client_read(&client, &request, conf);
	log_open("doctor", conf->log_level, conf->log_to);
	log_find_prefix(conf->log_time, true);
	log_info("refused", "client=%s status=%u skipped=0 reason=\"%s\"",
		 client.address, p->status, p->detail);
	buf_init(&body, SIZE_MAX / 2);
	problem_put_json(&body, p);
	printf("Status: %u %s\r\n", p->status, problem_title(p->status));
	put_head("application/problem+json");
	if (p->authenticate != NULL)
		printf("WWW-Authenticate: %s\r\n", p->authenticate);
	if (p->allow != NULL)
		printf("Allow: %s\r\n", p->allow);
	if (p->retry_after > 0)
		printf("Retry-After: %u\r\n", p->retry_after);
	printf("\r\n%.*s", (int)body.len, body.bytes);
	buf_free(&body);
}

static void
print_report(const struct run *r, enum page_format format)
{
	size_t told = 0;

	switch (format) {
	case PAGE_HTML:
		report_html(stdout, &r->doctor, &r->head);
		return;
	case PAGE_JSON:
		report_json(stdout, &r->doctor, &r->head);
		return;
	case PAGE_TEXT:
		report_text_head(stdout, &r->head);
		report_text(stdout, &r->doctor, &told);
		report_text_end(stdout, &r->doctor);
		return;
	}
}

/* --- the request ---------------------------------------------------------- */

static enum page_format
accepted(void)
{
	const char *accept = variable("HTTP_ACCEPT");

	if (strstr(accept, "text/html") != NULL)
		return PAGE_HTML;
	if (strstr(accept, "application/json") != NULL)
		return PAGE_JSON;
	return PAGE_TEXT;
}

/* Other parameters are those of access. */
static bool
read_query(struct asked *out, struct problem *p)
{
	char *copy = strdup(variable("QUERY_STRING"));
	struct query query;
	struct query_pair pair;
	uint64_t seconds;
	bool right = copy != NULL;

	query_init(&query, copy, copy != NULL ? strlen(copy) : 0);
	while (right && query_next(&query, &pair))
		if (text_is(pair.name, "format") && text_is(pair.value, "json"))
			out->format = PAGE_JSON;
		else if (text_is(pair.name, "format") &&
			 text_is(pair.value, "html"))
			out->format = PAGE_HTML;
		else if (text_is(pair.name, "format") &&
			 text_is(pair.value, "text"))
			out->format = PAGE_TEXT;
		else if (text_is(pair.name, "format"))
			right = problem_set(p, 400,
					    "The parameter format is html, "
					    "json or text.");
		else if (text_is(pair.name, "patience") &&
			 number_parse(&seconds, pair.value, UINT64_MAX) &&
			 seconds <= PATIENCE_MAX)
			out->site.patience = (int)seconds;
		else if (text_is(pair.name, "patience"))
			right = problem_set(p, 400,
					    "The parameter patience is a "
					    "number of seconds, 0 to %d.",
					    PATIENCE_MAX);
	free(copy);
	return right;
}

/* The characters of a name or address with a port. */
static bool
is_host(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-:[]_";

	return host[0] != '\0' && host[strspn(host, allowed)] == '\0';
}

/* Without "/doctor": what is beside it. */
static int
folder_length(const char *script)
{
	const char *slash = strrchr(script, '/');

	return slash != NULL ? (int)(slash - script) : 0;
}

static bool
read_address(struct asked *out, struct problem *p)
{
	const char *address = variable("SERVER_ADDR");
	const char *host = variable("HTTP_HOST");
	const char *script = variable("SCRIPT_NAME");
	bool tls = strcasecmp(variable("HTTPS"), "on") == 0;
	bool v6 = strchr(address, ':') != NULL && address[0] != '[';
	int a, b;

	if (!is_host(host) || !is_host(address) ||
	    !is_host(variable("SERVER_PORT")))
		return problem_set(p, 400,
				   "The web server does not say at which "
				   "address the request arrived.");
	a = snprintf(out->connect, sizeof(out->connect), "::%s%s%s:%s",
		     v6 ? "[" : "", address, v6 ? "]" : "",
		     variable("SERVER_PORT"));
	b = snprintf(out->url, sizeof(out->url), "%s://%s%.*s",
		     tls ? "https" : "http", host, folder_length(script),
		     script);
	if (a >= (int)sizeof(out->connect) || b >= (int)sizeof(out->url))
		return problem_set(p, 400, "The URL is too long.");
	out->site.url = out->url;
	out->site.connect = out->connect;
	return true;
}

/* The login of who asks. A header that is too long is left out. */
static void
read_login(struct asked *out)
{
	const char *cookie = variable("HTTP_COOKIE");
	const char *authorization = variable("HTTP_AUTHORIZATION");
	size_t n = 0;

	if (cookie[0] != '\0' && snprintf(out->cookie, HEADER_SIZE,
					  "Cookie: %s", cookie) < HEADER_SIZE)
		out->site.headers[n++] = out->cookie;
	if (authorization[0] != '\0' &&
	    snprintf(out->authorization, HEADER_SIZE, "Authorization: %s",
		     authorization) < HEADER_SIZE)
		out->site.headers[n++] = out->authorization;
}

static bool
read_request(struct asked *out, struct problem *p)
{
	const char *method = variable("REQUEST_METHOD");

	if (strcmp(method, "GET") != 0) {
		problem_set(p, 405, "Only GET is allowed.");
		p->allow = "GET";
		return false;
	}
	out->site.patience = -1;
	out->format = accepted();
	if (!read_query(out, p) || !read_address(out, p))
		return false;
	read_login(out);
	return true;
}

/* --- may it? -------------------------------------------------------------- */

static bool
may_ask(const struct conf *conf, struct problem *p)
{
	const struct request request = {.variables = environ};
	struct credentials credentials = {0};
	struct access_params params = {0};
	struct access_keys keys = {0};
	char fault[SECRET_FAULT_SIZE];
	bool may = false;

	if (!cross_site_may_look(&request, conf, p))
		return false;
	if (!access_keys_open(&keys, conf, fault))
		problem_set(p, 500,
			    "A key of push.conf cannot be read; "
			    "push-doctor --check says which.");
	else if (params_read_access(&params, &request, p)) {
		credentials_read(&credentials, &keys, &request, conf, &params,
				 false);
		may = access_may_read_status(conf, &credentials, p);
		credentials_free(&credentials);
	}
	access_keys_close(&keys);
	return may;
}

/* True: no other run with the same settings file, which is locked until the
 * process ends. Without one that can be opened nothing holds runs back. */
static bool
is_alone(const char *path, struct problem *p)
{
	struct stat st;
	int fd;

	if (path == NULL)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return true;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return true;
	close(fd);
	problem_set(p, 503, "Another run looks at a site of this host.");
	p->retry_after = BUSY_RETRY;
	return false;
}

/* --- all ------------------------------------------------------------------ */

int
main(void)
{
	static struct asked asked;
	static struct run run;
	struct problem p = {0};

	descriptors_fill_standard();
	signal(SIGPIPE, SIG_IGN);
	log_open("push-doctor", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	if (getenv("GATEWAY_INTERFACE") == NULL) {
		fputs("doctor.cgi is a CGI program; the command is "
		      "push-doctor.\n",
		      stderr);
		return 2;
	}
	run_open(&run, NULL, &asked.site);
	if (read_request(&asked, &p) && may_ask(&run.conf, &p) &&
	    is_alone(run.conf.file, &p)) {
		run_checks(&run, NULL, false, NULL, NULL);
		put_head(types[asked.format]);
		fputs("\r\n", stdout);
		print_report(&run, asked.format);
	} else {
		refuse(&run.conf, &p);
	}
	run_close(&run);
	return fflush(stdout) == 0 ? 0 : 1;
}
