/* SPDX-License-Identifier: MIT */
/*
 * record_pairs.h - checks the lengths of FastCGI parameters.
 *
 * libfcgi adds the two lengths of a pair in an int and trusts them: versions
 * before 2.4.5 write past the heap (CVE-2025-23016), and as Debian patched them
 * they end the process. So it is never given a length that goes past the end.
 *
 * Source: FastCGI specification 1.0, 3.4 (name-value pairs)
 */
#ifndef SHARED_WIRE_RECORD_PAIRS_H
#define SHARED_WIRE_RECORD_PAIRS_H

#include <stdbool.h>

#include "shared/base/attributes.h"

struct buf;

/* True: each name and each value of `head`, which record_put_begin() and
 * record_put_params() wrote, ends within its parameters. */
bool record_pairs_fit(const struct buf *head) MUST_USE;

#endif
