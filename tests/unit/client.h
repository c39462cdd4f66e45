/* SPDX-License-Identifier: MIT */
/*
 * client.h - the web server's end of a request, for stage.c. What tests do
 * with it is in stage.h.
 */
#ifndef TESTS_UNIT_CLIENT_H
#define TESTS_UNIT_CLIENT_H

#include "shared/base/buf.h"
#include "tests/unit/stage.h"

/* Of zeroed memory. Owns `fd`, and reads from it as the loop turns. */
void client_init(struct client *c, int fd);

/* Appends to its text. */
void client_add(struct client *c, const char *text, size_t len);

/* The records of a request, written to `out`: begin, variables, finish. */
void client_begin(struct buf *out, const char *method);
void client_variable(struct buf *out, const char *name, const char *value);
void client_finish(struct buf *out, const char *body);

/* The same in pieces, for one that goes on sending: the end of the variables,
 * and what follows them; nothing is the end. */
void client_end_head(struct buf *out);
void client_input(struct buf *out, const void *bytes, size_t len);

#endif
