/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/once.h"

#include <stddef.h>
#include <string.h>

bool
once_take(struct once *once, const struct query_pair *pair, struct problem *p)
{
	for (; once->name != NULL; once++) {
		if (!text_is(pair->name, once->name))
			continue;
		if (once->value.bytes != NULL)
			return problem_set(p, 400, "Duplicate parameter: %s.",
					   once->name);
		once->value = pair->value;
	}
	return true;
}

bool
once_read(struct once *once, const struct request *r, struct problem *p)
{
	char *text = request_get(r, "QUERY_STRING");
	struct query query;
	struct query_pair pair;

	query_init(&query, text, strlen(text));
	while (query_next(&query, &pair))
		if (!once_take(once, &pair, p))
			return false;
	return true;
}
