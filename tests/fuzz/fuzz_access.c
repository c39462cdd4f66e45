/* SPDX-License-Identifier: MIT */
/*
 * fuzz_access.c - any lines NAME=VALUE as the variables of a request, over
 * FastCGI, or over HTTP/1.1 if the first line is "http".
 *
 * A channel is had by what its rule says and by nothing else: by the user whom
 * the web server names, by a redirect of the listed script. Nobody can make a
 * token or a signature, because the keys are new in each run. Whatever is
 * shown, an open channel is open. A refusal is 401 with a challenge, or 403.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "shared/access/access.h"
#include "shared/base/log.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "shared/http/params.h"
#include "tests/fuzz/fuzz.h"

enum { VARIABLES_MAX = 32, KEY_BYTES = 20 };

static struct conf conf;
static struct access_keys keys;

/* --- settings ------------------------------------------------------------- */

static void
put_random(char out[2 * KEY_BYTES + 1])
{
	unsigned char bytes[KEY_BYTES];

	check(getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void
open_all(void)
{
	char sign[2 * KEY_BYTES + 1], publish[2 * KEY_BYTES + 1],
	    jwt[2 * KEY_BYTES + 1], text[1000], error[CONF_ERROR_SIZE],
	    fault[SECRET_FAULT_SIZE];

	log_open("fuzz", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	put_random(sign);
	put_random(publish);
	put_random(jwt);
	snprintf(text, sizeof(text),
		 "[channel \"open\"]\nsubscribe = any\npublish = any\n"
		 "[channel \"token\"]\nsubscribe = token\npublish = token\n"
		 "[channel \"user\"]\nsubscribe = user\npublish = user\n"
		 "[channel \"user-*\"]\nsubscribe = user\npublish = user\n"
		 "[channel \"redirect\"]\nsubscribe = redirect\n"
		 "[access]\nsubscribe = none\npublish = none\n"
		 "redirect_from = /cgi/a\nuser_header = X-User\n"
		 "secret = %s\npublish_secret = %s\njwt_key = %s\n",
		 sign, publish, jwt);
	conf_init(&conf);
	check(conf_read_text(&conf, "fuzz", text, error));
	check(access_keys_open(&keys, &conf, fault));
}

/* --- requests ------------------------------------------------------------- */

static bool
may_have(const struct credentials *c, enum access_right right,
	 const struct text *channels, size_t count)
{
	const struct access_request request = {
	    .right = right, .channels = channels, .count = count};
	struct problem p = {.status = 0};
	struct access_result result;

	if (access_may(&result, &keys, &conf, c, &request, &p)) {
		check(result.expires == 0);
		return true;
	}
	check(p.status == 401 || p.status == 403);
	check((p.authenticate != NULL) == (p.status == 401));
	check(p.detail[0] != '\0');
	return false;
}

static bool
may(const struct credentials *c, enum access_right right, const char *channel)
{
	struct text name = text_of(channel);
	const struct text with_open[] = {text_of("open"), name};
	bool one = may_have(c, right, &name, 1);

	check(may_have(c, right, with_open, 2) == one);
	return one;
}

static bool
is_path_of_script(const char *uri)
{
	static const char script[] = "/cgi/a";
	size_t len = strlen(script);

	return strncmp(uri, script, len) == 0 &&
	       (uri[len] == '\0' || uri[len] == '?');
}

static void
check_channels(const struct credentials *c, const struct request *r, bool http)
{
	const char *user = request_get(r, http ? "HTTP_X_USER" : "REMOTE_USER");
	const char *url = request_get(r, "REDIRECT_URL");
	bool redirected =
	    !http && is_path_of_script(
			 url[0] != '\0' ? url : request_get(r, "REQUEST_URI"));

	for (int i = 0; i < 2; i++) {
		enum access_right right =
		    i == 0 ? ACCESS_SUBSCRIBE : ACCESS_PUBLISH;

		check(may(c, right, "open"));
		check(!may(c, right, "token"));
		check(!may(c, right, "none"));
		check(may(c, right, "user") == (user[0] != '\0'));
		check(may(c, right, "user-alice") ==
		      (strcmp(user, "alice") == 0));
		check(may(c, right, "redirect") ==
		      (redirected && right == ACCESS_SUBSCRIBE));
	}
}

static void
check_request(const struct request *r, bool http)
{
	struct access_params params;
	struct credentials c;
	struct problem p;

	if (!params_read_access(&params, r, &p))
		return;
	credentials_read(&c, &keys, r, &conf, &params, http);
	check(c.token == NULL && !c.is_publisher);
	check(c.fault == NULL || c.fault[strlen(c.fault) - 1] == '.');
	check(access_may_publish_at_all(&conf, &c, &p));
	check_channels(&c, r, http);
	credentials_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static bool is_open;
	char *variables[VARIABLES_MAX + 1], *text = malloc(len + 1), *rest;
	size_t count = 0;
	bool http;

	check(text != NULL);
	if (!is_open)
		open_all();
	is_open = true;
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	http = strncmp(text, "http\n", 5) == 0;
	rest = http ? text + 5 : text;
	while (count < VARIABLES_MAX && *rest != '\0') {
		size_t line = strcspn(rest, "\n");
		bool last = rest[line] == '\0';

		rest[line] = '\0';
		variables[count++] = rest;
		rest += line + !last;
	}
	variables[count] = NULL;
	check_request(&(struct request){.variables = variables}, http);
	free(text);
	return 0;
}
