/* SPDX-License-Identifier: MIT */
/*
 * fuzz_callback.c - any bytes as a callback, and as the value of each
 * parameter of a format.
 *
 * A callback matches one regular expression. An accepted value is in the format
 * unchanged; a refused value does not change the format and fills a problem.
 * No parameter is accepted twice.
 */
#include "config.h"

#include <regex.h>
#include <string.h>

#include "shared/access/origin.h"
#include "shared/conf/conf_set.h"
#include "shared/http/params_format.h"
#include "tests/fuzz/fuzz.h"

static const char RULE[] = "^[A-Za-z_$][A-Za-z0-9_$.]{0,63}$";
enum { LAST_MAX = 300 };

static const char ORIGINS[] = "https://a.example http://b:8080";

/* True: `text` matches the rule. `$` matches before a final line break only
 * with REG_NEWLINE. */
static bool
follows_rule(const char *text, size_t len)
{
	static regex_t rule;
	static bool compiled;

	if (!compiled)
		check(regcomp(&rule, RULE, REG_EXTENDED | REG_NOSUB) == 0);
	compiled = true;
	return strlen(text) == len && regexec(&rule, text, 0, NULL, 0) == 0;
}

static bool
is_text(const char *kept, const char *text, size_t len)
{
	return strlen(kept) == len && memcmp(kept, text, len) == 0;
}

/* The format contains the value of `pair`. */
static void
check_accepted(const struct format *format, enum format_parameter parameter,
	       const struct query_pair *pair)
{
	const char *text = pair->value.bytes;
	size_t len = pair->value.len;

	switch (parameter) {
	case FORMAT_ENVELOPE:
		check(format->envelope && is_text("json", text, len));
		break;
	case FORMAT_CALLBACK:
		check(follows_rule(text, len));
		check(is_text(format->callback, text, len));
		break;
	case FORMAT_PADDING:
		check(format->padding <= FORMAT_PADDING_MAX);
		break;
	case FORMAT_LAST:
		check(format->last >= 1 && format->last <= LAST_MAX);
		break;
	case FORMAT_PRESENCE:
		check(format->presence && is_text("1", text, len));
		break;
	case FORMAT_ORIGIN:
		/* as it is listed, whatever the client wrote */
		check(strcmp(format->origin, "https://a.example") == 0 ||
		      strcmp(format->origin, "http://b:8080") == 0);
		check(origin_listed(format->origin, pair->value).len > 0);
		break;
	}
}

static void
check_parameter(const char *name, enum format_parameter parameter, char *value,
		size_t len)
{
	static struct conf conf = {.history_replay = LAST_MAX};
	const struct format empty = {.limit = 0};
	char name_bytes[16];
	struct format format = empty;
	struct params_format reading = {
	    .format = &format, .conf = &conf, .takes = parameter};
	struct query_pair pair = {.name = {name_bytes, strlen(name)},
				  .value = {value, len}};
	struct problem p = {.status = 0};

	strcpy(name_bytes, name);
	conf_set_text(&conf.access_origins, ORIGINS);
	if (params_format_take(&reading, &pair, &p)) {
		check_accepted(&format, parameter, &pair);
		check(!params_format_take(&reading, &pair, &p) &&
		      p.status == 400);
	} else {
		check(memcmp(&format, &empty, sizeof(format)) == 0);
		check(p.status == (parameter == FORMAT_ORIGIN ? 403 : 400));
		check(p.detail[0] != '\0');
	}
	reading = (struct params_format){.format = &format, .conf = &conf};
	format = empty;
	check(params_format_take(&reading, &pair, &p));
	check(memcmp(&format, &empty, sizeof(format)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);

	check(text != NULL);
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	check(format_is_callback((struct text){text, len}) ==
	      follows_rule(text, len));
	check_parameter("callback", FORMAT_CALLBACK, text, len);
	check_parameter("envelope", FORMAT_ENVELOPE, text, len);
	check_parameter("padding", FORMAT_PADDING, text, len);
	check_parameter("last", FORMAT_LAST, text, len);
	check_parameter("presence", FORMAT_PRESENCE, text, len);
	check_parameter("origin", FORMAT_ORIGIN, text, len);
	free(text);
	return 0;
}
