/* SPDX-License-Identifier: MIT */
/*
 * redis_facts.h - what Redis says of itself, as redis.c judges it.
 *
 * Only what a user with few rights may ask is required; CONFIG GET is tried.
 * Nothing is changed: commands are tried on keys of a channel without a name,
 * which nobody can publish to (shared/bus/rights.lua).
 */
#ifndef COMMANDS_DOCTOR_REDIS_FACTS_H
#define COMMANDS_DOCTOR_REDIS_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

struct conf;
struct redis_ask;

enum { REDIS_FACT_SIZE = 512, REDIS_FORBIDDEN_SIZE = 256 };

/* Zeroed, nothing is known. Texts of settings are "" when they are not
 * known. */
struct redis_facts {
	char *info; /* the reply of INFO, or NULL; owned */

	bool config_known; /* CONFIG GET is allowed */
	char save[REDIS_FACT_SIZE];
	char appendonly[REDIS_FACT_SIZE];
	char output_limit[REDIS_FACT_SIZE]; /* client-output-buffer-limit */
	char protected_mode[REDIS_FACT_SIZE];
	char bind[REDIS_FACT_SIZE];
	char requirepass[2]; /* "x": there is one */
	char min_replicas[REDIS_FACT_SIZE];

	/* the commands that the user may not run, and that pushcgi needs */
	char forbidden[REDIS_FORBIDDEN_SIZE]; /* "XADD XTRIM", or "" */
	bool keys_forbidden;		      /* because of the keys */
	bool channels_forbidden;	      /* because of the channels */

	double ping_ms;	    /* the fastest reply of some PINGs */
	double ping_max_ms; /* the slowest */
	double clock_ahead; /* of this machine's clock, s */
	bool clock_known;
};

/* Asks all of it. Free with redis_facts_free(). */
void redis_facts_read(struct redis_facts *f, struct redis_ask *a,
		      const struct conf *conf);

void redis_facts_free(struct redis_facts *f);

/* Copies the value of `name` in INFO, such as "redis_version". False: it is not
 * there; `out` is "". */
bool redis_facts_info(const struct redis_facts *f, const char *name,
		      char out[REDIS_FACT_SIZE]);

/* The same of a number; 0 when it is not there. */
unsigned long long redis_facts_number(const struct redis_facts *f,
				      const char *name) MUST_USE;

#endif
