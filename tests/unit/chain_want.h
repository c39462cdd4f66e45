/* SPDX-License-Identifier: MIT */
/*
 * chain_want.h - the chain of a test and the bytes it must have.
 */
#ifndef TESTS_UNIT_CHAIN_WANT_H
#define TESTS_UNIT_CHAIN_WANT_H

#include <stddef.h>
#include <sys/uio.h>

#include "shared/base/buf.h"
#include "shared/net/chain.h"

extern struct chain chain;
extern struct buf want;

/* Before and after each test: both are empty; both are freed. */
void chain_start(void);
void chain_stop(void);

/* Appends a record of FastCGI 1.0, 3.3 to `want`. */
void want_record(unsigned char type, unsigned int id, const void *content,
		 size_t len);
void want_stdout(unsigned int id, const char *text);
void want_end(unsigned int id); /* the end of STDOUT, and END_REQUEST */

/* Fails unless the `len` bytes of `iov` are exactly `want`. */
void assert_iov(const struct iovec *iov, size_t count, size_t len);

/* Fails unless the chain, in this framing, is exactly `want`. Empties `want`.
 */
void assert_framed(int framing);

#endif
