/* SPDX-License-Identifier: MIT */
/*
 * token_rate.c - what it costs to verify a JSON Web Token.
 *
 *	token_rate [TIMES]
 *
 * For each algorithm the CPU time of a token that was not seen before, of one
 * that is known, and of one with a wrong signature.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/access/token.h"
#include "shared/base/log.h"
#include "tests/unit/tokens.h"

static double
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Each differs by its `jti`. */
static char *
make(enum tokens_signer signer, unsigned long number)
{
	char payload[160];

	snprintf(payload, sizeof(payload),
		 "{\"jti\":\"%lu\",\"exp\":4000000000,\"mercure\":"
		 "{\"subscribe\":[\"orders-{id}\",\"news\"]}}",
		 number);
	return tokens_sign(payload, signer);
}

/* Microseconds for each of `count` tokens. */
static double
verify(struct token_keys *keys, char **jwt, unsigned long count, bool good)
{
	const struct text channel = text_of("orders-42");
	double start = cpu_us();

	for (unsigned long i = 0; i < count; i++) {
		const char *fault;
		struct token *t = token_verify(keys, text_of(jwt[i]), &fault);

		if ((t != NULL) != good ||
		    (good && !token_allows(t, ACCESS_SUBSCRIBE, channel))) {
			fprintf(stderr, "token_rate: wrong answer\n");
			exit(1);
		}
		token_unref(t);
	}
	return (cpu_us() - start) / (double)count;
}

static char **
make_all(enum tokens_signer signer, unsigned long count)
{
	char **jwt = calloc(count, sizeof(*jwt));

	if (jwt == NULL)
		exit(1);
	for (unsigned long i = 0; i < count; i++)
		jwt[i] = make(signer, i);
	return jwt;
}

static void
free_all(char **jwt, unsigned long count)
{
	for (unsigned long i = 0; i < count; i++)
		free(jwt[i]);
	free(jwt);
}

static struct token_keys *
open_keys(const char *path, enum tokens_signer signer)
{
	struct token_conf conf = {.key = "",
				  .key_file = path,
				  .jwks_file = "",
				  .audience = "",
				  .issuer = ""};
	char *pem = signer == TOKENS_HS256 ? NULL : tokens_pem(signer, 0);
	FILE *out = fopen(path, "w");

	if (out == NULL || fputs(pem != NULL ? pem : TOKENS_SECRET, out) < 0 ||
	    fclose(out) != 0)
		exit(1);
	free(pem);
	return token_keys_open(&conf);
}

static void
measure(const char *name, enum tokens_signer signer, enum tokens_signer other,
	unsigned long count)
{
	char path[64];
	char **good = make_all(signer, count), **bad = make_all(other, count);
	struct token_keys *keys;
	double first, known, wrong;

	snprintf(path, sizeof(path), "/tmp/pushcgi-token-rate-%d",
		 (int)getpid());
	keys = open_keys(path, signer);
	verify(keys, good, 1, true); /* reads the key */
	first = verify(keys, good + 1, count - 1, true);
	known = verify(keys, good, count, true);
	wrong = verify(keys, bad, count, false);
	printf("%s first_us %.2f known_us %.2f wrong_us %.2f\n", name, first,
	       known, wrong);
	token_keys_close(keys);
	unlink(path);
	free_all(good, count);
	free_all(bad, count);
}

int
main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;

	/* A token that has left the cache would be another first. */
	if (count < 2 || count > 1000) {
		fputs("usage: token_rate [TIMES], 2 to 1000\n", stderr);
		return 2;
	}
	log_open("bench", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	measure("HS256", TOKENS_HS256, TOKENS_HS256_BY_PEM, count);
	measure("RS256", TOKENS_RS256, TOKENS_RS256_OTHER, count);
	measure("ES256", TOKENS_ES256, TOKENS_ES256_OTHER, count);
	return 0;
}
