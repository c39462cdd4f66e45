/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/params_format.h"

#include <string.h>

#include "shared/access/origin.h"
#include "shared/base/number.h"

static bool
take_envelope(struct params_format *reading, const struct query_pair *pair,
	      struct problem *p)
{
	if (!text_is(pair->value, "json"))
		return problem_set(p, 400,
				   "envelope must be json; omit it to get "
				   "plain data.");
	reading->format->envelope = true;
	return true;
}

static bool
take_callback(struct params_format *reading, const struct query_pair *pair,
	      struct problem *p)
{
	if (!format_is_callback(pair->value))
		return problem_set(p, 400,
				   "callback must be a function name: 1 to %d "
				   "of A-Z a-z 0-9 _ $ and dots, not "
				   "starting with a digit or dot.",
				   FORMAT_CALLBACK_MAX);
	memcpy(reading->format->callback, pair->value.bytes, pair->value.len);
	return true;
}

static bool
take_number(unsigned int *out, const struct query_pair *pair, unsigned int most,
	    struct problem *p)
{
	uint64_t n;

	if (!number_parse(&n, pair->value, most))
		return problem_set(p, 400, "The parameter %s is not a number.",
				   pair->name.bytes);
	*out = (unsigned int)n;
	return true;
}

static bool
take_padding(struct params_format *reading, const struct query_pair *pair,
	     struct problem *p)
{
	return take_number(&reading->format->padding, pair, FORMAT_PADDING_MAX,
			   p);
}

static bool
take_last(struct params_format *reading, const struct query_pair *pair,
	  struct problem *p)
{
	if (!take_number(&reading->format->last, pair,
			 reading->conf->history_replay, p))
		return false;
	if (reading->format->last == 0)
		return problem_set(p, 400,
				   "The parameter last must be at least 1.");
	return true;
}

static bool
take_origin(struct params_format *reading, const struct query_pair *pair,
	    struct problem *p)
{
	struct text origin =
	    origin_listed(reading->conf->access_origins, pair->value);

	if (origin.len == 0 || origin.len > FORMAT_ORIGIN_MAX)
		return problem_set(p, 403,
				   "The origin is not listed in "
				   "access.origins.");
	memcpy(reading->format->origin, origin.bytes, origin.len);
	return true;
}

static bool
take_presence(struct params_format *reading, const struct query_pair *pair,
	      struct problem *p)
{
	if (!text_is(pair->value, "1"))
		return problem_set(p, 400,
				   "presence must be 1; omit it to get no "
				   "notices of presence.");
	reading->format->presence = true;
	return true;
}

static const struct {
	const char *name;
	enum format_parameter parameter;
	bool (*take)(struct params_format *reading,
		     const struct query_pair *pair, struct problem *p);
} parameters[] = {
    {"envelope", FORMAT_ENVELOPE, take_envelope},
    {"callback", FORMAT_CALLBACK, take_callback},
    {"padding", FORMAT_PADDING, take_padding},
    {"last", FORMAT_LAST, take_last},
    {"origin", FORMAT_ORIGIN, take_origin},
    {"presence", FORMAT_PRESENCE, take_presence},
};

bool
params_format_take(struct params_format *reading, const struct query_pair *pair,
		   struct problem *p)
{
	size_t i;

	for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		enum format_parameter parameter = parameters[i].parameter;

		if (!(reading->takes & parameter) ||
		    !text_is(pair->name, parameters[i].name))
			continue;
		if (reading->seen & parameter)
			return problem_set(p, 400, "Duplicate parameter: %s.",
					   parameters[i].name);
		reading->seen |= parameter;
		return parameters[i].take(reading, pair, p);
	}
	return true;
}
