/* SPDX-License-Identifier: MIT */
/*
 * push-token-secret.h - push-token --new-secret: a secret that nobody can
 * guess.
 */
#ifndef COMMANDS_PUSH_TOKEN_SECRET_H
#define COMMANDS_PUSH_TOKEN_SECRET_H

struct buf;

/* Appends 256 random bits as 43 letters, digits, - and _. */
void push_token_secret(struct buf *out);

#endif
