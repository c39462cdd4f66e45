/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-token-secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shared/base/base64url.h"

void
push_token_secret(struct buf *out)
{
	unsigned char bits[32];

	/* it fails only on kernels older than 3.17 */
	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		abort();
	base64url_encode(out, bits, sizeof(bits));
	explicit_bzero(bits, sizeof(bits));
}
