/* SPDX-License-Identifier: MIT */
/*
 * host_numbers.c - what a process counts that opens the table now.
 *
 *	host_numbers TABLE
 *
 * Reads lines "a ADDRESS", "u USER", "c ADDRESS PORT", in any number, then an
 * empty line; prints the number of each and an empty line. Ends with its input.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/network.h"
#include "shared/host/counts.h"

enum { MOST = 4096, LINE = 128 };

static char names[MOST][LINE];

/* As limits.c makes it. */
static host_key
key_of(const struct host_counts *c, const char *line)
{
	uint8_t host[NETWORK_HOST_SIZE];
	const char *name = line + 2;

	if (line[0] != 'a')
		return host_counts_key(c, HOST_HELD, line[0], name,
				       strlen(name));
	if (!network_host(host, text_of(name)))
		return 0;
	return host_counts_key(c, HOST_HELD, 'a', host, sizeof(host));
}

static void
answer(const struct host_counts *c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%" PRIu64 "\n",
		       host_counts_exact(c, key_of(c, names[i])));
	printf("\n");
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static struct host_counts counts;
	const char *fault;
	size_t count = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: host_numbers TABLE\n");
		return 2;
	}
	fault = host_counts_open(&counts, argv[1]);
	if (fault != NULL) {
		fprintf(stderr, "host_numbers: %s: %s\n", argv[1], fault);
		return 1;
	}
	while (fgets(names[count], LINE, stdin) != NULL) {
		names[count][strcspn(names[count], "\n")] = '\0';
		if (strlen(names[count]) > 2 && count + 1 < MOST) {
			count++;
			continue;
		}
		answer(&counts, count);
		count = 0;
	}
	host_counts_close(&counts);
	return 0;
}
