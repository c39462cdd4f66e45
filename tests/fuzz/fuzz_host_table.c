/* SPDX-License-Identifier: MIT */
/*
 * fuzz_host_table.c - any bytes in the file that all programs of a host share.
 *
 * Each 10 bytes are a word and where it is written, while a process counts.
 * What it holds itself counts; what others seem to hold does not when there are
 * none.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/host/counts.h"
#include "tests/fuzz/fuzz.h"

enum { STEP = 10, KEYS = 40, TWICE = 2 };

static void
write_word(int fd, const uint8_t *step)
{
	uint64_t words = sizeof(struct host_image) / sizeof(uint64_t);
	uint64_t at = (uint64_t)step[0] << 8 | step[1];

	/* the last places are those in the first areas */
	if (at >= words)
		at += 4096 / sizeof(uint64_t);
	check(pwrite(fd, step + 2, sizeof(uint64_t),
		     (off_t)(at * sizeof(uint64_t))) == sizeof(uint64_t));
}

static host_key
key(const struct host_counts *c, uint8_t name)
{
	return host_counts_key(c, HOST_HELD, 'f', &name, 1);
}

/* Adds keys, and drops them again. */
static void
count(struct host_counts *c)
{
	for (uint8_t i = 0; i < KEYS; i++) {
		host_counts_add(c, key(c, i));
		if (i < TWICE)
			host_counts_add(c, key(c, i));
	}
	for (uint8_t i = 0; i < KEYS; i++) {
		host_key one = key(c, i);
		uint64_t own = i < TWICE ? 2 : 1, sum;

		host_counts_read(c, &one, &sum, 1);
		check(sum >= own);
		/* no other process lives */
		check(host_counts_exact(c, one) == own);
		host_counts_drop(c, one);
	}
}

static void
run(int fd, const char *path, const uint8_t *bytes, size_t len)
{
	static struct host_counts counts;
	size_t half = len / STEP / 2;

	for (size_t i = 0; i < half; i++, bytes += STEP)
		write_word(fd, bytes);
	if (host_counts_open(&counts, path) == NULL) {
		for (size_t i = half; i < len / STEP; i++, bytes += STEP)
			write_word(fd, bytes);
		count(&counts);
	}
	host_counts_close(&counts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char path[] = "/tmp/fuzz-host-table-XXXXXX";
	int file = mkstemp(path);

	check(file >= 0);
	run(file, path, bytes, len);
	close(file);
	unlink(path);
	return 0;
}
