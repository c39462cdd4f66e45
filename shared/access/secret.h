/* SPDX-License-Identifier: MIT */
/*
 * secret.h - a secret that this site shares with its own scripts.
 *
 * It is a setting, or the first line of a file. The second line of the file may
 * be the secret of before: what that one made is believed too, so that a secret
 * can be replaced while pages with the old one are open. The file is read again
 * when it changes. If it is then missing or wrong, the secrets that were read
 * before stay, and the log says so.
 *
 * A line may be one that Apache reads, too: Define NAME "secret".
 *
 * A secret is 16 to 256 printable ASCII characters, without a space at an end.
 */
#ifndef SHARED_ACCESS_SECRET_H
#define SHARED_ACCESS_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/file_text.h"
#include "shared/base/text.h"

enum {
	SECRET_MIN = 16,  /* characters */
	SECRET_MAX = 256, /* characters */
	SECRETS_MAX = 2,
	SECRET_FAULT_SIZE = 1400 /* takes a path */
};

/* Zeroed it has no secret. Owned by the caller, who closes it. */
struct secret {
	char texts[SECRETS_MAX][SECRET_MAX + 1];
	size_t count; /* the first one signs, all verify; 0: there is none */
	struct file_text file; /* path NULL: from a setting */
};

/* NULL, or the sentence that says what a secret is. Static. */
const char *secret_text_fault(struct text text) MUST_USE;

/*
 * Takes `value`, or if that is "" the secrets of the file `path`, which is
 * borrowed. Both "": there is no secret. False: `fault` is a sentence for the
 * administrator, and there is no secret.
 */
bool secret_open(struct secret *s, const char *value, const char *path,
		 char fault[SECRET_FAULT_SIZE]) MUST_USE;

/* Overwrites the secrets. */
void secret_close(struct secret *s);

/* Reads the file again if it has changed; at most once a second. Before each
 * use of the secrets. */
void secret_refresh(struct secret *s);

/* The secret at `i` < count. Valid until secret_refresh() or secret_close(). */
struct text secret_at(const struct secret *s, size_t i);

/* True: `text` is one of the secrets. In a time that shows nothing but lengths.
 */
bool secret_is(const struct secret *s, struct text text) MUST_USE;

#endif
