/* SPDX-License-Identifier: MIT */
/*
 * chain_want.h - the chain of a test, and the bytes wanted of it.
 */
#ifndef TESTS_UNIT_CHAIN_WANT_H
#define TESTS_UNIT_CHAIN_WANT_H

#include <stddef.h>
#include <sys/uio.h>

#include "shared/base/buf.h"
#include "shared/net/chain.h"

extern struct chain chain;
extern struct buf want;

/* Both are made, empty; both are freed. */
void chain_start(void);
void chain_stop(void);

/* Adds a record, as the specification draws it, to what is wanted. */
void want_record(unsigned char type, unsigned int id, const void *content,
		 size_t len);
void want_stdout(unsigned int id, const char *text);
void want_end(unsigned int id); /* of stdout, and of the request */

/* These `len` bytes are just what is in `want`. */
void assert_iov(const struct iovec *iov, size_t count, size_t len);

/* Framed so, the chain is just what is in `want`. Empties `want`. */
void assert_framed(int framing);

#endif
