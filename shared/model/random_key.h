/* SPDX-License-Identifier: MIT */
/*
 * random_key.h - an idempotency key that no other publication has.
 */
#ifndef SHARED_MODEL_RANDOM_KEY_H
#define SHARED_MODEL_RANDOM_KEY_H

enum { RANDOM_KEY_SIZE = 32 + 1 };

/* 128 random bits as 32 hex digits, with a NUL. */
void random_key(char out[RANDOM_KEY_SIZE]);

#endif
