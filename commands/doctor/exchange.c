/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/exchange.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/xalloc.h"

struct exchange {
	struct exchanges *all;
	struct exchange *next;
	CURL *easy;
	struct curl_slist *headers, *connect;
	struct buf body;
	char fault[CURL_ERROR_SIZE];
	bool headed, ended, left;
	uint64_t began_ms, ended_ms;
};

struct exchanges {
	CURLM *multi;
	struct exchange *first;
	bool one_connection;
};

/* --- what libcurl tells --------------------------------------------------- */

/* The empty line is the end of a head. */
static size_t
header_line(char *line, size_t size, size_t count, void *arg)
{
	struct exchange *e = arg;
	long status = exchange_status(e);

	(void)size;
	if (count <= 2 && line[0] != '\0' && strchr("\r\n", line[0]) != NULL)
		e->headed = status >= 200 || status == 101;
	return count;
}

static size_t
body_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct exchange *e = arg;

	(void)size;
	if (e->body.len + count <= EXCHANGE_BODY_MAX)
		buf_put(&e->body, bytes, count);
	return count;
}

/* --- start and end -------------------------------------------------------- */

struct exchanges *
exchanges_open(bool one_connection)
{
	struct exchanges *all = xcalloc(1, sizeof(*all));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		xalloc_failed();
	all->multi = curl_multi_init();
	if (all->multi == NULL)
		xalloc_failed();
	curl_multi_setopt(all->multi, CURLMOPT_PIPELINING,
			  (long)CURLPIPE_MULTIPLEX);
	if (one_connection)
		curl_multi_setopt(all->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
				  1L);
	all->one_connection = one_connection;
	return all;
}

static void
exchange_free(struct exchange *e)
{
	exchange_leave(e);
	curl_easy_cleanup(e->easy);
	curl_slist_free_all(e->headers);
	curl_slist_free_all(e->connect);
	buf_free(&e->body);
	free(e);
}

void
exchanges_close(struct exchanges *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL) {
		struct exchange *e = all->first;

		all->first = e->next;
		exchange_free(e);
	}
	curl_multi_cleanup(all->multi);
	curl_global_cleanup();
	free(all);
}

static void
append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		xalloc_failed();
	*list = longer;
}

/* To the host of the URL alone: no proxy of the environment, no redirect. */
static void
set_where(struct exchange *e, const struct exchange_request *r)
{
	CURL *easy = e->easy;

	curl_easy_setopt(easy, CURLOPT_URL, r->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)EXCHANGE_CONNECT);
	curl_easy_setopt(
	    easy, CURLOPT_HTTP_VERSION,
	    (long)(r->http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT,
			 e->all->one_connection ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT,
			 e->all->one_connection ? 0L : 1L);
	if (r->compressed)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	if (r->connect != NULL) {
		append(&e->connect, r->connect);
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, e->connect);
	}
	if (r->ca != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, r->ca);
}

static void
set_what(struct exchange *e, const struct exchange_request *r)
{
	CURL *easy = e->easy;

	for (size_t i = 0; r->headers != NULL && r->headers[i] != NULL; i++)
		append(&e->headers, r->headers[i]);
	if (r->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, r->body);
		append(&e->headers, "Expect:");
	}
	if (r->method != NULL && strcmp(r->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (r->method != NULL)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, e->headers);
}

struct exchange *
exchange_start(struct exchanges *all, const struct exchange_request *r)
{
	struct exchange *e = xcalloc(1, sizeof(*e));

	e->all = all;
	e->easy = curl_easy_init();
	if (e->easy == NULL)
		xalloc_failed();
	buf_init(&e->body, EXCHANGE_BODY_MAX);
	set_where(e, r);
	set_what(e, r);
	curl_easy_setopt(e->easy, CURLOPT_USERAGENT,
			 "push-doctor/" PACKAGE_VERSION);
	curl_easy_setopt(e->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e->easy, CURLOPT_ERRORBUFFER, e->fault);
	curl_easy_setopt(e->easy, CURLOPT_PRIVATE, e);
	curl_easy_setopt(e->easy, CURLOPT_HEADERFUNCTION, header_line);
	curl_easy_setopt(e->easy, CURLOPT_HEADERDATA, e);
	curl_easy_setopt(e->easy, CURLOPT_WRITEFUNCTION, body_bytes);
	curl_easy_setopt(e->easy, CURLOPT_WRITEDATA, e);
	e->began_ms = clock_ms();
	e->next = all->first;
	all->first = e;
	curl_multi_add_handle(all->multi, e->easy);
	return e;
}

void
exchange_leave(struct exchange *e)
{
	if (e->left)
		return;
	e->left = true;
	curl_multi_remove_handle(e->all->multi, e->easy);
}

static void
end(CURLM *multi, const CURLMsg *message)
{
	char *private = NULL;
	struct exchange *e;

	(void)multi;
	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
	e = (struct exchange *)(void *)private;
	e->ended = true;
	e->ended_ms = clock_ms();
	if (message->data.result != CURLE_OK && e->fault[0] == '\0')
		snprintf(e->fault, sizeof(e->fault), "%s",
			 curl_easy_strerror(message->data.result));
}

void
exchanges_turn(struct exchanges *all, int ms)
{
	const CURLMsg *message;
	int running, waiting;

	curl_multi_poll(all->multi, NULL, 0, ms, NULL);
	curl_multi_perform(all->multi, &running);
	while ((message = curl_multi_info_read(all->multi, &waiting)) != NULL)
		if (message->msg == CURLMSG_DONE)
			end(all->multi, message);
}

/* --- what is known -------------------------------------------------------- */

bool
exchange_headed(const struct exchange *e)
{
	return e->headed || e->ended;
}

bool
exchange_ended(const struct exchange *e)
{
	return e->ended;
}

long
exchange_status(const struct exchange *e)
{
	long status = 0;

	curl_easy_getinfo(e->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

bool
exchange_is_http2(const struct exchange *e)
{
	long version = 0;

	curl_easy_getinfo(e->easy, CURLINFO_HTTP_VERSION, &version);
	return version == CURL_HTTP_VERSION_2_0;
}

bool
exchange_header(const struct exchange *e, const char *name,
		char out[EXCHANGE_VALUE_SIZE])
{
	struct curl_header *h;
	size_t i = 0, len = 0;

	out[0] = '\0';
	while (len < EXCHANGE_VALUE_SIZE &&
	       curl_easy_header(e->easy, name, i, CURLH_HEADER, -1, &h) ==
		   CURLHE_OK) {
		len += (size_t)snprintf(out + len, EXCHANGE_VALUE_SIZE - len,
					"%s%s", i > 0 ? ", " : "", h->value);
		i++;
	}
	for (char *p = out; *p != '\0'; p++) /* it is printed */
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
	return i > 0;
}

const struct buf *
exchange_body(const struct exchange *e)
{
	return &e->body;
}

bool
exchange_has(const struct exchange *e, const char *text)
{
	return e->body.len > 0 &&
	       memmem(e->body.bytes, e->body.len, text, strlen(text)) != NULL;
}

const char *
exchange_fault(const struct exchange *e)
{
	return e->fault;
}

uint64_t
exchange_began_ms(const struct exchange *e)
{
	return e->began_ms;
}

uint64_t
exchange_ended_ms(const struct exchange *e)
{
	return e->ended_ms;
}
