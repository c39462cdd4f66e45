/* SPDX-License-Identifier: MIT */
/* shared/access/cross_site.c */
#include "config.h"

#include "shared/access/cross_site.h"

#include <stdint.h>
#include <string.h>

#include "shared/conf/conf_set.h"
#include "tests/unit/suite.h"

static struct conf conf;
static struct problem problem;

static const char *proxies = "";

/* Is publishing allowed with these variables? */
static bool
may(const char *const variables[])
{
	char *list[8];
	struct request r = {.variables = list};
	size_t i;

	for (i = 0; variables[i] != NULL; i++)
		list[i] = (char *)(uintptr_t)variables[i];
	list[i] = NULL;
	memset(&problem, 0, sizeof(problem));
	conf_free_texts(&conf);
	conf_init(&conf);
	conf_set_text(&conf.access_proxies, proxies);
	return cross_site_may_publish(&r, &conf, &problem);
}

/* To example.org:8080, with one more header. */
static bool
may_with(const char *header)
{
	return may(
	    (const char *const[]){"HTTP_HOST=example.org:8080", header, NULL});
}

static void
assert_says(const char *part)
{
	ck_assert_uint_eq(problem.status, 403);
	ck_assert_msg(strstr(problem.detail, part) != NULL, "%s",
		      problem.detail);
}

TEST(a_client_without_an_origin_is_no_page_of_another_site)
{
	ck_assert(may_with(NULL));
	ck_assert(may_with("HTTP_ORIGIN="));
	ck_assert(may((const char *const[]){NULL}));
}

TEST(an_origin_of_this_site_is_allowed)
{
	ck_assert(may_with("HTTP_ORIGIN=http://example.org:8080"));
	ck_assert(may_with("HTTP_ORIGIN=https://EXAMPLE.org:8080"));
}

TEST(a_missing_port_is_the_default_of_the_scheme_of_the_origin)
{
	ck_assert(
	    may((const char *const[]){"HTTP_HOST=example.org:80",
				      "HTTP_ORIGIN=http://example.org", NULL}));
	ck_assert(may((const char *const[]){"HTTP_HOST=example.org:443",
					    "HTTP_ORIGIN=https://example.org",
					    NULL}));
	ck_assert(!may((const char *const[]){"HTTP_HOST=example.org:80",
					     "HTTP_ORIGIN=https://example.org",
					     NULL}));
}

TEST(an_origin_without_tls_is_refused_if_the_request_came_by_tls)
{
	static const char *const by_tls[] = {"HTTPS=on", "HTTPS=ON",
					     "REQUEST_SCHEME=https"};

	for (size_t i = 0; i < sizeof by_tls / sizeof *by_tls; i++) {
		ck_assert(!may((const char *const[]){
		    "HTTP_HOST=example.org", by_tls[i],
		    "HTTP_ORIGIN=http://example.org", NULL}));
		ck_assert(may((const char *const[]){
		    "HTTP_HOST=example.org", by_tls[i],
		    "HTTP_ORIGIN=https://example.org", NULL}));
	}
}

/* Behind a proxy that ends TLS, the server sees http. */
TEST(an_origin_with_tls_is_allowed_if_the_server_sees_none)
{
	static const char *const without[] = {"REQUEST_SCHEME=http",
					      "HTTPS=", "HTTPS=off"};

	for (size_t i = 0; i < sizeof without / sizeof *without; i++)
		ck_assert(may((const char *const[]){
		    "HTTP_HOST=example.org", without[i],
		    "HTTP_ORIGIN=https://example.org", NULL}));
}

/* A header of the client is HTTP_... */
TEST(a_header_of_the_client_does_not_say_that_it_came_by_tls)
{
	ck_assert(
	    may((const char *const[]){"HTTP_HOST=example.org", "HTTP_HTTPS=on",
				      "HTTP_X_FORWARDED_PROTO=https",
				      "HTTP_ORIGIN=http://example.org", NULL}));
}

/* From `address`, with this header, where access.proxies lists 10.0.0.0/8. */
static bool
may_proxied(const char *address, const char *proto, const char *origin)
{
	bool may_publish;

	proxies = "192.0.2.1 10.0.0.0/8";
	may_publish = may((const char *const[]){"HTTP_HOST=example.org",
						"REQUEST_SCHEME=http", address,
						proto, origin, NULL});
	proxies = "";
	return may_publish;
}

#define HTTP_PAGE  "HTTP_ORIGIN=http://example.org"
#define HTTPS_PAGE "HTTP_ORIGIN=https://example.org"

TEST(a_listed_proxy_states_the_scheme)
{
	static const char proxy[] = "REMOTE_ADDR=10.1.2.3";
	static const char https[] = "HTTP_X_FORWARDED_PROTO=https";
	static const char http[] = "HTTP_X_FORWARDED_PROTO=HTTP";

	ck_assert(may_proxied(proxy, https, HTTPS_PAGE));
	ck_assert(!may_proxied(proxy, https, HTTP_PAGE));
	ck_assert(may_proxied(proxy, http, HTTP_PAGE));
	ck_assert(!may_proxied(proxy, http, HTTPS_PAGE));
}

TEST(what_a_proxy_states_counts_more_than_what_the_server_sees)
{
	proxies = "10.1.2.3";
	ck_assert(may((const char *const[]){
	    "HTTP_HOST=example.org", "REMOTE_ADDR=10.1.2.3", "HTTPS=on",
	    "HTTP_X_FORWARDED_PROTO=http", HTTP_PAGE, NULL}));
	proxies = "";
}

TEST(a_header_of_anybody_else_states_no_scheme)
{
	static const char https[] = "HTTP_X_FORWARDED_PROTO=https";

	ck_assert(may_proxied("REMOTE_ADDR=11.1.2.3", https, HTTP_PAGE));
	ck_assert(may_proxied("REMOTE_ADDR=", https, HTTP_PAGE));
	ck_assert(may_proxied("HTTP_REMOTE_ADDR=10.1.2.3", https, HTTP_PAGE));
}

/* A client may have sent the first of them. */
TEST(a_list_or_another_word_states_no_scheme)
{
	static const char proxy[] = "REMOTE_ADDR=192.0.2.1";

	ck_assert(may_proxied(proxy, "HTTP_X_FORWARDED_PROTO=https, http",
			      HTTP_PAGE));
	ck_assert(may_proxied(proxy, "HTTP_X_FORWARDED_PROTO=wss", HTTP_PAGE));
	ck_assert(may_proxied(proxy, "HTTP_X_FORWARDED_PROTO=", HTTP_PAGE));
}

TEST(an_origin_of_another_site_is_always_refused)
{
	static const char *const others[] = {
	    "HTTP_ORIGIN=http://example.org",
	    "HTTP_ORIGIN=http://example.org:80",
	    "HTTP_ORIGIN=http://evil.example",
	    "HTTP_ORIGIN=http://evil.example://example.org:8080",
	    "HTTP_ORIGIN=http://example.org:8080.evil.example",
	    "HTTP_ORIGIN=example.org:8080",
	    "HTTP_ORIGIN=null"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		ck_assert_msg(!may_with(others[i]), "%s", others[i]);
		assert_says("other sites");
	}
}

TEST(an_origin_without_a_host_header_is_refused)
{
	ck_assert(!may((const char *const[]){"HTTP_ORIGIN=http://", NULL}));
	assert_says("other sites");
}

TEST(sec_fetch_site_must_be_same_origin_or_none)
{
	ck_assert(may_with("HTTP_SEC_FETCH_SITE=same-origin"));
	ck_assert(may_with("HTTP_SEC_FETCH_SITE=none"));
	ck_assert(!may_with("HTTP_SEC_FETCH_SITE=cross-site"));
	assert_says("other sites");
	ck_assert(!may_with("HTTP_SEC_FETCH_SITE=same-site"));
	ck_assert(!may_with("HTTP_SEC_FETCH_SITE=new-word"));
}

/* --- opening a WebSocket -------------------------------------------------- */

/* Whose page has this header, where access.origins is `origins`. */
static bool
may_connect(const char *origins, const char *header)
{
	static char host[] = "HTTP_HOST=example.org:8080";
	char *list[] = {host, (char *)(uintptr_t)header, NULL};
	const struct request r = {.variables = list};

	memset(&problem, 0, sizeof(problem));
	conf_free_texts(&conf);
	conf_init(&conf);
	conf_set_text(&conf.access_origins, origins);
	return cross_site_may_connect(&r, &conf, &problem);
}

TEST(a_page_of_this_site_may_connect)
{
	ck_assert(may_connect("", "HTTP_ORIGIN=http://example.org:8080"));
	ck_assert(may_connect("", "HTTP_ORIGIN=https://EXAMPLE.org:8080"));
	ck_assert(may_connect("", "HTTP_SEC_FETCH_SITE=same-origin"));
}

TEST(a_client_without_an_origin_may_connect)
{
	ck_assert(may_connect("", NULL));
	ck_assert(may_connect("", "HTTP_ORIGIN="));
}

TEST(a_page_of_another_site_may_not_connect)
{
	static const char *const others[] = {
	    "HTTP_ORIGIN=http://example.org",
	    "HTTP_ORIGIN=http://evil.example",
	    "HTTP_ORIGIN=http://example.org:8080.evil.example",
	    "HTTP_ORIGIN=null",
	    "HTTP_SEC_FETCH_SITE=cross-site",
	    "HTTP_SEC_FETCH_SITE=same-site"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		ck_assert_msg(!may_connect("", others[i]), "%s", others[i]);
		assert_says("access.origins");
	}
}

TEST(pages_of_listed_origins_may_connect)
{
	static const char origins[] =
	    "https://shop.example https://www.example:8443";

	ck_assert(may_connect(origins, "HTTP_ORIGIN=https://shop.example"));
	ck_assert(may_connect(origins, "HTTP_ORIGIN=https://www.example:8443"));
	ck_assert(!may_connect(origins, "HTTP_ORIGIN=http://shop.example"));
	ck_assert(!may_connect(origins, "HTTP_ORIGIN=https://shop.exampl"));
	ck_assert(!may_connect(origins, "HTTP_ORIGIN=https://www.example"));
	ck_assert(!may_connect(origins, "HTTP_ORIGIN=null"));
	ck_assert(may_connect(origins, "HTTP_ORIGIN=http://example.org:8080"));
}

TEST(a_listed_origin_may_name_the_default_port)
{
	ck_assert(may_connect("https://shop.example:443",
			      "HTTP_ORIGIN=https://shop.example"));
	ck_assert(!may_connect("https://shop.example:80",
			       "HTTP_ORIGIN=https://shop.example"));
}

TEST(origin_null_is_not_listed)
{
	ck_assert(!may_connect("https://shop.example",
			       "HTTP_SEC_FETCH_SITE=cross-site"));
}

TEST(a_listed_origin_may_not_publish)
{
	char origin[] = "HTTP_ORIGIN=https://shop.example";
	char host[] = "HTTP_HOST=example.org";
	char *list[] = {origin, host, NULL};
	const struct request r = {.variables = list};

	conf_free_texts(&conf);
	conf_init(&conf);
	conf_set_text(&conf.access_origins, "https://shop.example");
	ck_assert(cross_site_may_connect(&r, &conf, &problem));
	ck_assert(!cross_site_may_publish(&r, &conf, &problem));
}

static bool
may_look(const char *site, const char *mode, const char *origin)
{
	const char *list[] = {"HTTP_HOST=example.org",	      site,   mode,
			      "HTTP_SEC_FETCH_DEST=document", origin, NULL};
	const struct request r = {.variables = (char **)(uintptr_t)list};

	conf_free_texts(&conf);
	conf_init(&conf);
	conf_set_text(&conf.access_origins, "https://shop.example");
	return cross_site_may_look(&r, &conf, &problem);
}

TEST(another_site_may_link_to_what_is_looked_at_and_no_more)
{
	static const char cross[] = "HTTP_SEC_FETCH_SITE=cross-site";
	static const char cors[] = "HTTP_SEC_FETCH_MODE=cors";

	ck_assert(may_look(cross, "HTTP_SEC_FETCH_MODE=navigate", NULL));
	ck_assert(!may_look(cross, "HTTP_SEC_FETCH_MODE=no-cors", NULL));
	ck_assert(!may_look(cross, cors, "HTTP_ORIGIN=https://evil.example"));
	ck_assert(may_look(cross, cors, "HTTP_ORIGIN=https://shop.example"));
	ck_assert(may_look("HTTP_SEC_FETCH_SITE=same-origin", cors, NULL));
}
