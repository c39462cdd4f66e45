/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/backoff.h"

#include <stdlib.h>

static const double MIN_S = 0.05;

double
backoff_delay(struct backoff *b, double most)
{
	double delay = b->next_s > 0. ? b->next_s : MIN_S;

	if (delay > most)
		delay = most;
	b->next_s = delay * 2.;
	return delay * (0.5 + rand() / (double)RAND_MAX);
}
