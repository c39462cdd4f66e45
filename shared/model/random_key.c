/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/random_key.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void
random_key(char out[RANDOM_KEY_SIZE])
{
	uint64_t bits[2];

	/* it fails only on kernels older than 3.17 */
	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		abort();
	snprintf(out, RANDOM_KEY_SIZE, "%016" PRIx64 "%016" PRIx64, bits[0],
		 bits[1]);
}
