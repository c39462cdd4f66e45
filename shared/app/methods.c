/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/methods.h"

#include <stddef.h>
#include <string.h>

const char *
methods_of(const struct technique *t)
{
	if (t->duplex != NULL)
		return "GET, OPTIONS";
	return t->publish != NULL ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

bool
methods_allow(const struct technique *t, const char *method, struct problem *p)
{
	const char *best = t->publish != NULL ? "POST" : "GET";

	if (strcmp(method, best) == 0 ||
	    (strcmp(method, "HEAD") == 0 && t->publish == NULL &&
	     t->duplex == NULL))
		return true;
	problem_set(p, 405, "Method %s is not allowed; use %s.", method, best);
	p->allow = methods_of(t);
	return false;
}
