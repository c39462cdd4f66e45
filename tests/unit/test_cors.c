/* SPDX-License-Identifier: MIT */
/* shared/http/cors.c. */
#include "config.h"

#include "shared/http/cors.h"

#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/suite.h"

static char cors[CORS_ORIGIN_SIZE];

/* The origin that a request with this Origin is answered with. */
static const char *
answered(const char *list, const char *origin)
{
	static struct conf conf;
	char host[] = "HTTP_HOST=example.org", header[600];
	char *variables[] = {host, header, NULL};
	struct request r = {.variables = variables};

	conf_free(&conf);
	conf_init(&conf);
	conf_set_text(&conf.access_origins, list);
	snprintf(header, sizeof(header), "HTTP_ORIGIN=%s", origin);
	memset(cors, 'x', sizeof(cors));
	cors_read(cors, &r, &conf);
	return cors;
}

TEST(a_listed_origin_is_named_as_the_browser_wrote_it)
{
	ck_assert_str_eq(answered("https://a.example https://b.example:443",
				  "https://b.example"),
			 "https://b.example");
	ck_assert_str_eq(answered("http://a:8080", "http://A:8080"),
			 "http://A:8080");
}

TEST(an_origin_that_is_not_listed_is_never_named)
{
	static const char *const others[] = {"https://evil.example",
					     "http://a.example",
					     "https://a.example:444",
					     "https://a.example.evil",
					     "null",
					     "https://a.example\r\nX: y",
					     ""};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(answered("https://a.example", others[i])[0] ==
				  '\0',
			      "%s", others[i]);
}

TEST(the_origin_of_the_site_itself_needs_no_permission)
{
	ck_assert_str_eq(answered("http://example.org", "http://example.org"),
			 "");
}

TEST(an_origin_that_is_too_long_is_not_named)
{
	char origin[400] = "https://";

	memset(origin + 8, 'a', 300);
	ck_assert_str_eq(answered(origin, origin), "");
}

TEST(what_follows_the_origin_is_zero_because_formats_are_compared_whole)
{
	answered("https://a.example", "https://a.example");
	for (size_t i = strlen(cors); i < sizeof(cors); i++)
		ck_assert_int_eq(cors[i], 0);
}
